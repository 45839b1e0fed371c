use super::{NpzError, read};
use crate::sets::npy::tests::array;
use crate::sets::variables::program;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn archive(members: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The nearest point to (2, 2) with x0 + x1 <= 1.
fn example() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("P.npy", array("<f8", "False", "(2, 2)", &doubles(&[1.0, 0.0, 0.0, 1.0]))),
        ("q.npy", array("<f8", "False", "(2,)", &doubles(&[-2.0, -2.0]))),
        ("G.npy", array("<f8", "False", "(2,)", &doubles(&[1.0, 1.0]))),
        ("h.npy", array("<f8", "False", "(1,)", &doubles(&[1.0]))),
        ("A.npy", array("|O", "False", "()", b"None")),
    ]
}

#[test]
fn stored_and_deflated_archives_give_the_program() {
    let stored = read(&archive(&example(), CompressionMethod::Stored)).unwrap();
    assert_eq!(stored, read(&archive(&example(), CompressionMethod::Deflated)).unwrap());
    assert!(!stored.contains_key("A"));
    let program = program(&stored).unwrap();
    assert_eq!((program.variables(), program.bounded(), program.constraints()), (2, 0, 1));
    assert_eq!(program.rows[0].terms, [(0, 1.0), (1, 1.0)]);
    assert_eq!((program.rows[0].lower, program.rows[0].upper), (f64::NEG_INFINITY, 1.0));
}

#[test]
fn a_damaged_member_is_named() {
    let members = [("P.npy", b"no array".to_vec())];
    let error = read(&archive(&members, CompressionMethod::Stored)).unwrap_err();
    assert!(matches!(&error, NpzError::Array(name, _) if name == "P.npy"), "{error}");
    assert!(matches!(read(b"nothing"), Err(NpzError::Archive(_))));
}

#[test]
fn no_prefix_and_no_flipped_bit_makes_it_panic() {
    let whole = archive(&example(), CompressionMethod::Deflated);
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
