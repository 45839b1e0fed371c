//! One array of NumPy's own format: numbers of any type, row by row or column by column.
//!
//! Own code: the crates for it reserve whatever memory a damaged header asks for, or have not moved for years.

use super::matrix::Matrix;

/// Errors of an array.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NpyError {
    /// Not the format, or it ends early.
    #[error("it is no NumPy array or ends early; write it anew with numpy.savez")]
    NotNpy,
    /// A type without plain numbers.
    #[error("its type {0} is none of floating point, integer or boolean numbers; convert it first")]
    Type(String),
    /// More than two dimensions, or data that do not fit the shape.
    #[error("its shape ({0}) is that of no vector or matrix of its data; write it anew")]
    Shape(String),
}

/// The array, a vector as one column; nothing where it is Python's `None`.
///
/// # Errors
/// The file is damaged, or holds something else than numbers in at most two dimensions.
pub fn read(file: &[u8]) -> Result<Option<Matrix>, NpyError> {
    let (version, rest) =
        file.strip_prefix(b"\x93NUMPY").and_then(|rest| rest.split_first()).ok_or(NpyError::NotNpy)?;
    let rest = rest.get(1..).ok_or(NpyError::NotNpy)?;
    let (length, rest) = match (version, rest) {
        (1, [a, b, rest @ ..]) => (usize::from(u16::from_le_bytes([*a, *b])), rest),
        (2 | 3, [a, b, c, d, rest @ ..]) => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
        _ => return Err(NpyError::NotNpy),
    };
    let (header, data) = rest.split_at_checked(length).ok_or(NpyError::NotNpy)?;
    let header = std::str::from_utf8(header).map_err(|_| NpyError::NotNpy)?;
    let kind = value(header, "'descr'").and_then(|text| text.split('\'').nth(1)).ok_or(NpyError::NotNpy)?;
    let shape = value(header, "'shape'").and_then(|text| text.split(['(', ')']).nth(1)).ok_or(NpyError::NotNpy)?;
    let transposed = value(header, "'fortran_order'").is_some_and(|text| text.trim_start().starts_with("True"));
    if kind == "|O" && shape.trim().is_empty() {
        return Ok(None);
    }
    let wrong = || NpyError::Shape(shape.to_owned());
    let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty()).map(str::parse);
    let sizes: Vec<usize> = sizes.collect::<Result<_, _>>().map_err(|_| wrong())?;
    let (rows, columns) = match sizes[..] {
        [] => (1, 1),
        [rows] => (rows, 1),
        [rows, columns] => (rows, columns),
        _ => return Err(wrong()),
    };
    Matrix::from_dense(rows, columns, &numbers(kind, data)?, transposed).map(Some).ok_or_else(wrong)
}

/// Text after a key of the header's dictionary.
fn value<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    header.split_once(key)?.1.trim_start().strip_prefix(':')
}

fn numbers(kind: &str, data: &[u8]) -> Result<Vec<f64>, NpyError> {
    let big = kind.starts_with('>');
    macro_rules! all {
        ($type:ty) => {{
            let (chunks, rest) = data.as_chunks::<{ size_of::<$type>() }>();
            if !rest.is_empty() {
                return Err(NpyError::NotNpy);
            }
            let number = |bytes: &[u8; size_of::<$type>()]| match big {
                true => <$type>::from_be_bytes(*bytes) as f64,
                false => <$type>::from_le_bytes(*bytes) as f64,
            };
            Ok(chunks.iter().map(number).collect())
        }};
    }
    match kind.get(1..) {
        Some("f8") => all!(f64),
        Some("f4") => all!(f32),
        Some("i8") => all!(i64),
        Some("i4") => all!(i32),
        Some("i2") => all!(i16),
        Some("i1") => all!(i8),
        Some("u8") => all!(u64),
        Some("u4") => all!(u32),
        Some("u2") => all!(u16),
        Some("u1" | "b1") => all!(u8),
        _ => Err(NpyError::Type(kind.to_owned())),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{NpyError, read};

    /// An array as NumPy writes it.
    pub(in crate::sets) fn array(kind: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend((header.len() as u16).to_le_bytes());
        file.extend(header.as_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn both_orders_and_all_widths_give_the_same_matrix() {
        let by_rows: Vec<u8> =
            [1.0_f64, 2.0, 0.0, 4.0, 5.0, 6.0].iter().flat_map(|value| value.to_le_bytes()).collect();
        let by_columns: Vec<u8> = [1.0_f32, 4.0, 2.0, 5.0, 0.0, 6.0].iter().flat_map(|v| v.to_be_bytes()).collect();
        let first = read(&array("<f8", "False", "(2, 3)", &by_rows)).unwrap().unwrap();
        let mut second = read(&array(">f4", "True", "(2, 3)", &by_columns)).unwrap().unwrap();
        second.entries.sort_by_key(|&(row, column, _)| (row, column));
        assert_eq!(first, second);
        assert_eq!(first.entries.len(), 5);
        let vector = read(&array("|i1", "False", "(3,)", &[1, 0, 255])).unwrap().unwrap();
        assert_eq!(vector.vector().unwrap(), [1.0, 0.0, -1.0]);
    }

    #[test]
    fn nothing_text_and_contradictions_are_told_apart() {
        assert_eq!(read(&array("|O", "False", "()", b"pickled")), Ok(None));
        assert!(matches!(read(&array("<U3", "False", "(1,)", &[0; 12])), Err(NpyError::Type(_))));
        assert!(matches!(read(&array("<f8", "False", "(3,)", &[0; 16])), Err(NpyError::Shape(_))));
        let huge = "(18446744073709551615, 18446744073709551615)";
        assert!(matches!(read(&array("<f8", "False", huge, &[0; 16])), Err(NpyError::Shape(_))));
    }

    #[test]
    fn no_prefix_and_no_flipped_byte_of_an_array_makes_it_panic() {
        let whole = array("<f8", "False", "(2, 2)", &[1; 32]);
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err());
        }
        for place in 0..whole.len() {
            for bit in 0..8 {
                let mut damaged = whole.clone();
                damaged[place] ^= 1 << bit;
                let _ = read(&damaged);
            }
        }
    }
}
