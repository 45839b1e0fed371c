//! Processor time of this thread, and of all threads of the process.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Time of this thread so far.
pub fn of_thread() -> Duration {
    since(ClockId::ThreadCPUTime)
}

/// Time of all threads of the process so far.
pub fn of_process() -> Duration {
    since(ClockId::ProcessCPUTime)
}

fn since(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_sleeps_takes_no_time_of_a_processor() {
        let before = of_thread();
        std::thread::sleep(Duration::from_millis(50));
        let slept = of_thread() - before;
        let sum = (0..20_000_000_u64).fold(0_u64, |sum, i| sum.wrapping_mul(31) ^ i);
        let worked = of_thread() - before - slept;
        assert!(slept < Duration::from_millis(40) && worked > Duration::ZERO, "{slept:?} {worked:?} {sum}");
    }
}
