//! What the command line promises whatever the command: exit codes, one-line errors with the next step, whole JSON.

use convex_edge::setup::workspace::{Workspace, cargo};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The command as it stands in the source: `cargo edge` without cargo's part.
fn edge(folder: &Path, arguments: &[&str]) -> Command {
    static PROGRAM: OnceLock<std::path::PathBuf> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| {
        let built = cargo().args(["build", "--release", "--quiet", "--package", "convex-edge"]).status().unwrap();
        assert!(built.success());
        Workspace::locate().unwrap().target.join("release/convex-edge")
    });
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments);
    command
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn an_unknown_command_is_a_usage_error_with_a_hint() {
    let output = edge(here(), &["doctr"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("'doctor'"), "{}", errors(&output));
    assert!(output.stdout.is_empty());
}

#[test]
fn an_error_is_one_line_with_the_next_step() {
    let elsewhere = tempfile::tempdir().unwrap();
    let output = edge(elsewhere.path(), &["doctor"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = errors(&output);
    assert!(text.starts_with("error: ") && text.ends_with('\n') && text.lines().count() == 1, "{text}");
    assert!(text.contains("change into your clone"), "{text}");
}

#[test]
fn the_doctor_s_json_says_of_everything_how_it_stands_and_how_to_mend_it() {
    let output = edge(here(), &["doctor", "--json"]).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["ready"].as_bool(), Some(output.status.success()));
    let checks = answer["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["name"] == "qemu"));
    for check in checks {
        assert_eq!(check["state"] == "ok", check["mend"].is_null(), "{check}");
        assert!(!check["needed_for"].as_array().unwrap().is_empty(), "{check}");
    }
}

#[test]
fn on_a_machine_without_any_tool_the_doctor_names_each_with_the_way_to_it() {
    let nothing = tempfile::tempdir().unwrap();
    let output = edge(here(), &["doctor", "--json"]).env("PATH", nothing.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let missing = answer["checks"].as_array().unwrap().iter().filter(|check| check["state"] == "missing");
    let names: Vec<&str> = missing.map(|check| check["name"].as_str().unwrap()).collect();
    for name in ["qemu", "python"] {
        assert!(names.contains(&name), "{names:?}");
        assert!(errors(&output).contains(name), "{}", errors(&output));
    }
    assert_eq!(errors(&output).lines().count(), 1, "{}", errors(&output));
}
