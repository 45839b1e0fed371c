//! Robustness of a policy: many starts on the model, on plants near it, and on plants far from it.

use crate::evaluate::episodes::{CORNERS, Summary, play_over, scenarios, summarize};
use crate::model::safe_set::SafeSetError;
use crate::train::fitness::slew_safe_set;
use crate::train::search::{Trained, policy};
use crate::train::settings::Config;
use serde::{Deserialize, Serialize};

/// Starts of the published figures: Gymnasium's seeds from 0 on, none of which training or validation see.
pub const STARTS: u64 = 1000;

/// Gravity and power relative to nominal at twice the error that the policy is made for.
const FAR_CORNERS: [(f32, f32); 4] = [(0.9, 0.9), (0.9, 1.1), (1.1, 0.9), (1.1, 1.1)];

/// Plant, noise and delay of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Gravity relative to nominal.
    pub gravity: f32,
    /// Power relative to nominal.
    pub power: f32,
    /// Whether there is sensor noise.
    pub noise: bool,
    /// Whether actions come one step late, which the policy predicts over.
    pub delay: bool,
}

/// A condition and the results of its episodes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Plant, noise and delay.
    pub condition: Condition,
    /// Whether safe set and policy are made for it.
    pub within_margins: bool,
    /// The figures.
    pub summary: Summary,
}

/// Those that the shipped policy is made for: the model, with noise, and the corners of the model error with noise.
pub fn near() -> Vec<Condition> {
    let condition = |(gravity, power), noise| Condition { gravity, power, noise, delay: false };
    let nominal = [condition((1.0, 1.0), false), condition((1.0, 1.0), true)];
    nominal.into_iter().chain(CORNERS.map(|corner| condition(corner, true))).collect()
}

/// Those beyond: twice the model error, without noise and with it, and a delayed action on the nominal plant and on
/// the corners, with noise.
pub fn far() -> Vec<Condition> {
    let condition = |(gravity, power), noise, delay| Condition { gravity, power, noise, delay };
    let corners = FAR_CORNERS.into_iter().flat_map(|corner| [false, true].map(|noise| condition(corner, noise, false)));
    let delayed = [condition((1.0, 1.0), false, true), condition((1.0, 1.0), true, true)];
    corners.chain(delayed).chain(CORNERS.map(|corner| condition(corner, true, true))).collect()
}

/// Evaluates a trained policy over so many starts in every condition.
///
/// # Errors
/// [`SafeSetError`].
pub fn evaluate(config: &Config, trained: &Trained, starts: u64) -> Result<Vec<Evaluation>, SafeSetError> {
    let (parameters, slew) = (policy(config, trained)?, slew_safe_set(config)?);
    let one = |condition: Condition, within_margins| {
        let scenarios = scenarios(0, starts, (condition.gravity, condition.power), condition.noise);
        let results = play_over(config.policy.horizon, &parameters, &scenarios, condition.delay, slew.as_ref());
        Evaluation { condition, within_margins, summary: summarize(&results) }
    };
    let near = near().into_iter().map(|condition| one(condition, true));
    Ok(near.chain(far().into_iter().map(|condition| one(condition, false))).collect())
}
