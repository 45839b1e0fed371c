//! Maps on a target, in QEMU and as a process: the host's bits, whatever the line loses.

use crate::rig::start;
use convex_edge_core::artefact::ArtefactError;
use convex_edge_core::fault::Fault;
use convex_edge_core::maps::Scores;
use convex_edge_core::maps::artefact::read;
use convex_edge_core::wire::CycleCounter;
use convex_edge_hil::lossy::{Lossy, Rates};
use convex_edge_hil::qemu::instructions;
use convex_edge_hil::scenarios::maps;
use convex_edge_hil::target::TargetError;
use convex_edge_maps::export::bytes;
use convex_edge_maps::target::{CONDITIONS, Counts, asked, scores};
use convex_edge_setup::thumb::{MAPS, firmware_elf, firmware_process};

fn scores_and_artefact(count: usize) -> (Vec<Scores>, Vec<u8>) {
    let scores = scores(count, 5).unwrap();
    let artefact = bytes(&asked(CONDITIONS).unwrap(), &scores).unwrap();
    (scores, artefact)
}

#[test]
fn the_emulated_microcontroller_gives_the_hosts_bits() {
    let (scores, artefact) = scores_and_artefact(12);
    let mut rig = start("b-l475e-iot01a", &firmware_elf(MAPS).unwrap(), &artefact, true);
    assert_eq!(rig.target.hello().cycle_counter, CycleCounter::SysTick);
    let (mut answers, mut costs) = (Vec::new(), Vec::new());
    maps::run(&mut rig.target, &read(&artefact).unwrap(), &scores, |beside| {
        assert!(beside.is_same(), "{beside:?}");
        answers.push(beside.target.answer);
        costs.push(beside.target.cycles.unwrap().map(instructions));
    })
    .unwrap();
    let counts = Counts::of(&asked(CONDITIONS).unwrap(), &scores, &answers).unwrap();
    assert_eq!([counts.maps, counts.solved, counts.valid, counts.best], [12; 4]);
    for [projecting, decoding] in costs {
        assert!((100_000..4_000_000).contains(&projecting), "{projecting}");
        assert!((50_000..1_000_000).contains(&decoding), "{decoding}");
    }
    assert!(rig.target.hello_again().unwrap().stack_free.is_some_and(|bytes| bytes > 16 * 1024));
}

#[test]
fn a_bad_line_delays_right_answers_and_gives_no_wrong_ones() {
    let (scores, artefact) = scores_and_artefact(4);
    let mut rig = start("native", &firmware_process(MAPS).unwrap(), &artefact, true);
    rig.target.link.set_lossy(Some(Lossy::new(Rates { drop: 0.0001, corrupt: 0.0001, duplicate: 0.0001 }, 3)));
    let mut found = 0;
    maps::run(&mut rig.target, &read(&artefact).unwrap(), &scores, |beside| {
        assert!(beside.is_same(), "{beside:?}");
        found += 1;
    })
    .unwrap();
    assert_eq!(found, scores.len());
}

#[test]
fn a_damaged_artefact_is_refused_by_name() {
    let (scores, mut artefact) = scores_and_artefact(1);
    let whole = artefact.clone();
    artefact[100] ^= 1;
    let mut rig = start("native", &firmware_process(MAPS).unwrap(), &artefact, true);
    assert_eq!(rig.target.hello().artefact, None);
    let refused = maps::run(&mut rig.target, &read(&whole).unwrap(), &scores, |_| {}).unwrap_err();
    let maps::MapsError::Target(TargetError::Fault(Fault::Artefact(reason))) = refused else { panic!("{refused}") };
    assert!(matches!(reason, ArtefactError::Crc { .. }), "{reason:?}");
}
