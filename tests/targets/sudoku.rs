//! Sudoku on a target, in QEMU and as a process: the host's bits, whatever the line loses.

use crate::rig::start;
use convex_edge_core::artefact::ArtefactError;
use convex_edge_core::fault::Fault;
use convex_edge_core::random::Pcg64;
use convex_edge_core::sudoku::Images;
use convex_edge_core::sudoku::artefact::read;
use convex_edge_core::wire::CycleCounter;
use convex_edge_hil::lossy::{Lossy, Rates};
use convex_edge_hil::qemu::instructions;
use convex_edge_hil::scenarios::sudoku;
use convex_edge_hil::target::TargetError;
use convex_edge_setup::thumb::{SUDOKU, firmware_elf, firmware_process};
use convex_edge_sudoku::data::digits::optdigits;
use convex_edge_sudoku::export::bytes;
use convex_edge_sudoku::model::reader::{Architecture, Reader};
use convex_edge_sudoku::target::{images, job, test_boards};
use convex_edge_sudoku::train::settings::{EMBEDDED, Settings};

/// Real digits, and a reader that never learned: its doubts take the layer through every status.
fn boards_and_artefact(count: usize) -> (Vec<Images>, Vec<u8>) {
    let (split, settings) = (optdigits::load(), Settings::load(None, EMBEDDED).unwrap());
    let boards = images(&test_boards(&job(&settings).unwrap(), count, &split.test).unwrap());
    let reader = Reader::new(&Architecture::small(), &mut Pcg64::from_seed(5), &burn::tensor::Device::flex()).unwrap();
    let artefact = bytes(&reader.weights().unwrap(), &boards).unwrap();
    (boards, artefact)
}

#[test]
fn the_emulated_microcontroller_gives_the_hosts_bits() {
    let (boards, artefact) = boards_and_artefact(12);
    let mut rig = start("b-l475e-iot01a", &firmware_elf(SUDOKU).unwrap(), &artefact, true);
    assert_eq!(rig.target.hello().cycle_counter, CycleCounter::SysTick);
    let mut costs = Vec::new();
    sudoku::run(&mut rig.target, &read(&artefact).unwrap(), &boards, |beside| {
        assert!(beside.is_same(), "{beside:?}");
        costs.push(beside.target.cycles.unwrap().map(instructions));
    })
    .unwrap();
    assert_eq!(costs.len(), boards.len());
    for [reading, layer] in costs {
        // 384,000 multiplications of the network; the layer's iterations are fewer.
        assert!((400_000..4_000_000).contains(&reading), "{reading}");
        assert!((10_000..4_000_000).contains(&layer), "{layer}");
    }
    assert!(rig.target.hello_again().unwrap().stack_free.is_some_and(|bytes| bytes > 16 * 1024));
}

#[test]
fn a_bad_line_delays_right_answers_and_gives_no_wrong_ones() {
    let (boards, artefact) = boards_and_artefact(4);
    let mut rig = start("native", &firmware_process(SUDOKU).unwrap(), &artefact, true);
    rig.target.link.set_lossy(Some(Lossy::new(Rates { drop: 0.0005, corrupt: 0.0005, duplicate: 0.0005 }, 3)));
    let mut solved = 0;
    sudoku::run(&mut rig.target, &read(&artefact).unwrap(), &boards, |beside| {
        assert!(beside.is_same(), "{beside:?}");
        solved += 1;
    })
    .unwrap();
    assert_eq!(solved, boards.len());
}

#[test]
fn a_damaged_artefact_is_refused_by_name() {
    let (boards, mut artefact) = boards_and_artefact(1);
    let whole = artefact.clone();
    artefact[100] ^= 1;
    let mut rig = start("native", &firmware_process(SUDOKU).unwrap(), &artefact, true);
    assert_eq!(rig.target.hello().artefact, None);
    let refused = sudoku::run(&mut rig.target, &read(&whole).unwrap(), &boards, |_| {}).unwrap_err();
    let sudoku::SudokuError::Target(TargetError::Fault(Fault::Artefact(reason))) = refused else { panic!("{refused}") };
    assert!(matches!(reason, ArtefactError::Crc { .. }), "{reason:?}");
}
