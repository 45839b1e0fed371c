//! Blocks of the factorial tables, as the plan has them.

use crate::cells::{Settings, settings};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Gradient steps of each number of training boards.
const BOARDS: [(u64, u64); 3] = [(10, 1000), (100, 1600), (1000, 3200)];

/// What a block measures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// In words.
    pub name: String,
    /// Unit of the tables.
    pub unit: String,
    /// What a figure is multiplied by for the tables.
    pub scale: f64,
    /// How differences are taken.
    pub difference: Difference,
    /// Margin of equivalence of a difference.
    pub margin: f64,
}

/// How two values are compared; larger differences are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// First minus second, in the unit of the tables.
    Larger,
    /// Second minus first, in the unit of the tables.
    Smaller,
    /// Natural logarithm of second over first: smaller values are better.
    SmallerRatio,
}

impl Measure {
    /// A value as it is compared: differences of these are what [`Difference`] says.
    pub fn score(&self, value: f64) -> f64 {
        match self.difference {
            Difference::Larger => self.scale * value,
            Difference::Smaller => -self.scale * value,
            Difference::SmallerRatio => -value.ln(),
        }
    }
}

/// A way from a trained network to its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// In words.
    pub name: String,
    /// Whether the layer takes part.
    pub has_layer: bool,
    /// The figure, after the name of the policy.
    pub figure: String,
}

/// A row: a level of the factor gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Level of the factor.
    pub gradient: &'static str,
    /// Settings of its runs, or why there are none.
    pub runs: Result<Settings, &'static str>,
    /// Ways that it has, as places among the block's; empty for all.
    pub ways: Vec<usize>,
}

/// Rows that are compared with each other: same data, same budget, same seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Task of the sweep.
    pub task: &'static str,
    /// In words.
    pub title: String,
    /// What is measured.
    pub measure: Measure,
    /// Ways.
    pub ways: Vec<Way>,
    /// Rows.
    pub rows: Vec<Row>,
}

/// All blocks.
pub fn blocks() -> Vec<Block> {
    [sudoku(), maps(), mountain_car()].concat()
}

fn way(name: &str, has_layer: bool, figure: &str) -> Way {
    Way { name: name.to_owned(), has_layer, figure: figure.to_owned() }
}

fn sudoku() -> Vec<Block> {
    let mut blocks = Vec::new();
    for labels in ["all_cells", "blank_cells"] {
        for knows_blanks in [true, false] {
            for (boards, steps) in BOARDS {
                let of = |gradient: &str| {
                    settings([
                        ("boards", json!(boards)),
                        ("steps", json!(steps)),
                        ("labels", json!(labels)),
                        ("knows_blanks", json!(knows_blanks)),
                        ("gradient", json!(gradient)),
                    ])
                };
                let all = labels == "all_cells";
                let row = |gradient: &'static str, level: &str, dash: Option<&'static str>| Row {
                    gradient,
                    runs: dash.map_or_else(|| Ok(of(level)), Err),
                    ways: Vec::new(),
                };
                let (no_labels, labelled) =
                    ("no label says what a given cell shows", "the labels are the target already");
                let rows = vec![
                    row("none", "none", (!all).then_some(no_labels)),
                    row("detached", "detached", all.then_some(labelled)),
                    row("detached, exact search", "detached_most_likely", all.then_some(labelled)),
                    row("straight-through", "straight_through", None),
                    row("exact", "exact", None),
                    row("exact from the first step", "exact_from_start", None),
                ];
                let plain = if knows_blanks { "read, then solve" } else { "sure digits, then solve" };
                let ways = [
                    ("likeliest digits", false),
                    (plain, false),
                    ("most likely grid", false),
                    ("layer", true),
                    ("layer and search", true),
                ];
                blocks.push(Block {
                    task: "sudoku",
                    title: format!(
                        "{boards} boards, labels of {}, blank cells {} at test",
                        if all { "all cells" } else { "blank cells" },
                        if knows_blanks { "known" } else { "not known" }
                    ),
                    measure: Measure {
                        name: "boards right in every cell".to_owned(),
                        unit: "%".to_owned(),
                        scale: 100.0,
                        difference: Difference::Larger,
                        margin: 1.0,
                    },
                    ways: ways.into_iter().map(|(name, has_layer)| way(name, has_layer, name)).collect(),
                    rows,
                });
            }
        }
    }
    blocks
}

/// Games, and which of their figures are measured.
const GAMES: [(&str, &str); 3] =
    [("ms-pacman", "Ms. Pac-Man"), ("breakout", "Breakout"), ("space-invaders", "Space Invaders")];

fn maps() -> Vec<Block> {
    let share = |name: &str, difference| Measure {
        name: name.to_owned(),
        unit: "%".to_owned(),
        scale: 100.0,
        difference,
        margin: 2.0,
    };
    let divergence = Measure {
        name: "2x2 divergence of decoded maps".to_owned(),
        unit: String::new(),
        scale: 1.0,
        difference: Difference::SmallerRatio,
        margin: 1.25_f64.ln(),
    };
    let edits = Measure {
        name: "tiles changed by decoding".to_owned(),
        unit: "tiles".to_owned(),
        scale: 1.0,
        difference: Difference::Smaller,
        margin: 0.5,
    };
    let mut blocks = Vec::new();
    for (game, name) in GAMES {
        let mut measures = vec![
            (divergence.clone(), "divergence"),
            (edits.clone(), "edits"),
            (share("valid before decoding", Difference::Larger), "valid"),
        ];
        if game == "ms-pacman" {
            measures.push((share("walls of a real maze", Difference::Larger), "known maze"));
        }
        for (measure, figure) in measures {
            let mut ways = vec![
                way("without the layer", false, &format!("without/{figure}")),
                way("every prediction projected", true, &format!("with/{figure}")),
            ];
            let of_plain = [
                ("decoded by softmax", "softmax", false),
                ("fewest changed tiles", "fewest changes", false),
                ("noisy values projected", "projected values", true),
                ("penalty 0.1", "penalty 0.1", false),
                ("penalty 0.25", "penalty 0.25", false),
                ("penalty 0.5", "penalty 0.5", false),
                ("penalty 1", "penalty 1", false),
                ("retrieval", "retrieval", false),
            ];
            ways.extend(of_plain.map(|(name, key, has_layer)| way(name, has_layer, &format!("{key}/{figure}"))));
            let row = |gradient: &'static str, level: &str| {
                let mut found = settings([("game", json!(game)), ("steps", json!(1500)), ("gradient", json!(level))]);
                if level == "none" {
                    found.insert("harm".to_owned(), Value::Bool(true));
                }
                Row { gradient, runs: Ok(found), ways: if level == "none" { Vec::new() } else { vec![0, 1] } }
            };
            let rows = vec![
                row("none", "none"),
                row("detached", "detached"),
                row("straight-through", "straight_through"),
                row("exact", "exact"),
            ];
            blocks.push(Block { task: "maps", title: format!("{name}, {}", measure.name), measure, ways, rows });
        }
    }
    blocks
}

fn mountain_car() -> Vec<Block> {
    let learners = [("ppo", "PPO", 20_000), ("sac", "SAC", 50_000), ("ars", "ARS", 500_000)];
    let returns = |name: &str| Measure {
        name: name.to_owned(),
        unit: String::new(),
        scale: 1.0,
        difference: Difference::Larger,
        margin: 1.0,
    };
    let safe = Measure {
        name: "episodes solved without a violation".to_owned(),
        unit: "%".to_owned(),
        scale: 100.0,
        difference: Difference::Larger,
        margin: 2.0,
    };
    let measures = [
        (returns("mean return"), "return"),
        (safe, "safe"),
        (returns("mean return at the corners of 5 %"), "corners/return"),
    ];
    let ways = |figure: &str| {
        vec![
            way("network alone", false, &format!("without/{figure}")),
            way("safety filter", false, &format!("filter/{figure}")),
            way("program", true, &format!("with/{figure}")),
        ]
    };
    let mut blocks = Vec::new();
    for (learner, name, steps) in learners {
        for (measure, figure) in &measures {
            let row = |gradient: &'static str, level: &str, dash: Option<&'static str>| {
                let mut found =
                    settings([("learner", json!(learner)), ("steps", json!(steps)), ("gradient", json!(level))]);
                if matches!((learner, level), ("ppo", "exact") | ("sac", "none")) {
                    found.insert("harm".to_owned(), Value::Bool(true));
                }
                Row { gradient, runs: dash.map_or(Ok(found), Err), ways: Vec::new() }
            };
            let no_mean = (learner == "sac").then_some("squashed samples leave no mean to project");
            let no_gradient = (learner == "ars").then_some("random search has no gradient");
            let rows = vec![
                row("none", "none", None),
                row("detached", "detached", None),
                row("straight-through", "straight_through", no_mean.or(no_gradient)),
                row("exact", "exact", no_gradient),
            ];
            let title = format!("{name}, {}", measure.name);
            blocks.push(Block { task: "mountain-car", title, measure: measure.clone(), ways: ways(figure), rows });
        }
    }
    for (measure, figure) in &measures {
        let row = |gradient: &'static str, learner: &str| Row {
            gradient,
            runs: Ok(settings([("learner", json!(learner)), ("steps", json!(0)), ("gradient", json!("none"))])),
            ways: Vec::new(),
        };
        let rows = vec![row("untrained network", "untrained-head"), row("energy controller by hand", "energy")];
        let title = format!("Without training, {}", measure.name);
        blocks.push(Block { task: "mountain-car", title, measure: measure.clone(), ways: ways(figure), rows });
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use convex_edge_sweep::Plan;
    use std::collections::HashSet;

    /// A cell without runs, or runs without a cell, would be a fault of the report.
    #[test]
    fn every_row_has_runs_in_the_plan_and_every_run_a_row() {
        let plan = Plan::parse(crate::RUNS, 0).unwrap();
        let text = |task: &str, settings: &Settings| format!("{task} {}", serde_json::to_string(settings).unwrap());
        let planned: HashSet<String> = plan.runs.iter().map(|run| text(&run.task, &run.settings)).collect();
        let mut shown = HashSet::new();
        for block in blocks() {
            for row in block.rows {
                let Ok(settings) = row.runs else { continue };
                let text = text(block.task, &settings);
                assert!(planned.contains(&text), "{text}");
                shown.insert(text);
            }
        }
        for (task, settings) in crate::harm::curves().into_iter().flat_map(|curve| curve.runs()) {
            let text = text(task, &settings);
            assert!(planned.contains(&text), "{text}");
            shown.insert(text);
        }
        // What is there to be looked at.
        let missing: Vec<&String> = planned.difference(&shown).filter(|run| !run.contains("examples")).collect();
        assert_eq!(missing, Vec::<&String>::new());
    }
}
