//! Minimizer on a face, from an approximate one: exact up to rounding, and with a bound on its error.

use super::reference::{Minimizer, Program};
use nalgebra::{DMatrix, DVector};

/// Length of a row, of norm 1 in all variables, below which it depends on others.
const DEPENDENT: f64 = 1e-10;

/// Error, relative to the variables' size, that is rounding.
const ROUNDING: f64 = 1e-12;

/// Largest error that is worth having, by the same size.
const WORTH: f64 = 1e-6;

/// An approximate minimizer.
#[derive(Debug, Clone)]
pub(super) struct Rough {
    pub(super) x: DVector<f64>,
    /// Multipliers of the equations.
    pub(super) multipliers: DVector<f64>,
    /// Of the bounds: negative at 0, positive at the upper bound.
    pub(super) prices: DVector<f64>,
    /// Largest distance from the minimizer.
    pub(super) resolution: f64,
}

/// Rows as `lower * basis'`, for the independent ones.
#[derive(Debug, Clone)]
pub(super) struct Factors {
    /// Orthonormal columns that span the rows.
    pub(super) basis: DMatrix<f64>,
    /// Which rows are independent, in the order of the basis.
    rows: Vec<usize>,
    /// Their coordinates, lower triangular.
    lower: DMatrix<f64>,
}

/// Place of a variable in its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Low,
    Free,
    High,
}

/// By Gram and Schmidt, twice, the longest remainder first.
pub(super) fn orthonormal_rows(a: &DMatrix<f64>) -> Factors {
    let (mut left, mut columns, mut rows) = (a.transpose(), Vec::<DVector<f64>>::new(), Vec::new());
    while columns.len() < a.nrows().min(a.ncols()) {
        let longest = (0..a.nrows()).max_by(|&i, &j| left.column(i).norm().total_cmp(&left.column(j).norm()));
        let Some(longest) = longest.filter(|&i| left.column(i).norm() > DEPENDENT) else { break };
        let mut column = left.column(longest).into_owned();
        column.normalize_mut();
        columns.iter().for_each(|other| column -= other * other.dot(&column));
        column.normalize_mut();
        for mut other in left.column_iter_mut() {
            let along = column.dot(&other);
            other.axpy(-along, &column, 1.0);
        }
        left.column_mut(longest).fill(0.0);
        columns.push(column);
        rows.push(longest);
    }
    let basis = DMatrix::from_fn(a.ncols(), columns.len(), |i, j| columns[j][i]);
    let mut lower = a.select_rows(&rows) * &basis;
    lower.fill_upper_triangle(0.0, 1);
    Factors { basis, rows, lower }
}

/// The minimizer that a rough one is close to; `None` without curvature, and where its error has no small bound.
///
/// With x in set and box and the equations' multipliers y, let v be what `s - eps x - A'y` has of the wrong sign. Then no
/// minimizer is farther from x than `|v| / eps`.
pub(super) fn polished(
    program: &Program,
    scores: &DVector<f64>,
    b: &DVector<f64>,
    rough: &Rough,
    size: f64,
) -> Option<Minimizer> {
    if program.curvature == 0.0 || program.normals.is_none() {
        return None;
    }
    let (curvature, n) = (program.curvature, scores.len());
    let place = |i: usize| match () {
        () if curvature * rough.x[i] < -rough.prices[i] => Place::Low,
        () if curvature * (program.upper - rough.x[i]) < rough.prices[i] => Place::High,
        () => Place::Free,
    };
    let mut places: Vec<Place> = (0..n).map(place).collect();
    let mut best: Option<Minimizer> = None;
    for _ in 0..2 * n {
        let (mut x, left) = on_face(program, scores, b, &places, &rough.multipliers)?;
        let beyond = |x: f64| if x < 0.0 { -x } else { x - program.upper };
        let outside = (0..n).filter(|&i| places[i] == Place::Free && beyond(x[i]) > ROUNDING * size);
        if let Some(i) = outside.max_by(|&i, &j| beyond(x[i]).total_cmp(&beyond(x[j]))) {
            places[i] = if x[i] < 0.0 { Place::Low } else { Place::High };
            continue;
        }
        x.iter_mut().for_each(|x| *x = x.clamp(0.0, program.upper));
        let wrong = DVector::from_fn(n, |i, _| match places[i] {
            Place::Low => left[i].max(0.0),
            Place::Free => left[i].abs(),
            Place::High => (-left[i]).max(0.0),
        });
        let resolution = wrong.norm() / curvature + ROUNDING * x.norm() + 4.0 * f64::EPSILON * size;
        let is_feasible = (&program.a * &x - b).norm() <= 100.0 * ROUNDING * x.norm().max(b.norm());
        if is_feasible && best.as_ref().is_none_or(|best| resolution < best.resolution) {
            best = Some(Minimizer { x, prices: left, resolution });
        }
        let (worst, amount) = wrong.argmax();
        if places[worst] == Place::Free || amount <= ROUNDING * size * curvature {
            break;
        }
        places[worst] = Place::Free;
    }
    best.filter(|best| best.resolution <= WORTH * size)
}

/// The minimizer where variables are as they are placed, and `s - eps x - A'y` for multipliers near the given ones.
fn on_face(
    program: &Program,
    scores: &DVector<f64>,
    b: &DVector<f64>,
    places: &[Place],
    multipliers: &DVector<f64>,
) -> Option<(DVector<f64>, DVector<f64>)> {
    let (n, curvature) = (places.len(), program.curvature);
    let free: Vec<usize> = (0..n).filter(|&i| places[i] == Place::Free).collect();
    let mut x = DVector::from_fn(n, |i, _| if places[i] == Place::High { program.upper } else { 0.0 });
    let mut y = multipliers.clone();
    if !free.is_empty() {
        let face = program.a.select_columns(&free);
        let Factors { basis, rows, lower } = orthonormal_rows(&face);
        let right = b - &program.a * &x;
        let wanted = scores.select_rows(&free) / curvature;
        let mut on_face = &wanted - &basis * (basis.transpose() * &wanted);
        // Again for what rounding leaves of a large one.
        on_face -= &basis * (basis.transpose() * &on_face);
        for _ in 0..2 {
            let missed = (&right - &face * &on_face).select_rows(&rows);
            on_face += &basis * lower.solve_lower_triangular(&missed)?;
        }
        free.iter().zip(&on_face).for_each(|(&i, value)| x[i] = *value);
        for _ in 0..2 {
            let missed = scores.select_rows(&free) - &on_face * curvature - face.transpose() * &y;
            let change = lower.transpose().solve_upper_triangular(&(basis.transpose() * missed))?;
            rows.iter().zip(&change).for_each(|(&row, change)| y[row] += change);
        }
    }
    let left = scores - &x * curvature - program.a.transpose() * y;
    Some((x, left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rough_minimizer_becomes_exact_from_this_face_and_from_another_one() {
        let program = Program::new(&DMatrix::from_element(1, 3, 1.0), 2.0, 0.6, None, false);
        let scores = DVector::from_vec(vec![3.0, 0.2, 0.0]);
        let b = DVector::from_element(1, 1.0 / 3.0_f64.sqrt());
        for (x, prices) in [([0.6, 0.25, 0.15], [2.3, 0.0, 0.0]), ([0.5, 0.5, 1e-4], [0.0, 0.0, -0.1])] {
            let (x, prices) = (DVector::from_row_slice(&x), DVector::from_row_slice(&prices));
            let rough = Rough { x, prices, multipliers: DVector::zeros(1), resolution: 0.1 };
            let exact = polished(&program, &scores, &b, &rough, 1.0).unwrap();
            assert!((exact.x - DVector::from_vec(vec![0.6, 0.25, 0.15])).norm() < 1e-12);
            assert!(exact.prices[0] > 1.0 && exact.resolution < 1e-11, "{:?}", exact.prices);
        }
    }

    #[test]
    fn dependent_rows_add_nothing_to_the_basis() {
        let a = DMatrix::from_row_slice(3, 4, &[1.0, 2.0, 2.0, 1.0, 0.0, 0.0, -2.0, -2.0, 1.0, 2.0, 0.0, -1.0]);
        let Factors { basis, rows, lower } = orthonormal_rows(&a);
        assert_eq!(basis.ncols(), 2);
        assert!((basis.transpose() * &basis - DMatrix::identity(2, 2)).norm() < 1e-14);
        assert!((a.select_rows(&rows) - lower * basis.transpose()).norm() < 1e-14);
        assert!((&a - &a * &basis * basis.transpose()).norm() < 1e-14);
    }
}
