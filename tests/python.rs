//! Throw-away Python environments with the real thing to compare with, made once for each set of requirements.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Errors of the reference; each names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    #[error(
        "python3 is missing: install Python 3.10 or newer with venv and pip (Debian: apt-get install python3-venv)"
    )]
    NoPython,
    #[error(
        "python3 cannot make a virtual environment: install its venv and pip (Debian: apt-get install python3-venv): {0}"
    )]
    NoVenv(String),
    #[error("pip cannot install {0}: is the package index within reach?: {1}")]
    NotInstalled(PathBuf, String),
    #[error("{0} failed: {1}")]
    Script(PathBuf, String),
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
}

/// Output of `reference.py` of this folder for these arguments.
pub fn reference(folder: &str, arguments: &[&str]) -> Result<Vec<u8>, ReferenceError> {
    let python = environment(folder)?;
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(at(Path::new("tempdir")))?;
    let output = directory.path().join("output");
    let script = source(folder, "reference.py");
    run(Command::new(python).arg("-B").arg(&script).args(arguments).arg(&output))
        .map_err(|said| ReferenceError::Script(script, said))?;
    fs::read(&output).map_err(at(&output))
}

/// The environment's interpreter. Made anew unless it is complete; another test may wait for it meanwhile.
fn environment(folder: &str) -> Result<PathBuf, ReferenceError> {
    let version = Command::new("python3").arg("-VV").output().map_err(|_| ReferenceError::NoPython)?;
    let requirements = source(folder, "requirements.txt");
    let mut hasher = DefaultHasher::new();
    version.stdout.hash(&mut hasher);
    fs::read(&requirements).map_err(at(&requirements))?.hash(&mut hasher);
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "{}-venv-{:016x}",
        folder.replace('/', "-"),
        hasher.finish()
    ));

    let lock = directory.with_extension("lock");
    let lock_file = File::create(&lock).map_err(at(&lock))?;
    lock_file.lock().map_err(at(&lock))?;
    let complete = directory.join("complete");
    let python = directory.join("bin").join("python");
    if !complete.exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory)).map_err(ReferenceError::NoVenv)?;
        let pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:", "-r"];
        let installed = run(Command::new(&python).args(pip).arg(&requirements));
        installed.map_err(|said| ReferenceError::NotInstalled(requirements, said))?;
        File::create(&complete).map_err(at(&complete))?;
    }
    Ok(python)
}

/// The last line of what a failed command said; both streams count, since venv complains on the standard output.
fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let last = String::from_utf8_lossy(&said).lines().rfind(|line| !line.trim().is_empty()).map(str::to_owned);
    Err(last.unwrap_or_else(|| output.status.to_string()))
}

fn source(folder: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name)
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ReferenceError {
    move |error| ReferenceError::File(path.to_owned(), error)
}
