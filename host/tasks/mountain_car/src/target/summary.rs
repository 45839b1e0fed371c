//! Summary of a demonstration with its promises: the content of `summary.json`.

use crate::evaluate::episodes;
use convex_edge_runs::promise::Promise;
use serde::{Deserialize, Serialize};

/// Episodes on a plant at a corner of the model error, with sensor noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Corner {
    /// Gravity relative to nominal.
    pub gravity: f32,
    /// Power relative to nominal.
    pub power: f32,
    /// Side that played the episodes: `host` or the target's name.
    pub played_on: String,
    /// Their figures.
    pub result: episodes::Summary,
}

/// A policy that is compared with the shipped one, on the host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Policy in words.
    pub policy: String,
    /// Plant in words.
    pub plant: String,
    /// Its figures.
    pub result: episodes::Summary,
}

/// Everything that a demonstration found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Hash of the settings of the run that was driven.
    pub configuration: String,
    /// Its seed.
    pub seed: u64,
    /// Mean of the returns on the target, over both kinds of episodes on the nominal plant.
    pub mean_return: f64,
    /// Smallest of them.
    pub min_return: f64,
    /// Episodes that reached the goal.
    pub solved: usize,
    /// Episodes on the nominal plant, over serial and in self-play.
    pub episodes: usize,
    /// Their figures.
    pub nominal: episodes::Summary,
    /// Steps on the target that exceeded a limit, on all plants.
    pub violations: u64,
    /// Steps whose bits differed from the host's, on all plants.
    pub bit_mismatches: u64,
    /// Steps whose bits were compared, on all plants.
    pub steps_compared: u64,
    /// Duration of the training, over all its processes, s.
    pub training_seconds: f64,
    /// Name of the processor; empty for earlier demonstrations.
    #[serde(default)]
    pub processor: String,
    /// Target that was driven, such as `qemu:b-l475e-iot01a`.
    pub target: String,
    /// Median number of instructions of a decision, counted in QEMU.
    pub instructions_p50: u32,
    /// Largest number of instructions of a decision.
    pub instructions_max: u32,
    /// Steps that the policy looks ahead.
    pub horizon: usize,
    /// Variables of its program.
    pub variables: usize,
    /// Two-sided rows of its program.
    pub rows: usize,
    /// CRC-32 of the artefact that was driven.
    pub artefact: String,
    /// Bytes of the artefact.
    pub artefact_bytes: usize,
    /// Bytes of the target's stack that were never touched.
    pub stack_free: Option<u32>,
    /// Time of the whole demonstration, seconds.
    pub seconds: f64,
    /// Plants off the model, on host and target.
    pub corners: Vec<Corner>,
    /// Other policies on the same plants.
    pub comparisons: Vec<Comparison>,
    /// Promises of the demonstration.
    pub promises: Vec<Promise>,
}
