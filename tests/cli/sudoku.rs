//! Commands of sudoku.

use super::{edge, errors, files, here};
use convex_edge_sudoku::train::settings::{EMBEDDED, PUBLISHED as SUDOKU};
use serde_json::Value;
use std::path::Path;

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
