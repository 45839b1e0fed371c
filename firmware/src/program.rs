//! Count of exported programs: the golden vectors in flash are solved, and the ticks of each solve are sent. One
//! program in `bin` for each size, with `program` in its name.

#[allow(unsafe_code, reason = "the board's registers; each use says why")]
#[path = "board/b_l475e_iot01a/bare.rs"]
mod bare;
#[allow(unsafe_code, reason = "the board's registers; each use says why")]
#[path = "board/b_l475e_iot01a/chip.rs"]
mod chip;

use bare::Bare;
use convex_edge_core::artefact::{ADDRESS, MAXIMUM_BYTES};
use convex_edge_core::problem_set::{Answer, Farewell, Greeting};
use convex_edge_core::program::artefact::{Memory, read};
use core::panic::PanicInfo;

/// Everything that such a program does, with at most K parameters; an artefact that it cannot read has no golden vectors.
pub fn run<const K: usize, const N: usize, const M: usize>(memory: &mut Memory<N, M>) -> ! {
    let mut board = Bare::start();
    let artefact = read(chip::flash(ADDRESS, MAXIMUM_BYTES));
    let problems = artefact.map_or(0, |artefact| artefact.golden_vectors);
    let [problem_bytes, workspace_bytes] = Memory::<N, M>::BYTES.map(|bytes| bytes as u32);
    board.send(&Greeting { problems, problem_bytes, workspace_bytes }.to_bytes());
    if let Ok(artefact) = artefact {
        let mut values = [0.0; K];
        for index in 0..problems as usize {
            let Some((numbers, ..)) = artefact.golden(index) else { break };
            for (value, number) in values.iter_mut().zip(numbers) {
                *value = number;
            }
            board.restart();
            let Ok(solution) = artefact.solve(memory, &values) else { break };
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
