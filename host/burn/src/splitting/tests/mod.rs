//! The layer against dense linear algebra, Clarabel, finite differences, and known puzzles.

mod derivative;
mod extremes;
mod failures;
mod forward;
mod loss;
mod projections;
mod puzzle;

use super::{AffineSet, CountedSimplices, Dense, Sudoku};
use burn::tensor::{DType, Device, Tensor, TensorData};
use convex_edge_core::random::Pcg64;
use nalgebra::{DMatrix, DVector};

/// A set with the equations that define it for one sample.
struct Case {
    set: Box<dyn AffineSet>,
    a: DMatrix<f64>,
    b: DVector<f64>,
}

fn equations(n: usize, rows: &[(Vec<usize>, f64)]) -> (DMatrix<f64>, DVector<f64>) {
    let mut a = DMatrix::zeros(rows.len(), n);
    for (i, (variables, _)) in rows.iter().enumerate() {
        variables.iter().for_each(|&j| a[(i, j)] = 1.0);
    }
    (a, DVector::from_iterator(rows.len(), rows.iter().map(|(_, sum)| *sum)))
}

fn sudoku(box_size: usize) -> Case {
    let set = Sudoku::new(box_size).expect("in range");
    let n = set.digits();
    let variable = |row: usize, column: usize, digit: usize| (row * n + column) * n + digit;
    let mut rows = Vec::new();
    for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
        let corner = (i / box_size * box_size, i % box_size * box_size);
        let cell = |k: usize| (corner.0 + k / box_size, corner.1 + k % box_size);
        rows.push(((0..n).map(|k| variable(i, j, k)).collect(), 1.0));
        rows.push(((0..n).map(|k| variable(i, k, j)).collect(), 1.0));
        rows.push(((0..n).map(|k| variable(k, i, j)).collect(), 1.0));
        rows.push(((0..n).map(|k| variable(cell(k).0, cell(k).1, j)).collect(), 1.0));
    }
    let (a, b) = equations(n * n * n, &rows);
    Case { set: Box::new(set), a, b }
}

/// For one sample with these totals.
fn counted(cells: usize, classes: usize, counted: &[usize], totals: &[f64]) -> Case {
    let set = CountedSimplices::new(cells, classes, counted, &[totals.to_vec()]).expect("sound");
    let mut rows: Vec<(Vec<usize>, f64)> =
        (0..cells).map(|cell| ((0..classes).map(|class| cell * classes + class).collect(), 1.0)).collect();
    for (class, total) in counted.iter().zip(totals) {
        rows.push(((0..cells).map(|cell| cell * classes + class).collect(), *total));
    }
    let (a, b) = equations(cells * classes, &rows);
    Case { set: Box::new(set), a, b }
}

/// Double precision on the host's processor.
fn double(values: &[f64], n: usize) -> Tensor<2> {
    let data = TensorData::new(values.to_vec(), [values.len() / n, n]);
    Tensor::from_data(data, (&Device::flex(), DType::F64))
}

/// Single precision on the host's processor.
fn single(values: &[f64], n: usize) -> Tensor<2> {
    let values: Vec<f32> = values.iter().map(|&x| x as f32).collect();
    let shape = [values.len() / n, n];
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn values(tensor: &Tensor<2>) -> Vec<f64> {
    tensor.try_to_vec_as::<f64>().expect("readable")
}

fn random(count: usize, size: f64, seed: u64) -> Vec<f64> {
    let mut random = Pcg64::from_seed(seed);
    (0..count).map(|_| random.uniform(-size, size)).collect()
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn dense(case: &Case) -> Dense {
    Dense::from_equations(&case.a, &case.b, (&Device::flex(), DType::F64)).expect("consistent")
}
