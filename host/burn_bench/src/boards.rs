//! Our splitting layer on 9x9 sudoku.

use super::case::BATCH;
use super::row::Run;
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_burn::splitting::{AffineSet, OnFailure, Settings, SplittingError, Sudoku, forward};
use convex_edge_core::random::Pcg64;
use std::sync::Arc;
use std::time::Instant;

/// The name in the table.
pub const NAME: &str = "sudoku 9x9";
/// Description in a few words.
pub const WHAT: &str =
    "729 variables at least 0, every digit once in every row, column and box, one digit in every cell";

/// Indicators of a board.
pub const LENGTH: usize = 729;

/// Passes before the clock counts.
const WARM_UP: usize = 3;

/// Plausible scores of a reader for `boards` boards, `[boards, 729]` by rows: 36 of 81 cells read, 2 % of them
/// wrong, the rest flat.
pub fn readings(boards: usize) -> Vec<f32> {
    let mut random = Pcg64::from_seed(1);
    let mut scores = Vec::with_capacity(boards * LENGTH);
    for _ in 0..boards {
        for cell in 0..81 {
            let (row, column) = (cell / 9, cell % 9);
            let digit = (3 * (row % 3) + row / 3 + column) % 9;
            let is_read = random.uniform(0.0, 81.0) < 36.0;
            let seen = if random.uniform(0.0, 1.0) < 0.02 { (digit + 4) % 9 } else { digit };
            scores.extend((0..9).map(|d| {
                let spread = random.uniform(-1.0, 1.0) as f32;
                if !is_read {
                    0.1 * spread
                } else if d == seen {
                    spread
                } else {
                    spread - 8.0
                }
            }));
        }
    }
    scores
}

/// Times forward and backward passes over a batch of readings.
///
/// # Errors
/// A board is not solved.
pub fn measure(repeats: usize) -> Result<Run, SplittingError> {
    let set: Arc<dyn AffineSet> = Arc::new(Sudoku::new(3).map_err(|_| SplittingError::NoCurvature)?);
    let device = Device::flex().autodiff();
    let settings = Settings::default();
    let scores = readings(BATCH);
    let mut run = Run { layer: "ours f32, splitting to 1e-3".to_owned(), ..Run::default() };
    for repeat in 0..WARM_UP + repeats {
        let data = TensorData::new(scores.clone(), [BATCH, LENGTH]);
        let scores = Tensor::<2>::from_data(data, &device).require_grad();
        let begin = Instant::now();
        let answer = forward(&set, &scores, &settings, None, OnFailure::Error)?;
        let solved = Instant::now();
        let gradients = (answer.x.clone() * answer.x).sum().backward();
        let end = Instant::now();
        drop(gradients);
        if repeat >= WARM_UP {
            run.forward.push((solved - begin).as_secs_f64());
            run.backward.push((end - solved).as_secs_f64());
        }
    }
    Ok(run)
}
