//! Counts solves of problems with 16 variables and 32 constraints.

#![cfg_attr(target_os = "none", no_std, no_main)]
#![deny(unsafe_code, clippy::undocumented_unsafe_blocks)]

#[cfg(target_os = "none")]
#[path = "../count.rs"]
mod count;

#[cfg(target_os = "none")]
#[cortex_m_rt::entry]
fn main() -> ! {
    static mut SOLVER: convex_edge_core::problem_set::Solver<16, 32> = convex_edge_core::problem_set::Solver::new();
    count::run(SOLVER)
}

#[cfg(not(target_os = "none"))]
fn main() {}
