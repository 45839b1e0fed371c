//! `cargo edge train maps`: the denoiser that `generate maps` draws from.

use crate::maps::generate::{self, Maps, collection, trained};
use convex_edge_maps::model::denoiser_checkpoint::{DenoiserError, file};
use convex_edge_maps::train::settings::Settings;
use convex_edge_runs::settings::SettingsError;
use serde_json::json;
use std::path::Path;

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The maps.
    #[error(transparent)]
    Maps(#[from] generate::CommandError),
    /// The denoiser.
    #[error(transparent)]
    Denoiser(#[from] DenoiserError),
}

/// Trains the denoiser of some maps and saves its checkpoint, unless there is one, and prints the path.
///
/// # Errors
/// [`CommandError`].
pub(crate) fn run(maps: &Maps, config: Option<&Path>, runs: &Path, json: bool) -> Result<(), CommandError> {
    let settings = Settings::load(config)?;
    let collection = collection(maps)?;
    let (_, origin) = trained(&collection, &settings, runs)?;
    let path = file(&collection, &settings, runs);
    if json {
        println!("{}", json!({ "origin": origin, "file": path }));
    } else {
        println!(
            "{}: loss {:.4} after {} steps on {} maps: {}",
            origin.game,
            origin.loss,
            origin.steps,
            origin.maps,
            path.display()
        );
    }
    Ok(())
}
