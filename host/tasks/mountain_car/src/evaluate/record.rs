//! Published record of a run: a file of `results/mountain_car`, with an entry for each configuration and seed.

use convex_edge_runs::store::{StoreError, read_json, write_json};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::Command;

/// Puts an entry under its name into a file, in place of an earlier one: how the run came about, and what it gave.
///
/// # Errors
/// [`StoreError`].
pub fn record(file: &Path, name: &str, settings: &impl Serialize, run: Value) -> Result<(), StoreError> {
    let mut entries: Map<String, Value> = read_json(file)?.unwrap_or_default();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut entry = json!({
        "command": format!("cargo edge {}", arguments.join(" ")),
        "commit": commit(),
        "settings": settings,
    });
    if let (Some(entry), Value::Object(run)) = (entry.as_object_mut(), run) {
        entry.extend(run);
    }
    entries.insert(name.to_owned(), entry);
    write_json(file, &entries)
}

/// The commit of the working directory's repository, with a mark where something was changed since.
fn commit() -> Option<String> {
    let output = Command::new("git").args(["describe", "--always", "--dirty", "--exclude=*"]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
