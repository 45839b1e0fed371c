//! The settings of a comparison: read from a checked-in file; a run is identified by the hash of its part of them.

use crate::data::game::Game;
use crate::data::suite::Suite;
use crate::train::denoiser::{self, LastStep};
use convex_edge_core::artefact::crc32;
use convex_edge_runs::batch_schedule::Budget;
use convex_edge_runs::settings::{SettingsError, check, read};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The settings of the published numbers.
pub const PUBLISHED: &str = include_str!("../../configs/published.toml");

/// Everything that trainings and the comparison depend on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Maps a step of training.
    pub maps: usize,
    /// The largest of a training's cycle.
    pub learning_rate: f64,
    /// Training of the denoiser that generates maps.
    pub short: Short,
    /// Comparison of trainings and methods.
    pub comparison: Comparison,
}

/// A training that is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Short {
    /// Processor seconds.
    pub seconds: f64,
    /// Seed of weights, order, conditions and noise.
    pub seed: u64,
}

/// Collections and protocols of the comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Whose maps.
    pub collections: Vec<Compared>,
    /// Protocol for levels of a user's own.
    pub corpus: Protocol,
    /// Settings of the count of violations.
    pub validity: Validity,
}

/// Maps that are trained on and judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// Name in tables.
    pub name: String,
    /// Name of the game.
    pub game: String,
    /// The label, a maze, that training maps have not and that all held-out maps have; `None` for all maps in their parts.
    #[serde(default)]
    pub held_out: Option<u8>,
    /// Trainings and conditions of the collection.
    pub protocol: Protocol,
}

/// Trainings, and the conditions that their denoisers are asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// Maps of each method and suite.
    pub samples: usize,
    /// Trainings of each kind of last step.
    pub trainings: Vec<Trainings>,
    /// Conditions.
    pub suites: Vec<Named>,
}

/// Trainings that only seeds tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trainings {
    /// End of each training.
    pub budget: Budget,
    /// Seeds 0, 1, ...
    pub seeds: u64,
}

/// Conditions drawn from one held-out map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Name in tables.
    pub name: String,
    /// Suites that all hold together.
    pub parts: Vec<Suite>,
}

/// Numbers of samples for validity and infeasibility.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// Maps of each game, over the suites C1 to C6 in turn.
    pub samples: usize,
    /// Infeasible requests in all.
    pub infeasible: usize,
}

impl Settings {
    /// Parses and checks.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let settings: Self = toml::from_str(text)?;
        let Comparison { collections, corpus, .. } = &settings.comparison;
        let protocols: Vec<&Protocol> = collections.iter().map(|compared| &compared.protocol).chain([corpus]).collect();
        let trainings = || protocols.iter().flat_map(|protocol| &protocol.trainings);
        let suites = || protocols.iter().flat_map(|protocol| &protocol.suites);
        let is_positive = |trainings: &Trainings| match trainings.budget {
            Budget::Steps(steps) => steps > 0,
            Budget::CpuSeconds(seconds) => seconds > 0.0,
        };
        let is_known = |compared: &Compared| Game::all().iter().any(|game| game.name == compared.game);
        let checks = [
            ("maps", "at least 1", settings.maps >= 1),
            ("learning_rate", "positive", settings.learning_rate > 0.0),
            ("short.seconds", "positive", settings.short.seconds > 0.0),
            ("trainings.seeds", "at least 1", trainings().all(|trainings| trainings.seeds >= 1)),
            ("trainings.budget", "positive", trainings().all(is_positive)),
            ("protocol.samples", "at least 2", protocols.iter().all(|protocol| protocol.samples >= 2)),
            ("comparison.collections.game", "a game of the program", collections.iter().all(is_known)),
            ("suites.parts", "at least one suite", suites().all(|suite| !suite.parts.is_empty())),
        ];
        check(checks)?;
        Ok(settings)
    }

    /// Reads a file, or takes [`PUBLISHED`].
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn load(path: Option<&Path>) -> Result<Self, SettingsError> {
        match path {
            None => Self::parse(PUBLISHED),
            Some(path) => Self::parse(&read(path)?),
        }
    }

    /// The version for a few minutes: one seed, a tenth of the time, few samples.
    pub fn quick(mut self) -> Self {
        self.short.seconds /= 10.0;
        let Comparison { collections, corpus, validity } = &mut self.comparison;
        for Protocol { samples, trainings, .. } in
            collections.iter_mut().map(|compared| &mut compared.protocol).chain([corpus])
        {
            *samples = (*samples).min(16);
            trainings.truncate(1);
            for Trainings { budget, seeds } in trainings {
                *seeds = 1;
                *budget = match *budget {
                    Budget::Steps(steps) => Budget::Steps(steps.div_ceil(10)),
                    Budget::CpuSeconds(seconds) => Budget::CpuSeconds(seconds / 10.0),
                };
            }
        }
        *validity = Validity { samples: validity.samples.min(64), infeasible: validity.infeasible.min(100) };
        self
    }

    /// Settings of one training.
    pub fn training(&self, last_step: LastStep, budget: Budget) -> denoiser::Settings {
        let &Self { maps, learning_rate, .. } = self;
        denoiser::Settings { last_step, maps, learning_rate, budget }
    }

    /// Path of a run's result, below `runs`.
    pub fn file(&self, job: &Job, runs: &Path) -> PathBuf {
        let Job { compared, training, seed } = job;
        let identity = (training, compared.protocol.samples, compared.held_out, &compared.protocol.suites);
        let identity = serde_json::to_string(&identity).unwrap_or_default();
        let folder = runs.join("maps").join("compare").join(compared.name.replace(' ', "-"));
        folder.join(format!("{:08x}", crc32(identity.as_bytes()))).join(format!("{seed}.json"))
    }

    /// Every run of these collections, the first seed of all before the second.
    pub fn jobs<'a>(&self, collections: &'a [Compared]) -> Vec<Job<'a>> {
        let mut jobs = Vec::new();
        for compared in collections {
            for &Trainings { budget, seeds } in &compared.protocol.trainings {
                for last_step in [LastStep::Scores, LastStep::Cells, LastStep::Layer] {
                    let training = self.training(last_step, budget);
                    jobs.extend((0..seeds).map(|seed| Job { compared, training, seed }));
                }
            }
        }
        jobs.sort_by_key(|job| job.seed);
        jobs
    }
}

/// A training and what is made of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Job<'a> {
    /// Whose maps.
    pub compared: &'a Compared,
    /// Settings of one training.
    pub training: denoiser::Settings,
    /// Seed of weights, order, conditions and noise.
    pub seed: u64,
}

#[cfg(test)]
mod tests {
    use super::{Settings, SettingsError};
    use std::collections::HashSet;
    use std::path::{Path, PathBuf};

    #[test]
    fn the_published_settings_fit_and_what_cannot_be_is_refused() {
        let settings = Settings::parse(super::PUBLISHED).unwrap();
        let collections = &settings.comparison.collections;
        let jobs = settings.jobs(collections);
        let files: HashSet<PathBuf> = jobs.iter().map(|job| settings.file(job, Path::new("runs"))).collect();
        assert_eq!(files.len(), jobs.len());
        assert_eq!(
            settings.clone().quick().jobs(&settings.clone().quick().comparison.collections).len(),
            3 * collections.len()
        );
        let refused = |from: &str, to: &str| match Settings::parse(&super::PUBLISHED.replace(from, to)) {
            Err(SettingsError::OutOfRange { name, .. }) => Some(name),
            _ => None,
        };
        assert_eq!(refused("seeds = 3", "seeds = 0"), Some("trainings.seeds"));
        assert_eq!(refused("game = \"breakout\"", "game = \"pong\""), Some("comparison.collections.game"));
    }
}
