//! `cargo edge hil maps`: a target finds Breakout's maps under conditions, and its bits are compared with this computer's.

use crate::connect::{ConnectError, Unit, with_target};
use crate::costs::Costs;
use crate::hil::Options;
use crate::target::TargetOptionsError;
use convex_edge_core::artefact::ArtefactError;
use convex_edge_core::maps::Scores;
use convex_edge_core::maps::artefact::read;
use convex_edge_hil::scenarios::maps::{self, Beside, MapsError};
use convex_edge_hil::target::Target;
use convex_edge_maps::target::{Asked, ConditionsError, Counts, JudgeError, asked, scores};
use convex_edge_runs::progress::bar;
use serde::Serialize;
use std::path::PathBuf;

/// Maps where the command line names no number.
const MAPS: u16 = 100;

/// Largest difference between the two sides' probabilities, which have other precisions.
const APART: f32 = 1e-4;

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The files.
    #[error(transparent)]
    Target(#[from] TargetOptionsError),
    /// There is no target.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The conditions on the maps.
    #[error(transparent)]
    Conditions(#[from] ConditionsError),
    /// This computer's own projection and decoder.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// Settings, which maps have none of.
    #[error("--config is not for maps: leave it out")]
    Config,
    /// The words of the artefact mean something else here.
    #[error("the artefact {0} was made by another version: export it again with `cargo edge export maps`")]
    OtherVersion(PathBuf),
    /// There is no artefact.
    #[error("no artefact at {0}: `cargo edge export maps` makes one")]
    Missing(PathBuf),
    /// The artefact file.
    #[error("the artefact {} is refused ({reason:?}); export it again with `cargo edge export maps`", path.display())]
    Artefact {
        /// Path of the file.
        path: PathBuf,
        /// First fault found in the file.
        reason: ArtefactError,
    },
    /// The target did not answer.
    #[error(transparent)]
    Maps(#[from] MapsError),
    /// Host and target disagree.
    #[error("{different} of {maps} maps have other bits on the target: is its firmware of this version?")]
    Different {
        /// Number of maps with other bits.
        different: usize,
        /// Number of maps compared.
        maps: usize,
    },
    /// The target's code is wrong on both sides.
    #[error(
        "of {} maps {} satisfy the conditions, {} are the best, and probabilities differ by {:.1e}: \
         an error of this program",
        .0.maps, .0.valid, .0.best, .0.farthest
    )]
    Wrong(Counts),
}

/// Answer of the target to the scores, for `--json`.
#[derive(Debug, Serialize)]
struct Answer {
    /// The board, as it calls itself.
    target: String,
    artefact: String,
    conditions: String,
    counts: Counts,
    /// Maps with other bits than on this computer.
    different_bits: usize,
    /// Nothing for a process.
    costs: Option<Costs>,
    /// Bytes of stack never touched.
    stack_free: Option<u32>,
}

/// Finds the maps, prints the counts, and fails where a bit differs or a map is not the best one.
///
/// # Errors
/// [`CommandError`].
pub(crate) fn run(options: &Options) -> Result<(), CommandError> {
    let board = options.target.board()?;
    let path = options.target.artefact()?;
    let bytes = std::fs::read(&path).map_err(|_| CommandError::Missing(path.clone()))?;
    if options.target.run.config.is_some() {
        return Err(CommandError::Config);
    }
    let artefact = read(&bytes).map_err(|reason| CommandError::Artefact { path: path.clone(), reason })?;
    let asked = asked(artefact.words)?;
    if asked.program != artefact.program {
        return Err(CommandError::OtherVersion(path));
    }
    let scores = scores(usize::from(options.maps.unwrap_or(MAPS)), options.target.run.seed.unwrap_or(0))?;
    let work = |target: &mut Target, unit: Unit| solve(target, &bytes, &asked, &scores, unit);
    let answer = with_target(options, &board, &path, true, work)?;
    if options.json {
        println!("{}", serde_json::json!(answer));
    } else {
        print(&answer);
    }
    let (counts, different) = (answer.counts, answer.different_bits);
    match counts.maps {
        maps if different > 0 => Err(CommandError::Different { different, maps }),
        maps if counts.valid == maps && counts.best == maps && counts.farthest <= APART => Ok(()),
        _ => Err(CommandError::Wrong(counts)),
    }
}

fn solve(
    target: &mut Target,
    artefact: &[u8],
    asked: &Asked,
    scores: &[Scores],
    unit: Unit,
) -> Result<Answer, CommandError> {
    let artefact = read(artefact).map_err(MapsError::SelfTest)?;
    let mut found = Vec::new();
    let bar = bar(scores.len() as u64, "decoding");
    maps::run(target, &artefact, scores, |beside| {
        bar.inc(1);
        found.push(beside);
    })?;
    bar.finish_and_clear();
    let answers: Vec<_> = found.iter().map(|beside| beside.target.answer).collect();
    let counted: Vec<_> = found.iter().map(|beside| beside.target.cycles).collect();
    Ok(Answer {
        target: target.board(),
        artefact: format!("{:08x}", artefact.crc),
        conditions: asked.words.clone(),
        counts: Counts::of(asked, scores, &answers)?,
        different_bits: found.iter().filter(|beside| !Beside::is_same(beside)).count(),
        costs: Costs::of(&counted, unit, ["projecting", "decoding"]),
        // Known only after the work.
        stack_free: target.hello_again().map_err(MapsError::from)?.stack_free,
    })
}

fn print(answer: &Answer) {
    let Answer { target, artefact, conditions, counts, different_bits, costs, stack_free } = answer;
    println!("{target}, artefact {artefact}: {} maps, {different_bits} with other bits than here", counts.maps);
    println!("{conditions}");
    println!("{:<36}{:>10}", "satisfy all conditions", counts.valid);
    println!("{:<36}{:>10}", "as good as by the host's decoder", counts.best);
    println!("{:<36}{:>10}", "projected within the tolerance", counts.solved);
    println!("{:<36}{:>10.1e}", "largest residual", counts.largest_residual);
    println!("{:<36}{:>10.1e}", "farthest from the host's projection", counts.farthest);
    println!("{:<36}{:>10} {:>10}", "", "median", "most");
    println!("{:<36}{:>10} {:>10}", "evaluations", counts.median_evaluations, counts.most_evaluations);
    if let Some(costs) = costs {
        costs.print();
    }
    if let Some(bytes) = stack_free {
        println!("{:<36}{bytes:>10}", "stack never touched, bytes");
    }
}
