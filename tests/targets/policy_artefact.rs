//! An artefact of a policy for tests.

use convex_edge_core::artefact::{self, MAXIMUM_BYTES};
use convex_edge_core::episode::{Episode, Scenario};
use convex_edge_core::policy::Horizon10;
use convex_edge_mountain_car::model::{safe_set, weights};
use convex_edge_mountain_car::train::settings::Config;

/// The published policy before training: what is learned changes numbers, not what the target does with them. The
/// golden vectors are the first steps of an episode.
pub fn artefact() -> Vec<u8> {
    let config = Config::load(None).unwrap();
    let safe_set = safe_set::tables(&config.safe_set).unwrap();
    let parameters = weights::parameters(&config.policy, &safe_set, &config.training.initial_weights);
    let mut memory = Box::new(Horizon10::new());
    let mut episode = Episode::start(&Scenario::nominal(0));
    let observations: Vec<_> = (0..100).map(|_| episode.step(&parameters, &mut memory).observation).collect();
    let mut buffer = vec![0; MAXIMUM_BYTES];
    artefact::write(&parameters, &observations, &mut memory, &mut buffer).unwrap().to_vec()
}
