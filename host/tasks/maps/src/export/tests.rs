use super::*;
use crate::target::{CONDITIONS, asked, scores};

#[test]
fn what_is_written_says_what_it_is_and_passes_its_self_test() {
    let (asked, folder) = (asked(CONDITIONS).unwrap(), tempfile::tempdir().unwrap());
    let scores = scores(30, 3).unwrap();
    let exported = export(&asked, &scores, folder.path()).unwrap();
    assert_eq!(std::fs::read(&exported.path).unwrap(), exported.bytes);
    let text = std::fs::read_to_string(folder.path().join("artefact.md")).unwrap();
    assert!(text.contains(&format!("{:08x}", exported.crc)) && text.contains(&asked.words), "{text}");
    let artefact = read(&exported.bytes).unwrap();
    assert_eq!((artefact.golden_vectors(), artefact.words), (GOLDEN, asked.words.as_str()));
    assert_eq!(artefact.program, crate::target::asked(artefact.words).unwrap().program);
    let counts = exported.counts;
    assert_eq!([counts.maps, counts.valid, counts.best, counts.solved], [30; 4]);
}

#[test]
fn words_that_leave_no_room_are_refused() {
    let words = "at most 108 brick; ".repeat(4000);
    let refused = bytes(&asked(&words).unwrap(), &scores(8, 0).unwrap()).unwrap_err();
    assert_eq!(refused, ArtefactError::TooLarge);
}
