//! Contents of the microcontroller's program: bytes of the solver, double-precision helpers, functions of panics.

use convex_edge_setup::thumb::{self, ThumbError};
use object::{Object, ObjectSymbol, SymbolKind};
use serde::Serialize;
use std::path::PathBuf;

/// The size whose program is looked at: that of the family `double-integrator`.
const SIZE: (usize, usize) = (10, 30);

/// Errors when the ELF is read.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It was not built.
    #[error(transparent)]
    Thumb(#[from] ThumbError),
    /// It cannot be read.
    #[error("{}: {source}; build it again", path.display())]
    File {
        /// The ELF.
        path: PathBuf,
        /// Error of the operating system or of the ELF's reader.
        source: std::io::Error,
    },
    /// It is no ELF.
    #[error("{}: {source}; remove it, then try again", path.display())]
    Elf {
        /// The ELF.
        path: PathBuf,
        /// Error of the operating system or of the ELF's reader.
        source: object::Error,
    },
}

/// The program for 10 variables and 30 constraints, the only user of the solver in its ELF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// Code of the solver, solve and update: all functions of `convex_edge_core::qp`, its square root, and the one that
    /// calls them, into which some may have been inlined. Copying memory is the compiler's and does not count.
    pub solver_bytes: u64,
    /// Functions for arithmetic in double precision.
    pub double_helpers: Vec<String>,
    /// Functions of the machinery of panics.
    pub panics: Vec<String>,
}

/// Builds the program and looks at its symbols.
///
/// # Errors
/// [`ProgramError`].
pub fn contents() -> Result<Contents, ProgramError> {
    let path = thumb::count_elf(SIZE.0, SIZE.1)?;
    let bytes = std::fs::read(&path).map_err(|source| ProgramError::File { path: path.clone(), source })?;
    let elf = object::File::parse(&*bytes).map_err(|source| ProgramError::Elf { path: path.clone(), source })?;
    let functions: Vec<(String, u64)> = elf
        .symbols()
        .filter(|symbol| symbol.kind() == SymbolKind::Text)
        .filter_map(|symbol| Some((format!("{:#}", rustc_demangle::demangle(symbol.name().ok()?)), symbol.size())))
        .collect();
    let named = |is: fn(&str) -> bool| functions.iter().map(|(name, _)| name).filter(move |name| is(name)).cloned();
    Ok(Contents {
        solver_bytes: functions.iter().filter(|(name, _)| is_solver(name)).map(|(_, bytes)| bytes).sum(),
        double_helpers: named(is_double).collect(),
        panics: named(is_panic).collect(),
    })
}

fn is_solver(name: &str) -> bool {
    let parts = ["convex_edge_core::qp::", "convex_edge_core::math::", "convex_edge_core::real::"];
    parts.iter().any(|part| name.contains(part)) || name.contains("problem_set") && name.ends_with("::solve")
}

/// Names of the ARM run-time interface and of the compiler's own functions.
fn is_double(name: &str) -> bool {
    name.starts_with("__aeabi_d") || name.ends_with("2d") || name.ends_with("df2") || name.ends_with("df3")
}

fn is_panic(name: &str) -> bool {
    let machinery = ["panicking", "unwrap_failed", "expect_failed", "rust_begin_unwind", "slice_index", "slice::index"];
    machinery.iter().any(|part| name.contains(part))
}
