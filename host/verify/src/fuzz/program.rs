//! Programs from bytes: exact ones with a planted point or contradiction, and any numbers at all.

use super::stream::Stream;
use convex_edge_core::number::Number;
use convex_edge_core::qp::Qp;

/// Knowledge of a program before it is solved.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known {
    /// A point that satisfies every row, exactly.
    Point(Vec<f64>),
    /// The origin satisfies every row; the numbers are any, so that no measure of size can be relied on.
    Origin,
    /// Two hard rows contradict each other.
    Contradiction,
    /// Nothing is known.
    Nothing,
}

/// Exact factors of the units of a program with small integers.
#[derive(Debug, Clone)]
pub(super) struct Units<const N: usize> {
    variables: [f64; N],
    objective: f64,
}

/// Matrices of small integers times powers of two: `H = L L'` with a unit factor, rows that often repeat.
pub(super) fn exact_matrices<T: Number, const N: usize, const M: usize>(
    qp: &mut Qp<T, N, M>,
    stream: &mut Stream,
) -> Units<N> {
    let scaled = stream.once_in(4);
    let mut unit = |limit: i8| if scaled { stream.power(limit) } else { 1.0 };
    let units = Units { variables: std::array::from_fn(|_| unit(6)), objective: unit(6) };
    let mut factor = [[0.0; N]; N];
    for (i, row) in factor.iter_mut().enumerate() {
        row[..i].fill_with(|| if stream.once_in(3) { stream.integer(2) } else { 0.0 });
        row[i] = 1.0 + stream.below(3) as f64;
    }
    for i in 0..N {
        for j in 0..N {
            let product: f64 = factor[i].iter().zip(&factor[j]).map(|(a, b)| a * b).sum();
            qp.hessian[(i, j)] = T::rounded(product * units.variables[i] * units.variables[j] * units.objective);
        }
    }
    qp.bounds = stream.below(N.min(M) as u8 + 1);
    let mut rows = [[0.0; N]; M];
    for i in qp.bounds..M {
        let copied = stream.once_in(4).then(|| (stream.below(M as u8), stream.integer(2)));
        match copied {
            Some((other, weight)) if other < i => rows[i] = rows[other].map(|a| weight * a),
            _ => rows[i].fill_with(|| stream.integer(3)),
        }
        (0..N).for_each(|j| qp.rows[(i, j)] = T::rounded(rows[i][j] * units.variables[j]));
    }
    for softness in qp.softness.iter_mut() {
        *softness = if stream.once_in(6) { T::rounded(stream.power(3)) } else { T::ZERO };
    }
    units
}

/// Linear term and bounds in the same exact numbers, around a planted point or with a contradiction.
pub(super) fn exact_vectors<T: Number, const N: usize, const M: usize>(
    qp: &mut Qp<T, N, M>,
    units: &Units<N>,
    stream: &mut Stream,
) -> Known {
    let point: [f64; N] = std::array::from_fn(|_| stream.integer(3));
    let scaled: Vec<f64> = point.iter().zip(&units.variables).map(|(x, unit)| x / unit).collect();
    for (f, unit) in qp.linear.iter_mut().zip(&units.variables) {
        *f = T::rounded(stream.integer(20) * unit * units.objective);
    }
    for i in 0..M {
        let product: f64 = match i < qp.bounds {
            true => scaled[i],
            false => (0..N).map(|j| qp.rows[(i, j)].double() * scaled[j]).sum(),
        };
        let unit = if i < qp.bounds { 1.0 / units.variables[i] } else { 1.0 };
        let mut side = || match stream.below(6) {
            0 => f64::INFINITY,
            gap => (gap - 1) as f64 * unit,
        };
        let (below, above) = (side(), side());
        (qp.lower[i], qp.upper[i]) = (T::rounded(product - below), T::rounded(product + above));
    }
    if !stream.once_in(8) || qp.bounds + 2 > M {
        return Known::Point(scaled);
    }
    // The last row asks for one more than the row before it allows, of the same sum.
    let (first, last) = (M - 2, M - 1);
    (0..N).for_each(|j| qp.rows[(last, j)] = qp.rows[(first, j)]);
    let reach: f64 = (0..N).map(|j| qp.rows[(first, j)].double() * scaled[j]).sum();
    (qp.lower[first], qp.upper[first]) = (T::rounded(f64::NEG_INFINITY), T::rounded(reach));
    (qp.lower[last], qp.upper[last]) = (T::rounded(reach + 1.0), T::rounded(f64::INFINITY));
    (qp.softness[first], qp.softness[last]) = (T::ZERO, T::ZERO);
    Known::Contradiction
}

/// Matrices of any numbers: the Hessian symmetric with any entries, diagonal, or the exact one with an entry spoilt.
pub(super) fn any_matrices<T: Number, const N: usize, const M: usize>(qp: &mut Qp<T, N, M>, stream: &mut Stream) {
    let shape = stream.below(4);
    exact_matrices(qp, stream);
    for i in 0..N {
        for j in 0..=i {
            let kept = match shape {
                0 => false,
                1 => i != j,
                _ => !stream.once_in(16),
            };
            if !kept {
                let value: T = stream.number();
                (qp.hessian[(i, j)], qp.hessian[(j, i)]) = (value, value);
            } else if shape == 1 {
                (qp.hessian[(i, j)], qp.hessian[(j, i)]) = (T::ZERO, T::ZERO);
            }
        }
    }
    for value in qp.rows.iter_mut().chain(qp.softness.iter_mut()) {
        if stream.once_in(8) {
            *value = stream.number();
        }
    }
}

/// Linear term and bounds of any numbers.
pub(super) fn any_vectors<T: Number, const N: usize, const M: usize>(
    qp: &mut Qp<T, N, M>,
    stream: &mut Stream,
) -> Known {
    for value in qp.linear.iter_mut() {
        *value = stream.number();
    }
    for (lower, upper) in qp.lower.iter_mut().zip(qp.upper.iter_mut()) {
        let (first, second): (T, T) = (stream.number(), stream.number());
        // Mostly in order, else nearly everything would end there.
        (*lower, *upper) = if first > second && !stream.once_in(8) { (second, first) } else { (first, second) };
    }
    let zero_satisfies =
        qp.lower.iter().zip(qp.upper.iter()).all(|(&lower, &upper)| lower <= T::ZERO && upper >= T::ZERO);
    if zero_satisfies { Known::Origin } else { Known::Nothing }
}
