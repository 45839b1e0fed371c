//! A program as it is carried to the target: behind the header of [`crate::artefact`], all little endian,
//!
//! ```text
//! 2 bytes          simple bounds
//! 11 times 4       number of terms: H, f, A, l, u each without and with parameters, softness
//! 10 for each term row, column, parameter (2 each), coefficient (f32)
//! 2 for each output its index in the solution
//! golden vectors   parameters (f32 each), status, iterations (4 each), outputs (f32 each; 0x7fc00000 where unsolved)
//! ```
//!
//! It is read in place, in flash; only the problem of given parameters needs memory.

use super::{Term, set_entries};
use crate::artefact::{ArtefactError, HEADER_BYTES, parts, seal};
use crate::qp::{Qp, Settings, Solution, Workspace, solve_updated, solve_warm};

const TASK: u16 = 2;
/// Counted up whenever the form above changes, or what an unsolved golden vector holds.
const SCHEMA: u32 = 2;
const LISTS: usize = 11;
const WORD: usize = 4;
const TERM_BYTES: usize = 10;

/// A program whose header, CRC and sizes are right.
#[derive(Debug, Clone, Copy)]
pub struct ProgramArtefact<'a> {
    /// CRC-32 of all bytes but itself: the artefact's identity.
    pub crc: u32,
    /// Number of golden vectors.
    pub golden_vectors: u32,
    parameters: usize,
    variables: u16,
    constraints: u16,
    outputs: &'a [[u8; 2]],
    bounds: usize,
    /// H, f, A, l, u without and with parameters, softness.
    lists: [&'a [[u8; TERM_BYTES]]; LISTS],
    golden: &'a [[u8; WORD]],
}

/// A problem and what solves it: put it into a static.
#[derive(Debug, Clone)]
pub struct Memory<const N: usize, const M: usize> {
    qp: Qp<f32, N, M>,
    workspace: Workspace<f32, N, M>,
    /// CRC of the program whose constants and matrices are in.
    holds: Option<u32>,
}

impl<const N: usize, const M: usize> Memory<N, M> {
    /// Bytes of the problem, and of the solver's workspace.
    pub const BYTES: [usize; 2] = [size_of::<Qp<f32, N, M>>(), size_of::<Workspace<f32, N, M>>()];

    /// No program yet.
    pub const fn new() -> Self {
        Self { qp: Qp::zero(), workspace: Workspace::new(), holds: None }
    }

    /// The next solve is cold and forms all factors anew.
    pub fn reset(&mut self) {
        self.holds = None;
    }
}

impl<const N: usize, const M: usize> Default for Memory<N, M> {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads a program from bytes that may go on behind it, as flash does.
///
/// # Errors
/// The first [`ArtefactError`] in the order of the header's fields, where magic, format, lengths and CRC come first.
pub fn read(bytes: &[u8]) -> Result<ProgramArtefact<'_>, ArtefactError> {
    let parts = parts(bytes, TASK, SCHEMA)?;
    let [parameters, variables, constraints, outputs] = parts.dimensions;
    let (bounds, rest) = parts.parameters.split_first_chunk::<2>().ok_or(ArtefactError::Malformed)?;
    let (counts, mut rest) = rest.split_first_chunk::<{ LISTS * WORD }>().ok_or(ArtefactError::Malformed)?;
    let mut lists: [&[[u8; TERM_BYTES]]; LISTS] = [&[]; LISTS];
    for (list, &count) in lists.iter_mut().zip(counts.as_chunks::<WORD>().0) {
        let bytes = (u32::from_le_bytes(count) as usize).saturating_mul(TERM_BYTES);
        let (terms, after) = rest.split_at_checked(bytes).ok_or(ArtefactError::Malformed)?;
        (*list, rest) = (terms.as_chunks().0, after);
    }
    let (outputs_found, after) = rest.as_chunks::<2>();
    let (golden, odd) = parts.golden.as_chunks::<WORD>();
    let vector = usize::from(parameters) + 2 + usize::from(outputs);
    let complete = golden.len() == (parts.golden_vectors as usize).saturating_mul(vector);
    if !after.is_empty() || !odd.is_empty() || outputs_found.len() != usize::from(outputs) || !complete {
        return Err(ArtefactError::Malformed);
    }
    Ok(ProgramArtefact {
        crc: parts.crc,
        golden_vectors: parts.golden_vectors,
        parameters: usize::from(parameters),
        variables,
        constraints,
        outputs: outputs_found,
        bounds: usize::from(u16::from_le_bytes(*bounds)),
        lists,
        golden,
    })
}

/// Writes the header before a body that lies in the buffer from byte [`BODY`] on.
///
/// `dimensions` are parameters, variables, constraints, outputs; `lengths` those of the program and of its golden vectors,
/// in bytes.
///
/// # Errors
/// [`ArtefactError::TooLarge`].
pub fn write(
    buffer: &mut [u8],
    dimensions: [u16; 4],
    lengths: [usize; 2],
    golden_vectors: u32,
) -> Result<&[u8], ArtefactError> {
    seal(buffer, TASK, SCHEMA, dimensions, lengths, golden_vectors)
}

/// Offset of the body, bytes.
pub const BODY: usize = HEADER_BYTES;

impl<'a> ProgramArtefact<'a> {
    /// Number of parameter entries.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Number of output entries.
    pub fn outputs(&self) -> usize {
        self.outputs.len()
    }

    /// Solves for these parameters, from the working set of the solve before; where H and A depend on no parameters, with
    /// its factors too. Cost: one multiplication a term, and the solve.
    ///
    /// # Errors
    /// [`ArtefactError::WrongDimensions`] where N and M are not those of the program;
    /// [`ArtefactError::InvalidParameters`] where there are too few parameters.
    pub fn solve<'m, const N: usize, const M: usize>(
        &self,
        memory: &'m mut Memory<N, M>,
        parameters: &[f32],
    ) -> Result<Solution<'m, f32, N, M>, ArtefactError> {
        if (usize::from(self.variables), usize::from(self.constraints)) != (N, M) {
            let outputs = u16::try_from(self.outputs.len()).unwrap_or(u16::MAX);
            let found = [self.parameters as u16, self.variables, self.constraints, outputs];
            return Err(ArtefactError::WrongDimensions { found });
        }
        let parameters = parameters.get(..self.parameters).ok_or(ArtefactError::InvalidParameters)?;
        let Memory { qp, workspace, holds } = memory;
        let [_, hessian, _, linear, _, rows, _, lower, _, upper, _] = self.lists.map(terms);
        let fresh = *holds != Some(self.crc);
        if fresh {
            self.load_constants(qp);
            workspace.clear();
            *holds = Some(self.crc);
        }
        let same_matrices = !fresh && hessian.len() == 0 && rows.len() == 0;
        set_entries(&mut qp.hessian, hessian, parameters);
        set_entries(&mut qp.rows, rows, parameters);
        set_entries(&mut qp.linear, linear, parameters);
        set_entries(&mut qp.lower, lower, parameters);
        set_entries(&mut qp.upper, upper, parameters);
        let settings = Settings::default();
        if same_matrices {
            workspace.set_vectors(qp);
            return Ok(solve_updated(qp, workspace, &settings));
        }
        Ok(solve_warm(qp, workspace, &settings))
    }

    fn load_constants<const N: usize, const M: usize>(&self, qp: &mut Qp<f32, N, M>) {
        let [hessian, _, linear, _, rows, _, lower, _, upper, _, softness] = self.lists.map(terms);
        qp.hessian.data.0 = [[0.0; N]; N];
        qp.rows.data.0 = [[0.0; M]; N];
        (qp.linear.data.0, qp.softness.data.0) = ([[0.0; N]], [[0.0; M]]);
        (qp.lower.data.0, qp.upper.data.0) = ([[f32::NEG_INFINITY; M]], [[f32::INFINITY; M]]);
        qp.bounds = self.bounds;
        set_entries(&mut qp.hessian, hessian, &[]);
        set_entries(&mut qp.rows, rows, &[]);
        set_entries(&mut qp.linear, linear, &[]);
        set_entries(&mut qp.lower, lower, &[]);
        set_entries(&mut qp.upper, upper, &[]);
        set_entries(&mut qp.softness, softness, &[]);
    }

    /// The outputs of a solution, in order.
    pub fn outputs_of<'s, const N: usize, const M: usize>(
        &'s self,
        solution: &'s Solution<'_, f32, N, M>,
    ) -> impl Iterator<Item = f32> + 's {
        let entry = |index: u16| solution.x.as_slice().get(usize::from(index)).copied().unwrap_or(f32::NAN);
        self.outputs.iter().map(move |&index| entry(u16::from_le_bytes(index)))
    }

    /// Parameters of a golden vector, and what must come of them: status and iterations, then the outputs.
    pub fn golden(
        &self,
        index: usize,
    ) -> Option<(impl Iterator<Item = f32> + 'a, [u32; 2], impl Iterator<Item = u32> + 'a)> {
        let length = self.parameters + 2 + self.outputs.len();
        let vector = self.golden.get(index.checked_mul(length)?..)?.get(..length)?;
        let (parameters, rest) = vector.split_at_checked(self.parameters)?;
        let (&[status, iterations], outputs) = rest.split_first_chunk::<2>()?;
        let numbers = parameters.iter().copied().map(f32::from_le_bytes);
        let words = [status, iterations].map(u32::from_le_bytes);
        Some((numbers, words, outputs.iter().copied().map(u32::from_le_bytes)))
    }

    /// Solves the golden vectors in their order with at most K parameters, from a reset memory that is left reset.
    ///
    /// # Errors
    /// [`ArtefactError::GoldenVector`] at the first one with other bits than on the host;
    /// [`ArtefactError::WrongDimensions`].
    pub fn self_test<const K: usize, const N: usize, const M: usize>(
        &self,
        memory: &mut Memory<N, M>,
    ) -> Result<(), ArtefactError> {
        memory.reset();
        let mut values = [0.0; K];
        let parameters = values.get_mut(..self.parameters).ok_or(ArtefactError::InvalidParameters)?;
        for index in 0..self.golden_vectors {
            let wrong = ArtefactError::GoldenVector { index };
            let (numbers, [status, iterations], outputs) = self.golden(index as usize).ok_or(wrong)?;
            for (value, number) in parameters.iter_mut().zip(numbers) {
                *value = number;
            }
            let solution = self.solve(memory, parameters)?;
            let same = self.outputs_of(&solution).map(f32::to_bits).eq(outputs);
            if !same || solution.status as u32 != status || solution.iterations != iterations {
                memory.reset();
                return Err(wrong);
            }
        }
        memory.reset();
        Ok(())
    }
}

/// Terms of a list.
fn terms(list: &[[u8; TERM_BYTES]]) -> impl ExactSizeIterator<Item = Term<f32>> + '_ {
    list.iter().map(|&[a, b, c, d, e, f, g, h, i, j]| Term {
        row: u16::from_le_bytes([a, b]),
        column: u16::from_le_bytes([c, d]),
        parameter: u16::from_le_bytes([e, f]),
        coefficient: f32::from_le_bytes([g, h, i, j]),
    })
}
