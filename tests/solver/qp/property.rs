//! Property tests of the solver: their cases and their judge.

use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Solution, Status};
use convex_edge_verify::oracle::{Reference, Verdict};
use convex_edge_verify::problems::Recipe;
use proptest::prelude::*;
use proptest::test_runner::{Config as ProptestConfig, RngSeed};

prop_compose! {
    /// Every kind of recipe with a condition up to ten to the given power.
    pub fn recipes(condition: f64)(
        seed: u64,
        condition in 0.0..=condition,
        simple_bounds: bool,
        equalities in prop_oneof![3 => Just(0_usize), 2 => 1..20_usize],
        soft in prop_oneof![Just(0.0), Just(0.3), Just(1.0)],
        one_sided in prop_oneof![Just(0.0), Just(0.5), Just(1.0)],
        tight in prop_oneof![3 => Just(0.0), 1 => Just(0.5), 1 => Just(1.0)],
        dependent in prop_oneof![2 => Just(0.0), 1 => Just(0.3), 1 => Just(0.7)],
        integer: bool,
    ) -> Recipe {
        Recipe { seed, condition, simple_bounds, equalities, soft, one_sided, tight, dependent, integer }
    }
}

/// Tests a claimed solution: the KKT conditions in double precision at the default tolerance, with room for the
/// rounding of the solver's own test, and Clarabel's answer. Where Clarabel cannot decide, the conditions stand alone.
pub fn assert_right<T: Number, const N: usize, const M: usize>(qp: &Qp<T, N, M>, solution: &Solution<T, N, M>) {
    assert_eq!(solution.status, Status::Solved, "{qp:?}");
    let reference = Reference::new(qp);
    let residuals = reference.residuals(solution);
    assert!(residuals.within(1.5 * T::KKT_TOLERANCE.double()), "{residuals:?}: {qp:?}");
    let x: Vec<f64> = solution.x.iter().map(|x| x.double()).collect();
    // Square roots of the two tolerances, nearly: an objective is flat around its minimum.
    let tolerance = if T::EPSILON.double() > 1e-10 { 1e-3 } else { 1e-6 };
    match reference.clarabel() {
        Verdict::Solved { x: best, prices } => {
            let comparison = reference.compare(&x, &best, &prices, tolerance);
            assert!(comparison.is_ok(), "{comparison:?}: {qp:?}");
        }
        // Bounds rounded to single precision may contradict each other by less than the tolerance.
        Verdict::Infeasible => assert!(tolerance > 1e-5, "Clarabel finds no feasible point: {qp:?}"),
        Verdict::Undecided => {}
        Verdict::Refused => panic!("Clarabel refuses the data: {qp:?}"),
    }
}

/// The same cases in every run.
pub fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(20), ..ProptestConfig::default() }
}

/// Runs a generic function for every size under test in one number type.
#[macro_export]
macro_rules! every_size {
    ($function:ident::<$number:ty>($($argument:expr),*)) => {
        $function::<$number, 1, 3>($($argument),*);
        $function::<$number, 2, 5>($($argument),*);
        $function::<$number, 4, 10>($($argument),*);
        $function::<$number, 10, 30>($($argument),*);
        $function::<$number, 20, 50>($($argument),*);
    };
}
