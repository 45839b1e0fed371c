//! Commands of the solver.

use super::{edge, errors, here};
use convex_edge_setup::workspace::Workspace;
use convex_edge_verify::case::Kind;
use serde_json::Value;

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
fn a_check_without_condition_numbers_promises_nothing_of_them() {
    let output = edge(here(), &["check", "qp", "--count", "50", "--conditions", "0"]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
}
