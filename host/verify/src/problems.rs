//! Random problems with a known feasible point, and ways to make them infeasible.

use convex_edge_core::number::Number;
use convex_edge_core::qp::Qp;
use convex_edge_core::random::Pcg64;

/// What a random problem looks like; shares are probabilities per row.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// Everything else is drawn from it.
    pub seed: u64,
    /// Decimal logarithm of the Hessian's condition.
    pub condition: f64,
    /// Whether the leading rows are simple bounds.
    pub simple_bounds: bool,
    /// Rows with equal bounds, at most; never more than variables.
    pub equalities: usize,
    /// Soft rows.
    pub soft: f64,
    /// Rows without a lower or without an upper bound.
    pub one_sided: f64,
    /// Rows that hold with equality at the known feasible point: above N / M it is a degenerate vertex.
    pub tight: f64,
    /// Rows that repeat another one, are combinations of two others, or zero.
    pub dependent: f64,
    /// Small integers as data, so that dependence and degeneracy are exact.
    pub integer: bool,
}

impl Recipe {
    /// Two-sided hard rows in general position.
    pub fn plain(seed: u64) -> Self {
        Self {
            seed,
            condition: 1.0,
            simple_bounds: false,
            equalities: 0,
            soft: 0.0,
            one_sided: 0.3,
            tight: 0.0,
            dependent: 0.0,
            integer: false,
        }
    }
}

/// Nearly normal.
pub fn normal(random: &mut Pcg64) -> f64 {
    (0..12).map(|_| random.uniform(-0.5, 0.5)).sum()
}

/// True with the given probability.
pub fn chance(random: &mut Pcg64, share: f64) -> bool {
    random.uniform(0.0, 1.0) < share
}

/// An index below the limit.
pub fn below(random: &mut Pcg64, limit: usize) -> usize {
    (random.next_u64() % limit.max(1) as u64) as usize
}

fn integer(random: &mut Pcg64, limit: u64) -> f64 {
    (random.next_u64() % (2 * limit + 1)) as f64 - limit as f64
}

/// A symmetric matrix with logarithmically spaced eigenvalues from 1 to `10^condition`, in random directions.
pub fn hessian<const N: usize>(random: &mut Pcg64, condition: f64) -> [[f64; N]; N] {
    let mut matrix = [[0.0; N]; N];
    for (i, row) in matrix.iter_mut().enumerate() {
        row[i] = 10.0_f64.powf(condition * i as f64 / (N - 1).max(1) as f64);
    }
    // Three Householder reflections from both sides.
    for _ in 0..3 {
        let mut v = [0.0; N];
        v.fill_with(|| normal(random));
        let square: f64 = v.iter().map(|v| v * v).sum();
        for _ in 0..2 {
            for row in &mut matrix {
                let factor = 2.0 / square * row.iter().zip(&v).map(|(a, v)| a * v).sum::<f64>();
                row.iter_mut().zip(&v).for_each(|(a, v)| *a -= factor * v);
            }
            let copy = matrix;
            (0..N).for_each(|i| (0..N).for_each(|j| matrix[i][j] = copy[j][i]));
        }
    }
    let copy = matrix;
    (0..N).for_each(|i| (0..N).for_each(|j| matrix[i][j] = 0.5 * (copy[i][j] + copy[j][i])));
    matrix
}

/// A problem that has a feasible point, up to the rounding of its data.
pub fn feasible<T: Number, const N: usize, const M: usize>(recipe: Recipe) -> Qp<T, N, M> {
    feasible_with_point(recipe).0
}

/// The same, with the feasible point, which satisfies the soft rows too.
pub fn feasible_with_point<T: Number, const N: usize, const M: usize>(recipe: Recipe) -> (Qp<T, N, M>, [f64; N]) {
    let random = &mut Pcg64::from_seed(recipe.seed);
    let mut qp = Qp::<T, N, M>::new();
    let scale = 10.0_f64.powf(random.uniform(-1.0, 1.0));
    let hessian = hessian::<N>(random, recipe.condition);
    let (mut point, mut wanted) = ([0.0; N], [0.0; N]);
    for (point, wanted) in point.iter_mut().zip(&mut wanted) {
        *point = if recipe.integer { integer(random, 3) } else { normal(random) };
        *wanted = *point + 3.0 * normal(random);
    }
    for i in 0..N {
        for j in 0..N {
            qp.hessian[(i, j)] = T::rounded(scale * hessian[i][j]);
        }
        qp.linear[i] = T::rounded(-scale * hessian[i].iter().zip(&wanted).map(|(h, x)| h * x).sum::<f64>());
    }
    qp.bounds = if recipe.simple_bounds { N.min(M) } else { 0 };
    let mut rows = [[0.0; N]; M];
    let mut equalities = recipe.equalities.min(N);
    for i in 0..M {
        let dependent = i > qp.bounds && chance(random, recipe.dependent);
        let mut row = [0.0; N];
        if i < qp.bounds {
            row[i] = 1.0;
        } else if !dependent {
            row.fill_with(|| if recipe.integer { integer(random, 2) } else { normal(random) });
        } else {
            // Weights (0, 0) make a row of zeros, (1, 0) a copy.
            let (first, second) = (rows[below(random, i)], rows[below(random, i)]);
            let (p, q) = (integer(random, 1), integer(random, 1));
            row.iter_mut().zip(first.iter().zip(&second)).for_each(|(row, (a, b))| *row = p * a + q * b);
            // What only rounding keeps from being zero is no row that anyone means.
            row.iter_mut().filter(|a| a.abs() < 1e-9).for_each(|a| *a = 0.0);
        }
        rows[i] = row;
        (0..N).for_each(|j| qp.rows[(i, j)] = T::rounded(row[j]));
        let product: f64 = (0..N).map(|j| T::rounded(row[j]).double() * point[j]).sum();
        let mut gap = || if recipe.integer { integer(random, 2).abs() } else { normal(random).abs() };
        let (below, above) = (gap(), gap());
        let (mut lower, mut upper) = (product - below, product + above);
        if equalities > 0 && !dependent && chance(random, 0.3) {
            (lower, upper) = (product, product);
            equalities -= 1;
        } else if chance(random, recipe.tight) {
            if chance(random, 0.5) { lower = product } else { upper = product }
        }
        if lower < upper && chance(random, recipe.one_sided) {
            if chance(random, 0.5) { lower = f64::NEG_INFINITY } else { upper = f64::INFINITY }
        }
        if i % 2 == 0 && lower < upper && row.iter().all(|&a| a == 0.0) {
            // Neither a row nor bounds, as where a problem is smaller than its arrays.
            (lower, upper) = (f64::NEG_INFINITY, f64::INFINITY);
        }
        qp.lower[i] = T::rounded(lower);
        qp.upper[i] = T::rounded(upper);
        if chance(random, recipe.soft) {
            qp.softness[i] = T::rounded(10.0_f64.powf(random.uniform(-3.0, 1.0)));
        }
    }
    (qp, point)
}

/// Makes a feasible problem infeasible: the last row becomes a combination of at most N other hard rows, with
/// weights and signs at random, whose bounds contradict theirs by `gap`, relative to the size of the terms.
pub fn contradict<T: Number, const N: usize, const M: usize>(qp: &mut Qp<T, N, M>, seed: u64, gap: f64) {
    let random = &mut Pcg64::from_seed(seed);
    let last = M - 1;
    qp.bounds = qp.bounds.min(last);
    let (mut row, mut reach, mut size) = ([0.0; N], 0.0, 0.0);
    let parts = 1 + below(random, N.min(last));
    let start = below(random, last);
    for part in 0..parts {
        let i = (start + part) % last;
        qp.softness[i] = T::ZERO;
        let upper = if qp.upper[i].is_finite() { chance(random, 0.5) || !qp.lower[i].is_finite() } else { false };
        let bound = if upper { qp.upper[i] } else { qp.lower[i] }.double();
        let weight = random.uniform(0.3, 2.0) * if upper { 1.0 } else { -1.0 };
        if !bound.is_finite() {
            continue;
        }
        for (j, entry) in row.iter_mut().enumerate() {
            let a = if i < qp.bounds { f64::from(u8::from(i == j)) } else { qp.rows[(i, j)].double() };
            *entry += weight * a;
            size += (weight * a).abs();
        }
        reach += weight * bound;
        size += (weight * bound).abs();
    }
    // The others allow at most `reach`; this row asks for more.
    (0..N).for_each(|j| qp.rows[(last, j)] = T::rounded(row[j]));
    qp.lower[last] = T::rounded(reach + gap * size.max(1.0));
    qp.upper[last] = T::rounded(f64::INFINITY);
    qp.softness[last] = T::ZERO;
}
