//! Whole-system checks live in the test files beside this one; this library is empty.
