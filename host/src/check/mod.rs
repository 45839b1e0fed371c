//! Whether the solver keeps its word: random problems with a known character, solved and judged in the original data.
//!
//! [`case`] draws a problem from a seed, [`certificate`] judges what the solver says of it, [`tally`] counts over many
//! seeds, [`conditions`] counts by condition number, [`loops`] in closed loops, [`fuzz`] draws from any bytes. The property
//! tests use the same [`problems`] and [`oracle`]. [`gradients`] and [`gradients_kinks`] do for layers what the others do
//! for the solver.

mod batches;
mod by_hand;
pub mod case;
pub mod certificate;
pub mod conditions;
pub mod curvature;
pub mod extremes;
pub mod fuzz;
pub mod gradients;
mod gradients_families;
pub mod gradients_kinks;
mod history;
pub mod loops;
mod magnitudes;
mod notation;
pub mod number;
pub mod oracle;
pub mod problems;
pub mod programs;
pub mod promises;
pub mod splitting;
pub mod tally;
