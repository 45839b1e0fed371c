//! A program as bytes for the target.

use super::canonical::numbers;
use super::{Program, ProgramError};
use convex_edge_core::heap::boxed;
use convex_edge_core::program::Term;
use convex_edge_core::program::artefact::{BODY, Memory, read, write};

impl Program {
    /// The artefact: maps rounded to `f32`, and as golden vectors the solves for these parameters, one after the other.
    ///
    /// # Errors
    /// [`ProgramError::Sizes`]; [`ProgramError::Artefact`] where it is larger than its place in flash;
    /// [`ProgramError::Example`], [`ProgramError::OutOfRange`].
    pub fn export<const N: usize, const M: usize>(&self, examples: &[Vec<f32>]) -> Result<Vec<u8>, ProgramError> {
        if (N, M) != (self.variables, self.constraints) {
            return Err(ProgramError::Sizes { variables: self.variables, constraints: self.constraints });
        }
        self.check_range::<f32>()?;
        let wanted = self.parameter_length();
        if let Some(example) = examples.iter().find(|example| example.len() != wanted) {
            return Err(ProgramError::Example { given: example.len(), wanted });
        }
        let error = |error| ProgramError::Artefact { error };
        let count = self.output_length();
        if count > usize::from(u16::MAX) {
            return Err(ProgramError::TooLarge { what: "outputs", count });
        }
        let mut bytes = vec![0; BODY];
        bytes.extend((self.bounds as u16).to_le_bytes());
        let maps = [&self.hessian, &self.linear, &self.rows, &self.lower, &self.upper];
        let mut lists: Vec<&[Term<f64>]> = maps.iter().flat_map(|map| [&map.constant[..], &map.parametric]).collect();
        lists.push(&self.softness);
        for list in &lists {
            bytes.extend((list.len() as u32).to_le_bytes());
        }
        for term in lists.into_iter().flat_map(numbers::<f32>) {
            for word in [term.row, term.column, term.parameter] {
                bytes.extend(word.to_le_bytes());
            }
            bytes.extend(term.coefficient.to_le_bytes());
        }
        for entry in self.output_entries() {
            bytes.extend((entry as u16).to_le_bytes());
        }
        let counts = [self.parameter_length(), self.variables, self.constraints, self.output_length()];
        let dimensions = counts.map(|count| count as u16);
        let program_bytes = bytes.len() - BODY;
        // Solved by what the target reads, without golden vectors as yet.
        let mut draft = bytes.clone();
        let draft = write(&mut draft, dimensions, [program_bytes, 0], 0).map_err(error)?;
        let artefact = read(draft).map_err(error)?;
        let mut memory = boxed(Memory::<N, M>::new);
        for parameters in examples {
            let solution = artefact.solve(&mut memory, parameters).map_err(error)?;
            parameters.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
            bytes.extend((solution.status as u32).to_le_bytes());
            bytes.extend(solution.iterations.to_le_bytes());
            artefact.outputs_of(&solution).for_each(|value| bytes.extend(value.to_le_bytes()));
        }
        let golden_bytes = bytes.len() - BODY - program_bytes;
        write(&mut bytes, dimensions, [program_bytes, golden_bytes], examples.len() as u32).map_err(error)?;
        Ok(bytes)
    }
}
