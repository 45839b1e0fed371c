//! Notations of the same problem, as people write it: large numbers for infinity, rows of zeros, rows repeated with
//! fewer digits.

use super::extremes::range_in_decades;
use super::problems::{below, chance};
use convex_edge_core::number::Number;
use convex_edge_core::qp::Qp;
use convex_edge_core::random::Pcg64;

/// Writes a number of 15 to 30 decades in place of every infinite bound, and 1e20 or 1e30 in half of the problems.
pub(super) fn write_infinities<T: Number, const N: usize, const M: usize>(qp: &mut Qp<T, N, M>, random: &mut Pcg64) {
    let decades = if chance(random, 0.5) { [20.0, 30.0][below(random, 2)] } else { random.uniform(15.0, 30.0) };
    let large = 10.0_f64.powf(decades);
    for bound in qp.lower.iter_mut().chain(&mut qp.upper) {
        *bound = T::rounded(bound.double().clamp(-large, large));
    }
}

/// The last row becomes one of zeros, hard, whose bounds exclude 0 by any distance; some other bounds become large.
pub(super) fn ask_the_impossible_of_a_zero_row<T: Number, const N: usize, const M: usize>(
    qp: &mut Qp<T, N, M>,
    random: &mut Pcg64,
) {
    let last = M - 1;
    let wide = 10.0_f64.powf(random.uniform(0.0, 5.0) * range_in_decades::<T>());
    for i in 0..last {
        if qp.lower[i] < qp.upper[i] && chance(random, 0.3) {
            (qp.lower[i], qp.upper[i]) = (T::rounded(-wide), T::rounded(wide));
        }
    }
    qp.bounds = qp.bounds.min(last);
    (0..N).for_each(|j| qp.rows[(last, j)] = T::ZERO);
    let (near, far) = (10.0_f64.powf(random.uniform(-2.0, 2.0) * range_in_decades::<T>()), random.uniform(1.0, 9.0));
    let interval = [(near, f64::INFINITY), (near, near * far), (near, near)][below(random, 3)];
    let (lower, upper) = if chance(random, 0.5) { interval } else { (-interval.1, -interval.0) };
    (qp.lower[last], qp.upper[last]) = (T::rounded(lower), T::rounded(upper));
    qp.softness[last] = T::ZERO;
}

/// Half of the general rows become another row, or a multiple of it, but for a relative change of 3 to 8 decades below,
/// with bounds that the point satisfies, some exactly.
pub(super) fn nearly_repeat_rows<T: Number, const N: usize, const M: usize>(
    qp: &mut Qp<T, N, M>,
    point: &[f64; N],
    random: &mut Pcg64,
) {
    for i in qp.bounds.max(1)..M {
        if chance(random, 0.5) {
            continue;
        }
        let other = below(random, i);
        let row: [f64; N] = std::array::from_fn(|j| {
            if other < qp.bounds { f64::from(u8::from(other == j)) } else { qp.rows[(other, j)].double() }
        });
        let (factor, change) = ([1.0, -1.0, 2.0, 0.1][below(random, 4)], 10.0_f64.powf(-random.uniform(3.0, 8.0)));
        let mut product = 0.0;
        for j in 0..N {
            let a = T::rounded(factor * (row[j] + change * random.uniform(-1.0, 1.0)));
            qp.rows[(i, j)] = a;
            product += a.double() * point[j];
        }
        let (lower, upper) = (qp.lower[i].double(), qp.upper[i].double());
        let room = [0.0, 0.0, 1e-4, 1.0][below(random, 4)] * random.uniform(0.0, 1.0);
        let is_equality = lower == upper;
        qp.lower[i] = T::rounded(if is_equality { product } else { product - room });
        qp.upper[i] = T::rounded(if is_equality { product } else { product + random.uniform(0.0, 2.0) });
        if !is_equality && chance(random, 0.5) {
            (qp.lower[i], qp.upper[i]) = (T::rounded(f64::NEG_INFINITY), T::rounded(product + room));
        }
    }
}
