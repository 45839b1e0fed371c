//! Closed loops of soft model predictive control in single precision, step by step as a controller solves them. Factors
//! are reused, starts are warm, references jump, and there are disturbances. Every answer is judged by the objective in
//! double precision.

use super::case::objective_tolerance;
use super::oracle::{Reference, Verdict};
use super::problems::normal;
use crate::families::condensed::{Condensed, Plant, diagonal};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve_updated, update_bounds, update_linear};
use convex_edge_core::random::Pcg64;
use convex_edge_runs::interrupt;
use convex_edge_runs::promise::Promise;
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The plants and what is asked of each.
const PLANTS: &str = include_str!("../configs/loops.json");

/// Variables: inputs over the horizon. Constraints: their bounds, then soft rows of limited states.
const N: usize = 10;
const M: usize = 30;
const ROWS: usize = M - N;

/// Steps between two looks at Clarabel, between two references, and between two looks at Ctrl-C.
const SAMPLE: u64 = 500;
const DWELL: u64 = 40;
const BATCH: u64 = 100;

/// A plant `dx/dt = A x + B u` and its predictive control.
#[derive(Debug, Clone, Deserialize)]
pub struct Description {
    name: String,
    /// A, by rows.
    state: Vec<Vec<f64>>,
    /// B, by rows.
    input: Vec<Vec<f64>>,
    /// Sampling period, in the plant's unit of time.
    period: f64,
    /// Largest magnitude of each input: hard.
    limits: Vec<f64>,
    /// Index and largest magnitude of each limited state: soft.
    soft: Vec<(usize, f64)>,
    softness: f64,
    /// Weights of the states and of the inputs.
    weights: Vec<f64>,
    effort: f64,
    /// Index of the state that follows a reference, and its largest magnitude.
    follows: (usize, f64),
    /// Standard deviation of the disturbance of each state, in each step.
    noise: f64,
}

/// Errors of closed loops.
#[derive(Debug, thiserror::Error)]
pub enum LoopsError {
    /// The file.
    #[error("host/verify/configs/loops.json cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A plant of another size.
    #[error("{0} needs a horizon of {N} by its number of inputs, and {ROWS} by its number of soft states")]
    Size(String),
    /// A plant that no feedback holds.
    #[error("{0} has no finite cost to go; mend its matrices")]
    Cost(String),
}

/// Counts of a closed loop.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Name of the plant.
    pub plant: String,
    /// Softness of its rows.
    pub softness: f64,
    /// Steps.
    pub steps: u64,
    /// Steps whose solve did not end with [`Status::Solved`].
    pub unsolved: u64,
    /// Steps called solved with a bound violated or a worse objective.
    pub wrong: u64,
    /// Most iterations of a step.
    pub most_iterations: u32,
}

/// A closed loop, ready to run.
#[derive(Debug, Clone)]
pub struct Loop {
    description: Description,
    plant: Plant,
    condensed: Condensed,
    qp: Box<Qp<f32, N, M>>,
    /// Rows of the limited states over the horizon, in the states of all steps.
    limited: Vec<(usize, f64)>,
}

/// The plants that are checked in.
///
/// # Errors
/// The file, or a plant in it.
pub fn plants() -> Result<Vec<Loop>, LoopsError> {
    let descriptions: Vec<Description> = serde_json::from_str(PLANTS)?;
    descriptions.into_iter().map(prepare).collect()
}

fn prepare(description: Description) -> Result<Loop, LoopsError> {
    let (states, inputs) = (description.state.len(), description.limits.len());
    let matrix = |rows: &[Vec<f64>], columns| DMatrix::from_row_iterator(rows.len(), columns, rows.concat());
    let steps = N / inputs.max(1);
    if steps * inputs != N || steps * description.soft.len() != ROWS {
        return Err(LoopsError::Size(description.name));
    }
    let (state, input) = (matrix(&description.state, states), matrix(&description.input, inputs));
    let plant = Plant::sampled(&state, &input, description.period);
    let (q, r) = (diagonal(&description.weights), DMatrix::identity(inputs, inputs) * description.effort);
    let Some(terminal) = plant.cost_to_go(&q, &r) else { return Err(LoopsError::Cost(description.name)) };
    let mut weights = vec![&q; steps - 1];
    weights.push(&terminal);
    let condensed = Condensed::new(&plant, &weights);
    let hessian = condensed.hessian() + DMatrix::identity(N, N) * description.effort;
    let limited: Vec<(usize, f64)> = (0..steps)
        .flat_map(|step| description.soft.iter().map(move |&(state, limit)| (step * states + state, limit)))
        .collect();
    let mut qp = Box::new(Qp::<f32, N, M>::zero());
    qp.bounds = N;
    for i in 0..N {
        (0..N).for_each(|j| qp.hessian[(i, j)] = hessian[(i, j)] as f32);
        let limit = description.limits[i % inputs] as f32;
        (qp.lower[i], qp.upper[i]) = (-limit, limit);
    }
    for (i, (row, _)) in limited.iter().enumerate() {
        (0..N).for_each(|j| qp.rows[(N + i, j)] = condensed.forced[(*row, j)] as f32);
        qp.softness[N + i] = description.softness as f32;
    }
    Ok(Loop { description, plant, condensed, qp, limited })
}

/// Drives all of them; nothing where the user asked to stop.
pub fn check(loops: &[Loop], seed: u64, steps: u64, progress: &(dyn Fn(u64) + Sync)) -> Option<Vec<Row>> {
    loops.par_iter().map(|one| drive(one, seed, steps, &progress)).collect()
}

fn drive(one: &Loop, seed: u64, steps: u64, progress: &(dyn Fn(u64) + Sync)) -> Option<Row> {
    let Loop { description, plant, condensed, .. } = one;
    let random = &mut Pcg64::from_seed(seed);
    let (states, inputs) = (description.state.len(), description.limits.len());
    let mut qp = one.qp.clone();
    let mut workspace = Box::new(Workspace::<f32, N, M>::new());
    let mut precise = Box::new(Workspace::<f64, N, M>::new());
    let mut row = Row {
        plant: description.name.clone(),
        softness: description.softness,
        steps,
        unsolved: 0,
        wrong: 0,
        most_iterations: 0,
    };
    let (mut x, mut wanted) = (DVector::zeros(states), DVector::zeros(states * (N / inputs)));
    for step in 0..steps {
        if step % BATCH == 0 {
            if interrupt::requested() {
                return None;
            }
            progress(BATCH.min(steps - step));
        }
        if step % DWELL == 0 {
            let (followed, reach) = description.follows;
            let target = random.uniform(-reach, reach);
            wanted.iter_mut().skip(followed).step_by(states).for_each(|wanted| *wanted = target);
        }
        let free = &condensed.free * &x;
        let linear = condensed.linear(&x, &wanted);
        qp.linear.iter_mut().zip(&linear).for_each(|(target, &value)| *target = value as f32);
        for (i, &(state, limit)) in one.limited.iter().enumerate() {
            (qp.lower[N + i], qp.upper[N + i]) = ((-limit - free[state]) as f32, (limit - free[state]) as f32);
        }
        update_linear(&qp, &mut workspace, &qp.linear);
        update_bounds(&qp, &mut workspace, &qp.lower, &qp.upper);
        let solution = solve_updated(&qp, &mut workspace, &Settings::default());
        row.most_iterations = row.most_iterations.max(solution.iterations);
        let mut input = DVector::zeros(inputs);
        if solution.status == Status::Solved {
            let point: Vec<f64> = solution.x.iter().map(|x| x.double()).collect();
            row.wrong += u64::from(!is_right(&qp, &point, &mut precise, step % SAMPLE == 0));
            input.iter_mut().zip(&point).for_each(|(input, &x)| *input = x);
        } else {
            row.unsolved += 1;
        }
        x = plant.step(&x, &input);
        x.iter_mut().for_each(|x| *x += description.noise * normal(random));
    }
    Some(row)
}

/// Within its bounds, and as good as the same problem's solution in double precision; now and then as Clarabel's.
fn is_right(qp: &Qp<f32, N, M>, point: &[f64], precise: &mut Workspace<f64, N, M>, sampled: bool) -> bool {
    let problem = Reference::new(qp);
    if problem.violation(point) > 0.0 {
        return false;
    }
    let mut double = Qp::<f64, N, M>::zero();
    double.bounds = qp.bounds;
    double.hessian = qp.hessian.map(f64::from);
    double.rows = qp.rows.map(f64::from);
    double.linear = qp.linear.map(f64::from);
    double.lower = qp.lower.map(f64::from);
    double.upper = qp.upper.map(f64::from);
    double.softness = qp.softness.map(f64::from);
    update_linear(&double, precise, &double.linear);
    update_bounds(&double, precise, &double.lower, &double.upper);
    let solution = solve_updated(&double, precise, &Settings::default());
    let mut best = (solution.status == Status::Solved).then(|| solution.x.as_slice().to_vec());
    if (sampled || best.is_none())
        && let Verdict::Solved { x, .. } = problem.clarabel()
    {
        best = Some(x);
    }
    // Where neither has an answer nothing is known.
    let Some(best) = best else { return true };
    let ((value, size), (least, least_size)) = (problem.objective(point), problem.objective(&best));
    value - least <= objective_tolerance::<f32>() * (size + least_size)
}

/// Promises on the loops.
pub fn promises(rows: &[Row]) -> Vec<Promise> {
    let sum = |of: fn(&Row) -> u64| rows.iter().map(of).sum::<u64>() as f64;
    let share = 100.0 * sum(|row| row.unsolved) / sum(|row| row.steps).max(1.0);
    vec![
        Promise::at_most("steps not solved", share, "%", 0.1),
        Promise::at_most("wrong steps", sum(|row| row.wrong), "steps", 0.0),
    ]
}
