//! Problems at the edge of what numbers can represent: units that differ by decades, hardly any curvature, NaN.

use super::problems::below;
use convex_edge_core::number::Number;
use convex_edge_core::qp::Qp;
use convex_edge_core::random::Pcg64;

/// Decades by which [`rescale`] may scale a variable, and twice as many for rows and objective: what the type's range holds
/// with the squares of all of them.
pub(crate) fn range_in_decades<T: Number>() -> f64 {
    if T::EPSILON.double() > 1e-10 { 3.0 } else { 10.0 }
}

/// Writes the same problem in other units: every variable, every row and the objective by decades at random, as many as the type's
/// range allows for the variables and twice as many for the others. The point moves along.
pub fn rescale<T: Number, const N: usize, const M: usize>(
    qp: &mut Qp<T, N, M>,
    point: &mut [f64; N],
    random: &mut Pcg64,
) {
    let mut decades = |limit: f64| 10.0_f64.powf(random.uniform(-limit, limit));
    let objective = decades(2.0 * range_in_decades::<T>());
    let variables: [f64; N] = std::array::from_fn(|_| decades(range_in_decades::<T>()));
    for (j, &unit) in variables.iter().enumerate() {
        point[j] /= unit;
        qp.linear[j] = T::rounded(qp.linear[j].double() * objective * unit);
        for (i, &other) in variables.iter().enumerate() {
            qp.hessian[(i, j)] = T::rounded(qp.hessian[(i, j)].double() * objective * unit * other);
        }
        for i in 0..M {
            qp.rows[(i, j)] = T::rounded(qp.rows[(i, j)].double() * unit);
        }
    }
    for i in 0..M {
        // The unit of a simple bound is its variable's; the price s^2 / (2 c) has the objective's.
        let unit = if i < qp.bounds { 1.0 / variables[i] } else { decades(2.0 * range_in_decades::<T>()) };
        qp.lower[i] = T::rounded(qp.lower[i].double() * unit);
        qp.upper[i] = T::rounded(qp.upper[i].double() * unit);
        qp.softness[i] = T::rounded(qp.softness[i].double() * unit * unit / objective);
        if i >= qp.bounds {
            (0..N).for_each(|j| qp.rows[(i, j)] = T::rounded(qp.rows[(i, j)].double() * unit));
        }
    }
}

/// Takes nearly all curvature away, up to six decades of it: the unconstrained minimizer moves far
/// off, and the problem looks unbounded where no row holds it.
pub fn flatten<T: Number, const N: usize, const M: usize>(qp: &mut Qp<T, N, M>, random: &mut Pcg64) {
    let factor = 10.0_f64.powf(-random.uniform(1.0, 6.0));
    qp.hessian.iter_mut().for_each(|h| *h = T::rounded(h.double() * factor));
}

/// A linear program whose linear term and bounds lie anywhere in the range of numbers, each on its own.
pub fn stretch_linear_program<T: Number, const N: usize, const M: usize>(qp: &mut Qp<T, N, M>, random: &mut Pcg64) {
    let reach = if size_of::<T>() == 4 { 30.0 } else { 290.0 };
    let mut stretched = |value: T| T::rounded(value.double() * 10.0_f64.powf(random.uniform(-reach, reach)));
    qp.hessian.fill(T::ZERO);
    for value in qp.linear.iter_mut().chain(qp.lower.iter_mut()).chain(qp.upper.iter_mut()) {
        *value = stretched(*value);
    }
    for i in 0..M {
        if qp.lower[i] > qp.upper[i] {
            (qp.lower[i], qp.upper[i]) = (qp.upper[i], qp.lower[i]);
        }
    }
}

/// One NaN or infinity where none may be. Simple bounds become general rows, so that every coefficient is read.
pub fn spoil<T: Number, const N: usize, const M: usize>(qp: &mut Qp<T, N, M>, random: &mut Pcg64) {
    for i in 0..qp.bounds.min(M) {
        (0..N).for_each(|j| qp.rows[(i, j)] = T::rounded(f64::from(u8::from(i == j))));
    }
    qp.bounds = 0;
    let signed = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let wrong = T::rounded(signed[below(random, 3)]);
    let (row, variable) = (below(random, M), below(random, N));
    match below(random, 6) {
        0 => qp.hessian[(below(random, N), variable)] = wrong,
        1 => qp.linear[variable] = wrong,
        2 => qp.rows[(row, variable)] = wrong,
        3 => qp.softness[row] = wrong,
        // A missing bound is written as the infinity of the other sign.
        4 => qp.lower[row] = T::rounded(signed[below(random, 2)]),
        _ => qp.upper[row] = T::rounded([f64::NAN, f64::NEG_INFINITY][below(random, 2)]),
    }
}
