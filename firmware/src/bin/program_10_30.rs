//! Runs programs with 10 variables, 30 constraints and at most 160 parameters.

#![cfg_attr(target_os = "none", no_std, no_main)]
#![deny(unsafe_code, clippy::undocumented_unsafe_blocks)]

#[cfg(target_os = "none")]
#[path = "../program.rs"]
mod program;

#[cfg(target_os = "none")]
#[cortex_m_rt::entry]
fn main() -> ! {
    static mut MEMORY: convex_edge_core::program::artefact::Memory<10, 30> =
        convex_edge_core::program::artefact::Memory::new();
    program::run::<160, 10, 30>(MEMORY)
}

#[cfg(not(target_os = "none"))]
fn main() {}
