//! The libraries as packages of the Rust registry.

use convex_edge_setup::workspace::cargo;

fn packs(arguments: &[&str]) {
    let mut command = cargo();
    command.args(["package", "--allow-dirty", "--quiet"]).args(arguments);
    let output = command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn core_and_layers_are_packed_and_built_from_their_packages() {
    packs(&["--package", "convex-edge-core", "--package", "convex-edge"]);
}

#[test]
fn the_layers_of_burn_are_packed() {
    packs(&[
        "--package",
        "convex-edge-core",
        "--package",
        "convex-edge",
        "--package",
        "convex-edge-burn",
        "--no-verify",
    ]);
}

#[test]
fn the_fuzzer_still_compiles() {
    let mut command = cargo();
    command.args(["check", "--quiet", "--manifest-path", "fuzz/Cargo.toml", "--target-dir", "target/fuzz"]);
    let output = command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
