//! Count of solves: the set of problems in flash is solved, and the ticks of each solve are sent. One program in `bin`
//! for each size.

#[allow(unsafe_code, reason = "the board's registers; each use says why")]
#[path = "board/b_l475e_iot01a/bare.rs"]
mod bare;
#[allow(unsafe_code, reason = "the board's registers; each use says why")]
#[path = "board/b_l475e_iot01a/chip.rs"]
mod chip;

use bare::Bare;
use convex_edge_core::problem_set::{ADDRESS, Answer, Farewell, Greeting, MAXIMUM_BYTES, ProblemSet, Solver};
use core::panic::PanicInfo;

/// Everything that such a program does; a set that it cannot read holds no problems.
pub fn run<const N: usize, const M: usize>(solver: &mut Solver<N, M>) -> ! {
    let mut board = Bare::start();
    let [problem_bytes, workspace_bytes] = Solver::<N, M>::BYTES.map(|bytes| bytes as u32);
    let set = ProblemSet::<N, M>::read(chip::flash(ADDRESS, MAXIMUM_BYTES));
    let problems = set.map_or(0, |set| set.problems);
    board.send(&Greeting { problems: problems as u32, problem_bytes, workspace_bytes }.to_bytes());
    if let Ok(set) = set {
        solver.prepare(&set);
        for index in 0..problems {
            solver.load(&set, index);
            board.restart();
            let solution = solver.solve();
            let ticks = board.elapsed();
            board.send(&Answer::new(&solution, ticks).to_bytes());
        }
    }
    let [all, untouched] = chip::stack();
    board.send(&Farewell { stack_bytes: all.saturating_sub(untouched) as u32 }.to_bytes());
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    cortex_m::asm::udf()
}
