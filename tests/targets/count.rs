//! Instruction counts on the emulated microcontroller: the host's bits, and the same counts in every run.

use convex_edge_bench::target::measure::measure;
use convex_edge_bench::target::native;
use convex_edge_bench::target::program::contents;
use convex_edge_bench::target::row::Row;
use convex_edge_bench::target::set::{SIZES, sets};
use convex_edge_verify::families::generate;

#[test]
fn a_set_has_the_hosts_bits_and_the_same_counts_in_two_runs() {
    let mut family = generate("double-integrator").unwrap();
    family.vectors.truncate(30);
    let sets = sets(&family);
    assert_eq!(sets.len(), 2, "cold and warm");
    for set in sets {
        let measured = measure(&set).unwrap();
        let row = Row::new(&set, &measured, &native::answers(&set));
        assert_eq!((row.problems, row.different_bits, row.not_solved), (30, 0, 0), "{row:?}");
        assert!((1_000..1_000_000).contains(&row.median_instructions), "{row:?}");
        assert_eq!(measure(&set).unwrap(), measured);
    }
}

#[test]
fn bits_that_differ_are_told() {
    let mut family = generate("double-integrator").unwrap();
    family.vectors.truncate(3);
    let set = &sets(&family)[0];
    let measured = measure(set).unwrap();
    let mut native = native::answers(set);
    native[1].checksum ^= 1;
    assert_eq!(Row::new(set, &measured, &native).different_bits, 1);
}

#[test]
fn the_host_solves_every_size_that_there_is_a_program_for() {
    for name in ["random-10", "double-integrator", "lipmwalk", "sequence-32", "quadrotor"] {
        let mut family = generate(name).unwrap();
        family.vectors.truncate(1);
        family.matrices.truncate(1);
        assert!(SIZES.contains(&(family.variables, family.constraints)), "{name}");
        assert_eq!(native::answers(&sets(&family)[0]).len(), 1, "{name}");
    }
}

#[test]
fn the_program_can_neither_panic_nor_compute_in_double_precision() {
    let contents = contents().unwrap();
    assert!(contents.solver_bytes > 0, "the symbols are stripped");
    assert_eq!((contents.panics, contents.double_helpers), (Vec::new(), Vec::new()));
}
