//! Without a build script, cargo does not look at what build scripts and procedural macros are built from.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
