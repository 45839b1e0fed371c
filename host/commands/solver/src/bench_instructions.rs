//! `cargo edge bench instructions`: counts of the solver's instructions against the committed limits.

use convex_edge_bench::instructions::{
    ALLOWED, Comparison, InstructionsError, compare, compiler, count, limits, processor, promises, renew,
};
use convex_edge_setup::callgrind;
use convex_edge_setup::workspace::{Workspace, WorkspaceError};
use std::collections::BTreeMap;

/// Options of the command.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Write the new counts as limits to results/qp/instructions.json
    #[arg(long)]
    renew: bool,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The current directory is outside the workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// Nothing was counted.
    #[error(transparent)]
    Instructions(#[from] InstructionsError),
    /// The solver has become slower, or a benchmark has no limit.
    #[error("more than {percent} % above the limit, or without one: {0}; mend it, or accept it with `cargo edge bench instructions --renew`", percent = 100.0 * ALLOWED)]
    Exceeded(String),
}

/// Counts and compares; skips in one line what cannot be compared.
pub(super) fn run(options: &Options) -> Result<(), CommandError> {
    let workspace = Workspace::locate()?;
    let limits = limits(&workspace)?;
    if !options.renew {
        let foreign = limits.as_ref().and_then(|limits| limits.foreign_to(&compiler(), &processor()));
        if let Some(why) = foreign.or_else(|| callgrind::ready(&workspace).err()) {
            println!("skipped: {why}");
            return Ok(());
        }
    }
    let now = count(&workspace)?;
    let none = BTreeMap::new();
    let comparisons = compare(&now.instructions, limits.as_ref().map_or(&none, |limits| &limits.instructions));
    println!("{:<24}{:>14}{:>14}{:>10}", "instructions", "now", "limit", "growth");
    comparisons.iter().for_each(print);
    promises(&now).iter().for_each(|promise| println!("{promise}"));
    if options.renew {
        println!("{}", renew(&workspace, &now)?.display());
        return Ok(());
    }
    let above: Vec<&str> = comparisons.iter().filter(|one| !one.holds()).map(|one| one.name.as_str()).collect();
    if above.is_empty() { Ok(()) } else { Err(CommandError::Exceeded(above.join(", "))) }
}

fn print(comparison: &Comparison) {
    let number = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
    let growth = comparison.growth().map_or_else(|| "-".to_owned(), |growth| format!("{:+.2} %", 100.0 * growth));
    let word = match comparison.growth() {
        Some(_) if comparison.holds() => "",
        Some(_) => "  ABOVE",
        None => "  without limit or count",
    };
    println!("{:<24}{:>14}{:>14}{growth:>10}{word}", comparison.name, number(comparison.now), number(comparison.limit));
}
