//! The inputs that the fuzzer found worth keeping, replayed: see `fuzz/README.md`.

use convex_edge_verify::fuzz::check;
use std::path::Path;

#[test]
fn no_input_of_the_fuzzer_s_corpus_is_answered_wrongly() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/qp");
    let files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 50, "{}: {} files", folder.display(), files.len());
    for file in files {
        if let Err(why) = check(&std::fs::read(&file).unwrap()) {
            panic!("{}: {why}", file.display());
        }
    }
}
