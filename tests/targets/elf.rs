//! Contents of the board's ELF: parts that must be there, parts that must not, and its size.

use convex_edge_setup::thumb::{FIRMWARE, MAPS, SUDOKU, firmware_elf};
use object::{Object, ObjectSection, ObjectSymbol};

/// Flash below the artefact's page, and the first RAM.
const FLASH: u64 = 960 * 1024;
const RAM: u64 = 96 * 1024;

/// Most bytes of flash and of memory, with its static workspace, of those that solve sudoku and find maps.
const SMALL_FLASH: u64 = 20 * 1024;
const SMALL_RAM: u64 = 20 * 1024;

fn elf(executable: &str) -> Vec<u8> {
    std::fs::read(firmware_elf(executable).unwrap()).unwrap()
}

#[test]
fn nothing_in_it_can_panic() {
    for executable in [FIRMWARE, SUDOKU, MAPS] {
        let bytes = elf(executable);
        let elf = object::File::parse(&*bytes).unwrap();
        let names: Vec<&str> = elf.symbols().filter_map(|symbol| symbol.name().ok()).collect();
        assert!(names.iter().any(|name| name.contains("convex_edge_core")), "the symbols are stripped");
        for machinery in ["panicking", "unwrap_failed", "expect_failed", "rust_begin_unwind", "slice_index"] {
            let found: Vec<_> = names.iter().filter(|name| name.contains(machinery)).collect();
            assert!(found.is_empty(), "{found:?}");
        }
    }
}

#[test]
fn sudoku_and_maps_are_computed_in_single_precision_alone() {
    for executable in [SUDOKU, MAPS] {
        let bytes = elf(executable);
        let elf = object::File::parse(&*bytes).unwrap();
        let is_double = |name: &&str| name.starts_with("__aeabi_d") || name.ends_with("df2") || name.ends_with("df3");
        let found: Vec<&str> = elf.symbols().filter_map(|symbol| symbol.name().ok()).filter(is_double).collect();
        assert!(found.is_empty(), "{executable}: {found:?}");
    }
}

#[test]
fn it_fits_beside_the_artefact() {
    let small = [SUDOKU, MAPS].map(|executable| (executable, SMALL_FLASH, SMALL_RAM));
    for (executable, flash, ram) in [(FIRMWARE, FLASH, RAM)].into_iter().chain(small) {
        let bytes = elf(executable);
        let elf = object::File::parse(&*bytes).unwrap();
        let size = |names: &[&str]| -> u64 {
            names.iter().filter_map(|name| elf.section_by_name(name)).map(|section| section.size()).sum()
        };
        assert!(size(&[".text"]) > 0);
        assert!(size(&[".vector_table", ".text", ".rodata", ".data"]) < flash);
        assert!(size(&[".data", ".bss", ".uninit"]) < ram);
    }
}
