//! Instruction counts of the solver by Callgrind, run by `cargo edge bench instructions`.
#![allow(missing_docs, unused_qualifications, reason = "of what the macros write")]

use convex_edge_bench::counted::{Prepared, cold, double, single, warm};
use gungraun::{Callgrind, EntryPoint, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};
use std::hint::black_box;

/// A benchmark without its problems would count nothing and pass.
fn needed<P>(prepared: Option<P>) -> P {
    prepared.unwrap_or_else(|| std::process::exit(1))
}

fn mpc() -> Prepared<f64, 10, 30> {
    needed(double("mpc", 40))
}

fn random_32() -> Prepared<f64, 32, 64> {
    needed(double("random-32", 5))
}

fn random_100() -> Prepared<f64, 100, 200> {
    needed(double("random-100", 2))
}

fn quadrotor() -> Prepared<f32, 36, 36> {
    needed(single("quadrotor", 40))
}

// The prepared problems are handed back, so that releasing them is not counted.

#[library_benchmark]
#[bench::f64(setup = mpc)]
fn mpc_cold(mut prepared: Prepared<f64, 10, 30>) -> (u32, Prepared<f64, 10, 30>) {
    (black_box(cold(&mut prepared)), prepared)
}

#[library_benchmark]
#[bench::f64(setup = mpc)]
fn mpc_warm(mut prepared: Prepared<f64, 10, 30>) -> (u32, Prepared<f64, 10, 30>) {
    (black_box(warm(&mut prepared)), prepared)
}

// Of the solves alone what makes sure that bounds hold exactly and rows by their own terms.
#[library_benchmark(config = LibraryBenchmarkConfig::default()
    .tool(Callgrind::default().entry_point(EntryPoint::Custom("*qp::feasible*::hold*".to_owned()))))]
#[bench::f64(setup = mpc)]
fn mpc_warm_acceptance(mut prepared: Prepared<f64, 10, 30>) -> (u32, Prepared<f64, 10, 30>) {
    (black_box(warm(&mut prepared)), prepared)
}

#[library_benchmark]
#[bench::f64(setup = random_32)]
fn random_32_cold(mut prepared: Prepared<f64, 32, 64>) -> (u32, Prepared<f64, 32, 64>) {
    (black_box(cold(&mut prepared)), prepared)
}

#[library_benchmark]
#[bench::f64(setup = random_100)]
fn random_100_cold(mut prepared: Prepared<f64, 100, 200>) -> (u32, Prepared<f64, 100, 200>) {
    (black_box(cold(&mut prepared)), prepared)
}

#[library_benchmark]
#[bench::f32(setup = quadrotor)]
fn quadrotor_warm(mut prepared: Prepared<f32, 36, 36>) -> (u32, Prepared<f32, 36, 36>) {
    (black_box(warm(&mut prepared)), prepared)
}

library_benchmark_group!(
    name = solver,
    benchmarks = [mpc_cold, mpc_warm, mpc_warm_acceptance, random_32_cold, random_100_cold, quadrotor_warm]
);

main!(library_benchmark_groups = solver);
