//! Operation counts: upper bounds on the multiplications and divisions of a solve, before it runs.

use super::workspace::SHORT;

/// Setups that a solve may need beside one every sixteen iterations: the plain one, that of a semidefinite Hessian and
/// that of the last recovery, with its factorizations that fail.
const SETUPS: u64 = 4;

/// Setups where a point rests in spite of forces: at most six in each of three attempts, each an iteration, too.
const RESTS: u64 = 18;

/// Multiplications and divisions of one iteration in the ordinary case: `m` constraints, `active` of them in the
/// working set, matrices that stayed, and a constraint that was met before. Additions are as many.
///
/// `m k` for the products of all constraints, `2 k^2` each for the entering and the leaving one, `k^2` for the duals. A
/// constraint that is met for the first time since the matrices changed adds `n^2 + m n`.
pub const fn iteration(m: usize, active: usize) -> u64 {
    let (m, k) = (m as u64, active as u64);
    m * k + 5 * k * k + 4 * (m + k)
}

/// Upper bound on the multiplications and divisions of a whole solve with at most `cap` iterations, whatever the data:
/// every recovery in every iteration, orthogonal vectors, proximal iterations. Additions are at most as many. A warm
/// start brings its working set along: add its length to the cap.
///
/// With `k = min(m, cap)`: the cap and 1 times `75 n^2 + 40 m n + 108 k n + 20 k^2 + 2 m k + 48 (m + n + k)`, and
/// `4 + cap / 16 + min(cap, 18)` times the setup `n^3 + m n^2 + 4 n^2 + 4 m n + 64 (m + n) + k (2 n^2 + m n + 8 k n + 4 k^2)`,
/// beyond 16 variables `4 n^2 min(m, n)` more for the elimination of equalities. Typical solves stay far below; see
/// [`iteration`] and the docs of the solves.
pub const fn worst_case(n: usize, m: usize, cap: u32) -> u64 {
    let cap = cap as u64;
    let (n, m) = (n as u64, m as u64);
    let k = if m < cap { m } else { cap };
    let iteration = 75 * n * n + 40 * m * n + 108 * k * n + 20 * k * k + 2 * m * k + 48 * (m + n + k);
    let setup =
        n * n * n + m * n * n + 4 * n * n + 4 * m * n + 64 * (m + n) + k * (2 * n * n + m * n + 8 * k * n + 4 * k * k);
    let equalities = if n <= SHORT as u64 {
        0
    } else if m < n {
        m
    } else {
        n
    };
    let rests = if cap < RESTS { cap } else { RESTS };
    (cap + 1) * iteration + (SETUPS + cap / 16 + rests) * (setup + 4 * n * n * equalities)
}

#[cfg(test)]
mod tests;
