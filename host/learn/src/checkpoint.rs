//! Checkpoint of a trained network: a file with its origin and its weights, bit by bit.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | kind of the network |
//! | 4 | version of the form, little-endian |
//! | 4 | CRC-32 of what follows, little-endian |
//! | rest | its origin and the weights in the order of burn's modules, in postcard's wire format |

use crate::weights::{self, WeightsError};
use burn::module::Module;
use convex_edge_core::artefact::crc32;
use convex_edge_runs::store::{StoreError, write_atomically};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Version of the form above.
const VERSION: u32 = 1;

/// Errors of a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such file.
    #[error("there is no {}; name another file, or none to have the network trained", path.display())]
    Missing {
        /// Path at which the file should be.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("cannot read {}: {source}; check its permissions", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// It is another kind of file.
    #[error("{} is no network of this task; name one that `cargo edge train` kept", path.display())]
    Foreign {
        /// Path of the file.
        path: PathBuf,
    },
    /// It is of another version of this program.
    #[error("{} is in form {found}, this program reads form {VERSION}; delete it and train again", path.display())]
    Version {
        /// Path of the file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// Its bytes are not those that were written.
    #[error("{} is damaged ({what}); delete it and train again", path.display())]
    Damaged {
        /// Path of the file.
        path: PathBuf,
        /// Part of the file that is wrong.
        what: &'static str,
    },
    /// Its weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// Saves a network, in or outside of burn's graph: 4 bytes a weight.
///
/// # Errors
/// [`CheckpointError::Weights`], [`CheckpointError::Store`].
pub fn save(path: &Path, kind: [u8; 8], origin: &impl Serialize, network: &impl Module) -> Result<(), CheckpointError> {
    let weights = weights::of(network)?;
    let unwritten = |_| CheckpointError::Damaged { path: path.to_path_buf(), what: "it has no bytes" };
    let body = postcard::to_allocvec(&(origin, weights)).map_err(unwritten)?;
    let head = [&kind[..], &VERSION.to_le_bytes(), &crc32(&body).to_le_bytes()].concat();
    Ok(write_atomically(path, &[head, body].concat())?)
}

/// Origin and weights of a saved network.
///
/// # Errors
/// All but [`CheckpointError::Store`] and [`CheckpointError::Weights`].
pub fn load<T: DeserializeOwned>(path: &Path, kind: [u8; 8]) -> Result<(T, Vec<f32>), CheckpointError> {
    let bytes = std::fs::read(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => CheckpointError::Missing { path: path.to_path_buf() },
        _ => CheckpointError::Read { path: path.to_path_buf(), source },
    })?;
    let damaged = |what| CheckpointError::Damaged { path: path.to_path_buf(), what };
    let rest = bytes.strip_prefix(&kind).ok_or_else(|| CheckpointError::Foreign { path: path.to_path_buf() })?;
    let (version, rest) = rest.split_first_chunk().ok_or_else(|| damaged("it is cut short"))?;
    let found = u32::from_le_bytes(*version);
    if found != VERSION {
        return Err(CheckpointError::Version { path: path.to_path_buf(), found });
    }
    let (checksum, body) = rest.split_first_chunk().ok_or_else(|| damaged("it is cut short"))?;
    if u32::from_le_bytes(*checksum) != crc32(body) {
        return Err(damaged("its checksum is another"));
    }
    postcard::from_bytes(body).map_err(|_| damaged("its parts do not fit"))
}

/// A network of the same form with these weights.
///
/// # Errors
/// [`CheckpointError::Damaged`] where their number is another one.
pub fn restore<M: Module>(network: M, weights: Vec<f32>, path: &Path) -> Result<M, CheckpointError> {
    let damaged = |_| CheckpointError::Damaged { path: path.to_path_buf(), what: "it has another number of weights" };
    weights::with(network, weights).map_err(damaged)
}
