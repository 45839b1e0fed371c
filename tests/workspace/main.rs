//! Workspace: public items, examples, packages, machine code.

mod api;
mod examples;
mod native_code;
mod package;
