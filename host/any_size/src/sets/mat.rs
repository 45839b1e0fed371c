//! MATLAB's files of level 5 (`save -v7`): all real matrices in them, dense and sparse, compressed or not.
//!
//! Own code, since the one crate that reads sparse matrices without a C library panics on damaged files.

use super::matrix::Matrix;
use flate2::read::ZlibDecoder;
use std::collections::BTreeMap;
use std::io::Read;

/// Most bytes that one compressed variable may unfold to.
const LARGEST: u64 = 1 << 28;
/// The file's header: text, and the order of the bytes at its end.
const HEADER: usize = 128;
/// Numbers of the data types.
const COMPRESSED: u32 = 15;
const MATRIX: u32 = 14;
/// Numbers of the classes: sparse, and the first and last one of plain numbers.
const SPARSE: u8 = 5;
const DOUBLE: u8 = 6;
const LAST_NUMERIC: u8 = 15;
/// Flag of a matrix with an imaginary part.
const COMPLEX: u32 = 0x0800;

/// Errors of a MATLAB file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MatError {
    /// HDF5 inside.
    #[error("it is of MATLAB's version 7.3; save it with -v7")]
    TooNew,
    /// Something else altogether.
    #[error("it is no MATLAB file of level 5; fetch it anew, or save it with -v7")]
    NotMat,
    /// It ends before it should.
    #[error("it ends in the middle of {0}; fetch it anew")]
    Short(&'static str),
    /// A compressed variable does not unfold.
    #[error("a compressed variable is damaged or above 256 MiB; fetch the file anew")]
    Compression,
    /// The parts of a variable contradict each other.
    #[error("the variable {0} contradicts its own size; fetch the file anew")]
    Contradiction(String),
    /// Imaginary numbers.
    #[error("the variable {0} is complex; save its real part")]
    Complex(String),
}

/// Reads numbers in the file's order of bytes, and never beyond the end.
#[derive(Clone, Copy)]
struct Bytes<'a> {
    rest: &'a [u8],
    big: bool,
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], MatError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(MatError::Short(what))?;
        self.rest = rest;
        Ok(taken)
    }

    fn word(&mut self, what: &'static str) -> Result<u32, MatError> {
        let mut word: [u8; 4] = self.take(4, what)?.try_into().map_err(|_| MatError::Short(what))?;
        if self.big {
            word.reverse();
        }
        Ok(u32::from_le_bytes(word))
    }

    /// The next element's type and content; `padded` to eight bytes as all but compressed ones are.
    fn element(&mut self, what: &'static str) -> Result<(u32, &'a [u8]), MatError> {
        let tag = self.word(what)?;
        if tag >> 16 != 0 {
            let content = self.take(4, what)?;
            return Ok((tag & 0xffff, content.get(..(tag >> 16) as usize).ok_or(MatError::Short(what))?));
        }
        let length = self.word(what)? as usize;
        let content = self.take(length, what)?;
        if tag != COMPRESSED {
            let padding = length.wrapping_neg() % 8;
            self.rest = self.rest.get(padding..).unwrap_or_default();
        }
        Ok((tag, content))
    }

    /// The next element as numbers, whatever type they are stored in.
    fn numbers(&mut self, what: &'static str) -> Result<Vec<f64>, MatError> {
        let (kind, content) = self.element(what)?;
        let big = self.big;
        macro_rules! all {
            ($type:ty) => {{
                let (chunks, rest) = content.as_chunks::<{ size_of::<$type>() }>();
                if !rest.is_empty() {
                    return Err(MatError::Short(what));
                }
                let number = |bytes: &[u8; size_of::<$type>()]| match big {
                    true => <$type>::from_be_bytes(*bytes) as f64,
                    false => <$type>::from_le_bytes(*bytes) as f64,
                };
                chunks.iter().map(number).collect()
            }};
        }
        Ok(match kind {
            1 => all!(i8),
            2 => all!(u8),
            3 => all!(i16),
            4 => all!(u16),
            5 => all!(i32),
            6 => all!(u32),
            7 => all!(f32),
            9 => all!(f64),
            12 => all!(i64),
            13 => all!(u64),
            _ => return Err(MatError::Short(what)),
        })
    }

    /// The next element as indices.
    fn indices(&mut self, what: &'static str) -> Result<Vec<usize>, MatError> {
        // A negative number becomes 0 and is found to contradict the others.
        Ok(self.numbers(what)?.into_iter().map(|number| number as usize).collect())
    }
}

/// The real matrices of a file by name; text, cells and structures are passed over.
///
/// # Errors
/// The file is damaged, of another format, or holds a complex matrix.
pub fn read(file: &[u8]) -> Result<BTreeMap<String, Matrix>, MatError> {
    let (header, rest) = file.split_at_checked(HEADER).ok_or(MatError::NotMat)?;
    if header.starts_with(b"MATLAB 7.3") {
        return Err(MatError::TooNew);
    }
    let big = match header.get(HEADER - 2..) {
        Some(b"IM") => false,
        Some(b"MI") => true,
        _ => return Err(MatError::NotMat),
    };
    let mut bytes = Bytes { rest, big };
    let mut variables = BTreeMap::new();
    while !bytes.rest.is_empty() {
        let (kind, content) = bytes.element("a variable")?;
        let unfolded;
        let content = if kind == COMPRESSED {
            unfolded = unfold(content)?;
            let (inner, content) = Bytes { rest: &unfolded, big }.element("a compressed variable")?;
            if inner != MATRIX {
                continue;
            }
            content
        } else if kind == MATRIX {
            content
        } else {
            continue;
        };
        if let Some((name, matrix)) = variable(Bytes { rest: content, big })? {
            variables.insert(name, matrix);
        }
    }
    Ok(variables)
}

fn unfold(content: &[u8]) -> Result<Vec<u8>, MatError> {
    let mut unfolded = Vec::new();
    let length = ZlibDecoder::new(content).take(LARGEST).read_to_end(&mut unfolded);
    match length {
        Ok(length) if (length as u64) < LARGEST => Ok(unfolded),
        _ => Err(MatError::Compression),
    }
}

/// One variable; nothing where it holds no numbers.
fn variable(mut bytes: Bytes) -> Result<Option<(String, Matrix)>, MatError> {
    let (_, flags) = bytes.element("a variable's flags")?;
    let flags = Bytes { rest: flags, big: bytes.big }.word("a variable's flags")?;
    let class = (flags & 0xff) as u8;
    if class != SPARSE && !(DOUBLE..=LAST_NUMERIC).contains(&class) {
        return Ok(None);
    }
    let size = bytes.indices("a variable's size")?;
    let (_, name) = bytes.element("a variable's name")?;
    let name = String::from_utf8_lossy(name).into_owned();
    let contradiction = || MatError::Contradiction(name.clone());
    if flags & COMPLEX != 0 {
        return Err(MatError::Complex(name));
    }
    let [rows, columns] = size[..] else { return Err(contradiction()) };
    let matrix = if class == SPARSE {
        let row_of = bytes.indices("a sparse matrix")?;
        let starts = bytes.indices("a sparse matrix")?;
        let values = bytes.numbers("a sparse matrix")?;
        sparse(rows, columns, &row_of, &starts, &values)
    } else {
        Matrix::from_dense(rows, columns, &bytes.numbers("a dense matrix")?, true)
    };
    let matrix = matrix.ok_or_else(contradiction)?;
    Ok(Some((name, matrix)))
}

/// Compressed columns: where each starts, and each entry's row and value; more may be stored than is used.
fn sparse(rows: usize, columns: usize, row_of: &[usize], starts: &[usize], values: &[f64]) -> Option<Matrix> {
    if starts.len().checked_sub(1)? != columns {
        return None;
    }
    let mut entries = Vec::with_capacity(values.len());
    for (column, range) in starts.windows(2).enumerate() {
        let range = *range.first()?..*range.last()?;
        for (&row, &value) in row_of.get(range.clone())?.iter().zip(values.get(range)?) {
            if row >= rows {
                return None;
            }
            entries.push((row, column, value));
        }
    }
    Some(Matrix { rows, columns, entries })
}

#[cfg(test)]
mod tests;
