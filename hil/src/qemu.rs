//! How is QEMU called for a board, and what do its counters mean?

use crate::board::Microcontroller;
use std::path::Path;
use std::process::Command;

/// The call that boots `firmware` with `artefact` in flash and its serial port on a new pseudo-terminal.
///
/// `counting` ties the guest's time to its instructions: [`instructions`] then holds, and runs repeat exactly; but
/// guest time no longer follows the clock on the wall, so time-outs on the target mean nothing.
pub(crate) fn command(
    program: &Path,
    microcontroller: &Microcontroller,
    firmware: &Path,
    artefact: &Path,
    counting: bool,
) -> Command {
    let mut command = parent_bound(program);
    command.args(["-machine", &microcontroller.qemu.machine, "-m", &microcontroller.qemu.memory]);
    command.args(["-display", "none", "-monitor", "none", "-serial", "pty"]);
    command.arg("-kernel").arg(firmware);
    // A comma inside an option's value is doubled.
    let file = artefact.display().to_string().replace(',', ",,");
    let address = microcontroller.artefact_address;
    command.args(["-device", &format!("loader,file={file},addr={address:#x},force-raw=on")]);
    if counting {
        command.args(["-icount", "shift=6,sleep=off"]);
    }
    command
}

/// Instructions that a difference of SysTick at 80 MHz stands for when QEMU counts (`-icount shift=6`): a tick is
/// 12.5 ns, an instruction 64 ns of guest time, so ticks * 12.5 / 64, exact to 2. They are not cycles of silicon.
pub fn instructions(ticks: u32) -> u32 {
    // At most 0.2 of the ticks, so it fits.
    u32::try_from((u64::from(ticks) * 25 + 64) / 128).unwrap_or(u32::MAX)
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
    }
}
