//! Targets: the firmware as a process and in QEMU, its ELF, its bits.

mod count;
mod elf;
mod maps;
mod policy_artefact;
mod protocol;
mod qemu;
mod rig;
mod sudoku;
