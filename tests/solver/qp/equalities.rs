//! Equalities in large numbers, which are eliminated: the answers agree with Clarabel's. Some equalities depend on
//! others or contradict them, and they change from solve to solve.

use crate::property::{assert_right, cases, recipes};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve, solve_updated, solve_warm, update_bounds};
use convex_edge_verify::problems::{Recipe, feasible};
use proptest::prelude::*;

const N: usize = 20;
const M: usize = 50;

type Program<T> = Qp<T, N, M>;

fn equalities<T: Number>(qp: &Program<T>) -> Vec<usize> {
    (0..M).filter(|&index| qp.lower[index] == qp.upper[index]).collect()
}

/// Hard, in general position but for what a test adds.
fn general() -> impl Strategy<Value = Recipe> {
    let recipe =
        |(recipe, equalities)| Recipe { equalities, soft: 0.0, tight: 0.0, dependent: 0.0, integer: false, ..recipe };
    (recipes(2.0), 6..18_usize).prop_map(recipe)
}

fn is_solved<T: Number>(recipe: Recipe) {
    let qp = feasible::<T, N, M>(recipe);
    let mut workspace = Workspace::new();
    assert_right(&qp, &solve(&qp, &mut workspace, &Settings::default()));
    let held = equalities(&qp);
    let solution = solve_updated(&qp, &mut workspace, &Settings::default());
    assert_right(&qp, &solution);
    let members: Vec<usize> = solution.working_set.iter().map(|active| active.constraint()).collect();
    assert!(held.iter().all(|index| members.contains(index)), "{held:?} in {members:?}");
    let members = solution.working_set.to_vec();
    let again = solve_warm(&qp, &mut workspace, &Settings::default());
    assert_eq!((again.status, again.iterations, again.working_set), (Status::Solved, 0, members.as_slice()));
}

/// One more equality that is the sum of two others, true or off by `error`.
fn with_sum(recipe: Recipe, error: f64) -> Option<Program<f64>> {
    let mut qp = feasible::<f64, N, M>(recipe);
    let general: Vec<usize> = equalities(&qp).into_iter().filter(|&index| index >= qp.bounds).collect();
    let free = (qp.bounds..M).rev().find(|index| !general.contains(index))?;
    let (&first, &last) = (general.first()?, general.last()?);
    for column in 0..N {
        qp.rows[(free, column)] = qp.rows[(first, column)] + qp.rows[(last, column)];
    }
    let bound = qp.lower[first] + qp.lower[last] + error;
    (qp.lower[free], qp.upper[free]) = (bound, bound);
    Some(qp)
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn many_equalities_in_double_precision(recipe in general()) {
        is_solved::<f64>(recipe);
    }

    #[test]
    fn many_equalities_in_single_precision(recipe in general()) {
        is_solved::<f32>(Recipe { condition: 1.0, ..recipe });
    }

    #[test]
    fn an_equality_that_depends_on_others(recipe in general()) {
        if let Some(qp) = with_sum(recipe, 0.0) {
            assert_right(&qp, &solve(&qp, &mut Workspace::new(), &Settings::default()));
        }
    }

    #[test]
    fn an_equality_that_contradicts_others(recipe in general()) {
        if let Some(qp) = with_sum(recipe, 1.0) {
            let mut workspace = Workspace::new();
            let status = solve(&qp, &mut workspace, &Settings::default()).status;
            assert_eq!(status, Status::Infeasible, "{qp:?}");
        }
    }

    #[test]
    fn an_equality_that_becomes_an_inequality_and_one_again(recipe in general()) {
        let tight = feasible::<f64, N, M>(recipe);
        let mut loose = tight.clone();
        for index in equalities(&tight).into_iter().step_by(3) {
            loose.lower[index] = if index % 2 == 0 { f64::NEG_INFINITY } else { tight.lower[index] - 0.5 };
        }
        let mut none = tight.clone();
        none.lower.iter_mut().zip(&tight.upper).for_each(|(lower, upper)| *lower = lower.min(upper - 0.1));
        let mut workspace = Workspace::new();
        assert_right(&tight, &solve(&tight, &mut workspace, &Settings::default()));
        for qp in [&loose, &tight, &none, &loose, &none, &tight] {
            update_bounds(qp, &mut workspace, &qp.lower, &qp.upper);
            assert_right(qp, &solve_updated(qp, &mut workspace, &Settings::default()));
        }
    }
}
