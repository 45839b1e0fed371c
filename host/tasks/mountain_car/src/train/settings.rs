//! The settings of a run: read from a checked-in file, identified by their hash.

use crate::model::safe_set::Margins;
use convex_edge_core::artefact::crc32;
use convex_edge_core::policy::Cost;
use convex_edge_runs::settings::one_line;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The settings of the published numbers.
pub const PUBLISHED: &str = include_str!("../../configs/published.toml");

/// Number of steps that a policy looks ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Horizon {
    /// One.
    One,
    /// Five.
    Five,
    /// Ten, which a board can carry.
    Ten,
}

impl From<Horizon> for u8 {
    fn from(horizon: Horizon) -> Self {
        match horizon {
            Horizon::One => 1,
            Horizon::Five => 5,
            Horizon::Ten => 10,
        }
    }
}

impl TryFrom<u8> for Horizon {
    type Error = &'static str;

    fn try_from(steps: u8) -> Result<Self, Self::Error> {
        match steps {
            1 => Ok(Self::One),
            5 => Ok(Self::Five),
            10 => Ok(Self::Ten),
            _ => Err("a horizon is 1, 5 or 10"),
        }
    }
}

/// When the safe set constrains the policy and the monitor guards it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Neither in training nor after it.
    Never,
    /// Bolted on to what was trained without it.
    AfterTraining,
    /// Always.
    Always,
    /// Always, in an environment with a hard limit on the change of the action as well; the safe set is the kernel that
    /// knows the last action.
    SlewLimited,
}

/// Everything that a training run depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Model error and noise that the safe set must withstand.
    pub safe_set: Margins,
    /// The fixed part of the quadratic program.
    pub policy: PolicySettings,
    /// Settings of the search.
    pub training: TrainingSettings,
}

/// The fixed part of the quadratic program; see [`convex_edge_core::policy::Parameters`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySettings {
    /// Steps that it looks ahead.
    pub horizon: Horizon,
    /// Use of the safety filter.
    pub filter: Filter,
    /// Soft limit of the change of the action a step.
    pub slew_limit: f32,
    /// Softness of the slew rows.
    pub slew_softness: f32,
    /// Softness of the later safe-set rows.
    pub safe_set_softness: f32,
    /// Cap on the solver's iterations.
    pub iteration_limit: u32,
}

/// Settings of the search of the cost's weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSettings {
    /// Fixes all samples.
    pub seed: u64,
    /// Searches with a horizon of one step from the initial weights, at least 1; the best of them goes on.
    pub restarts: u64,
    /// Generations of each.
    pub one_step_generations: u64,
    /// Generations with the full horizon, after those.
    pub horizon_generations: u64,
    /// Candidates a generation, at least 4.
    pub population: usize,
    /// Initial standard deviation of the weights.
    pub step_size: f64,
    /// The same where the full horizon begins.
    pub horizon_step_size: f64,
    /// Starts a plant, at least 2.
    pub starts: usize,
    /// Relative error of gravity and power at the corners that are trained on; 0 for the nominal plant alone.
    pub plant_error: f32,
    /// Whether every other episode has sensor noise.
    pub noise: bool,
    /// Share of the worst plant in a candidate's fitness, 0 to 1; the rest is the mean over the plants.
    pub worst_plant: f64,
    /// Steps after which an episode counts as failed: fewer than the environment's, as a margin.
    pub time_limit: u32,
    /// Best candidates between which validation decides, at least 1.
    pub finalists: usize,
    /// Episodes of validation a plant.
    pub validation_episodes: u64,
    /// Training episodes have Gymnasium seeds from here on; evaluation uses smaller ones.
    pub first_seed: u64,
    /// Weights at which the search begins.
    pub initial_weights: [f64; Cost::WEIGHTS],
    /// What a failed episode costs for each unit of distance left to the goal.
    pub failure_cost: f64,
}

/// Errors of a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}; name another with --config", path.display())]
    Unreadable {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("the configuration does not fit: {}; mend the file of --config, or leave it out", one_line(source))]
    Malformed {
        /// Error of the TOML parser, with its place.
        #[from]
        source: toml::de::Error,
    },
    /// A number is out of range.
    #[error("the configuration's {name} must be {range}")]
    OutOfRange {
        /// Name of the setting.
        name: &'static str,
        /// Allowed range in words.
        range: &'static str,
    },
}

impl Config {
    /// Parses and checks.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let error = |value: f64| (0.0..0.5).contains(&value);
        let margins = &config.safe_set;
        let checks = [
            ("training.population", "at least 4", config.training.population >= 4),
            ("training.finalists", "at least 1", config.training.finalists >= 1),
            ("training.plant_error", "at least 0 and below 0.5", error(config.training.plant_error.into())),
            ("training.worst_plant", "0 to 1", (0.0..=1.0).contains(&config.training.worst_plant)),
            ("training.restarts", "at least 1", config.training.restarts >= 1),
            ("training.starts", "at least 2", config.training.starts >= 2),
            ("training.step_size", "positive", positive(config.training.step_size)),
            ("training.horizon_step_size", "positive", positive(config.training.horizon_step_size)),
            ("policy.slew_limit", "positive", positive(config.policy.slew_limit.into())),
            ("policy.slew_softness", "positive", positive(config.policy.slew_softness.into())),
            ("policy.safe_set_softness", "positive", positive(config.policy.safe_set_softness.into())),
            ("safe_set.gravity_error", "at least 0 and below 0.5", error(margins.gravity_error)),
            ("safe_set.power_error", "at least 0 and below 0.5", error(margins.power_error)),
            ("safe_set.position_noise", "at least 0 and below 0.5", error(margins.position_noise)),
            ("safe_set.velocity_noise", "at least 0 and below 0.5", error(margins.velocity_noise)),
        ];
        match checks.into_iter().find(|(_, _, holds)| !holds) {
            Some((name, range, _)) => Err(ConfigError::OutOfRange { name, range }),
            None => Ok(config),
        }
    }

    /// Reads a file, or takes the published settings.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        match path {
            None => Self::parse(PUBLISHED),
            Some(path) => Self::parse(&read(path)?),
        }
    }

    /// The same settings as text, and what identifies them: CRC-32 of that text without the seed.
    pub fn identity(&self) -> (String, String) {
        let text = toml::to_string(self).unwrap_or_default();
        let mut unseeded = self.clone();
        unseeded.training.seed = 0;
        let hash = crc32(toml::to_string(&unseeded).unwrap_or_default().as_bytes());
        (text, format!("{hash:08x}"))
    }

    /// Where the run of these settings keeps its files, below `runs`.
    pub fn folder(&self, runs: &Path) -> PathBuf {
        runs.join("mountain_car").join(self.identity().1).join(self.training.seed.to_string())
    }
}

/// The text of a configuration.
///
/// # Errors
/// [`ConfigError::Unreadable`].
pub fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_path_buf(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::discrete_car;

    #[test]
    fn every_checked_in_configuration_fits_and_has_its_own_folder() {
        let mut folders = Vec::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
        for path in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            if path.file_name().unwrap().to_string_lossy().starts_with("discrete") {
                discrete_car::load(&path).unwrap();
            } else {
                folders.push(Config::load(Some(&path)).unwrap().folder(Path::new("runs")));
            }
        }
        let count = folders.len();
        folders.sort();
        folders.dedup();
        assert!(count >= 7 && folders.len() == count, "{folders:?}");
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        for (from, to, name) in [
            ("worst_plant = 0.3", "worst_plant = 1.5", "training.worst_plant"),
            ("restarts = 3", "restarts = 0", "training.restarts"),
            ("horizon = 10", "horizon = 7", "a horizon is 1, 5 or 10"),
        ] {
            assert!(PUBLISHED.contains(from), "{from}");
            let error = Config::parse(&PUBLISHED.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
