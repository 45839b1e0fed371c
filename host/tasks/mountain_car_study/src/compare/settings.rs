//! The settings of a comparison: read from a checked-in file, identified by their hash.

use crate::baselines::ars::Ars;
use crate::baselines::controller::Control;
use crate::baselines::ppo::Ppo;
use crate::baselines::sac::Sac;
use crate::model::head::Progress;
use convex_edge_core::artefact::crc32;
use convex_edge_mountain_car::model::safe_set::Margins;
use convex_edge_mountain_car::train::settings::ConfigError;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The settings of the published numbers.
pub const PUBLISHED: &str = include_str!("../../configs/compare.toml");

/// Everything that the comparison depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Default number of runs of a variant, with the seeds 0, 1, ...
    pub seeds: u64,
    /// Steps between two looks at the policy.
    pub every: usize,
    /// Episodes at each look, which also choose the best checkpoint.
    pub look_episodes: u64,
    /// Episodes after training, of which nothing was chosen.
    pub episodes: u64,
    /// Episodes on each other plant.
    pub plant_episodes: u64,
    /// Model error and noise that the safe set must withstand.
    pub safe_set: Margins,
    /// The progress row of the head's program.
    pub progress: Progress,
    /// Hyperparameters of proximal policy optimization, the same for all its variants.
    pub ppo: Ppo,
    /// Settings of soft actor-critic.
    pub sac: Sac,
    /// Settings of augmented random search.
    pub ars: Ars,
    /// Variants that are compared.
    pub variants: Vec<Variant>,
}

/// Learning algorithm of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Proximal policy optimization.
    #[default]
    Ppo,
    /// Soft actor-critic.
    Sac,
    /// Augmented random search.
    Ars,
}

impl Algorithm {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A policy's structure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name in tables and folders.
    pub name: String,
    /// Learning algorithm. Default: PPO.
    #[serde(default, skip_serializing_if = "Algorithm::is_default")]
    pub algorithm: Algorithm,
    /// Its number of runs, where it differs from the others'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<u64>,
    /// Conversion of the network's output to actions.
    pub control: Control,
    /// Factor of the network's output.
    pub output_scale: f64,
    /// Whether it is trained at all.
    pub trained: bool,
}

/// What a run depends on: of the algorithms its own alone.
#[derive(Serialize)]
struct Dependencies<'a> {
    /// Always 0: a run does not depend on how many there are.
    seeds: u64,
    every: usize,
    look_episodes: u64,
    episodes: u64,
    plant_episodes: u64,
    safe_set: Margins,
    progress: Progress,
    ppo: Option<&'a Ppo>,
    sac: Option<&'a Sac>,
    ars: Option<&'a Ars>,
    variants: [Variant; 1],
}

impl Settings {
    /// Parses and checks.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let settings: Self = toml::from_str(text)?;
        let Self { ppo, sac, ars, .. } = &settings;
        let is_sound = |variant: &Variant| {
            let plain = matches!(variant.control, Control::Clip | Control::Filter) && variant.output_scale == 1.0;
            variant.seeds != Some(0) && (variant.algorithm == Algorithm::Ppo || plain)
        };
        let Progress { pump, reach, softness, .. } = settings.progress;
        let checks = [
            ("seeds", "at least 1", settings.seeds >= 1),
            ("every", "at least ppo.rollout and sac.rollout", settings.every >= ppo.rollout.max(sac.rollout)),
            ("episodes", "at least 1", settings.episodes >= 1 && settings.look_episodes >= 1),
            ("plant_episodes", "at least 1", settings.plant_episodes >= 1),
            ("ppo.rollout", "at least 2", ppo.rollout >= 2),
            ("ppo.steps", "at least 1", ppo.steps >= 1),
            ("sac.rollout", "at least 1", sac.rollout >= 1),
            ("sac.steps", "at least 1", sac.steps >= 1),
            ("sac.memory", "at least 1", sac.memory >= 1),
            ("sac.batch", "at least 1", sac.batch >= 1),
            ("ars.steps", "at least 1", ars.steps >= 1),
            ("ars.best", "1 to ars.directions", (1..=ars.directions).contains(&ars.best)),
            (
                "variants",
                "with at least 1 seed; with SAC and ARS, control clip or filter and output_scale 1",
                settings.variants.iter().all(is_sound),
            ),
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
    pub fn quick(mut self) -> Self {
        for steps in [&mut self.ppo.steps, &mut self.sac.steps, &mut self.ars.steps] {
            *steps = steps.div_ceil(5);
        }
        for variant in &mut self.variants {
            variant.seeds = None;
        }
        Self { seeds: 2, look_episodes: 4, episodes: 20, plant_episodes: 4, ..self }
    }

    /// Number of runs of a variant.
    pub fn seeds(&self, variant: &Variant) -> u64 {
        variant.seeds.unwrap_or(self.seeds)
    }

    /// Steps of a variant's training.
    pub fn steps(&self, variant: &Variant) -> usize {
        match variant.algorithm {
            _ if !variant.trained => 0,
            Algorithm::Ppo => self.ppo.steps,
            Algorithm::Sac => self.sac.steps,
            Algorithm::Ars => self.ars.steps,
        }
    }

    /// What a run depends on, as a short name: CRC-32 of its part of the settings.
    pub fn identity(&self, variant: &Variant) -> String {
        let one = Dependencies {
            seeds: 0,
            every: self.every,
            look_episodes: self.look_episodes,
            episodes: self.episodes,
            plant_episodes: self.plant_episodes,
            safe_set: self.safe_set,
            progress: self.progress,
            ppo: (variant.algorithm == Algorithm::Ppo).then_some(&self.ppo),
            sac: (variant.algorithm == Algorithm::Sac).then_some(&self.sac),
            ars: (variant.algorithm == Algorithm::Ars).then_some(&self.ars),
            variants: [Variant { seeds: None, ..variant.clone() }],
        };
        format!("{:08x}", crc32(toml::to_string(&one).unwrap_or_default().as_bytes()))
    }

    /// Path of a run's result, below `runs`.
    pub fn file(&self, runs: &Path, variant: &Variant, seed: u64) -> PathBuf {
        let folder = runs.join("mountain_car").join("compare").join(&variant.name).join(self.identity(variant));
        folder.join(format!("{seed}.json"))
    }
}
