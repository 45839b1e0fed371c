use super::{MatError, read};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

/// One element with its padding.
fn element(kind: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = [kind.to_le_bytes(), (content.len() as u32).to_le_bytes()].concat();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

fn words(words: &[i32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A variable's head: class, size, name.
fn head(class: i32, rows: i32, columns: i32, name: &str) -> Vec<u8> {
    [element(6, &words(&[class, 0])), element(5, &words(&[rows, columns])), element(1, name.as_bytes())].concat()
}

fn dense(name: &str, rows: i32, columns: i32, values: &[f64]) -> Vec<u8> {
    element(14, &[head(6, rows, columns, name), element(9, &doubles(values))].concat())
}

fn sparse(name: &str, rows: i32, columns: i32, row_of: &[i32], starts: &[i32], values: &[f64]) -> Vec<u8> {
    let parts = [element(5, &words(row_of)), element(5, &words(starts)), element(9, &doubles(values))];
    element(14, &[head(5, rows, columns, name), parts.concat()].concat())
}

fn compressed(variable: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(variable).unwrap();
    let content = encoder.finish().unwrap();
    [&15_u32.to_le_bytes(), &(content.len() as u32).to_le_bytes(), content.as_slice()].concat()
}

fn file(variables: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"MATLAB 5.0 MAT-file".to_vec();
    file.resize(126, b' ');
    file.extend(b"IM");
    variables.iter().for_each(|variable| file.extend(variable));
    file
}

#[test]
fn dense_and_sparse_matrices_come_the_same_compressed_or_not() {
    let a = sparse("A", 3, 2, &[0, 2, 1], &[0, 2, 3], &[1.5, -2.0, 4.0]);
    let b = dense("b", 2, 2, &[1.0, 0.0, 3.0, f64::INFINITY]);
    // A small element: tag, length and content in eight bytes.
    let small = [head(6, 1, 1, "small"), [2 | 1 << 16, 7].map(i32::to_le_bytes).concat()].concat();
    let small = element(14, &small);
    let plain = read(&file(&[a.clone(), b.clone(), small.clone()])).unwrap();
    assert_eq!(plain, read(&file(&[compressed(&a), compressed(&b), compressed(&small)])).unwrap());
    assert_eq!(plain["A"].entries, [(0, 0, 1.5), (2, 0, -2.0), (1, 1, 4.0)]);
    assert_eq!(plain["b"].entries, [(0, 0, 1.0), (0, 1, 3.0), (1, 1, f64::INFINITY)]);
    assert_eq!(plain["small"].vector().unwrap(), [7.0]);
}

#[test]
fn what_contradicts_itself_is_named() {
    let cases = [
        sparse("A", 3, 2, &[0, 3, 1], &[0, 2, 3], &[1.0; 3]),
        sparse("A", 3, 2, &[0, 2, 1], &[0, 3, 2], &[1.0; 3]),
        sparse("A", 3, 2, &[0, 2, 1], &[0, 2], &[1.0; 3]),
        sparse("A", 3, 2, &[0, 2, 1], &[0, 2, 9], &[1.0; 3]),
        dense("A", 3, 2, &[1.0; 5]),
        dense("A", -1, 2, &[1.0; 2]),
    ];
    for case in cases {
        assert_eq!(read(&file(&[case])), Err(MatError::Contradiction("A".to_owned())));
    }
    assert_eq!(read(b"MATLAB 5.0"), Err(MatError::NotMat));
    let mut newer = file(&[]);
    newer[..10].copy_from_slice(b"MATLAB 7.3");
    assert_eq!(read(&newer), Err(MatError::TooNew));
}

#[test]
fn no_prefix_and_no_flipped_bit_makes_it_panic() {
    let variables = [sparse("A", 3, 2, &[0, 2, 1], &[0, 2, 3], &[1.5, -2.0, 4.0]), dense("b", 2, 1, &[1.0, 3.0])];
    for variables in [variables.to_vec(), variables.iter().map(|variable| compressed(variable)).collect()] {
        let whole = file(&variables);
        for end in 0..whole.len() {
            let _ = read(&whole[..end]);
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
