//! Manifest: the runs that are left, as a file that the processes read which do them.

use crate::finished::result_file;
use crate::plan::Run;
use convex_edge_runs::store::{StoreError, read_json, write_json};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Runs that are left, and the folder of their files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Folder that the runs' folders are below.
    pub folder: PathBuf,
    /// Runs, by index.
    pub runs: Vec<Run>,
}

/// Errors of a manifest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such file.
    #[error("{} is missing; `cargo edge sweep` writes it", path.display())]
    Missing {
        /// Path of the file.
        path: PathBuf,
    },
    /// The index is too large.
    #[error("{} has {runs} runs, none with the index {index}", path.display())]
    Index {
        /// Path of the file.
        path: PathBuf,
        /// Number of runs.
        runs: usize,
        /// Index asked for.
        index: usize,
    },
}

impl Manifest {
    /// Writes it below its folder, under a name of its own content.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn write(&self, name: &str) -> Result<PathBuf, StoreError> {
        let text = serde_json::to_string(self).unwrap_or_default();
        let hash: String = Sha256::digest(text.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let path = self.folder.join("sweep").join(format!("{name}-{hash}.json"));
        write_json(&path, self)?;
        Ok(path)
    }

    /// The run with this index, and the folder of its files; `None` where it is finished already.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub fn left(path: &Path, index: usize) -> Result<Option<(Run, PathBuf)>, ManifestError> {
        let manifest: Self = read_json(path)?.ok_or_else(|| ManifestError::Missing { path: path.to_path_buf() })?;
        let Some(run) = manifest.runs.get(index) else {
            return Err(ManifestError::Index { path: path.to_path_buf(), runs: manifest.runs.len(), index });
        };
        let is_finished = result_file(run, &manifest.folder).exists();
        Ok((!is_finished).then(|| (run.clone(), manifest.folder.clone())))
    }
}
