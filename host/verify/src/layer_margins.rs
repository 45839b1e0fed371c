//! Margins of layers against one-sided slopes along parameters: parameters of very different size, and in matrices.

use crate::margins::{DIRECTIONS, ERROR, KINK, MARGIN, Margins, STEP, Verdict, integer};
use crate::problems::{below, chance};
use convex_edge::program::constant;
use convex_edge::{ActiveSetLayer, Expression, Program, minimize, parameter, shared, variable};
use convex_edge_core::qp::{Settings, Status, Workspace, solve};
use convex_edge_core::random::Pcg64;

/// Variables, constraints and entries of the vector of parameters.
const N: usize = 3;
const M: usize = 4;
const K: usize = 3;

/// Draws so many programs, from a seed on.
pub fn check(first: u64, count: u64) -> Margins {
    Margins::of(first, count, one)
}

/// A program, values of its parameters, and the unit of each.
struct Drawn {
    program: Program,
    values: Vec<f64>,
    units: Vec<f64>,
    is_definite: bool,
}

/// Small integers, a share of them zero, in the units of the parameters by column.
fn matrix(random: &mut Pcg64, rows: usize, units: &[f64; K]) -> Vec<[f64; K]> {
    (0..rows)
        .map(|_| std::array::from_fn(|k| if chance(random, 0.5) { integer(random, 1) / units[k] } else { 0.0 }))
        .collect()
}

fn draw(random: &mut Pcg64) -> Option<Drawn> {
    let (x, p, a) = (variable("x", N, 1), parameter("p", K, 1), parameter("A", M, N));
    let units: [f64; K] = std::array::from_fn(|_| 10.0_f64.powi(below(random, 9) as i32 - 4));
    let mut values: Vec<f64> = units.iter().map(|unit| unit * integer(random, 2)).collect();
    let is_definite = chance(random, 0.5);
    let factors: Vec<[f64; N]> =
        (0..below(random, N + 1)).map(|_| std::array::from_fn(|_| integer(random, 1))).collect();
    let mut hessian = [[0.0; N]; N];
    for (i, row) in hessian.iter_mut().enumerate() {
        for (j, entry) in row.iter_mut().enumerate() {
            *entry = factors.iter().map(|factor| factor[i] * factor[j]).sum::<f64>()
                + f64::from(u8::from(is_definite && i == j));
        }
    }
    let affine = |rows: Vec<[f64; K]>, constants: &[f64]| -> Expression {
        let entries: Vec<f64> = rows.concat();
        constant(rows.len(), K, &entries) * &p + constant(rows.len(), 1, constants)
    };
    let slope = affine(matrix(random, N, &units), &std::array::from_fn::<f64, N, _>(|_| integer(random, 2)));
    let is_parametric = chance(random, 0.5);
    let mut rows: Vec<[f64; N]> = Vec::new();
    let mut constraints = Vec::new();
    for index in 0..M {
        let row = match index > 0 && chance(random, 0.3) {
            true => rows[below(random, index)],
            false => std::array::from_fn(|_| integer(random, 1)),
        };
        rows.push(row);
        let product = if is_parametric { &a.row(index) * &x } else { constant(1, N, &row) * &x };
        let moves = matrix(random, 1, &units);
        let lower = affine(moves.clone(), &[-(below(random, 3) as f64)]);
        let others = if chance(random, 0.6) { moves } else { matrix(random, 1, &units) };
        let upper = affine(others, &[below(random, 3) as f64]);
        let constraint = match below(random, 4) {
            0 => product.equals(&lower),
            1 => product.at_most(&upper),
            _ => product.between(&lower, &upper),
        };
        constraints.push(if chance(random, 0.2) { constraint.soft(1.0) } else { constraint });
    }
    let mut units = units.to_vec();
    if is_parametric {
        values.extend(rows.concat());
        units.extend([1.0; N * M]);
    }
    let hessian = constant(N, N, hessian);
    let problem = minimize(0.5 * x.quad_form(&hessian) + slope.dot(&x)).subject_to(constraints);
    // Without a use for them, some parameters are refused.
    let parameters: &[&Expression] = if is_parametric { &[&p, &a] } else { &[&p] };
    let program = problem.program(parameters, &[&x]).ok()?;
    Some(Drawn { program, values, units, is_definite })
}

fn point(drawn: &Drawn, values: &[f64]) -> Option<Vec<f64>> {
    let qp = drawn.program.qp::<f64, N, M>(values).ok()?;
    let mut workspace = Workspace::new();
    let solution = solve(&qp, &mut workspace, &Settings::default());
    (solution.status == Status::Solved).then(|| drawn.program.output_entries().map(|entry| solution.x[entry]).collect())
}

fn one(seed: u64) -> Option<Verdict> {
    let random = &mut Pcg64::from_seed(seed ^ 0x6c61_7965);
    let drawn = draw(random)?;
    // Constant rows with the same coefficients become one, and every size compiles for seconds.
    if drawn.program.constraints() == M { judge(random, &drawn) } else { None }
}

fn judge(random: &mut Pcg64, drawn: &Drawn) -> Option<Verdict> {
    let here = point(drawn, &drawn.values)?;
    let layer = ActiveSetLayer::<f64, N, M>::new(drawn.program.clone()).ok()?;
    let (vector, matrix) = drawn.values.split_at(K);
    let mut arguments = vec![shared(vector, &[K, 1])];
    if !matrix.is_empty() {
        arguments.push(shared(matrix, &[M, N]));
    }
    let sample = *layer.solve(&arguments, None).ok()?.samples.first()?;
    if sample.margin < MARGIN || sample.dependent {
        return Some(Verdict::AtKink);
    }
    for _ in 0..DIRECTIONS {
        let only = chance(random, 0.5).then(|| below(random, drawn.values.len()));
        let mut direction: Vec<f64> = drawn.units.iter().map(|unit| unit * random.uniform(-1.0, 1.0)).collect();
        if let Some(only) = only {
            direction.iter_mut().enumerate().filter(|(index, _)| *index != only).for_each(|(_, entry)| *entry = 0.0);
        }
        let moved = |step: f64| {
            let values: Vec<f64> =
                drawn.values.iter().zip(&direction).map(|(value, along)| value + step * along).collect();
            point(drawn, &values)
        };
        let Some((after, before)) = moved(STEP).zip(moved(-STEP)) else { continue };
        let largest = here.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
        let differs = |i: usize| ((after[i] - here[i]) - (here[i] - before[i])).abs() > KINK * STEP + ERROR * largest;
        if (0..N).any(differs) {
            return Some(Verdict::Denied { is_definite: drawn.is_definite });
        }
    }
    Some(Verdict::Smooth)
}
