//! Artefact that the host writes for the target: header, parameters, golden vectors.
//!
//! ```text
//! offset  size  little endian
//!      0     4  magic "CVXE"
//!      4     2  format version
//!      6     2  task, 1: MountainCarContinuous under limits, 2: any program (`program::artefact`),
//!              3: sudoku (`sudoku::artefact`), 4: conditions on maps (`maps::artefact`)
//!      8     4  schema hash of the parameters and golden vectors
//!     12     8  dims (2 bytes each): horizon, variables, rows, knots; of a program parameters, variables, rows, outputs;
//!              of sudoku and maps see their artefacts
//!     20     4  length of the parameters
//!     24     4  length of the golden vectors
//!     28     4  number of golden vectors
//!     32     4  CRC-32 of everything else
//!     36        postcard(parameters), postcard(golden vector) each
//! ```
//!
//! The golden vectors are consecutive observations from the start of an episode with the decisions that the host
//! computed; a target that does not give the same bits, warm starts included, must not run the parameters.

use crate::policy::{Decision, HORIZON, Horizon10, Parameters, ROWS, decide};
use crate::safety::KNOTS;
use postcard_schema::Schema;
use postcard_schema::key::Key;
use serde::{Deserialize, Serialize};

/// Where boards keep the artefact: the last 64 KiB of 1 MiB of flash.
pub const ADDRESS: u32 = 0x080F_0000;

/// Most bytes of an artefact.
pub const MAXIMUM_BYTES: usize = 64 * 1024;

const MAGIC: [u8; 4] = *b"CVXE";
const FORMAT: u16 = 1;
const TASK: u16 = 1;
const DIMENSIONS: [u16; 4] = [HORIZON as u16, HORIZON as u16, ROWS as u16, KNOTS as u16];
const SCHEMA: u32 = schema();
pub(crate) const HEADER_BYTES: usize = 36;
const CRC_OFFSET: usize = 32;

/// Errors of an artefact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[non_exhaustive]
pub enum ArtefactError {
    /// There is none: the magic number is missing.
    Missing,
    /// Made by another version of the format.
    UnknownFormat {
        /// Its version.
        found: u16,
    },
    /// The bytes end before the lengths in the header do.
    Truncated {
        /// Bytes that the header announces.
        expected: u32,
        /// Bytes that there are.
        found: u32,
    },
    /// The bytes are damaged.
    Crc {
        /// CRC-32 in the header.
        expected: u32,
        /// CRC-32 of the bytes.
        found: u32,
    },
    /// The artefact is for another task.
    WrongTask {
        /// Its number.
        found: u16,
    },
    /// Its parameters have another form than this program's.
    WrongSchema {
        /// Schema of this program.
        expected: u32,
        /// Schema in the header.
        found: u32,
    },
    /// Another horizon, or other numbers of variables, rows or knots.
    WrongDimensions {
        /// Dims in the header.
        found: [u16; 4],
    },
    /// CRC and schema match, and yet it cannot be decoded: a bug on the side that wrote it.
    Malformed,
    /// A parameter is not finite, a limit or softness not positive, or no map satisfies the conditions.
    InvalidParameters,
    /// The decision at this golden vector has other bits here than on the host.
    GoldenVector {
        /// Its index.
        index: u32,
    },
    /// More bytes than the flash area has (on writing only).
    TooLarge,
}

/// One observation and the decision that must come of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Schema)]
pub struct GoldenVector {
    /// Observation of the policy.
    pub observation: [f32; 2],
    /// Decision that the target must return.
    pub decision: Decision,
}

/// An artefact whose header, CRC, schema and dims are right.
#[derive(Debug, Clone, PartialEq)]
pub struct Artefact<'a> {
    /// CRC-32 of all bytes but itself: the artefact's identity.
    pub crc: u32,
    /// Parameters of the policy.
    pub parameters: Parameters,
    /// Number of golden vectors.
    pub golden_vectors: u32,
    golden: &'a [u8],
}

/// CRC-32 (ISO-HDLC) of some bytes.
pub fn crc32(bytes: &[u8]) -> u32 {
    const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    CRC.checksum(bytes)
}

/// Hash of the form of parameters and golden vectors.
pub const fn schema() -> u32 {
    let parameters = u64::from_le_bytes(Key::for_path::<Parameters>("parameters").to_bytes());
    let golden = u64::from_le_bytes(Key::for_path::<GoldenVector>("golden").to_bytes());
    let both = parameters ^ golden.rotate_left(1);
    (both ^ (both >> 32)) as u32
}

/// The parts of an artefact whose header and CRC are right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) crc: u32,
    pub(crate) dimensions: [u16; 4],
    pub(crate) parameters: &'a [u8],
    pub(crate) golden: &'a [u8],
    pub(crate) golden_vectors: u32,
}

/// Reads the parts from bytes that may go on behind them, as flash does.
pub(crate) fn parts(bytes: &[u8], task: u16, schema: u32) -> Result<Parts<'_>, ArtefactError> {
    if bytes.first_chunk() != Some(&MAGIC) {
        return Err(ArtefactError::Missing);
    }
    let truncated =
        |expected: usize| ArtefactError::Truncated { expected: saturate(expected), found: saturate(bytes.len()) };
    let header = bytes.first_chunk::<HEADER_BYTES>().ok_or(truncated(HEADER_BYTES))?;
    let format = u16_at(header, 4);
    if format != FORMAT {
        return Err(ArtefactError::UnknownFormat { found: format });
    }
    let parameters_end = HEADER_BYTES.saturating_add(u32_at(header, 20) as usize);
    let end = parameters_end.saturating_add(u32_at(header, 24) as usize);
    let whole = bytes.get(..end).ok_or(truncated(end))?;
    let expected = u32_at(header, CRC_OFFSET);
    let found = checksum(whole);
    if expected != found {
        return Err(ArtefactError::Crc { expected, found });
    }
    let found = u16_at(header, 6);
    if found != task {
        return Err(ArtefactError::WrongTask { found });
    }
    let found = u32_at(header, 8);
    if found != schema {
        return Err(ArtefactError::WrongSchema { expected: schema, found });
    }
    Ok(Parts {
        crc: expected,
        dimensions: [12, 14, 16, 18].map(|offset| u16_at(header, offset)),
        parameters: whole.get(HEADER_BYTES..parameters_end).ok_or(ArtefactError::Malformed)?,
        golden: whole.get(parameters_end..).ok_or(ArtefactError::Malformed)?,
        golden_vectors: u32_at(header, 28),
    })
}

/// Reads an artefact from bytes that may go on behind it, as flash does.
///
/// # Errors
/// The first [`ArtefactError`] in the order of the header's fields, where magic, format, lengths and CRC come first.
pub fn read(bytes: &[u8]) -> Result<Artefact<'_>, ArtefactError> {
    let parts = parts(bytes, TASK, SCHEMA)?;
    if parts.dimensions != DIMENSIONS {
        return Err(ArtefactError::WrongDimensions { found: parts.dimensions });
    }
    let parameters: Parameters = match postcard::take_from_bytes(parts.parameters) {
        Ok((parameters, [])) => parameters,
        _ => return Err(ArtefactError::Malformed),
    };
    if !parameters.is_valid() {
        return Err(ArtefactError::InvalidParameters);
    }
    Ok(Artefact { crc: parts.crc, parameters, golden_vectors: parts.golden_vectors, golden: parts.golden })
}

impl Artefact<'_> {
    /// [`decide`] with these parameters, compiled once for every caller.
    pub fn decide(&self, memory: &mut Horizon10, observation: [f32; 2]) -> Decision {
        decide(&self.parameters, memory, observation)
    }

    /// Runs the golden vectors, leaving the memory reset.
    ///
    /// # Errors
    /// [`ArtefactError::GoldenVector`] at the first decision with other bits; [`ArtefactError::Malformed`].
    pub fn self_test(&self, memory: &mut Horizon10) -> Result<(), ArtefactError> {
        let mut rest = self.golden;
        memory.reset();
        for index in 0..self.golden_vectors {
            let (golden, after): (GoldenVector, _) =
                postcard::take_from_bytes(rest).map_err(|_| ArtefactError::Malformed)?;
            rest = after;
            if !self.decide(memory, golden.observation).has_same_bits(&golden.decision) {
                memory.reset();
                return Err(ArtefactError::GoldenVector { index });
            }
        }
        memory.reset();
        if rest.is_empty() { Ok(()) } else { Err(ArtefactError::Malformed) }
    }
}

/// Writes an artefact into the buffer and returns its part of it; the decisions at the observations, which follow
/// each other from the start of an episode, become its golden vectors.
///
/// # Errors
/// [`ArtefactError::InvalidParameters`]; [`ArtefactError::TooLarge`].
pub fn write<'a>(
    parameters: &Parameters,
    observations: &[[f32; 2]],
    memory: &mut Horizon10,
    buffer: &'a mut [u8],
) -> Result<&'a [u8], ArtefactError> {
    if !parameters.is_valid() {
        return Err(ArtefactError::InvalidParameters);
    }
    let mut end = HEADER_BYTES;
    let parameters_bytes = append(parameters, buffer, &mut end)?;
    let mut golden_bytes = 0;
    memory.reset();
    for &observation in observations {
        let decision = decide(parameters, memory, observation);
        golden_bytes += append(&GoldenVector { observation, decision }, buffer, &mut end)?;
    }
    memory.reset();
    let golden_vectors = saturate(observations.len());
    seal(buffer, TASK, SCHEMA, DIMENSIONS, [parameters_bytes, golden_bytes], golden_vectors)
}

/// Writes the header before parameters and golden vectors of these lengths, which lie in the buffer from
/// [`HEADER_BYTES`] on.
pub(crate) fn seal(
    buffer: &mut [u8],
    task: u16,
    schema: u32,
    dimensions: [u16; 4],
    [parameters_bytes, golden_bytes]: [usize; 2],
    golden_vectors: u32,
) -> Result<&[u8], ArtefactError> {
    let end = HEADER_BYTES.saturating_add(parameters_bytes).saturating_add(golden_bytes);
    if end > MAXIMUM_BYTES {
        return Err(ArtefactError::TooLarge);
    }
    let mut header = heapless::Vec::<u8, HEADER_BYTES>::new();
    let [a, b, c, d] = dimensions.map(u16::to_le_bytes);
    let fields: [&[u8]; 11] = [
        &MAGIC,
        &FORMAT.to_le_bytes(),
        &task.to_le_bytes(),
        &schema.to_le_bytes(),
        &a,
        &b,
        &c,
        &d,
        &saturate(parameters_bytes).to_le_bytes(),
        &saturate(golden_bytes).to_le_bytes(),
        &golden_vectors.to_le_bytes(),
    ];
    for field in fields {
        header.extend_from_slice(field).map_err(|_| ArtefactError::TooLarge)?;
    }
    let whole = buffer.get_mut(..end).ok_or(ArtefactError::TooLarge)?;
    whole.get_mut(..CRC_OFFSET).ok_or(ArtefactError::TooLarge)?.copy_from_slice(&header);
    let crc = checksum(whole).to_le_bytes();
    whole.get_mut(CRC_OFFSET..HEADER_BYTES).ok_or(ArtefactError::TooLarge)?.copy_from_slice(&crc);
    Ok(whole)
}

fn append<S: Serialize>(value: &S, buffer: &mut [u8], end: &mut usize) -> Result<usize, ArtefactError> {
    let rest = buffer.get_mut(*end..).ok_or(ArtefactError::TooLarge)?;
    let length = postcard::to_slice(value, rest).map_err(|_| ArtefactError::TooLarge)?.len();
    *end += length;
    Ok(length)
}

/// CRC-32 of everything but the CRC itself.
fn checksum(whole: &[u8]) -> u32 {
    const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    let mut digest = CRC.digest();
    digest.update(whole.get(..CRC_OFFSET).unwrap_or_default());
    digest.update(whole.get(HEADER_BYTES..).unwrap_or_default());
    digest.finalize()
}

fn u16_at(header: &[u8; HEADER_BYTES], offset: usize) -> u16 {
    header.get(offset..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(header: &[u8; HEADER_BYTES], offset: usize) -> u32 {
    header.get(offset..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn saturate(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
