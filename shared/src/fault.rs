//! Faults of the target: one enum, each variant names the cause.

use crate::artefact::ArtefactError;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Everything the target can complain about. Every fault disarms it: the output is the safe action
/// until the host arms it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum Fault {
    /// The artefact in flash was refused; flash a good one.
    Artefact(ArtefactError),
    /// An observation, a self-play request, a sudoku or a map came while disarmed; send `Arm` first.
    NotArmed,
    /// `Arm` named another wire schema than the target was built with; rebuild one of the two sides.
    WireSchema {
        /// The target's own schema, [`crate::wire::schema`].
        expected: u32,
        /// Schema of the host.
        found: u32,
    },
    /// `Arm` named another artefact than the one in flash; flash the host's artefact.
    ArtefactMismatch {
        /// CRC-32 of the artefact in flash.
        expected: u32,
        /// CRC-32 that the host sent.
        found: u32,
    },
    /// An observation was lost: its sequence number is neither the last one nor its successor.
    SequenceGap {
        /// The sequence number the target would have taken.
        expected: u32,
        /// Sequence number that the host sent.
        found: u32,
    },
    /// An observation holds a NaN or an infinity.
    ObservationNotFinite,
    /// No observation came for this long while armed.
    ObservationTimeout {
        /// The limit that `Arm` set, milliseconds.
        milliseconds: u16,
    },
    /// A request that is another task's; flash the firmware of that task.
    OtherTask,
    /// A self-play request has a scale outside 0.5 to 2 or one that is not finite.
    PlantOutOfRange,
    /// The processor took a fault exception; only a reset helps.
    HardFault {
        /// Address of the instruction, 0 where the stack was lost.
        program_counter: u32,
        /// Configurable fault status register (ARMv7-M, B3.2.15).
        status: u32,
        /// Address of the access, where the status says that it is valid.
        address: u32,
    },
}
