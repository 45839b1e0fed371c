//! The settings of a comparison: read from a checked-in file; a run is identified by the hash of its part of them.

use crate::tasks::course::Budget;
use crate::tasks::maps::suite::Suite;
use crate::tasks::maps::training::{self, LastStep};
use convex_edge_core::artefact::crc32;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The settings of the published numbers.
pub const PUBLISHED: &str = include_str!("../../../configs/maps.toml");

/// Everything that trainings and the comparison depend on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Maps a step of training.
    pub maps: usize,
    /// The largest of a training's cycle.
    pub learning_rate: f64,
    /// Of the denoiser that generates maps.
    pub short: Short,
    /// What is compared.
    pub comparison: Comparison,
}

/// A training that is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Short {
    /// Processor seconds.
    pub seconds: f64,
    /// Of weights, order, conditions and noise.
    pub seed: u64,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Trainings of each kind, with the seeds 0, 1, ...
    pub seeds: u64,
    /// Processor seconds of the trainings.
    pub seconds: Vec<f64>,
    /// Maps of each method and suite.
    pub samples: usize,
    /// Conditions.
    pub suites: Vec<Named>,
    /// Of the count of violations.
    pub validity: Validity,
}

/// Conditions drawn from one held-out map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// In tables.
    pub name: String,
    /// Suites that all hold together.
    pub parts: Vec<Suite>,
}

/// How often validity and infeasibility are tried.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// Maps of each game, over the suites C1 to C6 in turn.
    pub samples: usize,
    /// Infeasible requests in all.
    pub infeasible: usize,
}

/// Why the settings were refused.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the settings {}: {source}; name others with --config", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("the settings do not fit: {0}", source.to_string().replace('\n', " "))]
    Malformed {
        /// Where and why.
        #[from]
        source: toml::de::Error,
    },
    /// A number is out of range.
    #[error("the settings' {name} must be {range}")]
    OutOfRange {
        /// Its name.
        name: &'static str,
        /// What it may be.
        range: &'static str,
    },
}

impl Settings {
    /// Parses and checks.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let settings: Self = toml::from_str(text)?;
        let Comparison { seeds, seconds, samples, suites, .. } = &settings.comparison;
        let checks = [
            ("maps", "at least 1", settings.maps >= 1),
            ("learning_rate", "positive", settings.learning_rate > 0.0),
            ("short.seconds", "positive", settings.short.seconds > 0.0),
            ("comparison.seeds", "at least 1", *seeds >= 1),
            ("comparison.seconds", "positive", seconds.iter().all(|&seconds| seconds > 0.0)),
            ("comparison.samples", "at least 2", *samples >= 2),
            ("comparison.suites.parts", "at least one suite", suites.iter().all(|suite| !suite.parts.is_empty())),
        ];
        match checks.into_iter().find(|(_, _, holds)| !holds) {
            Some((name, range, _)) => Err(SettingsError::OutOfRange { name, range }),
            None => Ok(settings),
        }
    }

    /// Reads a file, or takes [`PUBLISHED`].
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn load(path: Option<&Path>) -> Result<Self, SettingsError> {
        match path {
            None => Self::parse(PUBLISHED),
            Some(path) => {
                let unreadable = |source| SettingsError::Unreadable { path: path.to_path_buf(), source };
                Self::parse(&std::fs::read_to_string(path).map_err(unreadable)?)
            }
        }
    }

    /// The version for a few minutes: one seed, a tenth of the time, few samples.
    pub fn quick(mut self) -> Self {
        let Comparison { seeds, seconds, samples, validity, .. } = &mut self.comparison;
        *seeds = 1;
        seconds.truncate(1);
        seconds.iter_mut().for_each(|seconds| *seconds /= 10.0);
        *samples = (*samples).min(16);
        *validity = Validity { samples: validity.samples.min(64), infeasible: validity.infeasible.min(100) };
        self
    }

    /// How one training goes.
    pub fn training(&self, last_step: LastStep, seconds: f64) -> training::Settings {
        let &Self { maps, learning_rate, .. } = self;
        training::Settings { last_step, maps, learning_rate, budget: Budget::CpuSeconds(seconds) }
    }

    /// Where a run keeps its result, below `runs`.
    pub fn file(&self, job: &Job, runs: &Path) -> PathBuf {
        let Job { game, training, seed } = job;
        let Comparison { samples, suites, .. } = &self.comparison;
        let identity = serde_json::to_string(&(training, samples, suites)).unwrap_or_default();
        let folder = runs.join("maps").join("compare").join(game);
        folder.join(format!("{:08x}", crc32(identity.as_bytes()))).join(format!("{seed}.json"))
    }

    /// Every run, the first seed of all before the second.
    pub fn jobs(&self, games: &[&str]) -> Vec<Job> {
        let mut jobs = Vec::new();
        for seed in 0..self.comparison.seeds {
            for &seconds in &self.comparison.seconds {
                for game in games {
                    jobs.extend([LastStep::Scores, LastStep::Cells, LastStep::Layer].map(|last_step| Job {
                        game: (*game).to_owned(),
                        training: self.training(last_step, seconds),
                        seed,
                    }));
                }
            }
        }
        jobs
    }
}

/// A training and what is made of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Name of the game.
    pub game: String,
    /// How the training goes.
    pub training: training::Settings,
    /// Of weights, order, conditions and noise.
    pub seed: u64,
}

#[cfg(test)]
mod tests {
    use super::{Settings, SettingsError};

    #[test]
    fn the_published_settings_fit_and_what_cannot_be_is_refused() {
        let settings = Settings::parse(super::PUBLISHED).unwrap();
        assert_eq!(settings.jobs(&["a", "b"]).len() as u64, 2 * 3 * 2 * settings.comparison.seeds);
        assert!(settings.clone().quick().jobs(&["a"]).len() == 3);
        let none = super::PUBLISHED.replace("seeds = 3", "seeds = 0");
        let refused = Settings::parse(&none).err();
        assert!(matches!(refused, Some(SettingsError::OutOfRange { name: "comparison.seeds", .. })));
    }
}
