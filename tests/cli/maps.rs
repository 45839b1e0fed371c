//! Commands of maps.

use super::{edge, errors, here};
use convex_edge_maps::train::settings::PUBLISHED as MAPS;
use serde_json::Value;
use std::path::Path;

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
