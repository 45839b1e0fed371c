//! Problems of two variables and four constraints with hand-written numbers: ones, zeros and thirds together with
//! millions and millionths. Every status is judged by exact signs in the data, every solution by its own terms, entry
//! by entry.

use super::oracle::{Reference, accurate_sum, ratio};
use super::problems::{below, chance};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Solution};
use convex_edge_core::random::Pcg64;

/// Variables and constraints.
pub(super) const N: usize = 2;
pub(super) const M: usize = 4;

/// A problem of that kind, convex in the very numbers that the solver sees.
pub(super) fn draw<T: Number>(random: &mut Pcg64) -> Qp<T, N, M> {
    let mut qp = Qp::<T, N, M>::zero();
    loop {
        for (entry, value) in qp.hessian.iter_mut().zip(hessian(random)) {
            *entry = T::rounded(value);
        }
        let [a, b, _, c] = [0, 1, 2, 3].map(|place: usize| qp.hessian.as_slice()[place].double());
        if a >= 0.0 && c >= 0.0 && determinant([a, b], [b, c]) >= 0.0 {
            break;
        }
    }
    qp.linear.iter_mut().for_each(|f| *f = number(random));
    qp.bounds = below(random, 3);
    for i in 0..M {
        let is_copy = i > qp.bounds && chance(random, 0.3);
        for j in 0..N {
            let nearly = T::ONE + T::rounded(10.0_f64.powf(-random.uniform(3.0, 8.0)));
            let factor = if chance(random, 0.3) { nearly } else { T::ONE };
            qp.rows[(i, j)] = if is_copy { qp.rows[(i - 1, j)] * factor } else { number(random) };
        }
        let (first, second) = (number::<T>(random), number::<T>(random));
        (qp.lower[i], qp.upper[i]) = if first < second { (first, second) } else { (second, first) };
        match below(random, 6) {
            0 => qp.lower[i] = qp.upper[i],
            1 => qp.lower[i] = T::rounded(f64::NEG_INFINITY),
            2 => qp.upper[i] = T::rounded(f64::INFINITY),
            3 => (qp.lower[i], qp.upper[i]) = (T::rounded(f64::NEG_INFINITY), T::rounded(f64::INFINITY)),
            _ => {}
        }
        if chance(random, 0.15) {
            qp.softness[i] = T::rounded(10.0_f64.powi(below(random, 10) as i32 - 8));
        }
    }
    qp
}

/// Columns of a symmetric matrix: zero, diagonal, coupled, or of rank one.
fn hessian(random: &mut Pcg64) -> [f64; 4] {
    let (a, c) = (number::<f32>(random).double().abs(), number::<f32>(random).double().abs());
    match below(random, 4) {
        0 => [0.0; 4],
        1 => [a, 0.0, 0.0, c],
        2 => {
            let coupling = [0.5, 0.9, -0.3, 0.999][below(random, 4)] * (a * c).sqrt();
            [a, coupling, coupling, c]
        }
        // Few binary digits, so that the products are exact.
        _ => {
            let mut digits = || (below(random, 15) as f64 - 7.0) * 2.0_f64.powi(below(random, 9) as i32 - 4);
            let (a, b) = (digits(), digits());
            [a * a, a * b, a * b, b * b]
        }
    }
}

/// Zero, or a number with few decimal digits, sometimes of another magnitude.
fn number<T: Number>(random: &mut Pcg64) -> T {
    let digits = [0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 3.0, 0.5, 1.0 / 3.0, 0.9, 0.999][below(random, 11)];
    let decades = if chance(random, 0.2) { below(random, 19) as i32 - 9 } else { 0 };
    let sign = if chance(random, 0.5) { 1.0 } else { -1.0 };
    T::rounded(sign * digits * 10.0_f64.powi(decades))
}

/// `a d - b c` of two rows with an exact sign (Kahan's product difference).
fn determinant([a, b]: [f64; 2], [c, d]: [f64; 2]) -> f64 {
    let (first, second) = (a * d, b * c);
    (first - second) + (a.mul_add(d, -first) - b.mul_add(c, -second))
}

/// Whether the objective falls for ever along a direction that no row forbids, to the rounding of their entries.
pub(super) fn is_unbounded<T: Number>(problem: &Reference) -> bool {
    let h = &problem.hessian;
    let directions = || {
        let across = problem.rows.iter().map(|row| [-row.a[1], row.a[0]]);
        let along = h.iter().map(|row| [-row[1], row[0]]);
        let axes = [[1.0, 0.0], [0.0, 1.0], [problem.linear[0], problem.linear[1]]];
        across.chain(along).chain(axes).flat_map(|d| [d, d.map(|entry| -entry)])
    };
    // The sign of `a1 d1 + a2 d2`.
    let product = |a: &[f64], d: [f64; 2]| determinant([a[0], -a[1]], [d[1], d[0]]);
    let allows = |d: [f64; 2]| {
        let rows = problem.rows.iter().all(|row| {
            let rate = product(&row.a, d);
            let room = 32.0 * T::EPSILON.double() * ((row.a[0] * d[0]).abs() + (row.a[1] * d[1]).abs());
            let room = if row.a.contains(&0.0) || d.contains(&0.0) { 0.0 } else { room };
            let leaves = (rate > room && row.upper < f64::INFINITY) || (rate < -room && row.lower > f64::NEG_INFINITY);
            !leaves
        });
        rows && h.iter().all(|row| product(row, d) == 0.0)
    };
    directions().any(|d| product(&problem.linear, d) < 0.0 && allows(d))
}

/// A point that satisfies all hard rows, and would if their entries were rounded otherwise; among those where two of them
/// meet, and what lies between.
pub(super) fn feasible_point<T: Number>(problem: &Reference) -> Option<[f64; 2]> {
    let mut lines: Vec<([f64; 2], f64)> = vec![([1.0, 0.0], 0.0), ([0.0, 1.0], 0.0)];
    for row in problem.rows.iter().filter(|row| row.softness == 0.0) {
        for bound in [row.lower, row.upper].into_iter().filter(|bound| bound.is_finite()) {
            lines.push(([row.a[0], row.a[1]], bound));
        }
    }
    let mut points = vec![[0.0; 2]];
    for (i, &(a, p)) in lines.iter().enumerate() {
        for &(b, q) in &lines[..i] {
            let whole = determinant(a, b);
            if whole != 0.0 {
                points.push([determinant([p, a[1]], [q, b[1]]) / whole, determinant([a[0], p], [b[0], q]) / whole]);
            }
        }
    }
    let between = |i: usize, j: usize| [0, 1].map(|k| 0.5 * (points[i][k] + points[j][k]));
    let pairs = (0..points.len()).flat_map(|i| (0..=i).map(move |j| (i, j)));
    let room = 32.0 * T::EPSILON.double();
    pairs.map(|(i, j)| between(i, j)).find(|x| {
        problem.rows.iter().filter(|row| row.softness == 0.0).all(|row| {
            let terms = [row.a[0] * x[0], row.a[1] * x[1]];
            // Whatever the rounding of the entries does.
            let room = if row.a.contains(&0.0) { 0.0 } else { room * (terms[0].abs() + terms[1].abs()) };
            let product = terms[0] + terms[1];
            row.lower <= product - room && product + room <= row.upper
        })
    })
}

/// Why a claimed solution is none: a residual that is large relative to its own terms.
pub(super) fn objection<T: Number>(problem: &Reference, solution: &Solution<T, N, M>) -> Option<String> {
    let tolerance = 2.0 * T::KKT_TOLERANCE.double();
    let x: Vec<f64> = solution.x.iter().map(|x| x.double()).collect();
    let dual: Vec<f64> = solution.dual.iter().map(|dual| dual.double()).collect();
    let violation = problem.violation(&x);
    if !(violation <= tolerance) {
        return Some(format!("a hard row violated by {violation:e} of its own terms"));
    }
    let units = problem.units();
    let farthest = x.iter().zip(&units).fold(0.0, |farthest: f64, (x, unit)| farthest.max((x / unit).abs()));
    if problem.linear.iter().all(|f| *f == 0.0) && problem.objective(&x).0 <= (tolerance * farthest).powi(2) {
        // A square that can be 0, and is to the accuracy of the point.
        return None;
    }
    let size = |i: usize| problem.rows[i].a.iter().zip(&units).map(|(a, unit)| (a * unit).powi(2)).sum::<f64>().sqrt();
    let pull = problem.linear.iter().zip(&units).fold(0.0, |pull: f64, (f, unit)| pull.max((f * unit).abs()));
    let largest = (0..M).fold(pull, |largest, i| largest.max(dual[i].abs() * size(i)));
    // Where no linear term presses, duals are known to the rounding of the largest force.
    let noise = 1024.0 * T::EPSILON.double() * largest;
    for i in 0..N {
        let curved = problem.hessian[i].iter().copied().zip(x.iter().copied());
        let pull = (0..M).map(|row| (problem.rows[row].a[i], dual[row]));
        let products: Vec<(f64, f64)> = curved.chain(pull).chain([(problem.linear[i], 1.0)]).collect();
        let is_pressed = problem.linear[i] != 0.0;
        let unknown: f64 = (0..M).map(|row| ratio(noise * problem.rows[row].a[i].abs(), size(row))).sum();
        let unknown = if is_pressed { 0.0 } else { unknown };
        let terms: f64 = products.iter().map(|(a, b)| (a * b).abs()).sum();
        let rest = accurate_sum(products.into_iter()).abs();
        if !(rest <= tolerance * terms + unknown) {
            return Some(format!("stationarity of variable {i} is {rest:e} beside its terms' {terms:e}"));
        }
    }
    for (i, row) in problem.rows.iter().enumerate() {
        let slack = row.softness * dual[i];
        let is_upper = dual[i] > 0.0;
        let bound = if is_upper { row.upper } else { row.lower };
        let sum = accurate_sum([(row.a[0], x[0]), (row.a[1], x[1]), (-row.softness, dual[i])].into_iter());
        let gap = match (dual[i] == 0.0, sum) {
            (true, sum) => (sum - row.upper).max(row.lower - sum).max(0.0),
            (false, sum) => (sum - bound).abs(),
        };
        let terms = (row.a[0] * x[0]).abs() + (row.a[1] * x[1]).abs() + slack.abs();
        let bound = if bound.is_finite() { bound.abs() } else { 0.0 };
        if dual[i].abs() * size(i) > noise && !(gap <= tolerance * (terms + bound) + row.softness * noise / size(i)) {
            return Some(format!("row {i} presses and is {gap:e} from its bound, beside terms of {terms:e}"));
        }
    }
    None
}
