//! Denoiser checkpoints: trained when a game's maps are first asked for, read afterwards.

use crate::data::collection::Collection;
use crate::data::suite::Source;
use crate::model::unet::convolution::ConvolutionError;
use crate::train::denoiser::{self, Denoiser, LastStep, TrainError, network, train};
use crate::train::settings::{Settings, Short};
use burn::tensor::Device;
use convex_edge_core::artefact::crc32;
use convex_edge_core::random::Pcg64;
use convex_edge_learn::checkpoint::{CheckpointError, load, restore, save};
use convex_edge_runs::batch_schedule::Budget;
use convex_edge_runs::store::{StoreError, prepare};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The first bytes of such a file.
const KIND: [u8; 8] = *b"EDGEMAPS";

/// Data and settings that a denoiser was trained with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Name of the game.
    pub game: String,
    /// Training maps.
    pub maps: usize,
    /// Settings of the training.
    pub training: denoiser::Settings,
    /// Seed of weights, order, conditions and noise.
    pub seed: u64,
    /// Steps of the optimizer.
    pub steps: u64,
    /// Mean of the last hundred losses.
    pub loss: f64,
}

/// Errors of a denoiser checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum DenoiserError {
    /// The training.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The network.
    #[error(transparent)]
    Network(#[from] ConvolutionError),
    /// The file.
    #[error(transparent)]
    Keep(#[from] CheckpointError),
    /// The folder of the file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Path of the checkpoint for a game's maps, below `runs`; other settings or maps have another file.
pub fn file(collection: &Collection, settings: &Settings, runs: &Path) -> PathBuf {
    let Short { seconds, seed } = settings.short;
    let training = settings.training(LastStep::Layer, Budget::CpuSeconds(seconds));
    let maps: Vec<u8> = collection.train.maps.iter().flat_map(|map| map.tiles.iter().copied()).collect();
    let identity = serde_json::to_string(&(training, seed, crc32(&maps))).unwrap_or_default();
    let name = format!("{}-{:08x}.denoiser", collection.game.name, crc32(identity.as_bytes()));
    runs.join("maps").join(name)
}

/// The denoiser of a game's checkpoint, with its origin; it is trained first where there is none, and `progress` is
/// told the share that is done.
///
/// # Errors
/// [`DenoiserError`].
pub fn denoiser(
    collection: &Collection,
    settings: &Settings,
    runs: &Path,
    progress: &mut dyn FnMut(f64),
) -> Result<(Denoiser, Origin), DenoiserError> {
    let (game, path) = (&collection.game, file(collection, settings, runs));
    if !path.exists() {
        prepare(&path)?;
        let Short { seconds, seed } = settings.short;
        let source = Source::new(game, &collection.train.maps);
        let training = settings.training(LastStep::Layer, Budget::CpuSeconds(seconds));
        let made = train(game, &source, &collection.train.maps, &training, seed, progress)?;
        let (maps, steps, loss) = (collection.train.maps.len(), made.steps, made.loss);
        let origin = Origin { game: game.name.clone(), maps, training, seed, steps, loss };
        save(&path, KIND, &origin, &made.network)?;
    }
    let (origin, weights): (Origin, Vec<f32>) = load(&path, KIND)?;
    let empty = network(game, &mut Pcg64::from_seed(0), &Device::flex())?;
    let (last_step, steps, loss) = (origin.training.last_step, origin.steps, origin.loss);
    Ok((Denoiser { network: restore(empty, weights, &path)?, last_step, steps, loss }, origin))
}
