//! One set of features for the packages that several programs share. Cargo builds a package once for each set of its features;
//! without this crate, each program would have sets of its own. It has no content.
