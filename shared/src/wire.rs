//! Wire protocol between host and target: messages, frames, accumulator.
//!
//! A frame is `COBS(postcard(message) ++ CRC-32 little endian) ++ 0x00`. Both sides drop a frame they cannot
//! read and resynchronise at the next zero byte. docs/PROTOCOL.md says what a lost frame means.

use crate::artefact::crc32;
use crate::fault::Fault;
use crate::maps::answer::Answer;
use crate::policy::Decision;
use crate::sudoku::layer::Solution;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Version of the frame format and of [`Hello`]; everything else is covered by [`schema`].
pub const PROTOCOL_VERSION: u16 = 1;

/// Longest frame to the target, in bytes with its delimiter: QEMU takes one received byte a main-loop turn.
pub const TO_TARGET_FRAME: usize = 32;

/// Longest frame to the host, in bytes with its delimiter.
pub const TO_HOST_FRAME: usize = 96;

/// Pixels in one [`ToTarget::Pixels`].
pub const CHUNK: usize = 16;

/// Scores in one [`ToTarget::Scores`], as many as the frame holds.
pub const SCORES: usize = 6;

const CRC_BYTES: usize = 4;

/// Host to target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToTarget {
    /// Asks for [`ToHost::Hello`]; harmless at any time, repeated until answered.
    Hello,
    /// Resets the policy's memory and arms the target; answered by [`ToHost::Armed`] or a fault.
    Arm {
        /// The host's [`schema`].
        schema: u32,
        /// CRC-32 of the artefact that the host expects in flash.
        artefact: u32,
        /// Disarm when no observation came for this many milliseconds of target time; 0: never.
        observation_timeout: u16,
    },
    /// Output the safe action from now on; answered by [`ToHost::Disarmed`].
    Disarm,
    /// One step of the control loop; answered by [`ToHost::Action`]. The same sequence number again gets the
    /// same answer again and advances nothing.
    Observation {
        /// Counts from 0 after each `Arm`.
        sequence: u32,
        /// Position and velocity.
        observation: [f32; 2],
    },
    /// Plays one episode with the plant on the target, which must be armed; answered by a [`ToHost::Telemetry`]
    /// a step and a [`ToHost::EpisodeEnd`]. Resets the policy's memory first.
    SelfPlay {
        /// Seed of the reset, as Gymnasium's `reset(seed=...)`; also seeds the sensor noise.
        seed: u64,
        /// Gravity relative to Gymnasium's, 0.5 to 2.
        gravity: f32,
        /// Power relative to Gymnasium's, 0.5 to 2.
        power: f32,
        /// Whether the observations carry the sensor noise that the safe set was made for.
        noise: bool,
    },
    /// Asks for [`ToHost::Statistics`].
    Statistics,
    /// A part of the images of a sudoku's cells; not answered.
    Pixels {
        /// Which part: its first pixel is the board's with [`CHUNK`] times this number.
        chunk: u8,
        /// Grey, 0 for paper and 255 for ink.
        pixels: [u8; CHUNK],
    },
    /// A part of the scores of a map's cells; not answered.
    Scores {
        /// Which part: its first score is the map's with [`SCORES`] times this number, the class fastest.
        part: u8,
        /// Finite numbers.
        scores: [f32; SCORES],
    },
    /// Solve the sudoku that the target, which must be armed, holds the images of, or find the map that it holds the scores
    /// of; answered by [`ToHost::Solved`] or [`ToHost::Decoded`], or by [`ToHost::PartsDiffer`] where a part was lost. The
    /// same request again gets the same answer again.
    Solve {
        /// Comes back with the answer.
        sequence: u32,
        /// CRC-32 of the images, line by line, cell by cell; or of the scores, little endian.
        checksum: u32,
    },
}

/// Target to host.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToHost {
    /// Introduction of the target.
    Hello(Hello),
    /// Armed, memory reset, next sequence number 0.
    Armed,
    /// Disarmed.
    Disarmed,
    /// The answer to an observation.
    Action {
        /// That of the observation.
        sequence: u32,
        /// What the policy decided; bits are compared with the host's.
        decision: Decision,
    },
    /// One step of self-play, sent only when the transmit buffer has room, so none is lost.
    Telemetry(Telemetry),
    /// Self-play's episode is over.
    EpisodeEnd {
        /// That of the request.
        seed: u64,
        /// Number of steps, 1 to 999.
        steps: u32,
        /// Sum of rewards, in the order of the steps.
        episode_return: f64,
        /// Whether the goal was reached.
        solved: bool,
    },
    /// The answer to a sudoku.
    Solved(Solved),
    /// The answer to a map's scores.
    Decoded(Decoded),
    /// The images or scores that the target holds have another checksum: send them again.
    PartsDiffer {
        /// That of the request.
        sequence: u32,
    },
    /// Counters since reset.
    Statistics(Statistics),
    /// Something went wrong and the target is disarmed.
    Fault(Fault),
}

/// Who the target is. Frozen within a [`PROTOCOL_VERSION`], so that an old target and a new host still
/// understand that they do not understand each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Hello {
    /// [`PROTOCOL_VERSION`] of the target.
    pub protocol: u16,
    /// [`schema`] of the target.
    pub schema: u32,
    /// CRC-32 of the artefact in flash, once it passed its self-test.
    pub artefact: Option<u32>,
    /// ASCII, padded with zeros.
    pub board: [u8; 16],
    /// Ticks of the control clock in a second, Hz.
    pub tick_rate: u32,
    /// Bytes of stack never touched since reset; `None` where it cannot be measured.
    pub stack_free: Option<u32>,
    /// Unit of [`Telemetry::cycles`], [`Solved::cycles`] and [`Decoded::cycles`].
    pub cycle_counter: CycleCounter,
}

/// Unit of a cycle count on this target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum CycleCounter {
    /// No counter.
    None,
    /// DWT.CYCCNT: processor cycles.
    Processor,
    /// SysTick from the processor clock: cycles on silicon; under QEMU's `-icount shift=6` 5.12 an instruction.
    SysTick,
}

/// One step of self-play.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Schema)]
pub struct Telemetry {
    /// Step within the episode, from 0.
    pub sequence: u32,
    /// Observation of the policy.
    pub observation: [f32; 2],
    /// Decision of the policy.
    pub decision: Decision,
    /// Cost of the decision in units of [`Hello::cycle_counter`]; not compared with the host's.
    pub cycles: Option<u32>,
}

/// The answer to a sudoku.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Solved {
    /// That of the request.
    pub sequence: u32,
    /// The grid and what is known of it; its bits are compared with the host's.
    pub solution: Solution,
    /// Cost of reading all cells and of the layer in units of [`Hello::cycle_counter`]; not compared with the host's.
    pub cycles: Option<[u32; 2]>,
}

/// The answer to a map's scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Schema)]
pub struct Decoded {
    /// That of the request.
    pub sequence: u32,
    /// The map and what is known of it; its bits are compared with the host's.
    pub answer: Answer,
    /// Cost of projecting and of decoding in units of [`Hello::cycle_counter`]; not compared with the host's.
    pub cycles: Option<[u32; 2]>,
}

/// Counters since reset; each wraps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Schema)]
pub struct Statistics {
    /// Frames taken.
    pub frames: u32,
    /// Frames dropped for their length, coding, CRC or content.
    pub bad_frames: u32,
    /// Received bytes lost because the receive buffer was full or the UART overran.
    pub overruns: u32,
    /// Frames not sent because the transmit buffer was full.
    pub dropped: u32,
    /// Ticks of the control clock.
    pub ticks: u32,
}

/// Errors of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// Longer than the buffer.
    TooLong,
    /// Not COBS, or shorter than its CRC.
    Encoding,
    /// The CRC-32 does not match.
    Crc,
    /// Not a message of this protocol.
    Message,
}

/// Hash of both message types: sides with different ones must not talk. FNV-1a of the postcard schemas,
/// folded to 32 bits.
pub const fn schema() -> u32 {
    let to_target = u64::from_le_bytes(postcard_schema::key::Key::for_path::<ToTarget>("to-target").to_bytes());
    let to_host = u64::from_le_bytes(postcard_schema::key::Key::for_path::<ToHost>("to-host").to_bytes());
    let both = to_target ^ to_host.rotate_left(1);
    (both ^ (both >> 32)) as u32
}

/// Writes a message as one frame and returns the frame's part of the buffer.
///
/// # Errors
/// [`FrameError::TooLong`] where the buffer is too short; [`TO_TARGET_FRAME`] and [`TO_HOST_FRAME`] suffice.
pub fn encode<'a, M: Serialize, const BYTES: usize>(
    message: &M,
    frame: &'a mut [u8; BYTES],
) -> Result<&'a [u8], FrameError> {
    let mut plain = [0; BYTES];
    let length = postcard::to_slice(message, &mut plain).map_err(|_| FrameError::TooLong)?.len();
    let (body, rest) = plain.split_at_mut_checked(length).ok_or(FrameError::TooLong)?;
    let checksum = rest.get_mut(..CRC_BYTES).ok_or(FrameError::TooLong)?;
    checksum.copy_from_slice(&crc32(body).to_le_bytes());
    let plain = plain.get(..length + CRC_BYTES).ok_or(FrameError::TooLong)?;
    let length = cobs::try_encode(plain, frame).map_err(|_| FrameError::TooLong)?;
    // The byte behind the code is the delimiter.
    *frame.get_mut(length).ok_or(FrameError::TooLong)? = 0;
    frame.get(..=length).ok_or(FrameError::TooLong)
}

/// Collects received bytes and gives a message whenever a frame is complete.
#[derive(Debug)]
pub struct Accumulator<const BYTES: usize> {
    bytes: heapless::Vec<u8, BYTES>,
    overflowed: bool,
}

impl<const BYTES: usize> Accumulator<BYTES> {
    /// Empty.
    pub const fn new() -> Self {
        Self { bytes: heapless::Vec::new(), overflowed: false }
    }

    /// Takes one byte. `None` inside a frame; empty frames (two delimiters in a row) are silently skipped.
    ///
    /// # Errors
    /// A [`FrameError`] at the end of a frame that cannot be read; the next frame starts clean.
    pub fn push<M: DeserializeOwned>(&mut self, byte: u8) -> Option<Result<M, FrameError>> {
        if byte != 0 {
            self.overflowed |= self.bytes.push(byte).is_err();
            return None;
        }
        if self.bytes.is_empty() {
            return None;
        }
        let message = if self.overflowed { Err(FrameError::TooLong) } else { decode(&mut self.bytes) };
        self.bytes.clear();
        self.overflowed = false;
        Some(message)
    }
}

impl<const BYTES: usize> Default for Accumulator<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

fn decode<M: DeserializeOwned>(frame: &mut [u8]) -> Result<M, FrameError> {
    let length = decode_cobs(frame).ok_or(FrameError::Encoding)?;
    let body_length = length.checked_sub(CRC_BYTES).ok_or(FrameError::Encoding)?;
    let (body, rest) = frame.split_at_checked(body_length).ok_or(FrameError::Encoding)?;
    let checksum = rest.first_chunk::<CRC_BYTES>().ok_or(FrameError::Encoding)?;
    if crc32(body) != u32::from_le_bytes(*checksum) {
        return Err(FrameError::Crc);
    }
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(message),
        _ => Err(FrameError::Message),
    }
}

/// In place; `cobs::decode_in_place` is right, but the compiler does not see that its indices are in bounds.
fn decode_cobs(frame: &mut [u8]) -> Option<usize> {
    let (mut from, mut to) = (0, 0);
    while let Some(&code) = frame.get(from) {
        let end = from + usize::from(code.max(1));
        for source in from + 1..end {
            let byte = *frame.get(source)?;
            *frame.get_mut(to)? = byte;
            to += 1;
        }
        from = end;
        if code < u8::MAX && from < frame.len() {
            *frame.get_mut(to)? = 0;
            to += 1;
        }
    }
    Some(to)
}
