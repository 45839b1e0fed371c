//! `cargo edge check splitting`: random programs by the splitting layer, judged by its documented tolerances.

use crate::check_layers::{CommandError, kept};
use convex_edge_burn_verify::splitting::{self, Counts, Outcome};
use convex_edge_runs::progress::bar;
use std::time::Instant;

/// Faults that are printed; all of them are in the JSON.
const SHOWN_FAULTS: usize = 20;

/// Options of the check of the splitting layer.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Check this many cases
    #[arg(long, default_value_t = 100_000)]
    count: u64,
    /// Use this seed for the first case, and the next seeds for the others
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    /// Check only the case of this seed and print all its details
    #[arg(long, conflicts_with_all = ["count", "seed", "json"])]
    replay: Option<u64>,
}

/// Runs the cases and prints the table.
pub fn run(options: &Options) -> Result<(), CommandError> {
    if let Some(seed) = options.replay {
        let (case, outcome) = splitting::replay(seed);
        println!("{case:#?}\n{outcome:#?}");
        let wrong = matches!(outcome, Outcome::Wrong(_) | Outcome::Panicked);
        return if wrong { Err(CommandError::Fault(seed)) } else { Ok(()) };
    }
    let started = Instant::now();
    let bar = bar(options.count, "solving");
    let findings = splitting::check(options.seed, options.count, &|more| bar.inc(more));
    bar.finish_and_clear();
    let findings = findings.ok_or(CommandError::Interrupted)?;
    let promises = splitting::promises(&findings);
    let seconds = started.elapsed().as_secs_f64();
    if options.json {
        let (count, seed) = (options.count, options.seed);
        let report = serde_json::json!({
            "count": count, "seed": seed, "seconds": seconds, "total": findings.total(), "findings": findings,
            "promises": promises,
        });
        println!("{report}");
        return kept(&promises);
    }
    println!(
        "{:<20}{:>9}{:>9}{:>9}{:>11}{:>11}{:>7}{:>7}",
        "", "cases", "right", "flagged", "undecided", "gradients", "WRONG", "PANIC"
    );
    findings.counts.iter().for_each(|(kind, counts)| line(&format!("{kind:?}"), counts));
    line("all", &findings.total());
    promises.iter().for_each(|promise| println!("{promise}"));
    println!("{} cases from seed {} in {seconds:.0} s", options.count, options.seed);
    for fault in findings.faults.iter().take(SHOWN_FAULTS) {
        println!("--replay {}  {:?}: {}", fault.seed, fault.kind, fault.reason);
    }
    kept(&promises)
}

fn line(name: &str, counts: &Counts) {
    let Counts { cases, right, flagged, undecided, wrong, panics, gradients } = counts;
    println!("{name:<20}{cases:>9}{right:>9}{flagged:>9}{undecided:>11}{gradients:>11}{wrong:>7}{panics:>7}");
}
