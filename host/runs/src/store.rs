//! Files of runs: written whole under a temporary name and then renamed, so that none is ever half there.

use serde::{Serialize, de::DeserializeOwned};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Errors of a run's files.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// It cannot be written.
    #[error("cannot write {}: {source}; check the folder's permissions and the free space", path.display())]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{} is damaged ({source}); delete it and run the same command again", path.display())]
    Damaged {
        /// Path of the file.
        path: PathBuf,
        /// Error of the JSON parser.
        source: serde_json::Error,
    },
}

/// Writes a file whole or not at all, making its folder where it is missing. A link is followed. A pipe or a device is
/// written to, and stays what it is.
///
/// # Errors
/// [`StoreError::Write`], also for a file that is read-only.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let failed = |source| StoreError::Write { path: path.to_path_buf(), source };
    if let Ok(found) = std::fs::metadata(path) {
        if !found.is_file() {
            let written = std::fs::OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(bytes));
            return written.map_err(failed);
        }
        // Renaming would replace it whatever its permissions are.
        if found.permissions().readonly() {
            return Err(failed(ErrorKind::PermissionDenied.into()));
        }
    }
    let path = &std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    // Temporary files are the owner's alone; a result is as readable as any other file of the user.
    let readable = std::fs::Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().permissions(readable).tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Makes the folder of a file that is written later, and tries to write there: before hours of work, not after them.
///
/// # Errors
/// [`StoreError::Write`].
pub fn prepare(path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::Write { path: path.to_path_buf(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    match path.exists() {
        true => Ok(()),
        false => tempfile::tempfile_in(folder).map(|_| ()).map_err(failed),
    }
}

/// Writes a value as indented JSON, whole or not at all.
///
/// # Errors
/// [`StoreError::Write`]; [`StoreError::Damaged`] where the value has no JSON form.
pub fn write_json<S: Serialize>(path: &Path, value: &S) -> Result<(), StoreError> {
    let damaged = |source| StoreError::Damaged { path: path.to_path_buf(), source };
    let mut text = serde_json::to_string_pretty(value).map_err(damaged)?;
    text.push('\n');
    write_atomically(path, text.as_bytes())
}

/// Replaces a file of one JSON value a line.
///
/// # Errors
/// [`StoreError::Damaged`] where a value is no JSON, [`StoreError::Write`].
pub fn write_lines<S: Serialize>(path: &Path, values: &[S]) -> Result<(), StoreError> {
    let damaged = |source| StoreError::Damaged { path: path.to_path_buf(), source };
    let mut text = String::new();
    for value in values {
        text += &serde_json::to_string(value).map_err(damaged)?;
        text.push('\n');
    }
    write_atomically(path, text.as_bytes())
}

/// Reads a JSON file; `None` where there is no such file.
///
/// # Errors
/// [`StoreError::Read`], [`StoreError::Damaged`].
pub fn read_json<D: DeserializeOwned>(path: &Path) -> Result<Option<D>, StoreError> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|source| StoreError::Damaged { path: path.to_path_buf(), source }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Read { path: path.to_path_buf(), source }),
    }
}

/// Appends a value as one line of JSON.
///
/// # Errors
/// As [`write_json`].
pub fn append_line<S: Serialize>(path: &Path, value: &S) -> Result<(), StoreError> {
    let failed = |source| StoreError::Write { path: path.to_path_buf(), source };
    let damaged = |source| StoreError::Damaged { path: path.to_path_buf(), source };
    let mut line = serde_json::to_string(value).map_err(damaged)?;
    line.push('\n');
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).map_err(failed)?;
    file.write_all(line.as_bytes()).map_err(failed)
}

/// Reads a file with one JSON value a line; empty where there is no such file.
///
/// # Errors
/// As [`read_json`].
pub fn read_lines<D: DeserializeOwned>(path: &Path) -> Result<Vec<D>, StoreError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(StoreError::Read { path: path.to_path_buf(), source }),
    };
    let parse = |line| serde_json::from_str(line);
    let damaged = |source| StoreError::Damaged { path: path.to_path_buf(), source };
    text.lines().map(parse).collect::<Result<_, _>>().map_err(damaged)
}

#[cfg(test)]
mod tests {
    use super::write_atomically;
    use std::fs;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    use std::process::Command;

    #[test]
    fn links_are_followed_pipes_stay_pipes_and_read_only_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        write_atomically(&path("made/file"), b"first").unwrap();
        symlink(path("made/file"), path("link")).unwrap();
        write_atomically(&path("link"), b"second").unwrap();
        assert!(path("link").is_symlink());
        assert_eq!(fs::read(path("made/file")).unwrap(), b"second");

        assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        let reader = std::thread::spawn({
            let pipe = path("pipe");
            move || fs::read(pipe).unwrap()
        });
        write_atomically(&path("pipe"), b"third").unwrap();
        assert_eq!(reader.join().unwrap(), b"third");
        assert!(fs::metadata(path("pipe")).unwrap().file_type().is_fifo());

        fs::set_permissions(path("made/file"), fs::Permissions::from_mode(0o444)).unwrap();
        assert!(write_atomically(&path("made/file"), b"fourth").is_err());
        assert_eq!(fs::read(path("made/file")).unwrap(), b"second");
    }
}
