//! Protocol of the firmware's application, which runs as a process of this computer.

use crate::policy_artefact::artefact;
use crate::rig::{Rig, start};
use convex_edge_core::artefact::{self, ArtefactError};
use convex_edge_core::episode::Scenario;
use convex_edge_core::fault::Fault;
use convex_edge_hil::recording::Recording;
use convex_edge_hil::scenarios::{closed_loop, protocol, self_play};
use convex_edge_hil::target::TargetError;
use convex_edge_setup::thumb::{FIRMWARE, firmware_process};

fn native(artefact: &[u8]) -> Rig {
    start("native", &firmware_process(FIRMWARE).unwrap(), artefact, false)
}

#[test]
fn the_protocol_is_kept() {
    let bytes = artefact();
    let mut rig = native(&bytes);
    let cases = protocol::run(&mut rig.target, &artefact::read(&bytes).unwrap(), |_| {}).unwrap();
    let failures: Vec<_> = cases.iter().filter(|case| case.failure.is_some()).collect();
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(rig.target.statistics().unwrap().dropped, 0);
}

#[test]
fn episodes_are_the_hosts_bit_for_bit() {
    let bytes = artefact();
    let artefact = artefact::read(&bytes).unwrap();
    let mut rig = native(&bytes);
    let mut solved = 0;
    let mut right = |recording: Recording| {
        assert_eq!(recording.mismatches, 0, "{:?}", recording.scenario);
        assert!(!recording.steps.is_empty());
        solved += u32::from(recording.solved);
    };
    let plant = |seed, gravity, power| Scenario { seed, gravity, power, noise: true };
    // The last one is so easy that the goal is reached.
    let scenarios = [Scenario::nominal(0), plant(1, 0.95, 1.05), plant(2, 1.05, 0.95), plant(3, 0.5, 2.0)];
    closed_loop::run(&mut rig.target, &artefact, &scenarios, &mut right).unwrap();
    self_play::run(&mut rig.target, &artefact, &scenarios, &mut right).unwrap();
    assert!(solved >= 2);
}

#[test]
fn no_limit_is_broken_within_the_model_error() {
    let bytes = artefact();
    let artefact = artefact::read(&bytes).unwrap();
    let mut rig = native(&bytes);
    let corners = [(0.95, 0.95), (0.95, 1.05), (1.05, 0.95), (1.05, 1.05)];
    let scenarios = corners.map(|(gravity, power)| Scenario { seed: 7, gravity, power, noise: true });
    self_play::run(&mut rig.target, &artefact, &scenarios, |recording| {
        assert_eq!((recording.violations, recording.mismatches), (0, 0), "{:?}", recording.scenario);
    })
    .unwrap();
}

#[test]
fn a_damaged_artefact_is_refused_by_name_and_the_target_stays_disarmed() {
    let good = artefact();
    let crc = artefact::read(&good).unwrap().crc;
    let mut damaged = good.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let truncated = &good[..good.len() - 1];
    let mut other_format = good.clone();
    other_format[4] ^= 0xFF;
    for bytes in [damaged.as_slice(), truncated, &other_format, &[]] {
        let expected = artefact::read(bytes).unwrap_err();
        let mut rig = native(bytes);
        assert_eq!(rig.target.hello().artefact, None);
        let refused = |error: ArtefactError| Fault::Artefact(error);
        let error = rig.target.arm(crc, 0).unwrap_err();
        assert!(matches!(error, TargetError::Fault(fault) if fault == refused(expected)), "{error}");
        let error = rig.target.observe(0, [-0.5, 0.0]).unwrap_err();
        // The artefact's fault comes first, armed or not.
        assert!(matches!(error, TargetError::Fault(Fault::Artefact(_) | Fault::NotArmed)), "{error}");
    }
}

#[test]
fn a_mismatch_is_seen() {
    let bytes = artefact();
    let mut other = artefact::read(&bytes).unwrap();
    other.parameters.cost.pump *= 1.0 + f32::EPSILON;
    let mut rig = native(&bytes);
    let mut mismatches = 0;
    self_play::run(&mut rig.target, &other, &[Scenario::nominal(0)], |recording| mismatches += recording.mismatches)
        .unwrap();
    assert!(mismatches > 0);
}

#[test]
fn the_process_ends_when_it_is_dropped_and_the_line_tells() {
    let Rig { mut target, process, .. } = native(&artefact());
    drop(process);
    let error = target.hello_again().unwrap_err();
    assert!(matches!(error, TargetError::Link(_)), "{error}");
}
