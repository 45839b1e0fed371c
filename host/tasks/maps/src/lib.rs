//! Generative: maps of games that satisfy their conditions, exactly.
//!
//! The way of the data: a text becomes [conditions](data::condition), those a [polytope](model::polytope) of class
//! probabilities, onto which the [projection](model::projection) brings a network's scores. At the end the best map among
//! all that satisfy the conditions is [decoded](model::decode), which is exact.
//!
//! | module | content |
//! |---|---|
//! | [`data`] | games, maps, and conditions on them |
//! | [`model`] | a diffusion network whose last step projects onto conditions, and the decoder |
//! | [`train`], [`evaluate`] | training of denoisers, figures of generated maps |
//! | [`baselines`], [`compare`] | rejection, and the comparison with networks that do not project |
//! | [`export`], [`target`] | conditions as an artefact, and what a microcontroller makes of them |
//! | [`report`] | the comparison as a page |
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
