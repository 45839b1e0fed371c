//! The rules as an affine set, learned from solutions alone: the smallest one that holds all of them.
//!
//! Of 9x9 sudoku it has 480 dimensions, so that 481 solutions in general position give it exactly, and with it the
//! known rules' projection; fewer give a smaller set, which forbids grids that the rules allow. Knowing beforehand that
//! digits are only names leaves 60 dimensions to learn, for which 8 boards suffice.

use crate::data::grid::{Grid, GridError};
use burn::tensor::{Tensor, TensorCreationOptions, TensorData};
use convex_edge_burn::splitting::{AffineSet, Dense, DenseError, HostProjection, center_cells, orthonormal_columns};
use nalgebra::DMatrix;
use thiserror::Error;

/// Errors of learned rules.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RulesError {
    /// The board cannot be.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// There is nothing to learn from.
    #[error("no solutions: give at least one")]
    Empty,
    /// A board is not full, or has another size than the first.
    #[error("board {board} is not full or not of the first one's size: give solutions of one size")]
    Solution {
        /// The board at fault.
        board: usize,
    },
    /// The solutions make no affine set.
    #[error(transparent)]
    Dense(#[from] DenseError),
    /// The device gave no values back.
    #[error("reading a tensor from its device: {0}")]
    Device(String),
}

/// Dimensions of the rules of a box size, `(b^2 - 1)(b^4 - 3 b^2 + 2 b)`: 24 for 4x4, 480 for 9x9. Learned rules of
/// fewer dimensions forbid grids that are allowed; they never have more.
pub fn dimension(box_size: usize) -> usize {
    let digits = box_size * box_size;
    (digits - 1) * (digits * digits + 2 * box_size - 3 * digits)
}

/// Rules from solutions without any knowledge beforehand; [`Dense::directions`] tells their dimension. Exact from 481
/// solutions of 9x9 in general position; of 4x4, whose few solutions often depend on each other, 30 are enough in 19 of
/// 20 draws, 50 in all of 200. Cost: 0.1 s for 481 of 9x9, and two products of `[batch, 729]` with a matrix of 480
/// columns for each projection.
///
/// # Errors
/// For no solutions, and boards that are not full or not of one size.
pub fn learn(solutions: &[Grid], options: impl Into<TensorCreationOptions>) -> Result<Dense, RulesError> {
    let first = check(solutions)?;
    let n = first.cells().len() * first.digits();
    let indicators: Vec<f64> =
        solutions.iter().flat_map(|solution| solution.indicators().into_iter().map(f64::from)).collect();
    Ok(Dense::from_samples(&DMatrix::from_vec(n, solutions.len(), indicators), options)?)
}

/// Rules of which is known that they are the same for all digits, as an affine set `[cells, digits]`.
///
/// The smallest affine set that holds some solutions under all renamings of their digits: around the point that is
/// uniform in all cells, its directions are those of `x = sum of v_d e_d` whose digits sum to zero in every cell and
/// whose v_d lie in the span V of all digits' indicators `[cells]` less their mean. Proof: renaming two digits and
/// subtracting leaves `(v_d - v_e)(e_d - e_e)`, and the v_d of a board sum to zero, so that differences span V.
///
/// A projection subtracts each cell's mean and multiplies by the projector onto V: `2 cells^2 digits` operations, 0.12
/// MFLOP or 7 microseconds for 9x9.
#[derive(Debug, Clone, PartialEq)]
pub struct ExchangeableDigits {
    cells: usize,
    digits: usize,
    rank: usize,
    /// Projector onto V, `[cells, cells]`, symmetric.
    projector: Vec<f64>,
    /// The same in single precision, `[blocks of four rows, cells]`; rows beyond the last are zeros.
    blocks: Vec<[f32; 4]>,
}

/// Rules from solutions whose digits are only names. Exact from 8 solutions of 9x9, in all of 200 draws; of 4x4,
/// 5 are enough in 6 of 10 draws, 10 in 19 of 20. [`ExchangeableDigits::directions`] tells. Cost: 0.3 ms for 8 of 9x9.
///
/// # Errors
/// For no solutions, and boards that are not full or not of one size.
pub fn learn_exchangeable(solutions: &[Grid]) -> Result<ExchangeableDigits, RulesError> {
    let first = check(solutions)?;
    let (cells, digits) = (first.cells().len(), first.digits());
    let mean = 1.0 / digits as f64;
    let columns = DMatrix::from_fn(cells, solutions.len() * digits, |cell, column| {
        let digit = solutions[column / digits].cells()[cell];
        f64::from(u8::from(usize::from(digit) == column % digits + 1)) - mean
    });
    let basis = orthonormal_columns(columns)?;
    let projector = &basis * basis.transpose();
    let entry = |row: usize, column: usize| if row < cells { projector[(row, column)] as f32 } else { 0.0 };
    let block = |first: usize| (0..cells).map(move |column| std::array::from_fn(|k| entry(first + k, column)));
    let blocks = (0..cells).step_by(4).flat_map(block).collect();
    Ok(ExchangeableDigits { cells, digits, rank: basis.ncols(), projector: projector.as_slice().to_vec(), blocks })
}

impl ExchangeableDigits {
    /// Number of directions of the set: 480 where the rules of 9x9 are complete, 24 for 4x4.
    pub fn directions(&self) -> usize {
        self.rank * (self.digits - 1)
    }
}

impl AffineSet for ExchangeableDigits {
    fn dimension(&self) -> usize {
        self.cells * self.digits
    }

    fn nearest_to_origin(&self, like: &Tensor<2>) -> Tensor<2> {
        Tensor::full([1, self.dimension()], 1.0 / self.digits as f64, (&like.device(), like.dtype()))
    }

    fn project_direction(&self, directions: Tensor<2>) -> Tensor<2> {
        let ([batch, n], options) = (directions.dims(), (&directions.device(), directions.dtype()));
        let projector = TensorData::new(self.projector.clone(), [1, self.cells, self.cells]);
        let projector = Tensor::<3>::from_data(projector, options).expand([batch, self.cells, self.cells]);
        let x = directions.reshape([batch, self.cells, self.digits]);
        let x = x.clone() - x.mean_dim(2);
        projector.matmul(x).reshape([batch, n])
    }

    fn center(&self, scores: &mut [f64]) {
        center_cells(scores, self.digits);
    }

    fn on_host(&self) -> Option<&dyn HostProjection> {
        Some(self)
    }
}

impl HostProjection for ExchangeableDigits {
    fn nearest_to_origin(&self, _sample: usize, point: &mut [f32]) {
        point.fill(1.0 / self.digits as f32);
    }

    fn project_direction(&self, direction: &mut [f32]) {
        // Known lengths: the compiler keeps the sums of a few cells in registers.
        match self.digits {
            4 => multiply::<4, 4, 16>(&self.blocks, direction),
            _ => multiply::<9, 16, 81>(&self.blocks, direction),
        }
    }
}

/// Subtracts the mean of each cell and multiplies by the projector, four cells at a time; cells are padded to lanes.
fn multiply<const DIGITS: usize, const LANES: usize, const CELLS: usize>(blocks: &[[f32; 4]], x: &mut [f32]) {
    let mut centred = [[0.0; LANES]; CELLS];
    for (centred, cell) in centred.iter_mut().zip(x.chunks_exact(DIGITS)) {
        let mean = cell.iter().sum::<f32>() / DIGITS as f32;
        centred.iter_mut().zip(cell).for_each(|(centred, x)| *centred = x - mean);
    }
    for (cells, block) in x.chunks_mut(4 * DIGITS).zip(blocks.chunks_exact(CELLS)) {
        let mut sums = [[0.0; LANES]; 4];
        for (centred, weights) in centred.iter().zip(block) {
            for k in 0..4 {
                for lane in 0..LANES {
                    sums[k][lane] += weights[k] * centred[lane];
                }
            }
        }
        for (cell, sum) in cells.chunks_exact_mut(DIGITS).zip(&sums) {
            cell.copy_from_slice(&sum[..DIGITS]);
        }
    }
}

/// The largest difference between a solution's indicators and their projection onto rules, which is in the precision of
/// the options: rounding where the rules hold the solutions, some tenths where they forbid one.
///
/// # Errors
/// For no solutions, boards that are not full or not of one size, and a device that gives no values back.
pub fn misfit(
    rules: &dyn AffineSet,
    solutions: &[Grid],
    options: impl Into<TensorCreationOptions>,
) -> Result<f64, RulesError> {
    check(solutions)?;
    let indicators: Vec<f32> = solutions.iter().flat_map(Grid::indicators).collect();
    let data = TensorData::new(indicators.clone(), [solutions.len(), rules.dimension()]);
    let projected = rules.project(Tensor::from_data(data, options));
    let projected = projected.try_to_vec_as::<f64>().map_err(|error| RulesError::Device(error.to_string()))?;
    Ok(indicators.iter().zip(projected).map(|(x, projected)| (f64::from(*x) - projected).abs()).fold(0.0, f64::max))
}

/// The first board, if all are full and of its size.
fn check(solutions: &[Grid]) -> Result<&Grid, RulesError> {
    let first = solutions.first().ok_or(RulesError::Empty)?;
    let is_right = |grid: &Grid| grid.box_size() == first.box_size() && grid.givens() == grid.cells().len();
    match solutions.iter().position(|grid| !is_right(grid)) {
        Some(board) => Err(RulesError::Solution { board }),
        None => Ok(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::puzzle::{Recipe, lists, random_solution};
    use crate::data::simulated_reader::read;
    use crate::model::decode::{Search, decode};
    use burn::tensor::{DType, Device};
    use convex_edge_burn::splitting::Sudoku;
    use convex_edge_core::random::Pcg64;

    fn boards(box_size: usize, count: usize, seed: u64) -> Vec<Grid> {
        let random = &mut Pcg64::from_seed(seed);
        (0..count).map(|_| random_solution(box_size, random).unwrap()).collect()
    }

    /// Largest difference of two projections of random points, in double precision, and of the second one's on slices.
    fn difference(box_size: usize, rules: &dyn AffineSet) -> (f64, f64) {
        let known = Sudoku::new(box_size).unwrap();
        let n = known.dimension();
        let random = &mut Pcg64::from_seed(9);
        let points: Vec<f64> = (0..10 * n).map(|_| random.uniform(-3.0, 3.0)).collect();
        let tensor = Tensor::<2>::from_data(TensorData::new(points.clone(), [10, n]), (&Device::flex(), DType::F64));
        let values = |rules: &dyn AffineSet| rules.project(tensor.clone()).try_to_vec_as::<f64>().unwrap();
        let expected = values(&known);
        let largest = |found: Vec<f64>| found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let on_host = rules.on_host().map_or(0.0, |host| {
            let mut single: Vec<f32> = points.iter().map(|&x| x as f32).collect();
            single.chunks_exact_mut(n).for_each(|row| host.project_direction(row));
            largest(single.iter().map(|&x| f64::from(x) + 1.0 / known.digits() as f64).collect())
        });
        (largest(values(rules)), on_host)
    }

    #[test]
    fn as_many_solutions_as_dimensions_and_one_give_the_rules() {
        let options = (&Device::flex(), DType::F64);
        for (box_size, enough, too_few) in [(2, 60, 15), (3, 490, 480)] {
            let (solutions, unseen) = (boards(box_size, enough, 1), boards(box_size, 20, 2));
            let rules = learn(&solutions, options).unwrap();
            assert_eq!(rules.directions(), dimension(box_size));
            assert!(difference(box_size, &rules).0 < 1e-10 && misfit(&rules, &unseen, options).unwrap() < 1e-10);
            let rules = learn(&solutions[..too_few], options).unwrap();
            assert!(rules.directions() < dimension(box_size));
            assert!(misfit(&rules, &unseen, options).unwrap() > 0.01);
            assert!(misfit(&rules, &solutions[..too_few], options).unwrap() < 1e-10);
        }
    }

    #[test]
    fn digits_that_are_only_names_need_a_handful_of_boards() {
        let options = (&Device::flex(), DType::F64);
        for (box_size, enough, too_few) in [(2, 10, 2), (3, 8, 7)] {
            for seed in 0..5 {
                let (solutions, unseen) = (boards(box_size, enough, seed), boards(box_size, 20, 100 + seed));
                let rules = learn_exchangeable(&solutions).unwrap();
                assert_eq!(rules.directions(), dimension(box_size));
                let (double, single) = difference(box_size, &rules);
                assert!(double < 1e-10 && single < 1e-5, "{double:e}, {single:e}");
                assert!(misfit(&rules, &unseen, options).unwrap() < 1e-10);
                let rules = learn_exchangeable(&solutions[..too_few]).unwrap();
                assert!(rules.directions() < dimension(box_size));
                assert!(misfit(&rules, &unseen, options).unwrap() > 0.01);
            }
        }
    }

    #[test]
    fn learned_rules_decode_like_known_ones() {
        let random = &mut Pcg64::from_seed(5);
        let puzzles = lists(&Recipe { box_size: 2, givens: 5, train: 0, test: 20, seed: 2 }).unwrap().test;
        let scores: Vec<f32> = puzzles.iter().flat_map(|puzzle| read(puzzle, 4.0, random)).collect();
        let solutions = boards(2, 60, 1);
        let known = decode(&Sudoku::new(2).unwrap(), &scores, 2, &Search::default()).unwrap();
        let learned = learn(&solutions, &Device::flex()).unwrap();
        let exchangeable = learn_exchangeable(&solutions).unwrap();
        for rules in [&learned as &dyn AffineSet, &exchangeable] {
            for (learned, known) in decode(rules, &scores, 2, &Search::default()).unwrap().iter().zip(&known) {
                assert!(learned.is_proven && known.is_proven && (learned.score - known.score).abs() < 2e-3);
                assert!(learned.grid.as_ref().is_some_and(Grid::is_solution));
            }
        }
    }

    #[test]
    fn what_teaches_nothing_is_refused() {
        let full = boards(2, 1, 1).remove(0);
        assert_eq!(learn_exchangeable(&[]), Err(RulesError::Empty));
        let boards = [full.clone(), Grid::blank(2).unwrap()];
        assert_eq!(learn_exchangeable(&boards), Err(RulesError::Solution { board: 1 }));
        let point = learn(std::slice::from_ref(&full), &Device::flex()).unwrap();
        assert!(misfit(&point, &[full], &Device::flex()).unwrap() < 1e-6);
    }
}
