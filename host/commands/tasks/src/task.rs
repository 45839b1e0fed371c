//! Tasks, as options name them.

/// A task whose program runs on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Deployed {
    /// Control: MountainCarContinuous under hard limits
    MountainCar,
    /// Supervised: sudoku of 4 x 4 cells, read and solved from the images of its cells
    Sudoku,
    /// Generative: Breakout's maps under conditions, from a network's scores
    Maps,
}

/// A task whose problems are pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Pictured {
    /// Supervised: sudoku from its image
    Sudoku,
}
