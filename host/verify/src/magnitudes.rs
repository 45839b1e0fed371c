//! Problems whose numbers differ by decades at the solution, in units that are all alike.

use super::extremes::range_in_decades;
use super::problems::{below, chance};
use convex_edge_core::number::Number;
use convex_edge_core::qp::Qp;
use convex_edge_core::random::Pcg64;

/// Moves the feasible point and the unconstrained minimizer to variables of magnitudes from `10^-d` to `10^d`, d being
/// [`range_in_decades`]: what a small one is held to must not depend on a large one. Rows with a large variable follow it;
/// about half of the general rows lose their large variables.
pub(super) fn disparate<T: Number, const N: usize, const M: usize>(
    qp: &mut Qp<T, N, M>,
    point: &mut [f64; N],
    random: &mut Pcg64,
) {
    let before = *point;
    let factors: [f64; N] = std::array::from_fn(|_| 10.0_f64.powf(random.uniform(-1.0, 1.0) * range_in_decades::<T>()));
    for (point, factor) in point.iter_mut().zip(&factors) {
        *point *= factor;
    }
    // Coupling that hides the small variables in the rounding of the linear term goes, too.
    for i in 0..N {
        for j in 0..N {
            let alike = (factors[i] / factors[j]).max(factors[j] / factors[i]);
            qp.hessian[(i, j)] = T::rounded(qp.hessian[(i, j)].double() / alike);
        }
    }
    for i in 0..N {
        let wanted = |j: usize| point[j] + 3.0 * factors[j] * f64::from(u8::from((i + j).is_multiple_of(2)));
        qp.linear[i] = T::rounded(-(0..N).map(|j| qp.hessian[(i, j)].double() * wanted(j)).sum::<f64>());
    }
    for i in 0..M {
        let is_small = i >= qp.bounds && chance(random, 0.5);
        let mut size = if i < qp.bounds { factors[i] } else { 0.0_f64 };
        let (mut first, mut second) = (0.0, 0.0);
        for j in 0..N {
            let a = if i < qp.bounds { f64::from(u8::from(i == j)) } else { qp.rows[(i, j)].double() };
            first += a * before[j];
            if i >= qp.bounds && is_small && factors[j] > 1.0 {
                qp.rows[(i, j)] = T::ZERO;
            } else if a != 0.0 {
                second += a * point[j];
                size = size.max(factors[j]);
            }
        }
        let size = if size > 0.0 { size } else { 1.0 };
        let (lower, upper) = (qp.lower[i].double(), qp.upper[i].double());
        // As far from the point as before, in the units of the row.
        let moved = |bound: f64| if lower == upper { second } else { second + (bound - first) * size };
        (qp.lower[i], qp.upper[i]) = (T::rounded(moved(lower)), T::rounded(moved(upper)));
    }
}

/// Takes two to five decades from every softness. In half of the problems little else pulls, and half of the general rows
/// become soft copies of hard rows that ask for more than those allow: duals that press against each other.
pub(super) fn tiny_softness<T: Number, const N: usize, const M: usize>(qp: &mut Qp<T, N, M>, random: &mut Pcg64) {
    let factor = 10.0_f64.powf(-random.uniform(2.0, 5.0));
    qp.softness.iter_mut().for_each(|softness| *softness = T::rounded(softness.double() * factor));
    if chance(random, 0.5) {
        return;
    }
    let pull = 10.0_f64.powf(-random.uniform(1.0, 4.0));
    qp.linear.iter_mut().for_each(|f| *f = T::rounded(f.double() * pull));
    for i in qp.bounds.max(1)..M {
        let hard = below(random, i);
        let upper = qp.upper[hard].double();
        if chance(random, 0.5) || qp.softness[hard].double() > 0.0 || !upper.is_finite() {
            continue;
        }
        for j in 0..N {
            let is_bound = hard < qp.bounds;
            qp.rows[(i, j)] = if is_bound { T::rounded(f64::from(u8::from(hard == j))) } else { qp.rows[(hard, j)] };
        }
        qp.lower[i] = T::rounded(upper + random.uniform(0.0, 1.0));
        qp.upper[i] = T::rounded(f64::INFINITY);
        qp.softness[i] = T::rounded(10.0_f64.powf(-random.uniform(1.0, 4.0)));
    }
}
