//! The solver's tests live in the folders beside this file; this library is empty.
