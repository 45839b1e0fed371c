//! NumPy's archives, as the qpbenchmark sets have them: one array for each variable.

use super::matrix::Matrix;
use super::npy::{self, NpyError};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// Most bytes that one array may unfold to.
const LARGEST: u64 = 1 << 28;

/// Errors of an archive.
#[derive(Debug, thiserror::Error)]
pub enum NpzError {
    /// The archive around the arrays.
    #[error("it is no archive or a damaged one ({0}); fetch it anew")]
    Archive(#[from] ZipError),
    /// A member that does not unfold.
    #[error("its member {0} is damaged or above 256 MiB; fetch the file anew")]
    Member(String),
    /// One of the arrays.
    #[error("its member {0} cannot be used: {1}")]
    Array(String, NpyError),
}

/// The arrays of an archive by name; those that are Python's `None` are left out.
///
/// # Errors
/// The archive or one of its arrays is damaged or holds something else.
pub fn read(file: &[u8]) -> Result<BTreeMap<String, Matrix>, NpzError> {
    let mut archive = ZipArchive::new(Cursor::new(file))?;
    let mut variables = BTreeMap::new();
    for index in 0..archive.len() {
        let member = archive.by_index(index)?;
        let name = member.name()?.into_owned();
        let mut content = Vec::new();
        match member.take(LARGEST).read_to_end(&mut content) {
            Ok(length) if (length as u64) < LARGEST => {}
            _ => return Err(NpzError::Member(name)),
        }
        match npy::read(&content) {
            Ok(Some(matrix)) => variables.insert(name.trim_end_matches(".npy").to_owned(), matrix),
            Ok(None) => continue,
            Err(error) => return Err(NpzError::Array(name, error)),
        };
    }
    Ok(variables)
}

#[cfg(test)]
mod tests;
