//! Whole-system checks are in the test folders next to this file; this library is empty.
