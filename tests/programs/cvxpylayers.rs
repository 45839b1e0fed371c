//! Values and gradients of more than twenty programs are those of the real cvxpylayers.
//!
//! Needs python3 with venv and pip; what `requirements.txt` lists is installed into a throw-away environment beside
//! the build, once.

use crate::catalogue::all;
use crate::numbers::numbers;
use crate::python::reference;
use crate::solved::solved;
use convex_edge::program::Program;
use convex_edge_core::qp::{Settings, Status, Workspace, solve};
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
struct Reference {
    values: Vec<f64>,
    gradients: Vec<Vec<f64>>,
}

#[test]
fn values_and_gradients_are_those_of_cvxpylayers() {
    let json = reference("programs/cvxpylayers", &["layers"]).unwrap_or_else(|error| panic!("{error}"));
    let mut reference: BTreeMap<String, Reference> = serde_json::from_slice(&json).unwrap();
    let (mut compared, mut largest) = (0, [0.0_f64; 2]);
    for (index, case) in all().iter().enumerate() {
        let Some(wanted) = reference.remove(case.name) else {
            assert_eq!(case.name, "quad_form_parameter", "cvxpy has no parametric quadratic form, but all others");
            continue;
        };
        let weights = numbers(100 + index as u64, case.program.output_length());
        let found = solved(case, &case.values, &weights);
        assert!(found.sample.margin > 1e-4 && found.residual < 1e-10, "{}: {:?}", case.name, found.sample);
        let apart = |a: &[f64], b: &[f64]| {
            assert_eq!(a.len(), b.len(), "{}", case.name);
            let size = b.iter().fold(1.0, |size: f64, b| size.max(b.abs()));
            a.iter().zip(b).fold(0.0, |apart: f64, (a, b)| apart.max((a - b).abs() / size))
        };
        let values = apart(&found.values, &wanted.values);
        let gradients = apart(&found.gradients.concat(), &wanted.gradients.concat());
        assert!(values < 1e-6, "{}: {:?} here, {:?} there", case.name, found.values, wanted.values);
        assert!(gradients < 1e-6, "{}: {:?} here, {:?} there", case.name, found.gradients, wanted.gradients);
        (largest, compared) = ([largest[0].max(values), largest[1].max(gradients)], compared + 1);
    }
    println!("{compared} programs, values within {:.1e}, gradients within {:.1e}", largest[0], largest[1]);
    assert!(compared >= 20 && reference.is_empty());
}

#[derive(serde::Deserialize)]
struct Written {
    program: String,
    values: Vec<f64>,
    solution: Vec<f64>,
}

#[test]
fn a_program_that_cvxpy_wrote_has_cvxpys_solution() {
    let json = reference("programs/cvxpylayers", &["program"]).unwrap_or_else(|error| panic!("{error}"));
    let Written { program, values, solution } = serde_json::from_slice(&json).unwrap();
    let program = Program::from_json(&program).unwrap();
    let lengths: Vec<usize> = program.parameters.iter().map(|slot| slot.rows * slot.columns).collect();
    assert_eq!((lengths, program.output_length()), (vec![6, 2, 1], 7));
    let found = solved_program::<12, 15>(&program, &values);
    let apart = found.iter().zip(&solution).fold(0.0, |apart: f64, (a, b)| apart.max((a - b).abs()));
    assert!(apart < 1e-6, "{found:?} here, {solution:?} there");
}

#[derive(serde::Deserialize)]
struct Attributes {
    written: Vec<Written>,
    refused: Vec<String>,
}

#[test]
fn attributes_of_cvxpys_variables_become_rows_or_are_refused_by_name() {
    let json = reference("programs/cvxpylayers", &["attributes"]).unwrap_or_else(|error| panic!("{error}"));
    let Attributes { written, refused } = serde_json::from_slice(&json).unwrap();
    assert_eq!(written.len(), 8);
    for (index, Written { program, values, solution }) in written.into_iter().enumerate() {
        let program = Program::from_json(&program).unwrap();
        let found = match program.constraints() {
            10 => solved_program::<10, 10>(&program, &values),
            11 => solved_program::<10, 11>(&program, &values),
            count => panic!("program {index} has {count} constraints"),
        };
        let apart = found.iter().zip(&solution).fold(0.0, |apart: f64, (a, b)| apart.max((a - b).abs()));
        assert!(apart < 1e-5, "program {index}: {found:?} here, {solution:?} there");
    }
    let names = ["symmetric", "diag", "PSD", "NSD", "integer", "boolean", "complex", "hermitian", "imag", "sparsity"];
    let attributes = names.map(|name| ["variable `X`".to_owned(), format!("`{name}`")]);
    let others = [
        ["second-order", "PnormApprox(x + -p, 2) <= 1.0"],
        ["exponential", "objective"],
        ["parameter `S`", "`symmetric`"],
        ["two parameters", "`p`"],
        ["parameter `p`", "not listed"],
        ["variable `z`", "not in the problem"],
        ["a bound", "not finite"],
    ];
    let wanted: Vec<_> = attributes.into_iter().chain(others.map(|pair| pair.map(str::to_owned))).collect();
    assert_eq!(refused.len(), wanted.len());
    for (said, parts) in refused.iter().zip(wanted) {
        assert!(parts.iter().all(|part| said.contains(part)) && !said.contains("a file"), "{said}, not {parts:?}");
    }
}

fn solved_program<const N: usize, const M: usize>(program: &Program, values: &[f64]) -> Vec<f64> {
    let qp = program.qp::<f64, N, M>(values).unwrap();
    let mut workspace = Box::new(Workspace::new());
    let solution = solve(&qp, &mut workspace, &Settings::default());
    assert_eq!(solution.status, Status::Solved);
    program.output_entries().map(|entry| solution.x[entry]).collect()
}
