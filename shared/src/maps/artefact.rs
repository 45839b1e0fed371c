//! Conditions as they are carried to the target: behind the header of [`crate::artefact`], all little endian,
//!
//! ```text
//! counted classes (1), allowed classes of each cell (1 each), smallest region of each cell (1 each),
//! parent, least, most of each region (1 each), the conditions in words (UTF-8, for a person)
//! golden vectors: scores (4 each), map (2 tiles in a byte), status, evaluations (2 each), residual, checksum (4 each)
//! ```
//!
//! The header's dims are rows, columns, classes, regions.

use super::answer::Answer;
use super::program::{Conditions, Program, Region};
use super::{CELLS, CLASSES, HEIGHT, Memory, REGIONS, Scores, WIDTH};
use crate::artefact::{ArtefactError, HEADER_BYTES, Parts, parts, seal};

const TASK: u16 = 4;
/// Counted up whenever the form above, or what is computed of it, changes.
const SCHEMA: u32 = 1;
const WORD: usize = 4;
const REGION_BYTES: usize = 3;
const SCORES_BYTES: usize = CELLS * CLASSES * WORD;
const ANSWER_BYTES: usize = CELLS / 2 + 3 * WORD;
const GOLDEN_BYTES: usize = SCORES_BYTES + ANSWER_BYTES;

/// Conditions whose header, CRC and sizes are right, and that some map satisfies.
#[derive(Debug, Clone)]
pub struct MapsArtefact<'a> {
    /// CRC-32 of all bytes but itself: the artefact's identity.
    pub crc: u32,
    /// The conditions.
    pub program: Program,
    /// The same in words.
    pub words: &'a str,
    golden: &'a [[u8; GOLDEN_BYTES]],
}

/// Reads conditions from bytes that may go on behind them, as flash does.
///
/// # Errors
/// The first [`ArtefactError`] in the order of the header's fields, where magic, format, lengths and CRC come first;
/// [`ArtefactError::InvalidParameters`] for conditions that no map satisfies.
pub fn read(bytes: &[u8]) -> Result<MapsArtefact<'_>, ArtefactError> {
    let Parts { crc, dimensions, parameters, golden, golden_vectors } = parts(bytes, TASK, SCHEMA)?;
    let wrong = ArtefactError::WrongDimensions { found: dimensions };
    let [height, width, classes, regions] = dimensions.map(usize::from);
    if [height, width, classes] != [HEIGHT, WIDTH, CLASSES] || regions > REGIONS {
        return Err(wrong);
    }
    let (golden, rest) = golden.as_chunks();
    if golden.len() != golden_vectors as usize || !rest.is_empty() {
        return Err(ArtefactError::Malformed);
    }
    let (conditions, words) = conditions(parameters, regions).ok_or(ArtefactError::Malformed)?;
    let program = Program::new(conditions).map_err(|_| ArtefactError::InvalidParameters)?;
    Ok(MapsArtefact { crc, program, words, golden })
}

fn conditions(bytes: &[u8], regions: usize) -> Option<(Conditions, &str)> {
    let (&counted, bytes) = bytes.split_first()?;
    let (&allowed, bytes) = bytes.split_first_chunk()?;
    let (&smallest, bytes) = bytes.split_first_chunk()?;
    let (bounds, words) = bytes.split_at_checked(regions * REGION_BYTES)?;
    let mut regions = heapless::Vec::new();
    for &[parent, least, most] in bounds.as_chunks().0 {
        regions.push(Region { parent, least, most }).ok()?;
    }
    Some((Conditions { counted, allowed, smallest, regions }, core::str::from_utf8(words).ok()?))
}

impl MapsArtefact<'_> {
    /// Number of golden vectors.
    pub fn golden_vectors(&self) -> usize {
        self.golden.len()
    }

    /// Puts the conditions into the memory.
    pub fn load(&self, memory: &mut Memory) {
        memory.load(&self.program);
    }

    /// Loads the conditions and solves the golden vectors' scores.
    ///
    /// # Errors
    /// [`ArtefactError::GoldenVector`] at the first answer with other bits than on the host.
    pub fn self_test(&self, memory: &mut Memory) -> Result<(), ArtefactError> {
        self.load(memory);
        for (index, golden) in (0..).zip(self.golden) {
            let wrong = ArtefactError::GoldenVector { index };
            let (scores, expected) = golden.split_first_chunk::<SCORES_BYTES>().ok_or(wrong)?;
            for (score, bytes) in memory.scores.as_flattened_mut().iter_mut().zip(scores.as_chunks().0) {
                *score = f32::from_le_bytes(*bytes);
            }
            if bytes(&memory.solve()) != expected {
                return Err(wrong);
            }
        }
        Ok(())
    }
}

/// An answer's part of a golden vector.
fn bytes(answer: &Answer) -> [u8; ANSWER_BYTES] {
    let mut bytes = [0; ANSWER_BYTES];
    let status = (answer.status as u16).to_le_bytes();
    let evaluations = answer.evaluations.to_le_bytes();
    let (residual, checksum) = (answer.residual.to_le_bytes(), answer.checksum.to_le_bytes());
    let map = answer.map.0.as_flattened().iter();
    let all = map.chain(&status).chain(&evaluations).chain(&residual).chain(&checksum);
    bytes.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
    bytes
}

/// Writes an artefact into the buffer and returns its part of it; the scores with their answers become its golden vectors.
///
/// # Errors
/// [`ArtefactError::TooLarge`].
pub fn write<'a>(
    program: &Program,
    words: &str,
    scores: &[Scores],
    memory: &mut Memory,
    buffer: &'a mut [u8],
) -> Result<&'a [u8], ArtefactError> {
    let Conditions { counted, allowed, smallest, regions } = program.conditions();
    let body = buffer.get_mut(HEADER_BYTES..).ok_or(ArtefactError::TooLarge)?;
    let length = 1 + 2 * CELLS + regions.len() * REGION_BYTES + words.len();
    let (parameters, golden) = body.split_at_mut_checked(length).ok_or(ArtefactError::TooLarge)?;
    let bounds = regions.iter().flat_map(|&Region { parent, least, most }| [parent, least, most]);
    let cells = allowed.iter().chain(smallest).copied();
    let all = core::iter::once(*counted).chain(cells).chain(bounds).chain(words.bytes());
    parameters.iter_mut().zip(all).for_each(|(to, from)| *to = from);
    let golden = golden.as_chunks_mut::<GOLDEN_BYTES>().0.get_mut(..scores.len()).ok_or(ArtefactError::TooLarge)?;
    memory.load(program);
    for (place, scores) in golden.iter_mut().zip(scores) {
        memory.scores = *scores;
        let answer = bytes(&memory.solve());
        let scores = scores.as_flattened().iter().flat_map(|score| score.to_le_bytes());
        place.iter_mut().zip(scores.chain(answer)).for_each(|(to, from)| *to = from);
    }
    let golden_vectors = u32::try_from(scores.len()).map_err(|_| ArtefactError::TooLarge)?;
    let lengths = [length, scores.len().saturating_mul(GOLDEN_BYTES)];
    let dimensions = [HEIGHT, WIDTH, CLASSES, regions.len()].map(|number| number as u16);
    seal(buffer, TASK, SCHEMA, dimensions, lengths, golden_vectors)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::super::answer::Status;
    use super::super::instances;
    use super::*;
    use crate::artefact::{MAXIMUM_BYTES, crc32};
    use crate::random::Pcg64;
    use std::vec;
    use std::vec::Vec;

    const WORDS: &str = "exactly 60 brick; no brick at 2,3";

    fn program_and_scores(count: usize) -> (Program, Vec<Scores>) {
        let random = &mut Pcg64::from_seed(3);
        let (conditions, map) = instances::conditions(random, CELLS);
        (Program::new(conditions).unwrap(), (0..count).map(|_| instances::scores(random, &map)).collect())
    }

    fn written(program: &Program, scores: &[Scores]) -> Result<Vec<u8>, ArtefactError> {
        let mut buffer = vec![0; MAXIMUM_BYTES];
        write(program, WORDS, scores, &mut Memory::new(), &mut buffer).map(<[u8]>::to_vec)
    }

    #[test]
    fn what_was_written_passes_its_self_test_and_solves_alike() {
        let (program, scores) = program_and_scores(5);
        assert!(!program.conditions().regions.is_empty());
        let mut bytes = written(&program, &scores).unwrap();
        bytes.extend([0xff; 40]);
        let artefact = read(&bytes).unwrap();
        assert_eq!((artefact.golden_vectors(), artefact.words, &artefact.program), (5, WORDS, &program));
        let (mut tested, mut loaded) = (Memory::new(), Memory::new());
        assert_eq!(artefact.self_test(&mut tested), Ok(()));
        artefact.load(&mut loaded);
        for scores in scores {
            (tested.scores, loaded.scores) = (scores, scores);
            let answer = tested.solve();
            assert_eq!(loaded.solve(), answer);
            assert_eq!(answer.status, Status::Solved);
            assert!(program.satisfies(&answer.map.tiles()));
        }
    }

    #[test]
    fn one_wrong_bit_anywhere_is_refused() {
        let (program, scores) = program_and_scores(1);
        let bytes = written(&program, &scores).unwrap();
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 0x10;
            assert!(read(&damaged).is_err(), "byte {index}");
        }
        assert!((0..bytes.len()).all(|length| read(&bytes[..length]).is_err()));
    }

    /// The artefact with another byte and the CRC that belongs to it.
    fn forged(bytes: &[u8], place: usize, byte: u8) -> Vec<u8> {
        let mut other = bytes.to_vec();
        other[place] = byte;
        let crc = crc32(&[&other[..32], &other[HEADER_BYTES..]].concat());
        other[32..HEADER_BYTES].copy_from_slice(&crc.to_le_bytes());
        other
    }

    #[test]
    fn other_bits_than_the_hosts_are_told_though_the_crc_is_right() {
        let (program, scores) = program_and_scores(3);
        let bytes = written(&program, &scores).unwrap();
        // The checksum, which is last, of the second golden vector.
        let place = bytes.len() - GOLDEN_BYTES - 1;
        let refused = read(&forged(&bytes, place, bytes[place] ^ 1)).unwrap().self_test(&mut Memory::new());
        assert_eq!(refused, Err(ArtefactError::GoldenVector { index: 1 }));
    }

    #[test]
    fn what_no_map_satisfies_or_is_too_much_is_refused() {
        let (program, scores) = program_and_scores(25);
        assert_eq!(written(&program, &scores), Err(ArtefactError::TooLarge));
        let bytes = written(&program, &[]).unwrap();
        // The first cell may have no class; the first region has at least 200 tiles.
        for (place, byte) in [(HEADER_BYTES + 1, 0), (HEADER_BYTES + 1 + 2 * CELLS + 1, 200)] {
            assert_eq!(read(&forged(&bytes, place, byte)).unwrap_err(), ArtefactError::InvalidParameters);
        }
        assert!(matches!(read(&forged(&bytes, 18, 40)).unwrap_err(), ArtefactError::WrongDimensions { .. }));
        assert_eq!(read(&forged(&bytes, bytes.len() - 1, 0xff)).unwrap_err(), ArtefactError::Malformed);
    }
}
