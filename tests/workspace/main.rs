//! Workspace: public items, examples, packages.

mod api;
mod examples;
mod package;
