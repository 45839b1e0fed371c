//! The network as it is carried to the target: behind the header of [`crate::artefact`], all little endian,
//!
//! ```text
//! 4 for each of the network's parameters (f32), in the order of `reader::PARAMETERS`
//! golden vectors: the images of a board (1024), grid (16), status, iterations (2 each), checksum (4)
//! ```
//!
//! The header's dims are pixels of a side, channels after each convolution, hidden units.

use super::layer::Solution;
use super::reader::{FIRST, HIDDEN, PARAMETERS, SECOND, SIDE};
use super::{CELLS, Images, Memory, PIXELS};
use crate::artefact::{ArtefactError, HEADER_BYTES, Parts, parts, seal};

const TASK: u16 = 3;
/// Counted up whenever the form above, or what is computed of it, changes.
const SCHEMA: u32 = 1;
const DIMENSIONS: [u16; 4] = [SIDE as u16, FIRST as u16, SECOND as u16, HIDDEN as u16];
const WORD: usize = 4;
const IMAGE_BYTES: usize = CELLS * PIXELS;
const ANSWER_BYTES: usize = CELLS + 2 * WORD;
const GOLDEN_BYTES: usize = IMAGE_BYTES + ANSWER_BYTES;

/// A network whose header, CRC and sizes are right.
#[derive(Debug, Clone, Copy)]
pub struct SudokuArtefact<'a> {
    /// CRC-32 of all bytes but itself: the artefact's identity.
    pub crc: u32,
    parameters: &'a [[u8; WORD]],
    golden: &'a [[u8; GOLDEN_BYTES]],
}

/// Reads a network from bytes that may go on behind it, as flash does.
///
/// # Errors
/// The first [`ArtefactError`] in the order of the header's fields, where magic, format, lengths and CRC come first.
pub fn read(bytes: &[u8]) -> Result<SudokuArtefact<'_>, ArtefactError> {
    let Parts { crc, dimensions, parameters, golden, golden_vectors } = parts(bytes, TASK, SCHEMA)?;
    if dimensions != DIMENSIONS {
        return Err(ArtefactError::WrongDimensions { found: dimensions });
    }
    let ((parameters, odd), (golden, rest)) = (parameters.as_chunks(), golden.as_chunks());
    let complete = parameters.len() == PARAMETERS && golden.len() == golden_vectors as usize;
    if !complete || !odd.is_empty() || !rest.is_empty() {
        return Err(ArtefactError::Malformed);
    }
    if !parameters.iter().all(|&number| f32::from_le_bytes(number).is_finite()) {
        return Err(ArtefactError::InvalidParameters);
    }
    Ok(SudokuArtefact { crc, parameters, golden })
}

impl SudokuArtefact<'_> {
    /// Number of golden vectors.
    pub fn golden_vectors(&self) -> usize {
        self.golden.len()
    }

    /// Puts the network into the memory.
    pub fn load(&self, memory: &mut Memory) {
        memory.weights.load(self.parameters.iter().map(|&number| f32::from_le_bytes(number)));
    }

    /// Loads the network and solves the golden vectors' boards.
    ///
    /// # Errors
    /// [`ArtefactError::GoldenVector`] at the first answer with other bits than on the host.
    pub fn self_test(&self, memory: &mut Memory) -> Result<(), ArtefactError> {
        self.load(memory);
        for (index, golden) in (0..).zip(self.golden) {
            let wrong = ArtefactError::GoldenVector { index };
            let (images, expected) = golden.split_first_chunk::<IMAGE_BYTES>().ok_or(wrong)?;
            let images = images.as_chunks().0.first_chunk::<CELLS>().ok_or(wrong)?;
            memory.read(images);
            if answer(&memory.solve()) != expected {
                return Err(wrong);
            }
        }
        Ok(())
    }
}

/// A solution's part of a golden vector.
fn answer(solution: &Solution) -> [u8; ANSWER_BYTES] {
    let mut bytes = [0; ANSWER_BYTES];
    let status = (solution.status as u16).to_le_bytes();
    let iterations = solution.iterations.to_le_bytes();
    let checksum = solution.checksum.to_le_bytes();
    let all = solution.grid.iter().chain(&status).chain(&iterations).chain(&checksum);
    bytes.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
    bytes
}

/// Writes an artefact into the buffer and returns its part of it; the boards with their solutions become its golden vectors.
///
/// # Errors
/// [`ArtefactError::InvalidParameters`] where there are not [`PARAMETERS`] finite numbers; [`ArtefactError::TooLarge`].
pub fn write<'a>(
    parameters: &[f32],
    boards: &[Images],
    memory: &mut Memory,
    buffer: &'a mut [u8],
) -> Result<&'a [u8], ArtefactError> {
    if parameters.len() != PARAMETERS || !parameters.iter().all(|number| number.is_finite()) {
        return Err(ArtefactError::InvalidParameters);
    }
    memory.weights.load(parameters.iter().copied());
    let body = buffer.get_mut(HEADER_BYTES..).ok_or(ArtefactError::TooLarge)?;
    let (numbers, golden) = body.split_at_mut_checked(PARAMETERS * WORD).ok_or(ArtefactError::TooLarge)?;
    for (bytes, number) in numbers.as_chunks_mut().0.iter_mut().zip(parameters) {
        *bytes = number.to_le_bytes();
    }
    let golden = golden.as_chunks_mut::<GOLDEN_BYTES>().0.get_mut(..boards.len()).ok_or(ArtefactError::TooLarge)?;
    for (bytes, images) in golden.iter_mut().zip(boards) {
        memory.read(images);
        let answer = answer(&memory.solve());
        let all = images.as_flattened().iter().chain(&answer);
        bytes.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
    }
    let golden_vectors = u32::try_from(boards.len()).map_err(|_| ArtefactError::TooLarge)?;
    let lengths = [PARAMETERS * WORD, boards.len().saturating_mul(GOLDEN_BYTES)];
    seal(buffer, TASK, SCHEMA, DIMENSIONS, lengths, golden_vectors)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::artefact::{MAXIMUM_BYTES, crc32};
    use crate::random::Pcg64;
    use std::vec;
    use std::vec::Vec;

    fn network_and_boards(boards: usize) -> (Vec<f32>, Vec<Images>) {
        let random = &mut Pcg64::from_seed(3);
        let network = (0..PARAMETERS).map(|_| random.uniform(-0.4, 0.4) as f32).collect();
        let mut pixel = || random.uniform(0.0, 255.9) as u8;
        (network, (0..boards).map(|_| core::array::from_fn(|_| core::array::from_fn(|_| pixel()))).collect())
    }

    fn written(network: &[f32], boards: &[Images]) -> Result<Vec<u8>, ArtefactError> {
        let mut buffer = vec![0; MAXIMUM_BYTES];
        write(network, boards, &mut Memory::new(), &mut buffer).map(<[u8]>::to_vec)
    }

    #[test]
    fn what_was_written_passes_its_self_test_and_solves_alike() {
        let (network, boards) = network_and_boards(5);
        let mut bytes = written(&network, &boards).unwrap();
        bytes.extend([0xff; 40]);
        let artefact = read(&bytes).unwrap();
        assert_eq!(artefact.golden_vectors(), 5);
        let (mut tested, mut loaded) = (Memory::new(), Memory::new());
        assert_eq!(artefact.self_test(&mut tested), Ok(()));
        artefact.load(&mut loaded);
        for images in &boards {
            tested.read(images);
            loaded.read(images);
            assert_eq!(tested.logits(), loaded.logits());
            assert_eq!(tested.solve(), loaded.solve());
        }
    }

    #[test]
    fn one_wrong_bit_anywhere_is_refused() {
        let (network, boards) = network_and_boards(1);
        let bytes = written(&network, &boards).unwrap();
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 0x10;
            assert!(read(&damaged).is_err(), "byte {index}");
        }
        assert!((0..bytes.len()).all(|length| read(&bytes[..length]).is_err()));
    }

    #[test]
    fn other_bits_than_the_hosts_are_told_though_the_crc_is_right() {
        let (network, boards) = network_and_boards(3);
        let bytes = written(&network, &boards).unwrap();
        // The checksum, which is last, of the second board.
        let place = bytes.len() - GOLDEN_BYTES - 1;
        let mut other = bytes.clone();
        other[place] ^= 1;
        let crc = crc32(&[&other[..32], &other[HEADER_BYTES..]].concat());
        other[32..HEADER_BYTES].copy_from_slice(&crc.to_le_bytes());
        let refused = read(&other).unwrap().self_test(&mut Memory::new());
        assert_eq!(refused, Err(ArtefactError::GoldenVector { index: 1 }));
    }

    #[test]
    fn what_is_no_network_or_too_much_is_refused() {
        let (mut network, boards) = network_and_boards(60);
        assert_eq!(written(&network, &boards), Err(ArtefactError::TooLarge));
        assert_eq!(written(&network[1..], &[]), Err(ArtefactError::InvalidParameters));
        network[7] = f32::NAN;
        assert_eq!(written(&network, &[]), Err(ArtefactError::InvalidParameters));
    }
}
