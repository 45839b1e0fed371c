//! `cargo edge compare maps`: gain of the layer over repair after the fact.

use crate::maps::generate::Corpus;
use convex_edge_core::artefact::crc32;
use convex_edge_maps::compare::real::{Real, real};
use convex_edge_maps::compare::run::{RunError, RunResult, run as run_one};
use convex_edge_maps::compare::summary::{CleanClone, Comparison, Row, denoising, promises, summarize};
use convex_edge_maps::compare::validity::{Infeasible, Validity, infeasible, validity};
use convex_edge_maps::data::collection::Collection;
use convex_edge_maps::data::corpus::CorpusError;
use convex_edge_maps::data::game::Game;
use convex_edge_maps::data::packed::{PackedError, embedded};
use convex_edge_maps::model::denoiser_checkpoint::{DenoiserError, denoiser};
use convex_edge_maps::report as page;
use convex_edge_maps::train::settings::{Compared, Job, Protocol, Settings};
use convex_edge_runs::batch_schedule::Budget;
use convex_edge_runs::interrupt;
use convex_edge_runs::progress::bar;
use convex_edge_runs::settings::SettingsError;
use convex_edge_runs::store::{StoreError, read_json, read_lines, write_json, write_lines};
use convex_edge_setup::workspace::{Workspace, WorkspaceError};
use convex_edge_statistics::Estimate;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Parts of a training's bar.
const PARTS: u64 = 1000;

/// The file of results that has every run.
const PUBLISHED_RUNS: &str = "runs.jsonl";

/// The file of results that has every game's count of violations.
const PUBLISHED_COUNTS: &str = "validity.jsonl";

/// The file of results that has a clean clone's time.
const PUBLISHED_CLONE: &str = "clean_clone.json";

/// What a game's decoded maps and infeasible requests were counted as.
type Counted = (Validity, Infeasible);

/// Seed of the conditions of the count of violations.
const VALIDITY_SEED: u64 = 1 << 34;

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The maps.
    #[error(transparent)]
    Packed(#[from] PackedError),
    /// The user's own levels.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The denoiser whose maps are counted.
    #[error(transparent)]
    Denoiser(#[from] DenoiserError),
    /// The current directory is outside the workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The user asked to stop.
    #[error("stopped; finished runs are kept, the same command goes on")]
    Interrupted,
}

/// Runs what was not run yet, unless only finished runs are wanted; prints the tables, and writes the file that was asked
/// for, and all runs next to it. Runs that are published are read, unless the user repeats them. With levels of the
/// user's own, these are compared in place of the games. A missed target is printed; it is no error.
///
/// # Errors
/// [`CommandError`]; finished runs stay on disk.
pub(crate) fn run(
    quick: bool,
    only_finished: bool,
    repeats: bool,
    corpus: &Corpus,
    config: Option<&Path>,
    runs: &Path,
    json: Option<&Path>,
) -> Result<(), CommandError> {
    let settings = Settings::load(config)?;
    let settings = if quick { settings.quick() } else { settings };
    let folder = Workspace::locate()?.root.join("results").join("maps");
    let (published, published_counts) = if repeats {
        Default::default()
    } else {
        (read_lines(&folder.join(PUBLISHED_RUNS))?, read_lines(&folder.join(PUBLISHED_COUNTS))?)
    };
    let games = Game::all().map(embedded).into_iter().collect::<Result<Vec<Collection>, PackedError>>()?;
    let own = corpus.load()?;
    let compared = match &own {
        Some(own) => {
            // Other levels in a folder of the same name have other runs.
            let tiles: Vec<u8> = own.train.maps.iter().flat_map(|map| map.tiles.iter().copied()).collect();
            let name = format!("{} {:08x}", own.game.name, crc32(&tiles));
            let protocol = settings.comparison.corpus.clone();
            vec![Compared { name, game: own.game.name.clone(), held_out: None, protocol }]
        }
        None => settings.comparison.collections.clone(),
    };
    let maps: Vec<Collection> = own.map_or_else(|| collections(&compared, &games), |own| vec![own]);
    let jobs = settings.jobs(&compared);
    let results = results(&settings, &jobs, &maps, only_finished, runs, &published)?;
    let protocols: Vec<(&str, &Protocol)> =
        compared.iter().map(|compared| (compared.name.as_str(), &compared.protocol)).collect();
    let (rows, denoising) = (summarize(&protocols, &results), denoising(&results));
    let counted = if corpus.is_given() { &[][..] } else { &games };
    let counted = counts(&settings, counted, only_finished, runs, &published_counts)?;
    let (valid, refused) = counted.iter().map(|(_, found)| found.clone()).unzip::<_, _, Vec<_>, Vec<_>>();
    let clone: Option<CleanClone> =
        if repeats || corpus.is_given() { None } else { read_json(&folder.join(PUBLISHED_CLONE))? };
    let promises = promises(&settings, &rows, &valid, &refused, clone.as_ref());
    print(&rows);
    println!();
    for promise in &promises {
        println!("{promise}");
    }
    let of_real = |(compared, maps): (&Compared, &Collection)| real(&compared.name, maps, compared.protocol.samples);
    let real: Vec<Real> = compared.par_iter().zip(&maps).flat_map_iter(of_real).collect();
    let comparison = Comparison {
        settings: settings.clone(),
        rows,
        denoising,
        real,
        validity: valid,
        infeasible: refused,
        promises,
    };
    let report = runs.join("maps").join("compare").join("report.html");
    page::write(&comparison, &report)?;
    println!("\n{}", report.display());
    if let Some(path) = json {
        write_json(path, &comparison)?;
        let finished = jobs.iter().filter_map(|job| Some((name(&settings, job), of(job, &results)?)));
        write_lines(&path.with_file_name(PUBLISHED_RUNS), &finished.collect::<Vec<_>>())?;
        if !counted.is_empty() {
            write_lines(&path.with_file_name(PUBLISHED_COUNTS), &counted)?;
        }
        println!("{}", path.display());
    }
    Ok(())
}

/// The maps that are compared, in this order.
fn collections(compared: &[Compared], games: &[Collection]) -> Vec<Collection> {
    let of = |compared: &Compared| {
        let game = games.iter().find(|game| game.game.name == compared.game)?;
        Some(compared.held_out.map_or_else(|| game.clone(), |label| game.without(label)))
    };
    compared.iter().filter_map(of).collect()
}

/// Name of a run among the published ones.
fn name(settings: &Settings, job: &Job<'_>) -> String {
    settings.file(job, Path::new("")).display().to_string()
}

/// Result of a job.
fn of<'a>(job: &Job<'_>, results: &'a [RunResult]) -> Option<&'a RunResult> {
    results.iter().find(|result| {
        (&result.collection, result.training, result.seed) == (&job.compared.name, job.training, job.seed)
    })
}

/// Maps are those of the jobs' collections, in the same order.
fn results(
    settings: &Settings,
    jobs: &[Job<'_>],
    maps: &[Collection],
    only_finished: bool,
    runs: &Path,
    published: &[(String, RunResult)],
) -> Result<Vec<RunResult>, CommandError> {
    let mut names: Vec<&str> = Vec::new();
    for job in jobs {
        if !names.contains(&job.compared.name.as_str()) {
            names.push(&job.compared.name);
        }
    }
    let bar = bar(PARTS * jobs.len() as u64, "training");
    let mut results = Vec::new();
    for (place, job) in jobs.iter().enumerate() {
        let name_of_maps = job.compared.name.as_str();
        bar.set_prefix(format!("{name_of_maps}, {:?}", job.training.last_step).to_lowercase());
        bar.set_position(PARTS * place as u64);
        if interrupt::requested() {
            return Err(CommandError::Interrupted);
        }
        let kept: Option<RunResult> = read_json(&settings.file(job, runs))?;
        let of_others = || {
            let name = name(settings, job);
            published.iter().find(|(published, _)| *published == name).map(|(_, result)| result.clone())
        };
        if let Some(result) = kept.or_else(of_others) {
            results.push(result);
        } else if !only_finished
            && let Some(collection) =
                names.iter().position(|name| *name == name_of_maps).and_then(|place| maps.get(place))
        {
            let mut progress = |share: f64| bar.set_position(PARTS * place as u64 + (PARTS as f64 * share) as u64);
            results.push(run_one(settings, job, collection, runs, &mut progress)?);
        }
    }
    bar.finish_and_clear();
    Ok(results)
}

/// Violations of decoded maps and infeasible requests, by game.
fn counts(
    settings: &Settings,
    games: &[Collection],
    only_finished: bool,
    runs: &Path,
    published: &[(String, Counted)],
) -> Result<Vec<(String, Counted)>, CommandError> {
    let asked = settings.comparison.validity;
    let mut counted = Vec::new();
    for (place, collection) in games.iter().enumerate() {
        let name = counted_in(settings, &collection.game, Path::new("")).display().to_string();
        let file = runs.join(&name);
        let of_others = || published.iter().find(|(published, _)| *published == name).map(|(_, found)| found.clone());
        let kept: Option<Counted> = read_json(&file)?;
        let found = match kept.or_else(of_others) {
            Some(found) => found,
            None if only_finished => continue,
            None => {
                let bar = bar(PARTS, "training");
                let mut share = |share: f64| bar.set_position((PARTS as f64 * share) as u64);
                let (denoiser, _) = denoiser(collection, settings, runs, &mut share)?;
                bar.set_length(asked.samples as u64);
                bar.set_message("maps");
                let seed = VALIDITY_SEED + place as u64;
                let valid =
                    validity(collection, &denoiser, asked.samples, seed, &mut |done| bar.set_position(done as u64))?;
                let requests = asked.infeasible / games.len() + usize::from(place < asked.infeasible % games.len());
                let found = (valid, infeasible(collection, requests, seed)?);
                bar.finish_and_clear();
                write_json(&file, &found)?;
                found
            }
        };
        counted.push((name, found));
    }
    Ok(counted)
}

fn counted_in(settings: &Settings, game: &Game, runs: &Path) -> PathBuf {
    let of = (settings.maps, settings.learning_rate, settings.short, settings.comparison.validity);
    let identity = crc32(serde_json::to_string(&of).unwrap_or_default().as_bytes());
    runs.join("maps").join("validity").join(format!("{}-{identity:08x}.json", game.name))
}

fn print(rows: &[Row]) {
    let mut last = None;
    for row in rows {
        if last != Some((&row.collection, &row.suite, row.budget)) {
            let budget = match row.budget {
                Budget::CpuSeconds(seconds) => format!("{seconds} s of training"),
                Budget::Steps(steps) => format!("{steps} steps of training"),
            };
            println!("\n{}, {}, {budget}", row.collection, row.suite);
            println!(
                "{:<26}{:>6}{:>7}{:>9}{:>9}{:>9}{:>16}{:>16}{:>9}{:>8}{:>8}  untold rules of decoded maps, %",
                "",
                "seeds",
                "steps",
                "loss",
                "valid, %",
                "edits",
                "2x2 patterns",
                "3x3 patterns",
                "1-NN, %",
                "new, %",
                "ms"
            );
            last = Some((&row.collection, &row.suite, row.budget));
        }
        let with = |statistic: &Estimate| format!("{statistic:.3}");
        let rules = row.rules.iter().map(|(rule, share)| format!("{rule:?} {:.1}", 100.0 * share.mean));
        println!(
            "{:<26}{:>6}{:>7.0}{:>9.4}{:>9.1}{:>9.2}{:>16}{:>16}{:>9.1}{:>8.1}{:>8.1}  {}",
            row.method,
            row.seeds,
            row.steps,
            row.loss,
            100.0 * row.likeliest_valid.mean,
            row.edits.mean,
            with(&row.patterns_2x2[1]),
            with(&row.patterns_3x3[1]),
            100.0 * row.two_sample.mean,
            100.0 * row.novel.mean,
            row.milliseconds,
            rules.collect::<Vec<_>>().join(", ")
        );
    }
}
