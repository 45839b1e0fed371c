//! The affine set of sudoku: every digit once in every row, column and box, one digit in every cell.
//!
//! The four averages (over the digits of a cell, and for each digit over a row, a column, a box) commute, because any
//! two of these partitions meet in blocks of equal size. So one sweep that subtracts them is the exact projection.

use super::affine_set::{AffineSet, HostProjection, center_cells};
use burn::tensor::Tensor;
use thiserror::Error;

/// Largest box size: 25 digits.
const LARGEST_BOX: usize = 5;

/// Sums of a sudoku with boxes of `b` by `b` cells, all 1; variables `[row, column, digit]`, the digit fastest.
///
/// A projection costs about `8 b^6` additions: 6 kFLOP for 9x9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sudoku {
    box_size: usize,
}

/// Errors of a box size.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SudokuError {
    /// The box size is outside 2 to 5.
    #[error("boxes of {box_size} by {box_size} cells: give a box size from 2 (4x4) to {LARGEST_BOX} (25x25)")]
    BoxSize {
        /// Box size that was asked for.
        box_size: usize,
    },
}

impl Sudoku {
    /// Sudoku with boxes of `box_size` by `box_size` cells: 2 for 4x4, 3 for 9x9.
    ///
    /// # Errors
    ///
    /// For a box size outside 2 to 5.
    pub fn new(box_size: usize) -> Result<Self, SudokuError> {
        if !(2..=LARGEST_BOX).contains(&box_size) {
            return Err(SudokuError::BoxSize { box_size });
        }
        Ok(Self { box_size })
    }

    /// Number of digits, and of cells in a row.
    pub fn digits(&self) -> usize {
        self.box_size * self.box_size
    }
}

impl AffineSet for Sudoku {
    fn dimension(&self) -> usize {
        self.digits().pow(3)
    }

    fn nearest_to_origin(&self, like: &Tensor<2>) -> Tensor<2> {
        let uniform = 1.0 / self.digits() as f64;
        Tensor::full([1, self.dimension()], uniform, (&like.device(), like.dtype()))
    }

    fn project_direction(&self, directions: Tensor<2>) -> Tensor<2> {
        let ([batch, n], b, digits) = (directions.dims(), self.box_size, self.digits());
        let x = directions.reshape([batch, digits, digits, digits]);
        let x = x.clone() - x.mean_dim(3);
        let x = x.clone() - x.mean_dim(2);
        let x = x.clone() - x.mean_dim(1);
        let x = x.reshape([batch, b, b, b, b * digits]);
        // A box over its rows, then over its columns: one axis less than both at once would take.
        let bands = x.clone().mean_dim(2).reshape([batch, b, b, b, digits]).mean_dim(3);
        let bands = bands.expand([batch, b, b, b, digits]).reshape([batch, b, 1, b, b * digits]);
        (x - bands).reshape([batch, n])
    }

    /// No entry of a solution is above 1, nor are terms of a sum: violations are those of the sums.
    fn violation(&self, points: &Tensor<2>) -> Tensor<2> {
        let ([batch, n], b, digits) = (points.dims(), self.box_size, self.digits());
        let x = points.clone().reshape([batch, digits, digits, digits]);
        let off = |sums: Tensor<4>| (sums - 1.0).abs().reshape([batch, n / digits]).max_dim(1);
        let lines = off(x.clone().sum_dim(3)).max_pair(off(x.clone().sum_dim(2))).max_pair(off(x.sum_dim(1)));
        let boxes = points.clone().reshape([batch, b, b, b, b * digits]).sum_dim(2).reshape([batch, b, b, b, digits]);
        let boxes = boxes.sum_dim(3).reshape([batch, n / digits]);
        lines.max_pair((boxes - 1.0).abs().max_dim(1))
    }

    fn center(&self, scores: &mut [f64]) {
        center_cells(scores, self.digits());
    }

    fn on_host(&self) -> Option<&dyn HostProjection> {
        Some(self)
    }
}

impl HostProjection for Sudoku {
    fn nearest_to_origin(&self, _sample: usize, point: &mut [f32]) {
        point.fill(1.0 / self.digits() as f32);
    }

    fn project_direction(&self, direction: &mut [f32]) {
        // Known lengths: the compiler keeps a cell's digits in registers.
        match self.box_size {
            2 => subtract_averages::<2, 4, 4, { 64 + 4 }>(direction),
            3 => subtract_averages::<3, 9, 16, { 729 + 16 }>(direction),
            4 => subtract_averages::<4, 16, 16, { 4096 + 16 }>(direction),
            _ => subtract_averages::<5, 25, 32, { 15625 + 32 }>(direction),
        }
    }

    fn violation(&self, _sample: usize, point: &[f32]) -> f64 {
        match self.box_size {
            2 => largest_violation::<2, 4>(point),
            3 => largest_violation::<3, 9>(point),
            4 => largest_violation::<4, 16>(point),
            _ => largest_violation::<5, 25>(point),
        }
    }
}

/// Largest distance of a sum from 1.
fn largest_violation<const BOX: usize, const DIGITS: usize>(x: &[f32]) -> f64 {
    let mut rows = [[0.0_f32; DIGITS]; DIGITS];
    let mut columns = [[0.0; DIGITS]; DIGITS];
    let mut boxes = [[0.0; DIGITS]; DIGITS];
    let mut cells = [[0.0; DIGITS]; DIGITS];
    let (lines, _) = x.as_chunks::<DIGITS>();
    for (index, cell) in lines.iter().enumerate() {
        let (row, column) = (index / DIGITS, index % DIGITS);
        add(&mut rows[row], cell);
        add(&mut columns[column], cell);
        add(&mut boxes[row / BOX * BOX + column / BOX], cell);
        cells[row][column] = cell.iter().sum::<f32>();
    }
    let sums = [&rows, &columns, &boxes, &cells].into_iter().flatten().flatten();
    f64::from(sums.fold(0.0, |worst: f32, sum| worst.max((sum - 1.0).abs())))
}

/// The sweep at once: with means over cells' digits D, rows R, columns C and boxes B,
/// `(1 - R)(1 - C)(1 - B)(1 - D) = (1 - R - C - B + R B + C B)(1 - D)`, since `R C = R B C` is the mean over all cells. `R B`
/// is a mean over the band that a row lies in, `C B` over a stack. Means over digits are taken of the groups' sums, not of
/// their cells.
///
/// A cell is handled with the next one's first digits, to a power of two of them, whose results are overwritten or lie
/// beyond the end: half a vector would take longer than a whole one.
fn subtract_averages<const BOX: usize, const DIGITS: usize, const LANES: usize, const LENGTH: usize>(x: &mut [f32]) {
    let inverse = 1.0 / DIGITS as f32;
    let mut padded = [0.0; LENGTH];
    padded[..x.len()].copy_from_slice(x);
    let lane_at = |padded: &[f32; LENGTH], row: usize, column: usize| {
        let mut lane = [0.0; LANES];
        lane.copy_from_slice(&padded[(row * DIGITS + column) * DIGITS..][..LANES]);
        lane
    };
    let mut rows = [[0.0; LANES]; DIGITS];
    let mut columns = [[0.0; LANES]; DIGITS];
    let mut boxes = [[0.0; LANES]; DIGITS];
    for row in 0..DIGITS {
        for stack in 0..BOX {
            // Three cells of a row and a box: one sum for both.
            let mut sum = [0.0; LANES];
            for column in stack * BOX..(stack + 1) * BOX {
                let lane = lane_at(&padded, row, column);
                add(&mut columns[column], &lane);
                add(&mut sum, &lane);
            }
            add(&mut rows[row], &sum);
            add(&mut boxes[row / BOX * BOX + stack], &sum);
        }
    }
    for sum in [&mut rows, &mut columns, &mut boxes].into_iter().flatten() {
        let mean = sum[..DIGITS].iter().sum::<f32>() * inverse;
        sum.iter_mut().for_each(|x| *x = (*x - mean) * inverse);
    }
    for group in 0..BOX {
        let (mut band, mut stack) = ([0.0; LANES], [0.0; LANES]);
        for other in 0..BOX {
            add(&mut band, &boxes[group * BOX + other]);
            add(&mut stack, &boxes[other * BOX + group]);
        }
        for line in group * BOX..(group + 1) * BOX {
            rows[line].iter_mut().zip(&band).for_each(|(x, band)| *x -= band / BOX as f32);
            columns[line].iter_mut().zip(&stack).for_each(|(x, stack)| *x -= stack / BOX as f32);
        }
    }
    for row in 0..DIGITS {
        for stack in 0..BOX {
            let mut both = rows[row];
            add(&mut both, &boxes[row / BOX * BOX + stack]);
            for column in stack * BOX..(stack + 1) * BOX {
                let mut lane = lane_at(&padded, row, column);
                let mean = lane[..DIGITS].iter().sum::<f32>() * inverse;
                for ((x, both), column) in lane.iter_mut().zip(&both).zip(&columns[column]) {
                    *x = *x - (both + column) - mean;
                }
                x[(row * DIGITS + column) * DIGITS..][..DIGITS].copy_from_slice(&lane[..DIGITS]);
            }
        }
    }
}

fn add<const LANES: usize>(sum: &mut [f32; LANES], lane: &[f32; LANES]) {
    sum.iter_mut().zip(lane).for_each(|(sum, x)| *sum += x);
}
