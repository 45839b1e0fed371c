use super::{Variables, VariablesError, program};
use crate::sets::matrix::Matrix;
use crate::sets::program::{Program, ProgramError};

fn dense(rows: usize, columns: usize, values: &[f64]) -> Matrix {
    Matrix::from_dense(rows, columns, values, false).unwrap()
}

fn named<const COUNT: usize>(matrices: [(&str, Matrix); COUNT]) -> Variables {
    matrices.into_iter().map(|(name, matrix)| (name.to_owned(), matrix)).collect()
}

/// `x0 + x1 = 1`, `x0 <= 0.3`, near (1, 2), in the layout whose last rows are the bounds.
fn stacked() -> Variables {
    named([
        ("P", dense(2, 2, &[2.0, 0.0, 0.0, 2.0])),
        ("q", dense(2, 1, &[-2.0, -4.0])),
        ("r", dense(1, 1, &[5.0])),
        ("A", dense(3, 2, &[1.0, 1.0, 1.0, 0.0, 0.0, 1.0])),
        ("l", dense(3, 1, &[1.0, -1e20, -1e20])),
        ("u", dense(3, 1, &[1.0, -0.3, 1e20])),
    ])
}

#[test]
fn all_layouts_of_the_same_program_give_the_same() {
    let expected = program(&stacked()).unwrap();
    let two_sided = named([
        ("P", dense(2, 2, &[2.0, 0.0, 0.0, 2.0])),
        ("c", dense(2, 1, &[-2.0, -4.0])),
        ("A", dense(1, 2, &[1.0, 1.0])),
        ("b", dense(1, 1, &[1.0])),
        ("G", dense(0, 2, &[])),
        ("h_l", dense(0, 1, &[])),
        ("h_u", dense(0, 1, &[])),
        ("x_l", dense(2, 1, &[f64::NEG_INFINITY, f64::NEG_INFINITY])),
        ("x_u", dense(2, 1, &[-0.3, f64::INFINITY])),
    ]);
    let one_sided = named([
        ("P", dense(2, 2, &[2.0, 0.0, 0.0, 2.0])),
        ("q", dense(2, 1, &[-2.0, -4.0])),
        ("A", dense(2, 1, &[1.0, 1.0])),
        ("b", dense(1, 1, &[1.0])),
        ("ub", dense(2, 1, &[-0.3, f64::INFINITY])),
    ]);
    let without_constant = Program { constant: 0.0, ..expected };
    assert_eq!(program(&two_sided).unwrap(), without_constant);
    assert_eq!(program(&one_sided).unwrap(), without_constant);
}

#[test]
fn wrong_sizes_and_numbers_are_named() {
    let spoilt = |name: &str, matrix: Matrix| {
        let mut variables = stacked();
        variables.insert(name.to_owned(), matrix);
        program(&variables).unwrap_err()
    };
    assert_eq!(spoilt("q", dense(3, 1, &[1.0; 3])), VariablesError::Size("q"));
    assert_eq!(spoilt("A", dense(3, 3, &[1.0; 9])), VariablesError::Size("A"));
    assert_eq!(spoilt("u", dense(2, 1, &[1.0; 2])), VariablesError::Size("u"));
    let error = spoilt("P", dense(2, 2, &[1.0, 2.0, 3.0, 4.0]));
    assert!(matches!(error, VariablesError::Program(ProgramError::NotSymmetric(..))), "{error}");
    let error = spoilt("l", dense(3, 1, &[f64::NAN, 0.0, 0.0]));
    assert_eq!(error, VariablesError::Program(ProgramError::NotFinite("a bound")));
    assert!(matches!(program(&named([("x", dense(1, 1, &[1.0]))])), Err(VariablesError::Layout(_))));
}

#[test]
fn rows_without_bounds_of_the_variables_are_rows() {
    let mut variables = stacked();
    for (name, rows, values) in
        [("A", 2, vec![1.0, 1.0, 2.0, 0.0]), ("l", 2, vec![1.0, -1e20]), ("u", 2, vec![1.0, -0.6])]
    {
        variables.insert(name.to_owned(), dense(rows, values.len() / rows, &values));
    }
    let found = program(&variables).unwrap();
    assert_eq!((found.rows.len(), found.lower[0], found.upper[0]), (2, f64::NEG_INFINITY, f64::INFINITY));
    variables.insert("A".to_owned(), dense(1, 2, &[1.0, 1.0]));
    variables.insert("l".to_owned(), dense(1, 1, &[1.0]));
    variables.insert("u".to_owned(), dense(1, 1, &[1.0]));
    assert_eq!(program(&variables).unwrap().rows.len(), 1);
}
