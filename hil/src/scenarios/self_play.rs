//! Self-play scenario: the target's decisions and simulation, compared with the host's. The plant runs on the target.

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
    target.arm(artefact.crc, 0)?;
    for &scenario in scenarios {
        let mut beside = Beside::start(&artefact.parameters, scenario);
        let end = target.self_play(scenario, |telemetry| {
            let (observation, decision) = (telemetry.observation, telemetry.decision);
            beside.take(Step { observation, decision, cycles: telemetry.cycles });
        })?;
        let over = beside.over();
        let mut episode = beside.finish();
        let same_end =
            over && end.solved == episode.solved && end.episode_return.to_bits() == episode.episode_return.to_bits();
        episode.mismatches += u32::from(!same_end);
        on_episode(episode);
    }
    target.disarm()
}
