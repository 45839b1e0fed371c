//! `cargo edge demo`: set up, train, export, build, boot, drive, compare, report.

use convex_edge_core::artefact::{self, ArtefactError};
use convex_edge_core::policy::{HORIZON, ROWS};
use convex_edge_hil::board::{self, BoardError};
use convex_edge_mountain_car::cli::RunOptions;
use convex_edge_mountain_car::cli::train_visibly;
use convex_edge_mountain_car::evaluate::episodes::{EpisodeResult, summarize};
use convex_edge_mountain_car::export::{ExportError, export};
use convex_edge_mountain_car::report::{self, ReportError};
use convex_edge_mountain_car::target::drive::{
    DriveError, comparisons, corners, count, drive, episodes, result, start,
};
use convex_edge_mountain_car::target::promises::promises;
use convex_edge_mountain_car::target::summary::Summary;
use convex_edge_mountain_car::train::search::{Run, TrainError};
use convex_edge_mountain_car::train::settings::ConfigError;
use convex_edge_runs::machine::processor;
use convex_edge_runs::progress::bar;
use convex_edge_runs::store::{StoreError, read_lines, write_json};
use convex_edge_setup::step::spinner;
use convex_edge_setup::thumb::{FIRMWARE, ThumbError, firmware_elf};
use convex_edge_setup::workspace::Workspace;
use convex_edge_setup::{self as setup, Need, SetupError};
use std::time::Instant;

/// The board that is emulated.
const BOARD: &str = "b-l475e-iot01a";

/// Text before the first step.
const PLAN: &str = "\
This trains a controller (about a minute), builds its firmware meanwhile, boots it in QEMU, drives 420 episodes,
compares every decision with the host's, and writes a page. About three minutes on two cores. Where they are missing it
installs the compiler's target thumbv7em-none-eabihf and QEMU 10; `cargo edge doctor` prints what is there.";

/// Options of the command.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    run: RunOptions,
    /// Print summary.json instead of the table
    #[arg(long)]
    json: bool,
}

/// Errors of the demonstration.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The machine lacks something.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The training.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The export.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The exported artefact cannot be read.
    #[error("the exported artefact is refused ({0:?}); export it again")]
    Artefact(ArtefactError),
    /// The firmware.
    #[error(transparent)]
    Firmware(#[from] ThumbError),
    /// The board's description.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The target.
    #[error(transparent)]
    Drive(#[from] DriveError),
    /// The page.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The build of the firmware broke off.
    #[error("the build of the firmware broke off; run the same command again")]
    Thread,
    /// It ran, and did not do what it should.
    #[error("not kept: {0}; see the report")]
    PromiseBroken(String),
}

/// Runs everything and prints the table.
pub fn run(options: &Options) -> Result<(), CommandError> {
    let started = Instant::now();
    Workspace::locate().map_err(SetupError::from)?;
    let config = options.run.load()?;
    eprintln!("{PLAN}");
    setup::prepare(&[Need::Demo], None)?;
    let runs = &options.run.runs;
    let folder = runs.join("demo");

    // Neither needs the other.
    let (trained, firmware) = std::thread::scope(|scope| {
        let firmware = scope.spawn(|| firmware_elf(FIRMWARE));
        (train_visibly(&config, runs), firmware.join())
    });
    let trained = trained?;
    let building = spinner("building the firmware");
    let firmware = firmware.map_err(|_| CommandError::Thread)??;
    building.finish_and_clear();
    let exported = export(&config, runs, &config.folder(runs))?;
    let artefact = artefact::read(&exported.bytes).map_err(CommandError::Artefact)?;

    let board = board::find(BOARD)?;
    let name = format!("qemu:{BOARD}");
    let driving = bar(episodes(), "driving");
    let mut rig = start(&board, &firmware, &exported.path, false)?;
    let driven = drive(&mut rig.target, &artefact, &|| driving.inc(1)).map_err(DriveError::from)?;
    // Stack that was never touched is known only after the work.
    let stack_free = rig.target.hello_again().map_err(DriveError::from)?.stack_free;
    drop(rig);
    driving.finish_and_clear();

    let counting = spinner("counting instructions");
    let mut rig = start(&board, &firmware, &exported.path, true)?;
    let (instructions_p50, instructions_max) = count(&mut rig.target, &artefact).map_err(DriveError::from)?;
    drop(rig);
    counting.finish_and_clear();

    let nominal: Vec<EpisodeResult> = driven.closed_loop.iter().chain(&driven.self_play).map(result).collect();
    let figures = summarize(&nominal);
    let all = || driven.closed_loop.iter().chain(&driven.self_play).chain(&driven.corners);
    let mut summary = Summary {
        configuration: config.identity().1,
        seed: config.training.seed,
        nominal: figures,
        mean_return: figures.mean_return,
        min_return: figures.min_return,
        solved: figures.solved,
        episodes: figures.episodes,
        violations: all().map(|recording| u64::from(recording.violations)).sum(),
        bit_mismatches: all().map(|recording| u64::from(recording.mismatches)).sum(),
        steps_compared: all().map(|recording| recording.steps.len() as u64).sum(),
        training_seconds: trained.seconds,
        processor: processor(),
        corners: corners(&artefact.parameters, &driven, &name),
        target: name,
        instructions_p50,
        instructions_max,
        horizon: HORIZON,
        variables: HORIZON,
        rows: ROWS,
        artefact: format!("{:08x}", exported.crc),
        artefact_bytes: exported.bytes.len(),
        stack_free,
        seconds: 0.0,
        comparisons: comparisons(&artefact.parameters),
        promises: Vec::new(),
    };
    summary.promises = promises(&summary);
    summary.seconds = started.elapsed().as_secs_f64();
    write_json(&folder.join("summary.json"), &summary)?;
    write_json(&folder.join("episodes.json"), &driven.closed_loop)?;
    let metrics = read_lines(&Run::of(&config, runs).metrics())?;
    let data = report::Data { summary: &summary, metrics: &metrics, episodes: &driven.closed_loop, config: &config };
    let page = folder.join("report.html");
    report::write(&data, &page)?;

    if options.json {
        println!("{}", serde_json::json!(summary));
    } else {
        print(&summary);
        println!("\n{}\n{}", folder.join("summary.json").display(), page.display());
    }
    let broken: Vec<&str> = summary.promises.iter().filter(|p| !p.holds).map(|p| p.name.as_str()).collect();
    if broken.is_empty() { Ok(()) } else { Err(CommandError::PromiseBroken(broken.join(", "))) }
}

fn print(summary: &Summary) {
    println!("{:<32}{:>12} {:<8}{:<12}", "promise", "value", "unit", "target");
    for promise in &summary.promises {
        let (value, word) = (round(promise.value), promise.word());
        println!("{:<32}{value:>12} {:<8}{:<12}{word}", promise.name, promise.unit, promise.target);
    }
    println!();
    let Summary { horizon, variables, rows, instructions_p50, instructions_max, .. } = summary;
    println!(
        "target                    {}, artefact {} ({} bytes)",
        summary.target, summary.artefact, summary.artefact_bytes
    );
    println!("program                   horizon {horizon}, {variables} variables, {rows} two-sided rows");
    println!("instructions a decision   {instructions_p50} median, {instructions_max} most");
    println!("return                    {:.3} mean, {:.3} least", summary.mean_return, summary.min_return);
    let nominal = &summary.nominal;
    let share = |steps: u64| 100.0 * steps as f64 / nominal.steps.max(1) as f64;
    println!(
        "steps with active rows    {:.1} % action limits, {:.1} % slew, {:.1} % safe set",
        share(nominal.limits_active),
        share(nominal.slew_active),
        share(nominal.safe_set_active)
    );
    for corner in &summary.corners {
        let (result, plant) = (&corner.result, format!("gravity {:.2}, power {:.2}", corner.gravity, corner.power));
        println!(
            "{plant:<26}{:.3} mean, {} of {} solved, {} violations, on {}",
            result.mean_return, result.solved, result.episodes, result.violations, corner.played_on
        );
    }
    for comparison in &summary.comparisons {
        let result = &comparison.result;
        println!(
            "{:<26}{:.3} mean, {:.3} least, {} of {} solved, {}",
            comparison.policy, result.mean_return, result.min_return, result.solved, result.episodes, comparison.plant
        );
    }
    println!("training                  {:.0} s; everything {:.0} s", summary.training_seconds, summary.seconds);
}

fn round(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}
