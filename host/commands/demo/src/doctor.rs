//! `cargo edge doctor`: tools that this machine has, tools that are missing, and how to get them.

use convex_edge_setup::thumb::ThumbToolchain;
use convex_edge_setup::{self as setup, Check, Need, SetupError, State};
use serde::Serialize;

/// Options of `cargo edge doctor`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Install the missing tools, as far as possible
    #[arg(long)]
    fix: bool,
    /// Build the firmware with this compiler. Default: the first that is available
    #[arg(long, value_name = "WAY")]
    thumb: Option<ThumbToolchain>,
    /// Print one JSON object instead of the table
    #[arg(long)]
    json: bool,
}

/// Errors of the command.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    /// Looking or installing failed.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// Something lacks.
    #[error("missing: {0}; run `cargo edge doctor --fix` or the commands above")]
    Missing(String),
}

#[derive(Serialize)]
struct Answer<'a> {
    ready: bool,
    checks: &'a [Check],
}

/// Looks, installs where asked to, and prints what stands.
///
/// # Errors
/// A tool that the project needs is missing.
pub fn run(options: &Options) -> Result<(), DoctorError> {
    if options.fix {
        setup::prepare(&[Need::Demo, Need::Test], options.thumb)?;
    }
    let checks = setup::examine(options.thumb)?;
    let missing: Vec<&str> = checks.iter().filter(|check| check.state == State::Missing).map(|c| c.name).collect();
    if options.json {
        println!("{}", serde_json::json!(Answer { ready: missing.is_empty(), checks: &checks }));
    } else {
        checks.iter().for_each(print);
    }
    if missing.is_empty() { Ok(()) } else { Err(DoctorError::Missing(missing.join(", "))) }
}

fn print(check: &Check) {
    let state = match check.state {
        State::Ok => "ok",
        State::Missing => "MISSING",
        State::Optional => "optional",
    };
    let needs: Vec<String> = check.needed_for.iter().map(|need| format!("{need:?}").to_lowercase()).collect();
    println!("{state:<9}{:<17}{:<19}{}", check.name, needs.join(", "), check.found);
    if let Some(mend) = &check.mend {
        println!("{:<45}{mend}", "");
    }
}
