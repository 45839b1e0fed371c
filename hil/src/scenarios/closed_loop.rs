//! Closed-loop scenario: the target's decisions, compared with the host's. The plant runs on the host.

use crate::recording::{Beside, Recording, Step};
use crate::target::{Target, TargetError};
use convex_edge_core::artefact::Artefact;
use convex_edge_core::episode::Scenario;

/// Plays an episode of each scenario and hands it over.
///
/// # Errors
/// The first [`TargetError`]; a wrong answer is none, it is counted.
pub fn run(
    target: &mut Target,
    artefact: &Artefact<'_>,
    scenarios: &[Scenario],
    mut on_episode: impl FnMut(Recording),
) -> Result<(), TargetError> {
    for &scenario in scenarios {
        // The plant waits for each action, so no deadline can be missed.
        target.arm(artefact.crc, 0)?;
        let mut beside = Beside::start(&artefact.parameters, scenario);
        let mut sequence = 0;
        while !beside.over() {
            let observation = beside.observation();
            let decision = target.observe(sequence, observation)?;
            beside.take(Step { observation, decision, cycles: None });
            sequence += 1;
        }
        on_episode(beside.finish());
    }
    target.disarm()
}
