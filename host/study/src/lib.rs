//! The study: where a convex layer acts, and when it has an edge.
//!
//! | module | content |
//! |---|---|
//! | [`cells`] | finished runs by task, settings and seed |
//! | [`blocks`] | blocks of the factorial tables: rows, ways, measures and margins, as the plan has them |
//! | [`tables`] | the tables, with intervals over seeds |
//! | [`contrasts`] | paired differences with their verdicts |
//! | [`harm`] | curves over the share of wrong structure, and where help turns into harm |
//! | [`seal`] | headline figures on fresh seeds |
//! | [`page`] | one HTML document of all of it |
//! | [`summary`] | all of it, and the promises |
//!
//! `study.toml` beside this folder holds the runs; `docs/study_plan.md` says what they are for.

pub mod blocks;
pub mod cells;
pub mod contrasts;
pub mod harm;
pub mod page;
pub mod seal;
pub mod summary;
pub mod tables;

/// Runs of the study, for [`convex_edge_sweep::Plan`].
pub const RUNS: &str = include_str!("../study.toml");
