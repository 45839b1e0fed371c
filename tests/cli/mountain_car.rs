//! Commands of MountainCar.

use super::{edge, errors, files, here};
use convex_edge_mountain_car::train::settings::PUBLISHED;
use convex_edge_mountain_car_study::compare::settings::PUBLISHED as COMPARISON;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

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
