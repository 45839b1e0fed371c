//! Whether the solver keeps its word: random problems with a known character, solved and judged in the original data.
//!
//! [`case`] draws a problem from a seed, [`certificate`] judges what the solver says of it, [`tally`] counts over many
//! seeds, [`single_precision`] counts where single precision ends, [`fuzz`] draws from any bytes. The property
//! tests use the same [`problems`] and [`oracle`]. [`gradients`] does for layers what the others do for the solver.

pub mod case;
pub mod certificate;
pub mod curvature;
pub mod extremes;
pub mod fuzz;
pub mod gradients;
pub mod number;
pub mod oracle;
pub mod problems;
pub mod promises;
pub mod single_precision;
pub mod tally;
