//! IDX files, the format of MNIST: a header with the number of dimensions and their lengths, big-endian, then bytes
//! (Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits").

use std::io::Read;
use std::path::{Path, PathBuf};

/// The header's third byte for unsigned bytes, the only type that this reads.
const UNSIGNED_BYTE: u8 = 0x08;

/// The first two bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// An array of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array {
    /// Lengths of the dimensions, the slowest first.
    pub shape: Vec<usize>,
    /// Values, as many as the product of the lengths.
    pub values: Vec<u8>,
}

/// Errors of an IDX file.
#[derive(Debug, thiserror::Error)]
pub enum IdxError {
    /// It cannot be read or unpacked.
    #[error("cannot read {}: {source}; check the path and the file", path.display())]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// It does not begin as IDX files do.
    #[error("{} is not an IDX file of unsigned bytes (it begins with {found:02x?}); give another file", path.display())]
    Header {
        /// Path of the file.
        path: PathBuf,
        /// Its first four bytes, or fewer.
        found: Vec<u8>,
    },
    /// Its size differs from the one in its header.
    #[error("{} has {found} bytes where its header says {expected}; get it anew", path.display())]
    Length {
        /// Path of the file.
        path: PathBuf,
        /// After the header.
        expected: usize,
        /// After the header.
        found: usize,
    },
}

/// Reads a file, packed by gzip or not, whole.
///
/// # Errors
/// [`IdxError::Read`].
pub fn bytes(path: &Path) -> Result<Vec<u8>, IdxError> {
    let failed = |source| IdxError::Read { path: path.to_path_buf(), source };
    let bytes = std::fs::read(path).map_err(failed)?;
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).map_err(failed)?;
    Ok(unpacked)
}

/// The array in a file's bytes; `path` is for the errors.
///
/// # Errors
/// [`IdxError::Header`], [`IdxError::Length`].
pub fn parse(bytes: &[u8], path: &Path) -> Result<Array, IdxError> {
    let header = || IdxError::Header { path: path.to_path_buf(), found: bytes.iter().take(4).copied().collect() };
    let Some((&[0, 0, UNSIGNED_BYTE, dimensions], rest)) = bytes.split_first_chunk() else { return Err(header()) };
    let (lengths, values) = rest.split_at_checked(4 * usize::from(dimensions)).ok_or_else(header)?;
    let shape: Vec<usize> = lengths.as_chunks().0.iter().map(|length| u32::from_be_bytes(*length) as usize).collect();
    let expected = shape.iter().fold(1, |product: usize, length| product.saturating_mul(*length));
    if values.len() != expected {
        return Err(IdxError::Length { path: path.to_path_buf(), expected, found: values.len() });
    }
    Ok(Array { shape, values: values.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::{IdxError, bytes, parse};
    use std::io::Write;
    use std::path::Path;

    const FILE: [u8; 18] = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9];

    #[test]
    fn a_file_is_read_packed_or_not() {
        let array = parse(&FILE, Path::new("x")).unwrap();
        assert_eq!((array.shape, array.values), (vec![1, 1, 2], vec![7, 9]));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.gz");
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&FILE).unwrap();
        std::fs::write(&path, packer.finish().unwrap()).unwrap();
        assert_eq!(bytes(&path).unwrap(), FILE);
    }

    #[test]
    fn cut_and_foreign_files_are_refused() {
        let refused = |bytes: &[u8]| parse(bytes, Path::new("x")).unwrap_err();
        assert!(matches!(refused(&FILE[..17]), IdxError::Length { expected: 2, found: 1, .. }));
        assert!(matches!(refused(&FILE[..11]), IdxError::Header { .. }));
        assert!(matches!(refused(&FILE[..3]), IdxError::Header { .. }));
        assert!(matches!(refused(&[0, 0, 13, 1, 0, 0, 0, 0]), IdxError::Header { .. }));
        assert!(matches!(refused(&[0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255]), IdxError::Length { .. }));
    }
}
