//! Duration of the splitting layer for 9x9 sudoku in a batch of 128: forward by slices and by tensor operations, and
//! backward. Run it by `cargo bench -p convex-edge-burn-bench --bench splitting`. It prints the best time of some runs
//! by the clock, and the mean of the processor's time over all threads, which other programs disturb less (Linux; else
//! 0).

use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_burn::splitting::{
    AffineSet, OnFailure, Outcome, Settings, SplittingError, Status, Sudoku, forward, host, tensor,
};
use convex_edge_burn_bench::boards::readings;
use convex_edge_core::random::Pcg64;
use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

const BATCH: usize = 128;
const N: usize = 729;
const RUNS: usize = 20;

/// Scores without any order, the hardest.
fn noise() -> Vec<f32> {
    let mut random = Pcg64::from_seed(2);
    (0..BATCH * N).map(|_| random.uniform(-1.0, 1.0) as f32).collect()
}

/// Seconds that all threads have run.
fn processor_time() -> f64 {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let text = threads.filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    text.filter_map(|text| text.split(' ').next().and_then(|time| time.parse::<f64>().ok())).sum::<f64>() * 1e-9
}

fn report(name: &str, solve: impl Fn() -> Result<Vec<Outcome>, SplittingError>) -> Result<(), SplittingError> {
    let outcomes = solve()?;
    let mut best = f64::INFINITY;
    let before = processor_time();
    for _ in 0..RUNS {
        let start = Instant::now();
        solve()?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    let processor = (processor_time() - before) / RUNS as f64;
    let mut iterations: Vec<usize> = outcomes.iter().map(|outcome| outcome.iterations).collect();
    iterations.sort_unstable();
    let all: usize = iterations.iter().sum();
    let solved = outcomes.iter().filter(|outcome| outcome.status == Status::Solved).count();
    println!(
        "{name:44} {:7.4} ms per board, {:7.4} ms of a processor, {:6.3} us an iteration, iterations median {:3}, most {:3}, \
         solved {solved}",
        1e3 * best / BATCH as f64,
        1e3 * processor / BATCH as f64,
        1e6 * processor / all as f64,
        iterations[BATCH / 2],
        iterations[BATCH - 1],
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let set = Sudoku::new(3)?;
    let projection = set.on_host().ok_or("sudoku projects on slices")?;
    for (what, scores) in [("readings", readings(BATCH)), ("noise", noise())] {
        let scores = Tensor::<2>::from_data(TensorData::new(scores, [BATCH, N]), &Device::flex());
        for curvature in [1.0, 0.3, 0.1, 0.0] {
            for step in [0.3, 1.0, 3.0] {
                let settings = Settings { curvature, step, ..Settings::default() };
                let name = format!("slices, {what}, curvature {curvature}, step {step}");
                report(&name, || Ok(host::solve(&set, projection, &scores, &settings, None)?.outcomes))?;
            }
        }
        let settings = Settings::default();
        let name = format!("tensors, {what}, curvature 1, step 1");
        report(&name, || Ok(tensor::solve(&set, &scores, &settings, None)?.outcomes))?;
        let tracked = scores.clone().autodiff().require_grad();
        let shared: Arc<dyn AffineSet> = Arc::new(set);
        let name = format!("slices with backward pass, {what}, curvature 1");
        report(&name, || {
            let answer = forward(&shared, &tracked, &settings, None, OnFailure::Error)?;
            (answer.x * scores.clone()).sum().backward();
            Ok(answer.outcomes)
        })?;
    }
    Ok(())
}
