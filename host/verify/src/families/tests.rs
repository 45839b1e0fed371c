use super::{NAMES, generate};
use crate::reference;

/// Clarabel's answers hold bounds no closer than this.
const CLOSE: f64 = 1e-5;

#[test]
fn families_are_the_same_each_time() {
    for name in NAMES {
        assert_eq!(generate(name), generate(name), "{name}");
    }
}

#[test]
fn every_problem_has_a_solution_and_every_family_s_constraints_are_active_somewhere() {
    for name in NAMES {
        let family = generate(name).unwrap();
        assert_eq!(family.name, name);
        assert_eq!(family.problems().count(), family.vectors.len());
        let (mut bounds, mut rows) = (0, 0);
        for (index, (matrices, vectors)) in family.problems().enumerate() {
            let answer = reference::solve(&family, matrices, vectors);
            let x = answer.unwrap_or_else(|| panic!("{name}: problem {index} has no solution")).x;
            for i in 0..family.constraints {
                let product: f64 = family.row(matrices, i).iter().zip(&x).map(|(a, x)| a * x).sum();
                let (lower, upper) = (vectors.lower[i], vectors.upper[i]);
                let active = lower < upper && (product - lower < CLOSE || upper - product < CLOSE);
                *(if i < family.bounds { &mut bounds } else { &mut rows }) += usize::from(active);
            }
        }
        println!("{name}: {} problems, {bounds} bounds and {rows} rows active", family.vectors.len());
        assert!(family.bounds == 0 || bounds > 0, "{name}: no bound is ever active");
        let inequalities = family.constraints > family.bounds && name != "sudoku";
        assert!(!inequalities || rows > 0, "{name}: no row is ever active");
    }
}
