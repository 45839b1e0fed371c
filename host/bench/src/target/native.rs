//! Native solves of the same sets, in this process.

use super::set::Set;
use convex_edge_core::problem_set::{Answer, ProblemSet, Solver};

/// What the target has to answer but for the ticks, which are 0; nothing of a set without a program.
pub fn answers(set: &Set) -> Vec<Answer> {
    match (set.variables, set.constraints) {
        (10, 20) => sized::<10, 20>(set),
        (10, 30) => sized::<10, 30>(set),
        (16, 32) => sized::<16, 32>(set),
        (32, 64) => sized::<32, 64>(set),
        (36, 36) => sized::<36, 36>(set),
        _ => Vec::new(),
    }
}

fn sized<const N: usize, const M: usize>(set: &Set) -> Vec<Answer> {
    let Ok(set) = ProblemSet::<N, M>::read(&set.bytes) else { return Vec::new() };
    let mut solver = Box::new(Solver::<N, M>::new());
    solver.prepare(&set);
    let mut answer = |index| {
        solver.load(&set, index);
        Answer::new(&solver.solve(), 0)
    };
    (0..set.problems).map(&mut answer).collect()
}
