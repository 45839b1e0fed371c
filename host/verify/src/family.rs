//! Problems of one kind and size.

use std::io::{self, Write};
use std::path::Path;

/// `minimize 1/2 x'Hx + f'x subject to lower <= [I_b; A] x <= upper`: what stays the same in a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrices {
    /// H, N by N, row by row.
    pub hessian: Vec<f64>,
    /// A, M - b by N, row by row.
    pub rows: Vec<f64>,
}

/// Data that change from problem to problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    /// f, N.
    pub linear: Vec<f64>,
    /// Lower bounds, M; minus infinity for none.
    pub lower: Vec<f64>,
    /// Upper bounds, M; infinity for none.
    pub upper: Vec<f64>,
}

/// Problems of one kind and size; either all with the same matrices, or each with its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Its name on the command line.
    pub name: &'static str,
    /// N.
    pub variables: usize,
    /// M, simple bounds included.
    pub constraints: usize,
    /// b: the first constraints are simple bounds on the first variables.
    pub bounds: usize,
    /// What its numbers are drawn from; nothing where none is drawn.
    pub seed: Option<u64>,
    /// Whether each problem is the successor of the one before, so that a warm start makes sense.
    pub sequence: bool,
    /// One for all problems, or one for each.
    pub matrices: Vec<Matrices>,
    /// One for each problem.
    pub vectors: Vec<Vectors>,
}

impl Family {
    /// The problems in order.
    pub fn problems(&self) -> impl Iterator<Item = (&Matrices, &Vectors)> {
        let shared = self.matrices.len() == 1;
        let matrices = self.matrices.iter().cycle().take(if shared { self.vectors.len() } else { self.matrices.len() });
        matrices.zip(&self.vectors)
    }

    /// Row `index` of `[I_b; A]`.
    pub fn row(&self, matrices: &Matrices, index: usize) -> Vec<f64> {
        if index < self.bounds {
            return (0..self.variables).map(|j| if j == index { 1.0 } else { 0.0 }).collect();
        }
        matrices.rows.iter().skip((index - self.bounds) * self.variables).take(self.variables).copied().collect()
    }

    /// Writes the family for the peers, little-endian: N, M, b, the number of problems and whether each has its own
    /// matrices as 32-bit integers; then, in double precision, H and A once or before each problem's f, lower, upper.
    /// An infinite bound is written as 1e30.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = io::BufWriter::new(std::fs::File::create(path)?);
        let own = self.matrices.len() > 1;
        for number in [self.variables, self.constraints, self.bounds, self.vectors.len(), usize::from(own)] {
            file.write_all(&i32::try_from(number).map_err(io::Error::other)?.to_le_bytes())?;
        }
        let mut put = |numbers: &[f64]| {
            numbers.iter().try_for_each(|number| file.write_all(&number.clamp(-1e30, 1e30).to_le_bytes()))
        };
        for (index, (matrices, vectors)) in self.problems().enumerate() {
            if own || index == 0 {
                put(&matrices.hessian)?;
                put(&matrices.rows)?;
            }
            put(&vectors.linear)?;
            put(&vectors.lower)?;
            put(&vectors.upper)?;
        }
        file.flush()
    }
}
