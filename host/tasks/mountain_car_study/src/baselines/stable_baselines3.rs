//! Stable-Baselines3's training of the same baselines, in a throw-away Python environment.

use crate::baselines::controller::Control;
use crate::compare::settings::{Algorithm, Settings, Variant};
use crate::compare::summary::Row;
use convex_edge_core::artefact::crc32;
use convex_edge_runs::interrupt;
use convex_edge_runs::promise::Promise;
use convex_edge_runs::store::{StoreError, read_json, write_json};
use convex_edge_setup::environment::{Environment, PeersError};
use convex_edge_setup::step::spinner;
use convex_edge_setup::workspace::{Workspace, WorkspaceError};
use convex_edge_statistics::BootstrapInterval;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

const REQUIREMENTS: &str = include_str!("stable_baselines3/requirements.txt");
/// Given to Python as text: a file of this name would be imported in place of the library.
const SCRIPT: &str = include_str!("stable_baselines3/stable_baselines3.py");
/// Most seeds of each algorithm.
const SEEDS: u64 = 5;

/// Errors of the peer.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The environment or the script.
    #[error(transparent)]
    Peers(#[from] PeersError),
    /// No workspace for the environment.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A part of the environment is missing.
    #[error("{what}; see to the network and the space, then run the same command again")]
    NotInstalled {
        /// Package or file, and the reason.
        what: String,
    },
    /// The script's output is not what it should be.
    #[error("the peer's script printed no result ({0}); run the same command again")]
    Output(serde_json::Error),
    /// Ctrl-C.
    #[error("interrupted; the same command keeps the finished runs")]
    Interrupted,
}

/// A run of the peer: the last policy on Gymnasium's episodes 0, 1, ...
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeerRun {
    /// Its seed.
    pub seed: u64,
    /// Steps of training.
    pub steps: usize,
    /// Looks at the policy in training.
    pub curve: Vec<PeerLook>,
    /// Mean of the returns.
    pub mean_return: f64,
    /// Number of episodes that reached the goal.
    pub solved: usize,
    /// Number of episodes played.
    pub episodes: usize,
    /// Training steps that exceeded a limit.
    pub violations_in_training: PeerViolations,
    /// Time of training and looks.
    pub seconds: f64,
}

/// A look at the peer's policy in training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PeerLook {
    /// Steps so far.
    pub steps: usize,
    /// Mean return.
    pub mean_return: f64,
}

/// Training steps of the peer that exceeded a limit; some exceeded both.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PeerViolations {
    /// That on speed.
    pub speed: u64,
    /// That on position.
    pub position: u64,
}

/// All runs of the peer's counterpart of a variant, and as many of ours.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PeerRow {
    /// Our variant.
    pub variant: String,
    /// Mean return of the peer's last policies.
    pub last: BootstrapInterval,
    /// Mean return of our last policies of the same seeds.
    pub ours: BootstrapInterval,
    /// Mean return of our last policy, by seed.
    pub our_returns: Vec<f64>,
    /// The peer's runs.
    pub runs: Vec<PeerRun>,
}

/// Runs what was not run yet, and compares it with ours. `finished` hears of each of the runs that [`planned`] counts.
///
/// # Errors
/// [`PeerError`]; finished runs stay on disk.
pub fn rows(
    settings: &Settings,
    ours: &[Row],
    folder: &Path,
    finished: &(dyn Fn() + Sync),
) -> Result<Vec<PeerRow>, PeerError> {
    let jobs = jobs(settings);
    let file = |variant: &Variant, seed| file(settings, variant, seed, folder);
    let kept = jobs.iter().map(|(variant, seed)| read_json(&file(variant, *seed))).collect::<Result<Vec<_>, _>>()?;
    let environment = if kept.iter().all(Option::is_some) { None } else { Some(install(&Workspace::locate()?)?) };
    let runs: Vec<PeerRun> = jobs
        .par_iter()
        .zip(kept)
        .map(|((variant, seed), kept)| {
            let run = match (kept, &environment) {
                (None, Some(environment)) => {
                    let run = train(environment, settings, variant, *seed)?;
                    write_json(&file(variant, *seed), &run)?;
                    Some(run)
                }
                (kept, _) => kept,
            };
            finished();
            Ok(run)
        })
        .collect::<Result<Vec<_>, PeerError>>()?
        .into_iter()
        .flatten()
        .collect();
    let row = |variant: &&Variant| {
        let own = jobs.iter().zip(&runs).filter(|((of, _), _)| of == variant).map(|(_, run)| run.clone());
        let runs: Vec<PeerRun> = own.collect();
        let ours = ours.iter().find(|row| row.variant == variant.name)?;
        let our_returns: Vec<f64> = ours.returns.iter().copied().take(runs.len()).collect();
        Some(PeerRow {
            variant: variant.name.clone(),
            last: BootstrapInterval::of(&runs.iter().map(|run| run.mean_return).collect::<Vec<_>>()),
            ours: BootstrapInterval::of(&our_returns),
            our_returns,
            runs,
        })
    };
    Ok(counterparts(settings).filter_map(|variant| row(&variant)).collect())
}

/// Number of runs in all.
pub fn planned(settings: &Settings) -> u64 {
    jobs(settings).len() as u64
}

fn jobs(settings: &Settings) -> Vec<(&Variant, u64)> {
    let seeds = |variant: &Variant| settings.seeds(variant).min(SEEDS);
    counterparts(settings).flat_map(|variant| (0..seeds(variant)).map(move |seed| (variant, seed))).collect()
}

/// The variants that the peer has, too.
fn counterparts(settings: &Settings) -> impl Iterator<Item = &Variant> {
    let is_there = |variant: &&Variant| {
        variant.control == Control::Clip
            && variant.output_scale == 1.0
            && variant.trained
            && peers_name(variant.algorithm).is_some()
    };
    settings.variants.iter().filter(is_there)
}

/// What the script calls an algorithm that the peer has.
fn peers_name(algorithm: Algorithm) -> Option<&'static str> {
    match algorithm {
        Algorithm::Ppo => Some("ppo"),
        Algorithm::Sac => Some("sac"),
        Algorithm::Ars => None,
    }
}

/// Path of a run of the peer: in the folder of ours, by the settings that it depends on.
fn file(settings: &Settings, variant: &Variant, seed: u64, folder: &Path) -> PathBuf {
    let depends_on = format!("{SCRIPT}{REQUIREMENTS}{} {}", settings.steps(variant), settings.episodes);
    let name = peers_name(variant.algorithm).unwrap_or_default();
    let of_algorithm = folder.join("mountain_car").join("compare").join(format!("{name}-stable-baselines3"));
    of_algorithm.join(format!("{:08x}", crc32(depends_on.as_bytes()))).join(format!("{seed}.json"))
}

/// Makes the environment in the target folder unless it is there. About 6 GB, nearly all of it PyTorch with its
/// libraries for graphics cards, which its package index has no wheel without.
fn install(workspace: &Workspace) -> Result<Environment, PeerError> {
    let mut environment = Environment::new(workspace, "compare-sb3", &REQUIREMENTS);
    if !environment.is_complete() {
        let _spinner = spinner("installing Stable-Baselines3, 3 GB to download");
        environment.install(REQUIREMENTS, &workspace.log("compare-sb3"))?;
        environment.complete()?;
    }
    match environment.skipped.first() {
        Some(what) => Err(PeerError::NotInstalled { what: what.clone() }),
        None => Ok(environment),
    }
}

fn train(environment: &Environment, settings: &Settings, variant: &Variant, seed: u64) -> Result<PeerRun, PeerError> {
    if interrupt::requested() {
        return Err(PeerError::Interrupted);
    }
    let name = peers_name(variant.algorithm).unwrap_or_default();
    let numbers = [seed.to_string(), settings.steps(variant).to_string(), settings.episodes.to_string()];
    let [seed, steps, episodes] = numbers.each_ref().map(OsStr::new);
    let words = [OsStr::new(name), seed, steps, episodes];
    let output = match environment.output(SCRIPT, &words, 1, "MountainCarContinuous-v0") {
        Err(_) if interrupt::requested() => return Err(PeerError::Interrupted),
        output => output?,
    };
    serde_json::from_str(output.lines().last().unwrap_or_default()).map_err(PeerError::Output)
}

/// Our baselines and the peer's must be the same within the spread over seeds: neither interval lies above the other.
pub fn promises(rows: &[PeerRow]) -> Vec<Promise> {
    let hundredths = |value: f64| (100.0 * value).round() / 100.0;
    let of_row = |row: &PeerRow| {
        let named = |what: &str| format!("{}: {what} Stable-Baselines3's", row.variant);
        [
            Promise::at_least(&named("interval, not below"), row.ours.high, "", hundredths(row.last.low)),
            Promise::at_most(&named("interval, not above"), row.ours.low, "", hundredths(row.last.high)),
        ]
    };
    rows.iter().flat_map(of_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_that_overlap_keep_both_promises_and_others_break_one() {
        let row = |ours: &[f64], theirs: &[f64]| PeerRow {
            variant: "sac".to_owned(),
            last: BootstrapInterval::of(theirs),
            ours: BootstrapInterval::of(ours),
            our_returns: ours.to_vec(),
            runs: Vec::new(),
        };
        let kept = |row: PeerRow| promises(&[row]).iter().map(|promise| promise.holds).collect::<Vec<_>>();
        assert_eq!(kept(row(&[1.0, 2.0, 3.0], &[2.0, 3.0, 4.0])), [true, true]);
        assert_eq!(kept(row(&[1.0, 2.0, 3.0], &[5.0, 6.0, 7.0])), [false, true]);
        assert_eq!(kept(row(&[5.0, 6.0, 7.0], &[1.0, 2.0, 3.0])), [true, false]);
    }
}
