//! Units that differ by powers of two change nothing but exponents: explicit scaling of rows or variables has nothing to
//! add.

use crate::property::{cases, recipes};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve};
use convex_edge_core::random::Pcg64;
use convex_edge_verify::problems::{Recipe, feasible};
use proptest::prelude::*;

/// Powers of two that the units are changed by: each at random within these exponents.
#[derive(Debug, Clone, Copy)]
struct Exponents {
    rows: i32,
    variables: i32,
    /// Twice as much: the solver takes square roots of curvatures.
    objective: i32,
}

fn power<T: Number>(exponent: i32) -> T {
    T::rounded(2.0_f64.powi(exponent))
}

/// The same problem in other units gives the same bits but for exponents, in the same iterations.
fn scales<T: Number, const N: usize, const M: usize>(recipe: Recipe, exponents: Exponents) {
    let qp = feasible::<T, N, M>(recipe);
    let random = &mut Pcg64::from_seed(!recipe.seed);
    let mut exponent = |limit: i32| (random.next_u64() % (2 * limit as u64 + 1)) as i32 - limit;
    let objective = 2 * exponent(exponents.objective);
    let variables: [i32; N] = std::array::from_fn(|_| exponent(exponents.variables));
    let rows: [i32; M] = std::array::from_fn(|i| if i < qp.bounds { -variables[i] } else { exponent(exponents.rows) });
    let mut scaled: Qp<T, N, M> = qp.clone();
    for (j, &unit) in variables.iter().enumerate() {
        scaled.linear[j] *= power(unit + objective);
        for (i, &other) in variables.iter().enumerate() {
            scaled.hessian[(i, j)] *= power(unit + other + objective);
        }
        for (i, &row) in rows.iter().enumerate() {
            scaled.rows[(i, j)] *= power(unit + row);
        }
    }
    for (i, &row) in rows.iter().enumerate() {
        scaled.lower[i] *= power(row);
        scaled.upper[i] *= power(row);
        scaled.softness[i] *= power(2 * row - objective);
    }
    let (mut workspace, mut other) = (Workspace::new(), Workspace::new());
    let settings = Settings::default();
    let (plain, scaled) = (solve(&qp, &mut workspace, &settings), solve(&scaled, &mut other, &settings));
    assert_eq!(scaled.status, plain.status, "{qp:?}");
    assert_eq!(scaled.iterations, plain.iterations, "{qp:?}");
    assert_eq!(scaled.working_set, plain.working_set, "{qp:?}");
    if plain.status == Status::Solved {
        assert_eq!(scaled.kkt_residual, plain.kkt_residual, "{qp:?}");
        for (j, &unit) in variables.iter().enumerate() {
            assert_eq!(scaled.x[j] * power(unit), plain.x[j], "x[{j}]: {qp:?}");
        }
        for (i, &row) in rows.iter().enumerate() {
            assert_eq!(scaled.dual[i] * power(row - objective), plain.dual[i], "dual[{i}]: {qp:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn rows_in_single_precision(recipe in recipes(6.0)) {
        every_size!(scales::<f32>(recipe, Exponents { rows: 20, variables: 0, objective: 0 }));
    }

    #[test]
    fn variables_in_single_precision(recipe in recipes(6.0)) {
        every_size!(scales::<f32>(recipe, Exponents { rows: 0, variables: 12, objective: 0 }));
    }

    #[test]
    fn everything_in_single_precision(recipe in recipes(6.0)) {
        every_size!(scales::<f32>(recipe, Exponents { rows: 10, variables: 8, objective: 4 }));
    }

    #[test]
    fn everything_in_double_precision(recipe in recipes(6.0)) {
        every_size!(scales::<f64>(recipe, Exponents { rows: 60, variables: 40, objective: 20 }));
    }
}
