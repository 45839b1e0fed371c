//! Programs whose vectors depend affinely on parameters in a box, as a JSON file describes them.

use crate::sets::program::{Program, ProgramError, Row};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// Numbers of this size and above mean none in the formats of problem sets, so that none is taken for a number here.
const INFINITE: f64 = 1e20;

/// Largest file that is read, bytes.
const LARGEST: u64 = 1 << 28;

/// `minimize 1/2 x'Hx + (f + F p)'x subject to l + L p <= A x <= u + U p`, as the file has it.
///
/// Matrices are lists of rows. An absent or null map is zero; an absent or null bound is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// H, N by N, symmetric.
    pub hessian: Vec<Vec<f64>>,
    /// f, N.
    pub linear: Vec<f64>,
    /// F, N by P.
    pub linear_map: Option<Vec<Vec<f64>>>,
    /// The rows of A after the simple bounds, M - b by N.
    #[serde(default)]
    pub rows: Vec<Vec<f64>>,
    /// l, M.
    pub lower: Option<Vec<Option<f64>>>,
    /// L, M by P.
    pub lower_map: Option<Vec<Vec<f64>>>,
    /// u, M.
    pub upper: Option<Vec<Option<f64>>>,
    /// U, M by P.
    pub upper_map: Option<Vec<Vec<f64>>>,
    /// b: the first constraints are simple bounds on the first variables.
    #[serde(default)]
    pub bounds: usize,
    /// Least value of each parameter, P.
    pub low: Vec<f64>,
    /// Largest value of each parameter, P.
    pub high: Vec<f64>,
}

/// A description that was found to be sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Parametric {
    /// The program where all parameters are 0.
    origin: Program,
    bounds: usize,
    linear_map: Vec<Vec<f64>>,
    lower_map: Vec<Vec<f64>>,
    upper_map: Vec<Vec<f64>>,
    low: Vec<f64>,
    high: Vec<f64>,
}

/// Errors of a description.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParametricError {
    /// Nothing to solve for.
    #[error("it has no variables; list at least one coefficient in \"linear\"")]
    NoVariables,
    /// Nothing to sample.
    #[error("it has no parameters; list the box of at least one in \"low\" and \"high\"")]
    NoParameters,
    /// A list of the wrong length.
    #[error("{field} has {found} entries, not {needed}; give it one for each {each}")]
    Size {
        /// Field, or row of a field.
        field: String,
        /// Its length.
        found: usize,
        /// The length that it should have.
        needed: usize,
        /// Things that its entries belong to.
        each: &'static str,
    },
    /// More simple bounds than variables.
    #[error("\"bounds\" is {0}, but there are {1} variables; count only the first constraints, one for each variable")]
    Bounds(usize, usize),
    /// A NaN, an infinity or what other formats mean by one.
    #[error("\"{0}\" holds a number of size 1e20 or above; mend it, or write null for a bound that is none")]
    NotFinite(&'static str),
    /// An empty interval.
    #[error("parameter {0} lies between {1} and {2}, which is nowhere; exchange \"low\" and \"high\"")]
    Box(usize, f64, f64),
    /// The Hessian.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// Errors of a file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refuses it.
    #[error("{}: {source}; name another file or mend the permissions", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system or of the JSON parser.
        source: io::Error,
    },
    /// A file that cannot be a description.
    #[error("{}: it has more than 256 MiB; name another file", .0.display())]
    TooLarge(PathBuf),
    /// No JSON, or other fields than those of a description.
    #[error("{}: {source}; write it like host/verify/configs/double_integrator.json", path.display())]
    Json {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system or of the JSON parser.
        source: serde_json::Error,
    },
    /// Unsound numbers.
    #[error("{}: {content}", path.display())]
    Content {
        /// Path of the file.
        path: PathBuf,
        /// Error of its numbers.
        content: ParametricError,
    },
}

/// Reads a description and checks it.
///
/// # Errors
/// The file cannot be read, is no JSON, or describes no program.
pub fn read(path: &Path) -> Result<Parametric, ReadError> {
    let failed = |source| ReadError::File { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(failed)?.len() > LARGEST {
        return Err(ReadError::TooLarge(path.to_owned()));
    }
    let content = std::fs::read(path).map_err(failed)?;
    let description: Description =
        serde_json::from_slice(&content).map_err(|source| ReadError::Json { path: path.to_owned(), source })?;
    Parametric::checked(&description).map_err(|content| ReadError::Content { path: path.to_owned(), content })
}

impl Parametric {
    /// Takes a description whose sizes agree and whose numbers are finite.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn checked(description: &Description) -> Result<Self, ParametricError> {
        let Description { hessian, linear, rows, bounds, low, high, .. } = description;
        let (n, m, parameters) = (linear.len(), bounds.saturating_add(rows.len()), low.len());
        if n == 0 {
            return Err(ParametricError::NoVariables);
        }
        if parameters == 0 {
            return Err(ParametricError::NoParameters);
        }
        if *bounds > n {
            return Err(ParametricError::Bounds(*bounds, n));
        }
        matrix("hessian", hessian, (n, "variable"), (n, "variable"))?;
        matrix("rows", rows, (rows.len(), "constraint"), (n, "variable"))?;
        vector("linear", linear, (n, "variable"))?;
        vector("low", low, (parameters, "parameter"))?;
        vector("high", high, (parameters, "parameter"))?;
        for (index, (&low, &high)) in low.iter().zip(high).enumerate() {
            if low > high {
                return Err(ParametricError::Box(index, low, high));
            }
        }
        let map = |field, map: &Option<Vec<Vec<f64>>>, count| match map {
            Some(map) => matrix(field, map, count, (parameters, "parameter")).map(|()| map.clone()),
            None => Ok(vec![vec![0.0; parameters]; count.0]),
        };
        let side = |field, side: &Option<Vec<Option<f64>>>, none: f64| {
            let side = side.clone().unwrap_or_else(|| vec![None; m]);
            vector(field, &side.iter().map(|bound| bound.unwrap_or(0.0)).collect::<Vec<_>>(), (m, "constraint"))?;
            Ok::<_, ParametricError>(side.into_iter().map(|bound| bound.unwrap_or(none)).collect::<Vec<_>>())
        };
        let lower = side("lower", &description.lower, f64::NEG_INFINITY)?;
        let upper = side("upper", &description.upper, f64::INFINITY)?;
        let constraint = |(row, (&lower, &upper)): (&Vec<f64>, (&f64, &f64))| {
            let terms = row.iter().copied().enumerate().filter(|(_, value)| *value != 0.0).collect();
            Row { terms, lower, upper }
        };
        let simple =
            |side: &[f64], none| side.iter().copied().take(*bounds).chain(std::iter::repeat(none)).take(n).collect();
        let entries = hessian.iter().enumerate().flat_map(|(i, row)| {
            row.iter().enumerate().filter(|(_, value)| **value != 0.0).map(move |(j, &value)| (i, j, value))
        });
        let mut origin = Program {
            hessian: entries.collect(),
            linear: linear.clone(),
            constant: 0.0,
            rows: Vec::new(),
            lower: simple(&lower, f64::NEG_INFINITY),
            upper: simple(&upper, f64::INFINITY),
        }
        .checked()?;
        // Not before: that check drops rows without bounds, and the maps would no longer belong to them.
        origin.rows = rows.iter().zip(lower.iter().zip(&upper).skip(*bounds)).map(constraint).collect();
        Ok(Self {
            origin,
            bounds: *bounds,
            linear_map: map("linear_map", &description.linear_map, (n, "variable"))?,
            lower_map: map("lower_map", &description.lower_map, (m, "constraint"))?,
            upper_map: map("upper_map", &description.upper_map, (m, "constraint"))?,
            low: low.clone(),
            high: high.clone(),
        })
    }

    /// Number of variables.
    pub fn variables(&self) -> usize {
        self.origin.variables()
    }

    /// Number of two-sided constraints, simple bounds included, as the solver counts them.
    pub fn constraints(&self) -> usize {
        self.origin.constraints()
    }

    /// The interval of each parameter.
    pub fn intervals(&self) -> impl ExactSizeIterator<Item = (f64, f64)> {
        self.low.iter().copied().zip(self.high.iter().copied())
    }

    /// The program of these parameters; what is no bound stays none.
    pub fn at(&self, parameter: &[f64]) -> Program {
        let mut program = self.origin.clone();
        let moved = |row: &[f64]| row.iter().zip(parameter).map(|(a, p)| a * p).sum::<f64>();
        for (value, row) in program.linear.iter_mut().zip(&self.linear_map) {
            *value += moved(row);
        }
        let rows = program.rows.iter_mut().map(|row| (&mut row.lower, &mut row.upper));
        let sides = program.lower.iter_mut().zip(&mut program.upper).take(self.bounds).chain(rows);
        for ((lower, upper), (lower_row, upper_row)) in sides.zip(self.lower_map.iter().zip(&self.upper_map)) {
            *lower += moved(lower_row);
            *upper += moved(upper_row);
        }
        program
    }
}

/// Whether a list has so many entries, all of them numbers.
fn vector(field: &'static str, values: &[f64], needed: (usize, &'static str)) -> Result<(), ParametricError> {
    length(format!("\"{field}\""), values.len(), needed)?;
    let finite = values.iter().all(|value| value.abs() < INFINITE);
    if finite { Ok(()) } else { Err(ParametricError::NotFinite(field)) }
}

/// Whether a list has so many rows of so many numbers.
fn matrix(
    field: &'static str,
    values: &[Vec<f64>],
    rows: (usize, &'static str),
    columns: (usize, &'static str),
) -> Result<(), ParametricError> {
    length(format!("\"{field}\""), values.len(), rows)?;
    for (index, row) in values.iter().enumerate() {
        length(format!("row {index} of \"{field}\""), row.len(), columns)?;
        vector(field, row, columns)?;
    }
    Ok(())
}

fn length(field: String, found: usize, (needed, each): (usize, &'static str)) -> Result<(), ParametricError> {
    if found == needed { Ok(()) } else { Err(ParametricError::Size { field, found, needed, each }) }
}
