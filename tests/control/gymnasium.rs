//! The plants have the bits of the real Gymnasium, in every transition of several hundred thousand.
//!
//! Needs python3 with venv and pip; what `requirements.txt` lists is installed into a throw-away environment beside
//! the build, once.

mod replay;

use crate::python::reference;

#[test]
fn every_transition_has_the_bits_of_gymnasium() {
    let file = reference("control/gymnasium", &["full"]).unwrap_or_else(|error| panic!("{error}"));
    let full = replay::replay(&file).expect("the reference file is not whole");
    assert_eq!(full.different, 0, "{:?}", full.first_difference);
    println!("{full:?}");
    assert!(full.continuous >= 200_000 && full.discrete >= 40_000 && full.resets >= 2000, "too few: {full:?}");
    let rare = [full.at_wall, full.at_end, full.at_top_speed, full.beyond_limits, full.ends[1], full.ends[2]];
    assert!(rare.iter().all(|&count| count >= 10) && full.ends[3] >= 3, "a case is missing: {full:?}");
}

#[test]
fn the_committed_sample_is_gymnasiums() {
    let file = reference("control/gymnasium", &["sample"]).unwrap_or_else(|error| panic!("{error}"));
    assert!(file == include_bytes!("gymnasium/sample.bin"), "write it anew with reference.py");
}
