//! Oracle of the solver: random problems of known character, judged in the original data.
//!
//! | module | content |
//! |---|---|
//! | [`case`], [`problems`] | problems drawn from a seed |
//! | [`certificate`], [`oracle`] | judgement of an answer, by its KKT conditions and by Clarabel |
//! | [`tally`], [`conditions`], [`loops`] | counts over many seeds, by condition number, in closed loops |
//! | [`fuzz`] | problems from any bytes |
//! | [`margins`], [`layer_margins`] | margins against one-sided slopes, by data and by parameters |
//! | [`families`], [`family`], [`mod@reference`], [`run`] | problems of the benchmarks, with Clarabel's answers |

pub mod batches;
mod by_hand;
pub mod case;
pub mod certificate;
pub mod conditions;
pub mod curvature;
pub mod extremes;
pub mod families;
pub mod family;
pub mod fuzz;
mod history;
pub mod layer_margins;
pub mod loops;
mod magnitudes;
pub mod margins;
mod notation;
pub mod oracle;
pub mod problems;
pub mod promises;
pub mod reference;
pub mod run;
pub mod tally;
