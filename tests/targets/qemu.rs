//! Board's own ELF under QEMU: it keeps the protocol and computes the host's bits.

use crate::policy_artefact::artefact;
use crate::rig::{Rig, start};
use convex_edge_core::artefact;
use convex_edge_core::episode::Scenario;
use convex_edge_core::fault::Fault;
use convex_edge_core::wire::CycleCounter;
use convex_edge_hil::board;
use convex_edge_hil::link::Link;
use convex_edge_hil::process::Process;
use convex_edge_hil::qemu::instructions;
use convex_edge_hil::recording::{Recording, Summary};
use convex_edge_hil::scenarios::{closed_loop, protocol, self_play};
use convex_edge_hil::target::{Limits, Target, TargetError};
use convex_edge_runs::interrupt::REQUESTED;
use convex_edge_setup::thumb::{FIRMWARE, firmware_elf};
use object::{Object, ObjectSegment, ObjectSymbol};
use std::path::PathBuf;
use std::time::Duration;

fn board(artefact: &[u8], counting: bool) -> Rig {
    start("b-l475e-iot01a", &firmware_elf(FIRMWARE).unwrap(), artefact, counting)
}

#[test]
fn the_protocol_is_kept() {
    let bytes = artefact();
    let mut rig = board(&bytes, false);
    assert!(rig.target.hello().stack_free.is_some_and(|bytes| bytes > 4096));
    let cases = protocol::run(&mut rig.target, &artefact::read(&bytes).unwrap(), |_| {}).unwrap();
    let failures: Vec<_> = cases.iter().filter(|case| case.failure.is_some()).collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn episodes_are_the_hosts_bit_for_bit() {
    let bytes = artefact();
    let artefact = artefact::read(&bytes).unwrap();
    let mut rig = board(&bytes, false);
    let right = |recording: Recording| {
        assert_eq!((recording.violations, recording.mismatches), (0, 0), "{:?}", recording.scenario);
    };
    closed_loop::run(&mut rig.target, &artefact, &[Scenario::nominal(0)], right).unwrap();
    let noisy = |seed| Scenario { seed, gravity: 1.05, power: 0.95, noise: true };
    self_play::run(&mut rig.target, &artefact, &[Scenario::nominal(1), noisy(2), noisy(3)], right).unwrap();
}

#[test]
fn counted_instructions_are_the_same_in_every_run() {
    let bytes = artefact();
    let artefact = artefact::read(&bytes).unwrap();
    let run = || {
        let mut rig = board(&bytes, true);
        assert_eq!(rig.target.hello().cycle_counter, CycleCounter::SysTick);
        let mut recordings = Vec::new();
        self_play::run(&mut rig.target, &artefact, &[Scenario::nominal(0)], |recording| recordings.push(recording))
            .unwrap();
        let summary = Summary::of(&recordings);
        (summary.cycles_p50.map(instructions).unwrap(), summary.cycles_max.map(instructions).unwrap())
    };
    let (median, most) = run();
    // A decision solves a program of 10 variables and 30 rows: thousands of instructions, not millions.
    assert!((1_000..1_000_000).contains(&median) && median <= most, "{median} {most}");
    let (median_again, most_again) = run();
    // The counter is exact to 2 instructions; interrupts fall elsewhere.
    assert!(median.abs_diff(median_again) <= 100, "{median} {median_again}");
    assert!(most.abs_diff(most_again) <= 100, "{most} {most_again}");
}

#[test]
fn the_emulator_ends_when_it_is_dropped_and_the_line_tells() {
    let Rig { mut target, process, .. } = board(&artefact(), false);
    let status = PathBuf::from(format!("/proc/{}", process.id()));
    assert_eq!(status.exists(), cfg!(target_os = "linux"));
    drop(process);
    assert!(!status.exists());
    let error = target.hello_again().unwrap_err();
    assert!(matches!(error, TargetError::Link(_)), "{error}");
}

/// The ELF with an undefined instruction in place of the first one of a function, and that function's address.
fn with_trap(function: &str) -> (Vec<u8>, u32) {
    let mut bytes = std::fs::read(firmware_elf(FIRMWARE).unwrap()).unwrap();
    let elf = object::File::parse(&*bytes).unwrap();
    let named = |symbol: &object::Symbol<'_, '_>| symbol.name().is_ok_and(|name| name.contains(function));
    // The lowest bit of a function's address says that it is in Thumb code.
    let address = elf.symbols().find(named).unwrap().address() & !1;
    let holds = |segment: &object::Segment<'_, '_>| {
        (segment.address()..segment.address() + segment.file_range().1).contains(&address)
    };
    let segment = elf.segments().find(holds).unwrap();
    let offset = usize::try_from(segment.file_range().0 + address - segment.address()).unwrap();
    bytes[offset..offset + 2].copy_from_slice(&0xde00_u16.to_le_bytes());
    (bytes, u32::try_from(address).unwrap())
}

#[test]
fn a_hard_fault_is_reported_with_its_place() {
    let (elf, address) = with_trap("horizon13decide_within");
    let folder = tempfile::tempdir().unwrap();
    let (firmware, page) = (folder.path().join("firmware"), folder.path().join("artefact.bin"));
    std::fs::write(&firmware, elf).unwrap();
    std::fs::write(&page, artefact()).unwrap();
    let board = board::find("b-l475e-iot01a").unwrap();
    let process = Process::start(&board, &firmware, &page, false, &REQUESTED).unwrap();
    let link = Link::open(process.port(), board.baud, &REQUESTED).unwrap();
    let limits = Limits { overall: Duration::from_secs(6), ..Limits::default() };
    match Target::connect(link, limits).err() {
        Some(TargetError::Fault(Fault::HardFault { program_counter, .. })) => assert_eq!(program_counter, address),
        other => panic!("{other:?}"),
    }
}
