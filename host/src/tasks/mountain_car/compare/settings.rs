//! The settings of a comparison: read from a checked-in file, identified by their hash.

use crate::tasks::mountain_car::baselines::controller::Control;
use crate::tasks::mountain_car::baselines::ppo::Ppo;
use crate::tasks::mountain_car::config::ConfigError;
use crate::tasks::mountain_car::head::Progress;
use crate::tasks::mountain_car::safe_set::Margins;
use convex_edge_core::artefact::crc32;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The settings of the published numbers.
const PUBLISHED: &str = include_str!("../../../configs/mountain_car_compare.toml");

/// Everything that the comparison depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Runs of each variant, with the seeds 0, 1, ...
    pub seeds: u64,
    /// Steps between two looks at the policy.
    pub every: usize,
    /// Episodes at each look, which also choose the best checkpoint.
    pub look_episodes: u64,
    /// Episodes after training, of which nothing was chosen.
    pub episodes: u64,
    /// Episodes on each other plant.
    pub plant_episodes: u64,
    /// What the safe set must withstand.
    pub safe_set: Margins,
    /// The progress row of the head's program.
    pub progress: Progress,
    /// Hyperparameters, the same for all variants.
    pub ppo: Ppo,
    /// What is compared.
    pub variants: Vec<Variant>,
}

/// A policy's structure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name in tables and folders.
    pub name: String,
    /// How actions come from the network's output.
    pub control: Control,
    /// Factor of the network's output.
    pub output_scale: f64,
    /// Whether it is trained at all.
    pub trained: bool,
}

impl Settings {
    /// Parses and checks.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let settings: Self = toml::from_str(text)?;
        let Ppo { rollout, steps, .. } = settings.ppo;
        let Progress { pump, reach, softness, .. } = settings.progress;
        let checks = [
            ("seeds", "at least 1", settings.seeds >= 1),
            ("every", "at least ppo.rollout", settings.every >= rollout),
            ("episodes", "at least 1", settings.episodes >= 1 && settings.look_episodes >= 1),
            ("plant_episodes", "at least 1", settings.plant_episodes >= 1),
            ("ppo.rollout", "at least 2", rollout >= 2),
            ("ppo.steps", "at least 1", steps >= 1),
            ("progress.pump", "0 to 1", (0.0..=1.0).contains(&pump)),
            ("progress.reach", "0 to 1", (0.0..=1.0).contains(&reach)),
            ("progress.softness", "positive", softness > 0.0 && softness.is_finite()),
        ];
        match checks.into_iter().find(|(_, _, holds)| !holds) {
            Some((name, range, _)) => Err(ConfigError::OutOfRange { name, range }),
            None => Ok(settings),
        }
    }

    /// Reads a file, or takes the published settings.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        match path {
            None => Self::parse(PUBLISHED),
            Some(path) => {
                let unreadable = |source| ConfigError::Unreadable { path: path.to_path_buf(), source };
                Self::parse(&std::fs::read_to_string(path).map_err(unreadable)?)
            }
        }
    }

    /// The version for a few minutes: two seeds, a fifth of the steps, few episodes.
    pub fn quick(self) -> Self {
        let ppo = Ppo { steps: self.ppo.steps / 5, ..self.ppo };
        Self { seeds: 2, look_episodes: 4, episodes: 20, plant_episodes: 4, ppo, ..self }
    }

    /// What a run depends on, as a short name: CRC-32 of the settings without the number of seeds and the other variants.
    pub fn identity(&self, variant: &Variant) -> String {
        let one = Self { seeds: 0, variants: vec![variant.clone()], ..self.clone() };
        format!("{:08x}", crc32(toml::to_string(&one).unwrap_or_default().as_bytes()))
    }

    /// Where a run keeps its result, below `runs`.
    pub fn file(&self, runs: &Path, variant: &Variant, seed: u64) -> PathBuf {
        let folder = runs.join("mountain_car").join("compare").join(&variant.name).join(self.identity(variant));
        folder.join(format!("{seed}.json"))
    }
}
