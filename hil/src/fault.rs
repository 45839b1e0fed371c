//! Fault messages: meaning of each fault of the target, and its remedy.

use convex_edge_core::fault::Fault;

/// The fault as one line for people.
pub fn explain(fault: &Fault) -> String {
    match fault {
        Fault::Artefact(error) => format!("the target refuses its artefact ({error:?}): export and flash a good one"),
        Fault::NotArmed => "the target is not armed: arm it first".to_owned(),
        Fault::WireSchema { expected, found } => {
            format!("the target's schema is {expected:08x}, {found:08x} was sent: flash the firmware of this version")
        }
        Fault::ArtefactMismatch { expected, found } => {
            format!("the target holds artefact {expected:08x}, the host's is {found:08x}: flash the host's artefact")
        }
        Fault::SequenceGap { expected, found } => {
            format!("observation {found} reached the target where {expected} was due: one was lost; arm again")
        }
        Fault::ObservationNotFinite => "the target got an observation that is not finite; arm again".to_owned(),
        Fault::ObservationTimeout { milliseconds } => {
            format!("no observation reached the target for {milliseconds} ms, so it disarmed; arm again")
        }
        Fault::OtherTask => "the target's firmware is that of another task: flash the one of this task".to_owned(),
        Fault::PlantOutOfRange => "self-play takes gravity and power from 0.5 to 2; arm again".to_owned(),
        Fault::HardFault { program_counter, status, address } => format!(
            "the target's processor faulted at {program_counter:#010x} (CFSR {status:#010x}, address {address:#010x}): \
             reset it and report this"
        ),
    }
}
