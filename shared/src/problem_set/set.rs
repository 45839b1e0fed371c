//! Problem set as bytes: header, numbers, and their reader.

use super::{MAGIC, WORD};

const HEADER_WORDS: usize = 6;

/// Knowledge of a problem before it is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Nothing: each problem has its own matrices.
    New = 0,
    /// The factors of the matrices, which are the same for all.
    Cold = 1,
    /// These and the working set of the problem before.
    Warm = 2,
}

/// Errors of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemSetError {
    /// No set: another first word, or no whole header.
    Magic,
    /// A set of another size than the solver's.
    Size,
    /// An unknown [`Start`], or more simple bounds than there are variables.
    Field,
    /// The numbers end before the last problem does.
    Short,
}

/// A set whose header is right and whose numbers are all there.
#[derive(Debug, Clone, Copy)]
pub struct ProblemSet<'a, const N: usize, const M: usize> {
    /// Number of problems.
    pub problems: usize,
    pub(super) bounds: usize,
    pub(super) start: Start,
    numbers: &'a [[u8; WORD]],
}

impl<'a, const N: usize, const M: usize> ProblemSet<'a, N, M> {
    const MATRICES: usize = N * N + M * N;
    const VECTORS: usize = N + 2 * M;

    /// Reads a set; bytes behind its end are ignored.
    ///
    /// # Errors
    /// The first [`ProblemSetError`] in their order.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ProblemSetError> {
        let (header, numbers) = bytes.as_chunks().0.split_at_checked(HEADER_WORDS).ok_or(ProblemSetError::Magic)?;
        let &[magic, n, m, bounds, problems, start] = header else { return Err(ProblemSetError::Magic) };
        if u32::from_le_bytes(magic) != MAGIC {
            return Err(ProblemSetError::Magic);
        }
        let [n, m, bounds, problems, start] =
            [n, m, bounds, problems, start].map(|word| u32::from_le_bytes(word) as usize);
        if (n, m) != (N, M) {
            return Err(ProblemSetError::Size);
        }
        let start = match start {
            0 => Start::New,
            1 => Start::Cold,
            2 => Start::Warm,
            _ => return Err(ProblemSetError::Field),
        };
        if bounds > N {
            return Err(ProblemSetError::Field);
        }
        let matrices = if start == Start::New { problems } else { 1 };
        let numbers_of = |count: usize, each: usize| count.checked_mul(each).ok_or(ProblemSetError::Short);
        let needed = numbers_of(matrices, Self::MATRICES)?.checked_add(numbers_of(problems, Self::VECTORS)?);
        let numbers = numbers.get(..needed.ok_or(ProblemSetError::Short)?).ok_or(ProblemSetError::Short)?;
        Ok(Self { problems, bounds, start, numbers })
    }

    /// Numbers of the matrices before problem `index`, and of its vectors.
    pub(super) fn problem(&self, index: usize) -> (&'a [[u8; WORD]], &'a [[u8; WORD]]) {
        let (matrices, vectors) = if self.start == Start::New {
            let first = index * (Self::MATRICES + Self::VECTORS);
            (first, first + Self::MATRICES)
        } else {
            (0, Self::MATRICES + index * Self::VECTORS)
        };
        let from = |first: usize| self.numbers.get(first..).unwrap_or_default();
        (from(matrices), from(vectors))
    }
}
