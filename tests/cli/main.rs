//! Command line, whatever the command: exit codes, one-line errors with the next step, whole JSON.

use convex_edge_setup::workspace::{Workspace, cargo};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

mod maps;
mod mountain_car;
mod solver;
mod study;
mod sudoku;

/// The program of a command as it stands in the source. The launcher would build it first each time, which a folder without
/// any tool does not allow.
fn edge(folder: &Path, arguments: &[&str]) -> Command {
    let program = match arguments {
        ["bench" | "check", "layers" | "splitting", ..] => "convex-edge-tasks",
        ["bench" | "check" | "worst-case", ..] => "convex-edge-solver",
        ["report", "study", ..] => "convex-edge-study",
        ["attack" | "bounds" | "demo" | "doctor" | "report" | "test", ..] => "convex-edge-demo",
        [
            "compare" | "data" | "export" | "flash" | "generate" | "hil" | "render" | "solve" | "study" | "sweep"
            | "train",
            ..,
        ] => "convex-edge-tasks",
        _ => "convex-edge",
    };
    let mut command = Command::new(built().join(program));
    command.current_dir(folder).args(arguments);
    command
}

/// Folder of all programs, built.
fn built() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let packages = ["cli", "demo", "solver", "study", "tasks"].map(|name| format!("convex-edge-{name}"));
        let options = packages.iter().flat_map(|package| ["--package", package.as_str()]);
        assert!(cargo().args(["build", "--release", "--quiet"]).args(options).status().unwrap().success());
        Workspace::locate().unwrap().target.join("release")
    })
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
fn the_launcher_knows_every_command_of_every_program() {
    let commands = |program: &str| -> Vec<String> {
        let output = Command::new(built().join(program)).arg("--help").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let (_, list) = text.split_once("Commands:\n").unwrap();
        let words = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
        words.filter(|word| *word != "help").map(str::to_owned).collect()
    };
    let known = commands("convex-edge");
    for program in ["convex-edge-demo", "convex-edge-solver", "convex-edge-study", "convex-edge-tasks"] {
        let own = commands(program);
        assert!(!own.is_empty() && own.iter().all(|command| known.contains(command)), "{program}: {own:?}");
    }
    let output = Command::new(built().join("convex-edge")).args(["worst-case", "--help"]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(String::from_utf8(output.stdout).unwrap().contains("--samples"));
}

#[test]
fn a_reader_that_is_gone_or_a_full_output_is_no_panic() {
    let mut child = edge(here(), &["check", "qp", "--count", "2000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), errors(&output).contains("panicked")), (Some(141), false), "{}", errors(&output));
    if let Ok(full) = std::fs::File::options().write(true).open("/dev/full") {
        let output = edge(here(), &["doctor"]).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(errors(&output).starts_with("error: standard output: "), "{}", errors(&output));
    }
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
fn an_option_of_another_task_is_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["train", "mountain-car", "--game", "breakout"][..],
        &["train", "sudoku", "--game", "breakout"],
        &["flash", "sudoku", "--seed", "3", "--dry-run"],
        &["compare", "mountain-car", "--finished"],
    ] {
        let output = edge(folder.path(), arguments).output().unwrap();
        let text = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(text.lines().count() == 1 && text.contains("leave it out"), "{arguments:?}: {text}");
        assert!(!folder.path().join("runs").exists(), "{arguments:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named_before_any_training() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("runs"), "no folder").unwrap();
    let picture = folder.path().join("runs/maps.png").display().to_string();
    let output = edge(folder.path(), &["generate", "maps", "--png", &picture]).output().unwrap();
    let text = errors(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.lines().count() == 1 && text.contains("cannot write"), "{text}");
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

#[test]
fn what_is_missing_or_damaged_is_named_with_the_way_to_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("damaged.bin"), "not an artefact").unwrap();
    let cases: [(&[&str], &str); 31] = [
        (&["export", "mountain-car"], "run `cargo edge train mountain-car` first"),
        (&["report"], "`cargo edge demo`"),
        (&["hil"], "`cargo edge export mountain-car` makes one"),
        (&["hil", "--artefact", "damaged.bin"], "damaged.bin is refused (Missing)"),
        (&["hil", "sudoku"], "`cargo edge export sudoku` makes one"),
        (&["hil", "sudoku", "--episodes", "3"], "--episodes is for mountain-car alone"),
        (&["hil", "maps"], "`cargo edge export maps` makes one"),
        (&["hil", "maps", "--boards", "3"], "--boards is for sudoku alone"),
        (&["export", "sudoku", "--condition", "symmetric"], "--condition is not for sudoku"),
        (&["export", "maps", "--condition", "symmetric"], "`symmetric` cannot run on a microcontroller"),
        (&["export", "maps", "--condition", "exactly 60 brick; at most 50 brick in rows 0-5"], "contradict each other"),
        (&["hil", "--board", "nucleo"], "choose one of b-l475e-iot01a, native"),
        (&["train", "mountain-car", "--config", "none.toml"], "name another with --config"),
        (&["train", "sudoku", "--seed", "1"], "--seed is not for sudoku"),
        (&["compare", "sudoku", "--peer", "sb3"], "--peer is for mountain-car alone"),
        (&["compare", "mountain-car", "--finished"], "--finished is for sudoku and maps alone"),
        (&["compare", "mountain-car", "--mnist-dir", "."], "--mnist-dir is for sudoku alone"),
        (&["train", "mountain-car", "--mnist-dir", "."], "--mnist-dir is for sudoku alone"),
        (&["data", "mnist", "--from", "."], "there is neither train-images-idx3-ubyte nor"),
        (&["solve", "sudoku", "none.png"], "cannot read none.png"),
        (&["solve", "sudoku", "damaged.bin"], "save it as an 8-bit grey PNG"),
        (&["worst-case", "none.json"], "name another file"),
        (&["compare", "maps", "--mnist-dir", "."], "--mnist-dir is for sudoku alone"),
        (&["compare", "sudoku", "--corpus", "."], "--corpus is for maps alone"),
        (&["train", "sudoku", "--corpus", "."], "--corpus is for maps alone"),
        (&["train", "maps", "--results", "maps.json"], "--results is for mountain-car and sudoku alone"),
        (&["generate", "maps", "--condition", "exactly 300 pellet; like the game"], "there are 0 to 252 such tiles"),
        (&["generate", "maps", "--condition", "exactly 4 pelet"], "its tiles are wall, empty, pellet, power"),
        (&["generate", "maps", "--corpus", "none"], "none"),
        (&["flash", "--board", "native"], "change into your clone"),
        (&["demo", "--config", "none.toml"], "change into your clone"),
    ];
    for (arguments, hint) in cases {
        let output = edge(folder.path(), arguments).output().unwrap();
        let text = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(text.lines().count() == 1 && text.contains(hint), "{arguments:?}: {text}");
    }
}

/// Files of this name below a folder.
fn files(folder: &Path, name: &str) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    entries
        .flatten()
        .map(|entry| entry.path())
        .flat_map(|path| if path.is_dir() { files(&path, name) } else { vec![path] })
        .filter(|path| path.ends_with(name))
        .collect()
}
