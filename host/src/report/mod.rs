//! One self-contained page.

use crate::demo::summary::Summary;
use crate::store::{StoreError, write_atomically};
use crate::tasks::mountain_car::config::Config;
use crate::tasks::mountain_car::train::Metrics;
use convex_edge_hil::recording::Recording;
use std::path::Path;

/// What the page shows.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    /// Figures.
    pub summary: &'a Summary,
    /// Learning curve.
    pub metrics: &'a [Metrics],
    /// Episodes.
    pub episodes: &'a [Recording],
    /// Settings.
    pub config: &'a Config,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the page.
///
/// # Errors
/// [`ReportError`].
pub fn write(data: &Data<'_>, path: &Path) -> Result<(), ReportError> {
    Ok(write_atomically(path, data.summary.target.as_bytes())?)
}
