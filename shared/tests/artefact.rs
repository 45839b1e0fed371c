//! An artefact is read as it was written, and refused by name where anything is wrong with it.

#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

use convex_edge_core::artefact::{self, ArtefactError, MAXIMUM_BYTES, crc32};
use convex_edge_core::policy::{Cost, Horizon10, Parameters};
use convex_edge_core::safety::{Knot, SafeSet};
use proptest::prelude::*;

fn parameters() -> Parameters {
    let weights = [0.07, 0.73, 1.05, 0.01, 0.9, 0.3, 0.1, 0.05, 0.07, 0.02, -0.1, 0.14, -0.1];
    let safe_set = SafeSet { knots: [Knot { lower: -0.04, upper: 0.04 }; 32] };
    Parameters {
        cost: Cost::from_weights(weights),
        safe_set,
        slew_limit: 0.25,
        slew_softness: 10.0,
        safe_set_softness: 0.01,
        iteration_limit: 100,
    }
}

fn written() -> Vec<u8> {
    let observations: Vec<[f32; 2]> = (0..40).map(|i| [-1.0 + 0.03 * i as f32, 0.001 * i as f32]).collect();
    let mut buffer = vec![0; MAXIMUM_BYTES];
    artefact::write(&parameters(), &observations, &mut Horizon10::new(), &mut buffer).unwrap().to_vec()
}

/// Writes a header field and makes the CRC right again.
fn with_field(offset: usize, bytes: &[u8]) -> Vec<u8> {
    let mut artefact = written();
    artefact[offset..offset + bytes.len()].copy_from_slice(bytes);
    let crc = crc32(&[&artefact[..32], &artefact[36..]].concat());
    artefact[32..36].copy_from_slice(&crc.to_le_bytes());
    artefact
}

fn refusal(bytes: &[u8]) -> ArtefactError {
    artefact::read(bytes).unwrap_err()
}

#[test]
fn what_was_written_is_read_and_passes_its_self_test_even_when_flash_goes_on_behind_it() {
    let mut bytes = written();
    let alone = artefact::read(&bytes).unwrap().crc;
    bytes.extend([0xff; 1000]);
    let artefact = artefact::read(&bytes).unwrap();
    assert_eq!(artefact.crc, alone);
    assert_eq!(artefact.parameters, parameters());
    assert_eq!(artefact.golden_vectors, 40);
    artefact.self_test(&mut Horizon10::new()).unwrap();
}

#[test]
fn every_kind_of_damage_has_its_name() {
    assert_eq!(refusal(&[]), ArtefactError::Missing);
    assert_eq!(refusal(&[0xff; 64]), ArtefactError::Missing);
    assert!(matches!(refusal(&written()[..20]), ArtefactError::Truncated { found: 20, .. }));
    let bytes = written();
    let error = refusal(&bytes[..bytes.len() - 1]);
    let length = u32::try_from(bytes.len()).unwrap();
    assert_eq!(error, ArtefactError::Truncated { expected: length, found: length - 1 });
    assert_eq!(refusal(&with_field(4, &[9, 0])), ArtefactError::UnknownFormat { found: 9 });
    assert_eq!(refusal(&with_field(6, &[7, 0])), ArtefactError::WrongTask { found: 7 });
    assert!(matches!(refusal(&with_field(8, &[1, 2, 3, 4])), ArtefactError::WrongSchema { found: 0x0403_0201, .. }));
    assert_eq!(refusal(&with_field(12, &[20, 0])), ArtefactError::WrongDimensions { found: [20, 10, 30, 32] });
    // The lengths decide where the CRC ends, so a wrong one never gets as far as the parameters.
    assert!(matches!(refusal(&with_field(20, &[0xff; 4])), ArtefactError::Truncated { .. }));
    let nan = f32::NAN.to_le_bytes();
    assert_eq!(refusal(&with_field(36, &nan)), ArtefactError::InvalidParameters);
}

#[test]
fn parameters_that_compute_other_bits_fail_the_self_test() {
    let bytes = with_field(36 + 4 * 4, &1.5_f32.to_le_bytes());
    let artefact = artefact::read(&bytes).unwrap();
    let error = artefact.self_test(&mut Horizon10::new()).unwrap_err();
    assert!(matches!(error, ArtefactError::GoldenVector { .. }), "{error:?}");
}

#[test]
fn what_cannot_be_run_is_not_written() {
    let mut buffer = vec![0; MAXIMUM_BYTES];
    let mut memory = Horizon10::new();
    let wrong = Parameters { slew_softness: 0.0, ..parameters() };
    assert_eq!(artefact::write(&wrong, &[], &mut memory, &mut buffer), Err(ArtefactError::InvalidParameters));
    let short = artefact::write(&parameters(), &[], &mut memory, &mut buffer[..50]);
    assert_eq!(short, Err(ArtefactError::TooLarge));
}

proptest! {
    #[test]
    fn no_flipped_bit_passes(position in 0..written().len(), bit in 0_u32..8) {
        let mut bytes = written();
        bytes[position] ^= 1_u8 << bit;
        prop_assert!(artefact::read(&bytes).is_err());
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let behind_magic = [b"CVXE".as_slice(), &[1, 0], &bytes].concat();
        prop_assert!(artefact::read(&bytes).is_err());
        prop_assert!(artefact::read(&behind_magic).is_err());
    }
}
