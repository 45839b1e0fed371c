//! Run of the comparison: some maps, a training, and the maps of its methods for all suites.

use super::denoising::{Denoising, denoising};
use super::judge::{Row, draw_strip, judge};
use crate::baselines::rejection;
use crate::data::collection::Collection;
use crate::data::contradiction::Contradiction;
use crate::data::packed::PackedError;
use crate::data::suite::Source;
use crate::model::decode::DecodeError;
use crate::model::polytope::PolytopeError;
use crate::train::denoiser::{self, LastStep, TrainError, train};
use crate::train::settings::{Job, Settings};
use convex_edge_runs::png_file::PngError;
use convex_edge_runs::processor_time;
use convex_edge_runs::settings::SettingsError;
use convex_edge_runs::store::{StoreError, prepare, write_json};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Result of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunResult {
    /// Name of the maps' collection.
    pub collection: String,
    /// Settings of the training.
    pub training: denoiser::Settings,
    /// Its seed.
    pub seed: u64,
    /// Processor time of the training, seconds.
    pub seconds: f64,
    /// Steps of the optimizer.
    pub steps: u64,
    /// Mean of the last hundred losses.
    pub loss: f64,
    /// Errors of its predictions of held-out maps.
    pub denoising: Denoising,
    /// Figures by suite and method.
    pub rows: Vec<Row>,
    /// Share of each suite's conditions that a plain network satisfies with rejection.
    pub rejection: Vec<(String, f64)>,
}

/// Errors of a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The maps.
    #[error(transparent)]
    Packed(#[from] PackedError),
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The training, or the sampling.
    #[error(transparent)]
    Training(#[from] TrainError),
    /// The conditions.
    #[error(transparent)]
    Polytope(#[from] PolytopeError),
    /// Conditions that no map satisfies.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// The decoding.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A picture.
    #[error(transparent)]
    Picture(#[from] PngError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs and saves the result; `progress` is called with the share of the training that is over.
///
/// # Errors
/// [`RunError`].
pub fn run(
    settings: &Settings,
    job: &Job<'_>,
    collection: &Collection,
    runs: &Path,
    progress: &mut dyn FnMut(f64),
) -> Result<RunResult, RunError> {
    prepare(&settings.file(job, runs))?;
    let (game, train_maps) = (&collection.game, &collection.train.maps);
    let source = Source::new(game, train_maps);
    let started = processor_time::of_process();
    let denoiser = train(game, &source, train_maps, &job.training, job.seed, progress)?;
    let seconds = (processor_time::of_process() - started).as_secs_f64();
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    let samples = job.compared.protocol.samples;
    let pictures = settings.file(job, runs).with_extension("");
    for (place, suite) in job.compared.protocol.suites.iter().enumerate() {
        let sheets = (place == 0 && job.seed == 0).then_some(pictures.as_path());
        rows.extend(judge(collection, &source, &denoiser, suite, samples, job.seed, sheets)?);
        if let Some(folder) = sheets.filter(|_| denoiser.last_step == LastStep::Layer) {
            draw_strip(collection, &source, &denoiser, suite, job.seed, &folder.join("strip.png"))?;
        }
        if denoiser.last_step == LastStep::Scores {
            let share = rejection(collection, &source, &denoiser, suite, samples.min(64), job.seed)?;
            rejected.push((suite.name.clone(), share));
        }
    }
    let denoising = denoising(collection, &source, &denoiser, job.seed)?;
    let result = RunResult {
        collection: job.compared.name.clone(),
        training: job.training,
        seed: job.seed,
        seconds,
        steps: denoiser.steps,
        loss: denoiser.loss,
        denoising,
        rows,
        rejection: rejected,
    };
    write_json(&settings.file(job, runs), &result)?;
    Ok(result)
}
