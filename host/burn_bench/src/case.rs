//! Programs with the values of a batch.

use convex_edge::program::{Expression, Program, ProgramError, minimize, parameter, variable};
use convex_edge_core::random::Pcg64;
use convex_edge_verify::families::generate;
use convex_edge_verify::family::{Matrices, Vectors};
use serde::Serialize;

/// Samples of every batch.
pub const BATCH: usize = 128;

/// Values of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Values {
    /// Name of the parameter.
    pub name: &'static str,
    /// Rows and columns of one sample; rows alone of a vector.
    pub shape: Vec<usize>,
    /// Whether they are the same for the whole batch.
    pub is_shared: bool,
    /// Whether it is a semidefinite matrix, and has to stay one.
    pub is_semidefinite: bool,
    /// Values by samples, then by rows.
    pub entries: Vec<f64>,
}

/// A program, and a batch of values for its parameters, all of which want a gradient. The loss is the sum of the squares
/// of its solution.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name in the table.
    pub name: &'static str,
    /// Description in a few words.
    pub what: &'static str,
    /// The program.
    pub program: Program,
    /// Values in the order of the program's parameters.
    pub arguments: Vec<Values>,
    /// The argument, a vector for each sample, by whose gradient layers are compared.
    pub compared: &'static str,
}

/// Errors of a batch.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The program.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The family of the benchmark of solvers that it is made of.
    #[error("the family {0} cannot be generated; report this")]
    Family(&'static str),
}

fn batched(name: &'static str, shape: &[usize], entries: Vec<f64>) -> Values {
    Values { name, shape: shape.to_vec(), is_shared: false, is_semidefinite: false, entries }
}

fn shared(name: &'static str, shape: &[usize], entries: Vec<f64>) -> Values {
    Values { is_shared: true, ..batched(name, shape, entries) }
}

/// Dense random programs of 10 variables and 20 one-sided rows; every sample has its own H, q, G and h.
///
/// # Errors
/// A fault of this function.
pub fn random() -> Result<Case, CaseError> {
    const N: usize = 10;
    const M: usize = 20;
    let family = generate("random-10").ok_or(CaseError::Family("random-10"))?;
    let (x, hessian) = (variable("x", N, 1), parameter("H", N, N).semidefinite());
    let (q, g, h) = (parameter("q", N, 1), parameter("G", M, N), parameter("h", M, 1));
    let program = minimize(0.5 * x.quad_form(&hessian) + q.dot(&x))
        .subject_to([(&g * &x).at_most(&h)])
        .program(&[&hessian, &q, &g, &h], &[&x])?;
    let matrices = |of: fn(&Matrices) -> &Vec<f64>| family.matrices.iter().flat_map(of).copied().collect();
    let vectors = |of: fn(&Vectors) -> &Vec<f64>| family.vectors.iter().flat_map(of).copied().collect();
    let hessian = batched("H", &[N, N], matrices(|matrices| &matrices.hessian));
    Ok(Case {
        name: "random",
        what: "10 variables, 20 inequalities, all data for each sample",
        program,
        arguments: vec![
            Values { is_semidefinite: true, ..hessian },
            batched("q", &[N], vectors(|vectors| &vectors.linear)),
            batched("G", &[M, N], matrices(|matrices| &matrices.rows)),
            batched("h", &[M], vectors(|vectors| &vectors.upper)),
        ],
        compared: "q",
    })
}

/// 4x4 sudoku after Amos and Kolter (2017), "OptNet": the equalities are learned and shared, the givens each sample's.
///
/// # Errors
/// A fault of this function.
pub fn sudoku() -> Result<Case, CaseError> {
    let family = generate("sudoku").ok_or(CaseError::Family("sudoku"))?;
    let (n, m) = (family.variables, family.constraints - family.bounds);
    let (x, p) = (variable("x", n, 1), parameter("p", n, 1));
    let (a, b) = (parameter("A", m, n), parameter("b", m, 1));
    let program = minimize(0.05 * x.sum_squares() + p.dot(&x))
        .subject_to([x.at_least(0.0), (&a * &x).equals(&b)])
        .program(&[&p, &a, &b], &[&x])?;
    let rows = family.matrices.iter().flat_map(|matrices| matrices.rows.iter().copied()).collect();
    let sums = family.vectors.iter().take(1).flat_map(|vectors| vectors.upper.iter().skip(n).copied()).collect();
    Ok(Case {
        name: "sudoku",
        what: "4x4: 64 variables at least 0, 40 equalities shared by the batch",
        program,
        arguments: vec![
            batched("p", &[n], family.vectors.iter().flat_map(|vectors| vectors.linear.iter().copied()).collect()),
            shared("A", &[m, n], rows),
            shared("b", &[m], sums),
        ],
        compared: "p",
    })
}

/// The same sudoku as training sees it, with equalities that are learned but not yet the rules: every coefficient is off
/// by up to 0.1, and a point that is at least 0 meets them all.
///
/// # Errors
/// A fault of this function.
pub fn learned_sudoku() -> Result<Case, CaseError> {
    let mut case = sudoku()?;
    case.name = "sudoku, learned";
    let mut random = Pcg64::from_seed(11);
    let mut sums = Vec::new();
    for values in &mut case.arguments {
        if values.name == "A" {
            values.entries.iter_mut().for_each(|entry| *entry += random.uniform(-0.1, 0.1));
            let length = values.shape.last().copied().unwrap_or(1);
            sums = values.entries.chunks(length).map(|row| 0.25 * row.iter().sum::<f64>()).collect();
        } else if values.name == "b" {
            values.entries.clone_from(&sums);
        }
    }
    Ok(case)
}

/// A mass on a line, driven to rest by bounded forces over ten steps: its matrices are shared, the first state is each
/// sample's. The states are variables, so that the matrices may be parameters.
///
/// # Errors
/// A fault of this function.
pub fn mpc() -> Result<Case, CaseError> {
    const STEPS: usize = 10;
    const PERIOD: f64 = 0.1;
    let (x, u) = (variable("x", STEPS + 1, 2), variable("u", STEPS, 1));
    let (a, b, start) = (parameter("A", 2, 2), parameter("B", 2, 1), parameter("x0", 2, 1));
    let state = |step: usize| x.row(step).transpose();
    let (positions, speeds) = (x.slice(1..STEPS + 1, 0..1), x.slice(1..STEPS + 1, 1..2));
    let mut constraints = vec![state(0).equals(&start), u.between(-1.0, 1.0)];
    constraints.extend([positions.between(-1.0, 1.0), speeds.between(-0.8, 0.8)]);
    constraints.extend((0..STEPS).map(|step| {
        let next: Expression = &a * state(step) + &b * u.entry(step);
        state(step + 1).equals(next)
    }));
    let cost = 5.0 * x.column(0).sum_squares() + 0.5 * x.column(1).sum_squares() + 0.05 * u.sum_squares();
    let program = minimize(cost).subject_to(constraints).program(&[&a, &b, &start], &[&x, &u])?;
    let mut random = Pcg64::from_seed(10);
    let mut states = Vec::with_capacity(2 * BATCH);
    while states.len() < 2 * BATCH {
        let (position, speed) = (random.uniform(-0.9, 0.9), random.uniform(-0.75, 0.75));
        // It can be brought to rest before the limit.
        if f64::abs(position + 0.5 * speed * f64::abs(speed) + PERIOD * speed) < 0.85 {
            states.extend([position, speed]);
        }
    }
    Ok(Case {
        name: "mpc",
        what: "horizon 10, 2 states, 1 input: 32 variables, 20 equalities with matrices shared by the batch",
        program,
        arguments: vec![
            shared("A", &[2, 2], vec![1.0, PERIOD, 0.0, 1.0]),
            shared("B", &[2, 1], vec![0.5 * PERIOD * PERIOD, PERIOD]),
            batched("x0", &[2], states),
        ],
        compared: "x0",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_have_the_sizes_that_are_measured() {
        let sizes = [random(), sudoku(), mpc()].map(|case| {
            let program = case.unwrap().program;
            (program.variables(), program.constraints())
        });
        assert_eq!(sizes, [(10, 20), (64, 104), (32, 52)]);
    }

    #[test]
    fn every_parameter_has_its_values() {
        for case in [random(), sudoku(), mpc()].map(Result::unwrap) {
            for (slot, values) in case.program.parameters.iter().zip(&case.arguments) {
                let samples = if values.is_shared { 1 } else { BATCH };
                assert_eq!(values.entries.len(), samples * slot.rows * slot.columns, "{} {}", case.name, slot.name);
                assert_eq!((slot.name.as_str(), slot.rows), (values.name, values.shape[0]));
            }
        }
    }
}
