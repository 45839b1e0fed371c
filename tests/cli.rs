//! What the command line promises whatever the command: exit codes, one-line errors with the next step, whole JSON.

use convex_edge_maps::compare::settings::PUBLISHED as MAPS;
use convex_edge_mountain_car::config::PUBLISHED;
use convex_edge_mountain_car_study::compare::settings::PUBLISHED as COMPARISON;
use convex_edge_setup::workspace::{Workspace, cargo};
use convex_edge_sudoku::compare::settings::{EMBEDDED, PUBLISHED as SUDOKU};
use convex_edge_verify::case::Kind;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// The program of a command as it stands in the source. The launcher would build it first each time, which a folder without
/// any tool does not allow.
fn edge(folder: &Path, arguments: &[&str]) -> Command {
    let program = match arguments {
        ["bench" | "check", "layers" | "splitting", ..] => "convex-edge-tasks",
        ["bench" | "check" | "worst-case", ..] => "convex-edge-solver",
        ["attack" | "bounds" | "demo" | "doctor" | "report" | "test", ..] => "convex-edge-demo",
        ["compare" | "data" | "export" | "flash" | "generate" | "hil" | "render" | "solve" | "train", ..] => {
            "convex-edge-tasks"
        }
        _ => "convex-edge",
    };
    let mut command = Command::new(built().join(program));
    command.current_dir(folder).args(arguments);
    command
}

/// Where all programs are, built.
fn built() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let packages = ["convex-edge-cli", "convex-edge-demo", "convex-edge-solver", "convex-edge-tasks"];
        let options = packages.iter().flat_map(|package| ["--package", package]);
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
    for program in ["convex-edge-demo", "convex-edge-solver", "convex-edge-tasks"] {
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

#[test]
fn a_port_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let settings = quick_settings(folder.path());
    for step in ["train", "export"] {
        let output = edge(folder.path(), &[step, "mountain-car", "--config", &settings]).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
    }
    let arguments = ["hil", "--config", &settings, "--port", "/dev/no-such-port"];
    let output = edge(folder.path(), &arguments).output().unwrap();
    let text = errors(&output);
    assert!(text.lines().count() == 1 && text.contains("/dev/no-such-port"), "{text}");
}

#[test]
fn training_that_was_interrupted_goes_on_to_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let settings = quick_settings(folder.path());
    let whole = ["train", "mountain-car", "--config", &settings, "--runs", "whole"];
    assert!(edge(folder.path(), &whole).output().unwrap().status.success());

    let parts = ["train", "mountain-car", "--config", &settings, "--runs", "parts"];
    let mut child = edge(folder.path(), &parts).stderr(Stdio::piped()).spawn().unwrap();
    while files(&folder.path().join("parts"), "checkpoint.json").is_empty() {
        std::thread::sleep(Duration::from_millis(5));
        assert!(child.try_wait().unwrap().is_none(), "it ended before its first checkpoint");
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", errors(&output));
    assert!(errors(&output).contains("the same command goes on from there"), "{}", errors(&output));
    assert!(files(&folder.path().join("parts"), "model.json").is_empty());

    assert!(edge(folder.path(), &parts).output().unwrap().status.success());
    let weights = |runs: &str| {
        let model = files(&folder.path().join(runs), "model.json").pop().unwrap();
        serde_json::from_str::<Value>(&std::fs::read_to_string(model).unwrap()).unwrap()["weights"].clone()
    };
    assert_eq!(weights("parts"), weights("whole"));
}

#[test]
fn a_quick_comparison_judges_its_promises_and_keeps_its_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings: toml::Table = COMPARISON.parse().unwrap();
    settings["ppo"].as_table_mut().unwrap().insert("steps".to_owned(), 40.into());
    settings["ars"].as_table_mut().unwrap().insert("steps".to_owned(), 40_000.into());
    let variants = settings["variants"].as_array_mut().unwrap();
    variants.retain(|variant| ["ppo-qp", "ppo-value-identified", "ars"].contains(&variant["name"].as_str().unwrap()));
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("settings.toml"), settings.to_string()).unwrap();
    let run = |json: &str| {
        let (settings, runs, json) = (path("settings.toml"), path("runs"), path(json));
        let arguments = ["compare", "mountain-car", "--quick", "--config", &settings, "--runs", &runs, "--json", &json];
        let output = edge(here().parent().unwrap(), &arguments).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        let answer: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
        assert!(answer["promises"].as_array().unwrap().len() >= 5);
        answer
    };
    let answer = run("first.json");
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!((row["seeds"].as_u64(), row["returns"].as_array().unwrap().len()), (Some(2), 2));
    }
    // No step of what is filtered breaks a limit, however little was learned; the plain search breaks them.
    let violations = |row: &Value| row["violations_after"].as_u64().unwrap();
    assert_eq!((violations(&rows[0]), violations(&rows[1])), (0, 0));
    assert!(violations(&rows[2]) > 0);
    let before = files(&folder.path().join("runs"), "1.json");
    assert_eq!(before.len(), 3);
    // Runs that are there are read, times and all.
    assert_eq!(answer, run("second.json"));
    assert!(files(&folder.path().join("runs"), "report.html").len() == 1);
}

/// Settings of sudoku with one problem and nothing that takes more than a second, in a file.
fn small_sudoku(settings: &str, methods: &[&str], sizes: &[i64], seconds: f64, file: &Path) -> String {
    let mut settings: toml::Table = settings.parse().unwrap();
    settings.insert("test_boards".to_owned(), 30.into());
    let problems = settings["problems"].as_array_mut().unwrap();
    problems.retain(|problem| problem["name"].as_str() == Some("4x4"));
    let problem = problems[0].as_table_mut().unwrap();
    let size = |&boards: &i64| -> toml::Value {
        toml::Table::from_iter([
            ("boards".to_owned(), boards.into()),
            ("seconds".to_owned(), seconds.into()),
            ("seeds".to_owned(), 1.into()),
        ])
        .into()
    };
    problem.insert("sizes".to_owned(), sizes.iter().map(size).collect::<Vec<toml::Value>>().into());
    problem.insert("methods".to_owned(), methods.to_vec().into());
    std::fs::write(file, settings.to_string()).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_quick_comparison_on_sudoku_keeps_its_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let settings =
        small_sudoku(SUDOKU, &["reader", "blank-cells"], &[20, 60], 1.5, &folder.path().join("settings.toml"));
    let run = |json: &str| {
        let (runs, json) = (path("runs"), path(json));
        let arguments = ["compare", "sudoku", "--quick", "--config", &settings, "--runs", &runs, "--json", &json];
        let output = edge(here().parent().unwrap(), &arguments).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        assert!(String::from_utf8(output.stdout).unwrap().contains("4x4, blank-cells: percent of boards right"));
        serde_json::from_str::<Value>(&std::fs::read_to_string(json).unwrap()).unwrap()
    };
    let answer = run("first.json");
    let rows = answer["rows"].as_array().unwrap();
    let found: Vec<_> = rows.iter().map(|row| (row["method"].as_str(), row["boards"].as_u64())).collect();
    let [reader, blank] = [Some("reader"), Some("blank-cells")];
    assert_eq!(found, [(reader, Some(20)), (reader, Some(60)), (blank, Some(20)), (blank, Some(60))]);
    for row in rows {
        assert_eq!(row["seeds"].as_u64(), Some(1));
        let decoders = row["decoders"].as_array().unwrap();
        let search = decoders.iter().find(|found| found["decoder"] == "layer and search").unwrap();
        assert!((0.0..=1.0).contains(&search["right"].as_f64().unwrap()) && search["valid"] == 1.0, "{search}");
        assert!(row["inconsistent"]["sound"].as_u64() == Some(30), "{row}");
    }
    // Runs that are there are read, times and all.
    assert_eq!(files(&folder.path().join("runs"), "0.json").len(), 4);
    assert_eq!(answer, run("second.json"));
}

/// The published settings of the maps, with hardly any training.
fn small_maps(file: &Path) -> String {
    let mut settings: toml::Table = toml::from_str(MAPS).unwrap();
    settings["short"]["seconds"] = 1.0.into();
    let trainings: toml::Value = toml::from_str("of = [{ budget = { steps = 30 }, seeds = 1 }]").unwrap();
    let protocols = settings["comparison"]["collections"].as_array_mut().unwrap().iter_mut();
    let small = |protocol: &mut toml::Value| {
        protocol["trainings"] = trainings["of"].clone();
        protocol["samples"] = 2.into();
    };
    protocols.for_each(|collection| small(&mut collection["protocol"]));
    small(&mut settings["comparison"]["corpus"]);
    settings["comparison"]["validity"]["samples"] = 10.into();
    settings["comparison"]["validity"]["infeasible"] = 30.into();
    std::fs::write(file, toml::to_string(&settings).unwrap()).unwrap();
    file.display().to_string()
}

#[test]
fn generated_maps_satisfy_their_conditions_and_the_denoiser_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let settings = small_maps(&folder.path().join("settings.toml"));
    let condition = "exactly 40 brick; no brick at 5,3; exactly 9 red; like the game";
    let picture = folder.path().join("maps.png");
    let run = || {
        let arguments = ["generate", "maps", "--game", "breakout", "--config", &settings, "--condition", condition];
        let rest = ["-n", "3", "--json", "--png", "maps.png"];
        let output = edge(folder.path(), &[&arguments[..], &rest[..]].concat()).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let first = run();
    let maps = first.as_array().unwrap();
    assert_eq!(maps.len(), 3);
    for map in maps {
        let rows: Vec<&str> = map["map"].as_array().unwrap().iter().map(|row| row.as_str().unwrap()).collect();
        let count = |glyph: char| rows.iter().map(|row| row.matches(glyph).count()).sum::<usize>();
        assert_eq!((rows.len(), count('.'), count('R')), (6, 108 - 40, 9));
        assert_eq!(rows[5].as_bytes()[3], b'.');
    }
    assert!(picture.exists());
    assert_eq!(first, run());
}

#[test]
fn a_quick_comparison_on_maps_counts_no_violation_and_keeps_its_runs() {
    let folder = tempfile::tempdir().unwrap();
    let settings = small_maps(&folder.path().join("settings.toml"));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let run = |json: &str, rest: &[&str]| {
        let (runs, json) = (path("runs"), path(json));
        let arguments = ["compare", "maps", "--quick", "--config", &settings, "--runs", &runs, "--json", &json];
        let arguments = [&arguments[..], rest].concat();
        let output = edge(here().parent().unwrap(), &arguments).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        serde_json::from_str::<Value>(&std::fs::read_to_string(json).unwrap()).unwrap()
    };
    let first = run("first.json", &[]);
    // Three games with three suites and a maze left out with one, seven methods; three last steps of each.
    assert_eq!(first["rows"].as_array().unwrap().len(), 70);
    assert_eq!(first["denoising"].as_array().unwrap().len(), 12);
    for row in first["rows"].as_array().unwrap() {
        assert_eq!(row["decoded_valid"]["mean"], 1.0, "{row}");
    }
    for found in first["validity"].as_array().unwrap() {
        assert_eq!(found["samples"], found["valid"]);
    }
    for found in first["infeasible"].as_array().unwrap() {
        assert_eq!(found["requests"], found["recognised"]);
    }
    assert_eq!(first, run("second.json", &[]));
    let levels = levels(&folder.path().join("levels"));
    let own = run("own.json", &["--corpus", &levels]);
    assert_eq!(own["rows"].as_array().unwrap().len(), 7);
    let arguments = ["train", "maps", "--config", &settings, "--corpus", &levels, "--json"];
    let output = edge(folder.path(), &arguments).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let trained: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(trained["origin"]["maps"], 16);
    assert!(folder.path().join(trained["file"].as_str().unwrap()).exists());
}

/// Twenty different levels of 4 x 6 tiles, with a wall around.
fn levels(folder: &Path) -> String {
    std::fs::create_dir(folder).unwrap();
    std::fs::write(folder.join("legend.json"), r##"{"tiles": {"#": ["wall"], ".": ["floor"]}}"##).unwrap();
    for level in 0..20_u32 {
        let inside = |place: u32| if level >> (place % 5) & 1 == 1 { '#' } else { '.' };
        let row = |first: u32| (first..first + 4).map(inside).collect::<String>();
        let text = format!("######\n#{}#\n#{}#\n######\n", row(0), row(2));
        std::fs::write(folder.join(format!("{level:02}.txt")), text).unwrap();
    }
    folder.display().to_string()
}

#[test]
fn a_drawn_sudoku_is_solved_from_its_picture_by_the_reader_that_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| edge(folder.path(), arguments).output().unwrap();
    let json = |arguments: &[&str]| -> Value {
        let output = run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let settings = small_sudoku(EMBEDDED, &["through-layer"], &[300], 6.0, &folder.path().join("settings.toml"));
    json(&["train", "sudoku", "--config", &settings, "--json"]);
    let kept = folder.path().join("runs/sudoku/reader").read_dir().unwrap().flatten().next().unwrap().path();
    let kept = kept.to_str().unwrap();
    assert!(kept.contains("/4x4-") && kept.ends_with("-0.reader"), "{kept}");
    for blank in ["empty", "zero"] {
        let board = format!("{blank}.png");
        let drawn = json(&["render", "sudoku", "--box-size", "2", "--blank", blank, "--picture", &board, "--json"]);
        let solved = json(&["solve", "sudoku", &board, "--reader", kept, "--json"]);
        assert_eq!((&solved["read"], &solved["answer"]), (&drawn["givens"], &drawn["solution"]));
        assert_eq!((&solved["consistent"], &solved["unique"]), (&Value::Bool(true), &Value::Bool(true)));
        assert!(folder.path().join(format!("{blank}.solved.png")).metadata().unwrap().len() > 200);
    }
    let output = run(&["solve", "sudoku", "empty.png", "--reader", kept, "--picture", "answer.png"]);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(text.starts_with("as read") && text.contains("6 digits read") && text.contains("answer.png"), "{text}");
    assert!(folder.path().join("answer.png").exists());
    // A reader of other boards, and a damaged one.
    std::fs::write(folder.path().join("damaged.reader"), "EDGEREAD?").unwrap();
    let large = ["solve", "sudoku", "empty.png", "--reader", kept, "--box-size", "3"];
    let damaged = ["solve", "sudoku", "empty.png", "--reader", "damaged.reader"];
    for (arguments, hint) in [(&large[..], "for boards of 4 digits, not 9"), (&damaged, "damaged.reader is damaged")] {
        let text = errors(&run(arguments));
        assert!(text.lines().count() == 1 && text.contains(hint), "{arguments:?}: {text}");
    }
}

/// The published settings with a search of some seconds, in a file.
fn quick_settings(folder: &Path) -> String {
    let mut settings: toml::Table = PUBLISHED.parse().unwrap();
    let training = settings["training"].as_table_mut().unwrap();
    let quick = [
        ("restarts", 1),
        ("one_step_generations", 20),
        ("horizon_generations", 1),
        ("population", 4),
        ("validation_episodes", 20),
    ];
    for (name, value) in quick {
        training.insert(name.to_owned(), value.into());
    }
    let path = folder.join("quick.toml");
    std::fs::write(&path, settings.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
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

#[test]
fn the_check_of_the_solver_counts_every_problem_the_same_in_every_run() {
    let run = || {
        let output = edge(here(), &["check", "qp", "--count", "3000", "--seed", "7", "--json"]).output().unwrap();
        let mut answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let kept = answer["promises"].as_array().unwrap().iter().all(|promise| promise["holds"] == true);
        assert_eq!(output.status.code(), Some(i32::from(!kept)), "{}", errors(&output));
        answer.as_object_mut().unwrap().remove("seconds");
        answer
    };
    let answer = run();
    assert_eq!(answer, run());
    let tally = answer["tally"].as_array().unwrap();
    assert_eq!(tally.len(), 2 * Kind::ALL.len(), "two precisions of every kind");
    let cases = |row: &Value| row["cases"].as_u64().unwrap();
    assert_eq!((tally.iter().map(cases).sum::<u64>(), cases(&answer["total"])), (3000, 3000));
    for row in tally {
        let parts = row.as_object().unwrap().iter().filter(|(name, _)| *name != "cases");
        assert_eq!(parts.filter_map(|(_, count)| count.as_u64()).sum::<u64>(), cases(row), "{row}");
    }
}

#[test]
fn the_check_of_programs_counts_every_program_and_prints_one_of_them() {
    let run = || {
        let output = edge(here(), &["check", "programs", "--count", "600", "--seed", "5", "--json"]).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        let mut answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        answer.as_object_mut().unwrap().remove("seconds");
        answer
    };
    let answer = run();
    assert_eq!(answer, run());
    assert_eq!(answer["total"]["solves"], 1200);
    assert_eq!(answer["tally"].as_array().unwrap().len(), 24, "two precisions of twelve kinds");
    let output = edge(here(), &["check", "programs", "--replay", "5"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("subject to") && said.contains("Clarabel"), "{said}");
}

#[test]
fn a_set_of_problems_is_solved_in_both_precisions_and_a_damaged_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let nearest = "NAME NEAREST\nROWS\n N cost\n L sum\nCOLUMNS\n x cost -2 sum 1\n y cost -2 sum 1\nRHS\n RHS sum 1\n\
        BOUNDS\n UP BND x 3\n UP BND y 3\nQUADOBJ\n x x 1\n y y 1\nENDATA\n";
    std::fs::write(folder.path().join("nearest.QPS"), nearest).unwrap();
    let flat = nearest.replace(" y y 1\n", "");
    std::fs::write(folder.path().join("flat.qps"), flat).unwrap();
    let set = |path: &str| edge(folder.path(), &["check", "qp", "--set", path, "--json"]).output().unwrap();
    let output = set(".");
    assert!(output.status.success(), "{}", errors(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let solves = answer["solves"].as_array().unwrap();
    assert_eq!(solves.len(), 4);
    for solve in solves.iter().filter(|solve| solve["name"] == "nearest") {
        assert_eq!((solve["status"].as_str(), solve["word"].as_str()), (Some("Solved"), Some("right")), "{solve}");
        assert!((solve["objective"].as_f64().unwrap() + 1.75).abs() < 1e-6, "{solve}");
    }
    std::fs::write(folder.path().join("damaged.mat"), "MATLAB").unwrap();
    for path in [".", "damaged.mat"] {
        let output = set(path);
        let text = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.lines().count() == 1 && text.contains("damaged.mat: it is no MATLAB file"), "{text}");
    }
}

#[test]
fn a_sampled_worst_case_says_that_it_is_no_certificate_and_is_the_same_in_every_run() {
    let example = Workspace::locate().unwrap().root.join("host/verify/configs/double_integrator.json");
    let sample = |options: &[&str]| {
        let arguments = [&["worst-case", example.to_str().unwrap(), "--samples", "300"], options].concat();
        let output = edge(here(), &arguments).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = sample(&["--json"]);
    assert_eq!(text, sample(&["--json"]));
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["certificate"], false);
    assert_eq!(answer["solves"].as_array().unwrap().len(), 4);
    for solve in answer["solves"].as_array().unwrap() {
        assert_eq!(solve["statuses"]["flagged"], 0, "{solve}");
        assert!(solve["sampled_max_iterations"].as_u64() >= solve["median_iterations"].as_u64(), "{solve}");
    }
    assert!(sample(&[]).starts_with("worst case, sampled, no certificate"));
}

#[test]
fn the_attack_and_the_bounds_say_what_they_promise_and_keep_it() {
    let run = |arguments: &[&str]| -> Value {
        let output = edge(here(), &[arguments, &["--json"]].concat()).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let attack = run(&["attack", "mountain-car", "--steps", "10000"]);
    assert_eq!((attack["plants"].as_array().unwrap().len(), attack["promises"].as_array().unwrap().len()), (9, 10));
    let bounds = run(&["bounds", "mountain-car", "--grid", "coarse"]);
    let means: Vec<f64> =
        bounds["bounds"].as_array().unwrap().iter().map(|bound| bound["mean_return"].as_f64().unwrap()).collect();
    // Each limit costs something.
    assert!(means[0] > means[1] && means[1] > means[2] && means[3] < -90.0, "{means:?}");
    for answer in [attack, bounds] {
        assert!(answer["promises"].as_array().unwrap().iter().all(|promise| promise["holds"] == true), "{answer}");
    }
}
