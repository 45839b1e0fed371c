//! What is in the board's ELF, and what is not?

use convex_edge::setup::thumb::firmware_elf;
use object::{Object, ObjectSection, ObjectSymbol};

/// Flash below the artefact's page, and the first RAM.
const FLASH: u64 = 960 * 1024;
const RAM: u64 = 96 * 1024;

#[test]
fn nothing_in_it_can_panic() {
    let bytes = std::fs::read(firmware_elf().unwrap()).unwrap();
    let elf = object::File::parse(&*bytes).unwrap();
    let names: Vec<&str> = elf.symbols().filter_map(|symbol| symbol.name().ok()).collect();
    assert!(names.iter().any(|name| name.contains("convex_edge_core")), "the symbols are stripped");
    for machinery in ["panicking", "unwrap_failed", "expect_failed", "rust_begin_unwind", "slice_index"] {
        let found: Vec<_> = names.iter().filter(|name| name.contains(machinery)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn it_fits_beside_the_artefact() {
    let bytes = std::fs::read(firmware_elf().unwrap()).unwrap();
    let elf = object::File::parse(&*bytes).unwrap();
    let size = |names: &[&str]| -> u64 {
        names.iter().filter_map(|name| elf.section_by_name(name)).map(|section| section.size()).sum()
    };
    assert!(size(&[".text"]) > 0);
    assert!(size(&[".vector_table", ".text", ".rodata", ".data"]) < FLASH);
    assert!(size(&[".data", ".bss", ".uninit"]) < RAM);
}
