//! Paired differences with their verdicts.

use crate::blocks::{Block, blocks};
use crate::cells::Cells;
use crate::tables::{POLICIES, values};
use convex_edge_statistics::Paired;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A paired difference of two cells of a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contrast {
    /// Identity, which sentences name: `TASK/BLOCK/POLICY/FIRST - SECOND`.
    pub id: String,
    /// Task.
    pub task: String,
    /// Title of the block.
    pub block: String,
    /// Last iterate, or best checkpoint.
    pub policy: String,
    /// Gradient and way of the first cell.
    pub first: [String; 2],
    /// Of the second.
    pub second: [String; 2],
    /// Whether the plan names it as the task's primary one.
    pub is_primary: bool,
    /// Difference; larger is better for the first.
    pub paired: Paired,
}

/// Task, title of the block, first and second cell of each primary contrast.
const PRIMARY: [(&str, &str, [&str; 2], [&str; 2]); 3] = [
    (
        "sudoku",
        "10 boards, labels of blank cells, blank cells known at test",
        ["exact", "layer and search"],
        ["detached", "layer and search"],
    ),
    (
        "maps",
        "Ms. Pac-Man, 2x2 divergence of decoded maps",
        ["exact", "every prediction projected"],
        ["none", "every prediction projected"],
    ),
    ("mountain-car", "PPO, mean return", ["exact", "program"], ["detached", "program"]),
];

/// Pairs of cells of each block, for the last iterate and the best checkpoint: all ways of one gradient, and for each way all
/// gradients beside the first two that have runs.
pub fn contrasts(cells: &Cells) -> Vec<Contrast> {
    blocks().iter().flat_map(|block| of_block(block, cells)).collect()
}

/// Gradient and way of a cell.
type Name = [String; 2];

/// Scores by seed, for each policy.
type Scores = [BTreeMap<u64, f64>; 2];

fn of_block(block: &Block, cells: &Cells) -> Vec<Contrast> {
    let mut all: Vec<(Name, Scores)> = Vec::new();
    for row in &block.rows {
        for (place, way) in block.ways.iter().enumerate() {
            if let Some(found) = values(block, row, place, cells) {
                let scored = found.map(|of_policy| {
                    of_policy.into_iter().map(|(seed, value)| (seed, block.measure.score(value))).collect()
                });
                all.push(([row.gradient.to_owned(), way.name.clone()], scored));
            }
        }
    }
    let references: Vec<&str> =
        block.rows.iter().filter(|row| row.runs.is_ok()).map(|row| row.gradient).take(2).collect();
    let is_asked = |first: &[String; 2], second: &[String; 2]| {
        first[0] == second[0] || first[1] == second[1] && references.contains(&second[0].as_str())
    };
    let mut contrasts = Vec::new();
    for (policy, policy_name) in POLICIES.into_iter().enumerate() {
        for (place, (second, of_second)) in all.iter().enumerate() {
            for (first, of_first) in &all[place + 1..] {
                if !is_asked(first, second) || of_first[policy].is_empty() || of_second[policy].is_empty() {
                    continue;
                }
                let text = |cell: &[String; 2]| cell.join(", ");
                let is_primary = policy == 0
                    && PRIMARY.iter().any(|(task, title, one, other)| {
                        (*task, *title) == (block.task, block.title.as_str()) && one == first && other == second
                    });
                contrasts.push(Contrast {
                    id: format!("{}/{}/{policy_name}/{} - {}", block.task, block.title, text(first), text(second)),
                    task: block.task.to_owned(),
                    block: block.title.clone(),
                    policy: policy_name.to_owned(),
                    first: first.clone(),
                    second: second.clone(),
                    is_primary,
                    paired: Paired::of(&of_first[policy], &of_second[policy], block.measure.margin),
                });
            }
        }
    }
    contrasts
}
