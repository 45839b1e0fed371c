//! Supervised: complete a sudoku from the pictures of its cells.
//!
//! | module | content |
//! |---|---|
//! | [`data`] | grids, puzzles, digits, and pictures of boards |
//! | [`model`] | a reader of cells, the rules as a layer, and the searches for a grid |
//! | [`train`], [`evaluate`] | training of readers, figures of trained ones |
//! | [`baselines`], [`compare`] | networks that know no rules, and the comparison with them |
//! | [`export`], [`target`] | the artefact of 4x4 boards, and boards for a microcontroller |
//! | [`report`] | answers, rules and comparisons as pages and pictures |
//! | [`study`] | runs of the study: where the layer acts, and when it harms |

pub mod baselines;
pub mod compare;
pub mod data;
pub mod evaluate;
pub mod export;
pub mod model;
pub mod report;
pub mod study;
pub mod target;
pub mod train;
