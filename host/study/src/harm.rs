//! Harm curves: at which share of wrong structure does the layer turn from help into harm?

use crate::blocks::{Difference, Measure};
use crate::cells::{Cells, Settings, settings};
use convex_edge_statistics::bootstrap::interval;
use convex_edge_statistics::curve::falls_to_zero;
use convex_edge_statistics::{Estimate, Paired};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// A curve of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Task of the sweep.
    pub task: &'static str,
    /// Identity in sentences.
    pub id: String,
    /// What is wrong.
    pub structure: &'static str,
    /// Whether constraints stay as they are, or are learned from what is wrong.
    pub constraints: Constraints,
    /// What is measured.
    pub measure: Measure,
    /// Levels, ascending.
    pub levels: Vec<Level>,
}

/// Constraints of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Constraints {
    /// Given, and partly wrong.
    Fixed,
    /// Learned.
    Learned,
}

/// A share of wrong structure, and where its figures are.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Share, percent.
    pub percent: f64,
    /// Settings of its runs.
    pub settings: Settings,
    /// Figure with the layer.
    pub with: String,
    /// Figure of the network alone.
    pub alone: String,
}

impl Curve {
    /// Task and settings of its runs.
    pub fn runs(&self) -> Vec<(&'static str, Settings)> {
        self.levels.iter().map(|level| (self.task, level.settings.clone())).collect()
    }
}

/// All curves.
pub fn curves() -> Vec<Curve> {
    let reader = [
        ("labels", json!("all_cells")),
        ("knows_blanks", json!(false)),
        ("gradient", json!("none")),
        ("test_boards", json!(125)),
    ];
    let with = |more: &[(&str, serde_json::Value)]| {
        let mut found = settings(reader.clone());
        found.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        found
    };
    let cells_right = Measure {
        name: "given cells read right".to_owned(),
        unit: "%".to_owned(),
        scale: 100.0,
        difference: Difference::Larger,
        margin: 0.0,
    };
    let of_structure = with(&[("boards", json!(100)), ("steps", json!(1600)), ("harm", json!("structure"))]);
    let sums = |id: &str, structure: &'static str, name: &str, shares: &[f64]| Curve {
        task: "sudoku",
        id: id.to_owned(),
        structure,
        constraints: Constraints::Fixed,
        measure: cells_right.clone(),
        levels: shares
            .iter()
            .map(|share| Level {
                percent: 100.0 * share,
                settings: of_structure.clone(),
                with: format!("{name}/{share}"),
                alone: "alone".to_owned(),
            })
            .collect(),
    };
    let labels = |id: &str, constraints, figure: &str| Curve {
        task: "sudoku",
        id: id.to_owned(),
        structure: "share of wrong labels",
        constraints,
        measure: cells_right.clone(),
        levels: [0.0, 0.02, 0.05, 0.1, 0.2]
            .into_iter()
            .map(|share: f64| Level {
                percent: 100.0 * share,
                settings: with(&[
                    ("boards", json!(500)),
                    ("steps", json!(2400)),
                    ("harm", json!("labels")),
                    ("wrong_labels", json!(share)),
                ]),
                with: figure.to_owned(),
                alone: "alone".to_owned(),
            })
            .collect(),
    };
    let mut curves = vec![
        sums("sudoku/withheld", "share of the sums withheld", "withheld", &[0.0, 0.05, 0.1, 0.2, 0.4]),
        sums(
            "sudoku/false",
            "false sums added, share of the true ones' number",
            "false",
            &[0.0, 0.01, 0.02, 0.05, 0.1, 0.2],
        ),
        labels("sudoku/labels/fixed", Constraints::Fixed, "known"),
        labels("sudoku/labels/learned", Constraints::Learned, "learned"),
    ];
    for game in ["ms-pacman", "breakout", "space-invaders"] {
        for (constraints, way) in [(Constraints::Fixed, "fixed"), (Constraints::Learned, "learned")] {
            curves.push(Curve {
                task: "maps",
                id: format!("maps/{game}/{way}"),
                structure: "count that is asked for, off by",
                constraints,
                measure: Measure {
                    name: "squared error of a predicted cell".to_owned(),
                    unit: String::new(),
                    scale: 1.0,
                    difference: Difference::SmallerRatio,
                    margin: 0.0,
                },
                levels: [0.0, 0.02, 0.05, 0.1, 0.15, 0.2]
                    .into_iter()
                    .map(|off: f64| Level {
                        percent: 100.0 * off,
                        settings: settings([
                            ("game", json!(game)),
                            ("steps", json!(1500)),
                            ("gradient", json!("none")),
                            ("harm", json!(true)),
                        ]),
                        with: format!("harm/{off}/{way}"),
                        alone: format!("harm/{off}/alone"),
                    })
                    .collect(),
            });
        }
    }
    for (learner, gradient, steps) in [("ppo", "exact", 20_000), ("sac", "none", 50_000)] {
        for (constraints, way) in [(Constraints::Fixed, "fixed"), (Constraints::Learned, "learned")] {
            curves.push(Curve {
                task: "mountain-car",
                id: format!("mountain-car/{learner}/{way}"),
                structure: "gravity up and power down by",
                constraints,
                measure: Measure {
                    name: "episodes solved without a violation".to_owned(),
                    unit: "%".to_owned(),
                    scale: 100.0,
                    difference: Difference::Larger,
                    margin: 0.0,
                },
                levels: [0.0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15]
                    .into_iter()
                    .map(|off: f64| Level {
                        percent: 100.0 * off,
                        settings: settings([
                            ("learner", json!(learner)),
                            ("steps", json!(steps)),
                            ("gradient", json!(gradient)),
                            ("harm", json!(true)),
                        ]),
                        with: format!("harm/{off}/{way}/safe"),
                        alone: format!("harm/{off}/alone/safe"),
                    })
                    .collect(),
            });
        }
    }
    curves
}

/// A curve as it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Harm {
    /// Identity in sentences.
    pub id: String,
    /// Task.
    pub task: String,
    /// What is wrong.
    pub structure: String,
    /// Constraints.
    pub constraints: Constraints,
    /// What is measured.
    pub measure: Measure,
    /// Levels of which runs are finished.
    pub points: Vec<Point>,
    /// Percent at which the mean help falls to zero; `None` where it does not within the levels.
    pub turning: Option<f64>,
    /// Its 95 % bootstrap interval over seeds; `None` where one in twenty draws has no turning point.
    pub interval: Option<[f64; 2]>,
}

/// A level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Share of wrong structure, percent.
    pub percent: f64,
    /// With the layer, in the measure's unit.
    pub with: Estimate,
    /// The network alone.
    pub alone: Estimate,
    /// Help: paired difference, larger is better with the layer.
    pub help: Paired,
}

/// All curves of what is finished.
pub fn harm(cells: &Cells) -> Vec<Harm> {
    curves().iter().map(|curve| measured(curve, cells)).collect()
}

fn measured(curve: &Curve, cells: &Cells) -> Harm {
    let (mut points, mut helps) = (Vec::new(), Vec::new());
    for level in &curve.levels {
        let values = |figure: &str| cells.by_seed(curve.task, &level.settings, figure);
        let (with, alone) = (values(&level.with), values(&level.alone));
        if with.is_empty() || alone.is_empty() {
            continue;
        }
        let estimate = |values: &BTreeMap<u64, f64>| {
            Estimate::of(&values.values().map(|value| curve.measure.scale * value).collect::<Vec<_>>())
        };
        let scores = |values: &BTreeMap<u64, f64>| -> BTreeMap<u64, f64> {
            values.iter().map(|(&seed, &value)| (seed, curve.measure.score(value))).collect()
        };
        let (of_with, of_alone) = (scores(&with), scores(&alone));
        points.push(Point {
            percent: level.percent,
            with: estimate(&with),
            alone: estimate(&alone),
            help: Paired::of(&of_with, &of_alone, 0.0),
        });
        let help: BTreeMap<u64, f64> =
            of_with.iter().filter_map(|(seed, value)| Some((*seed, value - of_alone.get(seed)?))).collect();
        helps.push((level.percent, help));
    }
    let seeds: Vec<u64> = helps.first().map(|(_, help)| help.keys().copied().collect()).unwrap_or_default();
    let turning = |drawn: &[usize]| {
        let mean = |help: &BTreeMap<u64, f64>| {
            let values: Vec<f64> = drawn.iter().filter_map(|&place| help.get(seeds.get(place)?).copied()).collect();
            values.iter().sum::<f64>() / values.len().max(1) as f64
        };
        falls_to_zero(&helps.iter().map(|(percent, help)| (*percent, mean(help))).collect::<Vec<_>>())
    };
    let all: Vec<usize> = (0..seeds.len()).collect();
    Harm {
        id: curve.id.clone(),
        task: curve.task.to_owned(),
        structure: curve.structure.to_owned(),
        constraints: curve.constraints,
        measure: curve.measure.clone(),
        points,
        turning: turning(&all),
        interval: interval(seeds.len(), turning),
    }
}
