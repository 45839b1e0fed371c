//! Sweeps, the study and its page.

use super::{edge, errors, here};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;

/// Policies without training: seconds for all of them.
const PLAN: &str = r#"
    name = "quick"
    [[grids]]
    task = "mountain-car"
    seeds = 3
    settings = { gradient = "none", steps = 0 }
    axes = [[{ learner = "energy" }, { learner = "untrained-head" }]]
"#;

fn sweep(folder: &Path, plan: &str) -> Output {
    fs::write(folder.join("plan.toml"), plan).unwrap();
    edge(folder, &["sweep", "plan.toml"]).output().unwrap()
}

#[test]
fn a_sweep_goes_on_where_it_stopped_and_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let output = sweep(folder.path(), PLAN);
    assert!(output.status.success(), "{}", errors(&output));
    let collected = folder.path().join("runs/sweep/quick/runs.jsonl");
    let text = fs::read_to_string(&collected).unwrap();
    assert_eq!(text.lines().count(), 6);
    // Two runs are lost, and one is left: they are done again, to the same bytes.
    let task = folder.path().join("runs/sweep/mountain-car");
    let settings: Vec<_> = fs::read_dir(&task).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(settings.len(), 2);
    fs::remove_dir_all(settings[0].join("1")).unwrap();
    fs::remove_dir_all(settings[1].join("2")).unwrap();
    fs::remove_file(&collected).unwrap();
    let output = sweep(folder.path(), PLAN);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(fs::read_to_string(&collected).unwrap(), text);
    // A controller by hand needs no training to be safe behind the filter.
    let energy = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    for found in energy.filter(|found| found["run"]["settings"]["learner"] == "energy") {
        assert_eq!(found["figures"]["last/filter/safe"], 1.0, "{found}");
    }
}

#[test]
fn a_sweep_that_makes_no_sense_is_refused_before_any_run() {
    let folder = tempfile::tempdir().unwrap();
    for (from, to, wanted) in [
        ("mountain-car", "sudoko", "there is no task `sudoko`"),
        ("\"energy\"", "\"random\"", "unknown variant `random`"),
        ("steps = 0", "steps = 7", "steps must be"),
        ("gradient = \"none\"", "gradient = \"none\", momentum = 3", "momentum"),
        ("seeds = 3", "seeds = 0", "grids.seeds must be at least 1"),
    ] {
        let output = sweep(folder.path(), &PLAN.replace(from, to));
        let text = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{to}: {text}");
        assert!(text.contains(wanted) && text.lines().count() == 1, "{to}: {text}");
    }
    assert!(!folder.path().join("runs").exists());
}

/// Slurm's commands need not be there to be told so.
#[test]
fn a_cluster_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("plan.toml"), PLAN).unwrap();
    let output =
        edge(folder.path(), &["sweep", "plan.toml", "--on", "slurm"]).env("PATH", "/nowhere").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("`sbatch` did not start"), "{}", errors(&output));
}

/// Numbers of the page are rows of the results: read again, summed up again, written again.
#[test]
fn the_page_of_the_study_is_written_in_seconds_and_needs_nothing_but_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.html");
    let output = edge(here(), &["report", "study", "--output", path.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let page = fs::read_to_string(&path).unwrap();
    assert!(page.len() < 5 << 20 && page.contains("When does a convex layer have an edge?"));
    for forbidden in ["http://", "https://", "<script", "src=", "NaN", "@import", "url("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}
