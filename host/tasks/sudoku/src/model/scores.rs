//! Scores that the layer and the searches maximize, from a reader's log-probabilities.

use crate::data::grid::{Grid, GridError};
use convex_edge_core::sudoku::layer::LEAST_SCORE;
use thiserror::Error;

/// Least score: a digit that a reader all but excludes still has this log-odds against the likeliest one. It keeps the
/// layer's prices, and so its iterations, within bounds; 15 is one in three million, less than any reader is wrong.
pub const LEAST: f32 = LEAST_SCORE;

/// Errors of scores and temperatures.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ScoreError {
    /// The numbers are no whole cells.
    #[error("{given} log-probabilities for cells of {digits} digits: give {digits} for each cell, at least one cell")]
    Cells {
        /// Number of values given.
        given: usize,
        /// Number of digits of a cell.
        digits: usize,
    },
    /// A cell has no finite largest log-probability.
    #[error("cell {cell} has a NaN, an infinity or nothing but negative infinities: give log-probabilities")]
    NotFinite {
        /// The cell at fault.
        cell: usize,
    },
    /// The temperature is out of its range.
    #[error("a temperature of {temperature}: give a positive, finite one, 1 for none")]
    Temperature {
        /// Temperature that was given.
        temperature: f32,
    },
    /// There is not one digit for each cell, or one is out of its range.
    #[error("labels: give one digit from 1 to {digits} for each of the {cells} cells")]
    Labels {
        /// Number of cells.
        cells: usize,
        /// Number of digits.
        digits: usize,
    },
}

/// Errors of scores as boards.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BoardsError {
    /// The board cannot be.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// The scores are no whole boards.
    #[error("{given} scores for boards of {needed}: give one for each digit of each cell, the digit fastest")]
    Scores {
        /// Number of values given.
        given: usize,
        /// Number of values of one board.
        needed: usize,
    },
    /// A score is NaN or infinite.
    #[error("score {position} is {score}: give finite scores")]
    NotFinite {
        /// Its place.
        position: usize,
        /// Value of the score.
        score: f32,
    },
}

/// The blank board of this box size, once it is known that the scores `[boards, cells, digits]` are whole boards of it and
/// finite.
///
/// # Errors
/// [`BoardsError`].
pub(crate) fn blank_for(scores: &[f32], box_size: usize) -> Result<Grid, BoardsError> {
    let blank = Grid::blank(box_size)?;
    let needed = blank.cells().len() * blank.digits();
    if !scores.len().is_multiple_of(needed) {
        return Err(BoardsError::Scores { given: scores.len(), needed });
    }
    match scores.iter().enumerate().find(|(_, score)| !score.is_finite()) {
        Some((position, &score)) => Err(BoardsError::NotFinite { position, score }),
        None => Ok(blank),
    }
}

/// Scores of cells `[cells, digits]`, the digit fastest: log-probabilities (or any logits) over a temperature, moved to
/// 0 for the likeliest digit of each cell, and [`LEAST`] at least. The sum over a grid's digits is its log-probability
/// up to a constant where cells are read independently of each other, every grid is equally likely beforehand and the
/// temperature is the right one. Maximizing needs the ratios between doubts of different cells only, which a wrong
/// temperature keeps: it matters to thresholds, and to a layer with curvature.
///
/// # Errors
/// For numbers that are no whole cells, cells without a finite largest number, and a temperature that is not positive.
pub fn scores(log_probabilities: &[f32], digits: usize, temperature: f32) -> Result<Vec<f32>, ScoreError> {
    check(log_probabilities, digits)?;
    if !(temperature > 0.0 && temperature < f32::INFINITY) {
        return Err(ScoreError::Temperature { temperature });
    }
    let mut scores = Vec::with_capacity(log_probabilities.len());
    for cell in log_probabilities.chunks_exact(digits) {
        let largest = cell.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        scores.extend(cell.iter().map(|x| ((x - largest) / temperature).max(LEAST)));
    }
    Ok(scores)
}

/// The temperature by which a reader's log-probabilities (or logits) are most likely to give the labels, 1 to `digits`,
/// one for each cell, between 1/32 and 32 (Guo et al. 2017, "On calibration of modern neural networks", section 4.2).
/// The loss is convex in the inverse temperature, whose best is found by bisection of the derivative. Cost: 40 passes
/// over the numbers.
///
/// # Errors
/// For numbers that are no whole cells, cells without a finite largest number, and labels that do not fit.
pub fn calibrate(log_probabilities: &[f32], labels: &[u8], digits: usize) -> Result<f32, ScoreError> {
    check(log_probabilities, digits)?;
    let cells = log_probabilities.len() / digits;
    if labels.len() != cells || !labels.iter().all(|&label| (1..=digits).contains(&usize::from(label))) {
        return Err(ScoreError::Labels { cells, digits });
    }
    // Derivative of the loss by the inverse temperature: expected less observed, which increases.
    let derivative = |inverse: f64| -> f64 {
        let surplus = log_probabilities.chunks_exact(digits).zip(labels).map(|(cell, &label)| {
            let largest = f64::from(cell.iter().copied().fold(f32::NEG_INFINITY, f32::max));
            let (mut total, mut expected) = (0.0, 0.0);
            for &x in cell {
                // Excluded digits, at negative infinity, weigh nothing.
                let difference = (f64::from(x) - largest).max(-1e6);
                let weight = (inverse * difference).exp();
                total += weight;
                expected += weight * difference;
            }
            expected / total - (f64::from(cell[usize::from(label) - 1]) - largest).max(-1e6)
        });
        surplus.sum()
    };
    let (mut low, mut high) = (-5.0_f64, 5.0_f64);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if derivative(middle.exp2()) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok((-0.5 * (low + high)).exp2() as f32)
}

fn check(log_probabilities: &[f32], digits: usize) -> Result<(), ScoreError> {
    if digits == 0 || log_probabilities.is_empty() || !log_probabilities.len().is_multiple_of(digits) {
        return Err(ScoreError::Cells { given: log_probabilities.len(), digits });
    }
    let is_wrong = |cell: &[f32]| {
        let largest = cell.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        !largest.is_finite() || cell.iter().any(|x| x.is_nan())
    };
    match log_probabilities.chunks_exact(digits).position(is_wrong) {
        Some(cell) => Err(ScoreError::NotFinite { cell }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convex_edge_core::random::Pcg64;

    #[test]
    fn scores_are_log_odds_against_the_likeliest_digit() {
        let log_probabilities = [-3.0, -1.0, f32::NEG_INFINITY, -0.5, -0.5, -40.0];
        assert_eq!(scores(&log_probabilities, 3, 1.0).unwrap(), [-2.0, 0.0, LEAST, 0.0, 0.0, LEAST]);
        assert_eq!(scores(&log_probabilities, 3, 2.0).unwrap(), [-1.0, 0.0, LEAST, 0.0, 0.0, LEAST]);
    }

    #[test]
    fn calibration_finds_the_temperature_that_labels_were_drawn_with() {
        let random = &mut Pcg64::from_seed(1);
        for temperature in [0.5, 1.0, 3.0] {
            let (mut logits, mut labels) = (Vec::new(), Vec::new());
            for _ in 0..20_000 {
                let cell: [f64; 4] = std::array::from_fn(|_| random.uniform(-3.0, 3.0));
                let weights = cell.map(|x| (x / temperature).exp());
                let mut drawn = random.uniform(0.0, weights.iter().sum());
                let label = weights.iter().position(|weight| {
                    drawn -= weight;
                    drawn <= 0.0
                });
                labels.push(label.unwrap_or(3) as u8 + 1);
                logits.extend(cell.map(|x| x as f32));
            }
            let found = f64::from(calibrate(&logits, &labels, 4).unwrap());
            assert!((found / temperature - 1.0).abs() < 0.05, "{found} for {temperature}");
        }
    }

    #[test]
    fn what_is_no_reading_is_refused() {
        assert_eq!(scores(&[0.0; 8], 9, 1.0), Err(ScoreError::Cells { given: 8, digits: 9 }));
        assert_eq!(scores(&[0.0, f32::NAN], 2, 1.0), Err(ScoreError::NotFinite { cell: 0 }));
        assert_eq!(scores(&[0.0, 0.0], 2, 0.0), Err(ScoreError::Temperature { temperature: 0.0 }));
        assert_eq!(calibrate(&[0.0, 0.0], &[3], 2), Err(ScoreError::Labels { cells: 1, digits: 2 }));
    }
}
