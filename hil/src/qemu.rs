//! QEMU's command line for a board, and the meaning of its counters.

use crate::board::Microcontroller;
use std::path::Path;
use std::process::Command;

/// The shift with which [`instructions`] holds.
pub(crate) const SHIFT: u32 = 6;

/// The call that boots `firmware` with a file in flash at an address and the serial port where `serial` says.
///
/// A `shift` ties the guest's time to its instructions, of which each takes 2^shift nanoseconds: then
/// [`instructions_at`] holds, and runs repeat exactly; but guest time no longer follows the clock on the wall, so
/// time-outs on the target mean nothing.
pub(crate) fn command(
    program: &Path,
    microcontroller: &Microcontroller,
    firmware: &Path,
    (file, address): (&Path, u32),
    serial: &str,
    shift: Option<u32>,
) -> Command {
    let mut command = parent_bound(program);
    command.args(["-machine", &microcontroller.qemu.machine, "-m", &microcontroller.qemu.memory]);
    command.args(["-display", "none", "-monitor", "none", "-serial", serial]);
    command.arg("-kernel").arg(firmware);
    // A comma inside an option's value is doubled.
    let file = file.display().to_string().replace(',', ",,");
    command.args(["-device", &format!("loader,file={file},addr={address:#x},force-raw=on")]);
    if let Some(shift) = shift {
        command.args(["-icount", &format!("shift={shift},sleep=off")]);
    }
    command
}

/// Instructions from a difference of SysTick at 80 MHz when QEMU counts (`-icount shift=6`): a tick is
/// 12.5 ns, an instruction 64 ns of guest time, so ticks * 12.5 / 64, exact to 2. They are not cycles of silicon.
pub fn instructions(ticks: u32) -> u32 {
    instructions_at(SHIFT, ticks)
}

/// As [`instructions`] with another shift, up to 31: a smaller one lets a counter of few bits count further, exact to
/// a tick.
pub fn instructions_at(shift: u32, ticks: u32) -> u32 {
    let ticks_of = 2_u64 << shift.min(31);
    u32::try_from((u64::from(ticks) * 25 + ticks_of / 2) / ticks_of).unwrap_or(u32::MAX)
}

/// A call of a program that, where the system can promise it, ends when this process is killed.
fn parent_bound(program: &Path) -> Command {
    let mut setpriv = Command::new("setpriv");
    setpriv.args(["--pdeathsig", "TERM"]);
    // Only util-linux's setpriv knows the option.
    let works = Command::new("setpriv").args(["--pdeathsig", "TERM", "true"]).output();
    if works.is_ok_and(|output| output.status.success()) {
        setpriv.arg(program);
        return setpriv;
    }
    Command::new(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_25_instructions_in_128() {
        assert_eq!(instructions(0), 0);
        assert_eq!(instructions(128), 25);
        assert_eq!(instructions(102_400), 20_000);
        assert_eq!(instructions(u32::MAX), 838_860_800);
        assert_eq!(instructions_at(3, 64), 100);
        assert_eq!(instructions_at(3, u32::MAX), u32::MAX);
    }
}
