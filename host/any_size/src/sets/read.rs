//! Problems from a path: a file, or all files of the known formats in a folder.

use super::program::Program;
use super::{mat, npz, qps, variables};
use std::io;
use std::path::{Path, PathBuf};

/// Largest file that is read, bytes.
const LARGEST: u64 = 1 << 28;

/// A problem with the name that its file gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The file's name without its ending.
    pub name: String,
    /// The program in the file.
    pub program: Program,
}

/// Errors of a file or folder of problems.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refuses it.
    #[error("{}: {source}; name another file or mend the permissions", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: io::Error,
    },
    /// A folder without any problem.
    #[error("{}: no file ends in .mat, .qps, .sif or .npz; name another folder", .0.display())]
    Empty(PathBuf),
    /// A file of unknown format.
    #[error("{}: its ending is none of .mat, .qps, .sif and .npz; name another file", .0.display())]
    Format(PathBuf),
    /// A file that cannot be a problem.
    #[error("{}: it has more than 256 MiB; name another file", .0.display())]
    TooLarge(PathBuf),
    /// A damaged or unsuitable file.
    #[error("{}: {content}", path.display())]
    Content {
        /// Path of the file.
        path: PathBuf,
        /// Error of its content.
        content: ContentError,
    },
}

/// Errors of a file's content.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// A MATLAB file.
    #[error(transparent)]
    Mat(#[from] mat::MatError),
    /// A QPS file.
    #[error(transparent)]
    Qps(#[from] qps::QpsError),
    /// A NumPy archive.
    #[error(transparent)]
    Npz(#[from] npz::NpzError),
    /// The variables of either.
    #[error(transparent)]
    Variables(#[from] variables::VariablesError),
}

/// The files that a path means, in the order of their names: itself, or those of a folder whose ending is known.
///
/// # Errors
/// The path is not there, or a folder without any.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let failed = |source| ReadError::File { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in path.read_dir().map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if reader(&file).is_some() && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() { Err(ReadError::Empty(path.to_owned())) } else { Ok(files) }
}

/// Reads one file by its ending.
///
/// # Errors
/// It cannot be read, is damaged, or holds no quadratic program.
pub fn problem(path: &Path) -> Result<Problem, ReadError> {
    let failed = |source| ReadError::File { path: path.to_owned(), source };
    let reader = reader(path).ok_or_else(|| ReadError::Format(path.to_owned()))?;
    if std::fs::metadata(path).map_err(failed)?.len() > LARGEST {
        return Err(ReadError::TooLarge(path.to_owned()));
    }
    let content = std::fs::read(path).map_err(failed)?;
    let program = reader(&content).map_err(|content| ReadError::Content { path: path.to_owned(), content })?;
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Problem { name, program })
}

type Reader = fn(&[u8]) -> Result<Program, ContentError>;

fn reader(path: &Path) -> Option<Reader> {
    let ending = path.extension()?.to_string_lossy().to_lowercase();
    Some(match ending.as_str() {
        "mat" => |content| Ok(variables::program(&mat::read(content)?)?),
        "npz" => |content| Ok(variables::program(&npz::read(content)?)?),
        // Comments may be in any encoding.
        "qps" | "sif" => |content| Ok(qps::read(&String::from_utf8_lossy(content))?),
        _ => return None,
    })
}
