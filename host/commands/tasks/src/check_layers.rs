//! `cargo edge check layers`: derivatives of random programs, compared with finite differences.

use convex_edge_burn_verify::gradients::{self, GradientError, Gradients};
use convex_edge_burn_verify::gradients_kinks::{self, FamilyKinks, Kinks};
use convex_edge_runs::progress::bar;
use convex_edge_runs::promise::{Promise, broken};
use convex_edge_verify::layer_margins;
use convex_edge_verify::margins::{self, Margins};

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Check this many programs
    #[arg(long, default_value_t = 10_000)]
    count: u64,
    /// Use this seed for the first program, and the next seeds for the others
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Ctrl-C.
    #[error("stopped before all programs were solved; the same command starts again")]
    Interrupted,
    /// The replayed case is at fault.
    #[error("the case of seed {0} is answered wrongly; see above")]
    Fault(u64),
    /// Layers.
    #[error(transparent)]
    Gradient(#[from] GradientError),
    /// It ran, and the layer does not keep its word.
    #[error("not kept: {0}; see the table")]
    PromiseBroken(String),
}

/// Differentiates, compares and prints the tables.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let gradients_bar = bar(options.count, "differentiating");
    let gradients = gradients::check(options.seed, options.count, &|more| gradients_bar.inc(more))?;
    gradients_bar.finish_and_clear();
    let kinks_bar = bar(options.count, "at kinks and ties");
    let kinks = gradients_kinks::check(options.seed, options.count, &|more| kinks_bar.inc(more))?;
    kinks_bar.finish_and_clear();
    let margins = margins::check(options.seed, options.count);
    let by_parameters = layer_margins::check(options.seed, options.count);
    let mut promises = gradients::promises(&gradients);
    promises.extend(gradients_kinks::promises(&kinks));
    promises.extend(margins::promises(&margins, &by_parameters));
    if options.json {
        let report = serde_json::json!({
            "seed": options.seed, "gradients": gradients, "kinks": kinks, "margins": margins,
            "margins_by_parameters": by_parameters, "promises": promises,
        });
        println!("{report}");
    } else {
        let Gradients { programs, judged, flagged, unsolved, undecided, wrong, largest_error } = gradients;
        println!(
            "{programs} programs: {judged} judged, {wrong} of them wrong; {flagged} flagged, {unsolved} unsolved,"
        );
        println!("{undecided} undecided by finite differences;");
        println!("largest error away from degenerate points {largest_error:.1e}\n");
        print_kinks(&kinks);
        let print = |margins: &Margins, what: &str| {
            let Margins { programs, smooth, denied, denied_at_ties, .. } = margins;
            println!(
                "{programs} programs, {what} moved: {smooth} away from kinks; kinks denied {denied}, at ties {denied_at_ties}"
            );
        };
        print(&margins, "data");
        print(&by_parameters, "parameters");
        println!();
        promises.iter().for_each(|promise| println!("{promise}"));
    }
    kept(&promises)
}

fn print_kinks(families: &[FamilyKinks]) {
    let columns = ["programs", "unsolved", "undecided", "smooth", "needless", "MARGIN", "GRADIENT", "TIE", "WARM"];
    print!("{:<26}", "at kinks and ties");
    columns.iter().for_each(|column| print!("{column:>10}"));
    println!();
    for FamilyKinks { family, counts } in families {
        let Kinks { programs, unsolved, undecided, smooth, needless, .. } = *counts;
        let wrong = [counts.wrong_margins, counts.wrong_gradients, counts.gradients_at_ties, counts.warm];
        print!("{family:<26}");
        [programs, unsolved, undecided, smooth, needless].iter().chain(&wrong).for_each(|count| print!("{count:>10}"));
        println!();
    }
    println!();
}

/// An error where a target was missed.
pub fn kept(promises: &[Promise]) -> Result<(), CommandError> {
    broken(promises).map_or(Ok(()), |names| Err(CommandError::PromiseBroken(names)))
}
