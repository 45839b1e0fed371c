//! The examples of the libraries, which check their own results.

use convex_edge_setup::workspace::{Workspace, cargo};
use std::process::Command;

#[test]
fn all_examples_run_and_keep_what_they_assert() {
    // All of the workspace: with one package alone its dependencies would be built again with other features.
    let built = cargo().args(["build", "--release", "--quiet", "--workspace", "--examples"]).status().unwrap();
    assert!(built.success());
    let folder = Workspace::locate().unwrap().target.join("release/examples");
    for name in ["solver", "control_loop", "export", "layer", "learned_constraint", "predict_then_optimize"] {
        let output = Command::new(folder.join(name)).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty(), "{name} prints nothing");
    }
}
