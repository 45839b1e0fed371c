//! Long checks, which `cargo edge test --long` runs: they install what they need and take minutes.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod page;
mod slurm;
