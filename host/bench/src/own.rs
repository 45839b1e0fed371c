//! Our solver on a family, in double and in single precision.

use convex_edge_core::qp::{
    Qp, Settings, Solution, Status, Workspace, solve, solve_updated, update_bounds, update_linear,
};
use convex_edge_core::real::Real;
use convex_edge_verify::family::{Family, Matrices, Vectors};
use convex_edge_verify::run::{Run, Start};
use std::hint::black_box;
use std::time::Instant;

/// Both number types: how they come from double precision, and go back.
pub(super) trait Number: Real {
    const NAME: &'static str;
    fn rounded(value: f64) -> Self;
    fn double(self) -> f64;
}

impl Number for f32 {
    const NAME: &'static str = "ours f32";
    fn rounded(value: f64) -> Self {
        value as Self
    }
    fn double(self) -> f64 {
        f64::from(self)
    }
}

impl Number for f64 {
    const NAME: &'static str = "ours f64";
    fn rounded(value: f64) -> Self {
        value
    }
    fn double(self) -> f64 {
        self
    }
}

/// All runs of our solver on a family; `None` where no solver of that size was built.
pub fn runs(family: &Family, repeats: usize) -> Option<Vec<Run>> {
    let sized = match (family.variables, family.constraints) {
        (4, 4) => both::<4, 4>,
        (10, 20) => both::<10, 20>,
        (10, 30) => both::<10, 30>,
        (12, 60) => both::<12, 60>,
        (16, 32) => both::<16, 32>,
        (32, 64) => both::<32, 64>,
        (36, 36) => both::<36, 36>,
        (36, 144) => both::<36, 144>,
        (50, 100) => both::<50, 100>,
        (64, 104) => both::<64, 104>,
        (64, 128) => both::<64, 128>,
        (100, 100) => both::<100, 100>,
        (100, 200) => both::<100, 200>,
        _ => return None,
    };
    Some(sized(family, repeats))
}

fn both<const N: usize, const M: usize>(family: &Family, repeats: usize) -> Vec<Run> {
    let mut runs = vec![cold::<f64, N, M>(family, repeats), cold::<f32, N, M>(family, repeats)];
    if family.sequence {
        runs.extend([warm::<f64, N, M>(family, repeats), warm::<f32, N, M>(family, repeats)]);
    }
    runs
}

/// Every problem with new matrices and from nothing.
fn cold<T: Number, const N: usize, const M: usize>(family: &Family, repeats: usize) -> Run {
    let mut qp = Box::new(Qp::<T, N, M>::zero());
    let mut workspace = Box::new(Workspace::new());
    let settings = Settings::default();
    let mut run = empty::<T>(Start::Cold, family);
    for repeat in 0..repeats {
        for (index, (matrices, vectors)) in family.problems().enumerate() {
            set_matrices(&mut qp, family, matrices);
            set_vectors(&mut qp, vectors);
            let begin = Instant::now();
            let solution = solve(black_box(&*qp), &mut workspace, &settings);
            let seconds = begin.elapsed().as_secs_f64();
            note(&mut run, repeat, index, seconds, &solution);
        }
    }
    run
}

/// One problem after the other, each from the last one's working set; every repeat from the start.
fn warm<T: Number, const N: usize, const M: usize>(family: &Family, repeats: usize) -> Run {
    let mut qp = Box::new(Qp::<T, N, M>::zero());
    let mut workspace = Box::new(Workspace::new());
    let settings = Settings::default();
    let mut run = empty::<T>(Start::Warm, family);
    if let Some(matrices) = family.matrices.first() {
        set_matrices(&mut qp, family, matrices);
    }
    for repeat in 0..repeats {
        workspace.clear();
        for (index, vectors) in family.vectors.iter().enumerate() {
            set_vectors(&mut qp, vectors);
            let begin = Instant::now();
            let given = black_box(&*qp);
            update_linear(given, &mut workspace, &given.linear);
            update_bounds(given, &mut workspace, &given.lower, &given.upper);
            let solution = solve_updated(given, &mut workspace, &settings);
            let seconds = begin.elapsed().as_secs_f64();
            note(&mut run, repeat, index, seconds, &solution);
        }
    }
    run
}

fn empty<T: Number>(start: Start, family: &Family) -> Run {
    let problems = family.vectors.len();
    Run {
        solver: T::NAME.to_owned(),
        start,
        seconds: vec![f64::INFINITY; problems],
        iterations: Vec::with_capacity(problems),
        solved: Vec::with_capacity(problems),
        x: Vec::with_capacity(problems),
    }
}

/// The first round gives the answers, all of them the time.
fn note<T: Number, const N: usize, const M: usize>(
    run: &mut Run,
    repeat: usize,
    index: usize,
    seconds: f64,
    solution: &Solution<T, N, M>,
) {
    if let Some(fastest) = run.seconds.get_mut(index) {
        *fastest = fastest.min(seconds);
    }
    if repeat == 0 {
        run.iterations.push(solution.iterations);
        run.solved.push(solution.status == Status::Solved);
        run.x.push(solution.x.iter().map(|x| x.double()).collect());
    }
}

pub(super) fn set_matrices<T: Number, const N: usize, const M: usize>(
    qp: &mut Qp<T, N, M>,
    family: &Family,
    from: &Matrices,
) {
    qp.bounds = family.bounds;
    for (index, &value) in from.hessian.iter().enumerate() {
        qp.hessian[(index / N, index % N)] = T::rounded(value);
    }
    for (index, &value) in from.rows.iter().enumerate() {
        qp.rows[(family.bounds + index / N, index % N)] = T::rounded(value);
    }
}

pub(super) fn set_vectors<T: Number, const N: usize, const M: usize>(qp: &mut Qp<T, N, M>, from: &Vectors) {
    let linear = qp.linear.iter_mut().zip(&from.linear);
    let bounds = qp.lower.iter_mut().chain(qp.upper.iter_mut()).zip(from.lower.iter().chain(&from.upper));
    for (target, &value) in linear.chain(bounds) {
        *target = T::rounded(value);
    }
}
