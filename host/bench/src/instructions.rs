//! Instruction limits: Callgrind's counts of the solver, compared with the committed limits.
//!
//! Counts are exact and the same in every run with one compiler and one set of instructions. Limits of another compiler
//! or another set of instructions are not compared.

use convex_edge_runs::promise::Promise;
use convex_edge_runs::store::{StoreError, read_json, write_json};
use convex_edge_setup::callgrind;
use convex_edge_setup::step::{self, StepError};
use convex_edge_setup::workspace::{Workspace, answer, cargo};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// Share by which a count may exceed its limit.
pub const ALLOWED: f64 = 0.05;

/// What the last tests of feasibility may take of a warm-started solve.
const ACCEPTANCE: f64 = 3.0;

/// Path of the limits, from the workspace's root.
const FILE: &str = "results/qp/instructions.json";

/// Errors of the count.
#[derive(Debug, thiserror::Error)]
pub enum InstructionsError {
    /// Valgrind or the runner is missing.
    #[error("nothing counts instructions here: {0}; run `cargo edge doctor --fix`")]
    Tools(String),
    /// The benchmarks failed, or the user asked to stop.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The runner prints something else.
    #[error("no counts are in {}; see there", .0.display())]
    Output(PathBuf),
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Counts, and what they are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Version of the compiler, from `rustc --version`.
    pub compiler: String,
    /// Architecture, and the processor that the benchmarks are compiled for.
    pub processor: String,
    /// Instructions of each benchmark.
    pub instructions: BTreeMap<String, u64>,
}

/// One benchmark and its limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The benchmark.
    pub name: String,
    /// Instructions now; nothing where the benchmark is gone.
    pub now: Option<u64>,
    /// Instructions as committed; nothing where the benchmark is new.
    pub limit: Option<u64>,
}

impl Comparison {
    /// Share of instructions that is new.
    pub fn growth(&self) -> Option<f64> {
        Some(self.now? as f64 / self.limit? as f64 - 1.0)
    }

    /// Whether there are a count and a limit, and the count is not far above.
    pub fn holds(&self) -> bool {
        self.growth().is_some_and(|growth| growth <= ALLOWED)
    }
}

impl Counts {
    /// Reason why these limits do not apply to the other counts, if there is one.
    pub fn foreign_to(&self, compiler: &str, processor: &str) -> Option<String> {
        let same = self.compiler == compiler && self.processor == processor;
        let Self { compiler: of, processor: on, .. } = self;
        (!same).then(|| format!("the limits are of {of} for {on}, this is {compiler} for {processor}"))
    }
}

/// Both side by side, by name.
pub fn compare(now: &BTreeMap<String, u64>, limits: &BTreeMap<String, u64>) -> Vec<Comparison> {
    let mut names: Vec<&String> = now.keys().chain(limits.keys()).collect();
    names.sort();
    names.dedup();
    let of = |name: &String| Comparison {
        name: name.clone(),
        now: now.get(name).copied(),
        limit: limits.get(name).copied(),
    };
    names.into_iter().map(of).collect()
}

/// What the counts must show, if the benchmarks are there.
pub fn promises(counts: &Counts) -> Vec<Promise> {
    let count = |name: &str| counts.instructions.get(name).map(|&count| count as f64);
    let share = count("mpc_warm_acceptance_f64").zip(count("mpc_warm_f64")).map(|(part, whole)| 100.0 * part / whole);
    share.map(|share| Promise::at_most("mpc warm, tests of feasibility", share, "%", ACCEPTANCE)).into_iter().collect()
}

/// The committed limits; nothing before they were first written.
///
/// # Errors
/// The file cannot be read or is damaged.
pub fn limits(workspace: &Workspace) -> Result<Option<Counts>, InstructionsError> {
    Ok(read_json(&workspace.root.join(FILE))?)
}

/// Writes new limits, and returns where.
///
/// # Errors
/// The file cannot be written.
pub fn renew(workspace: &Workspace, counts: &Counts) -> Result<PathBuf, InstructionsError> {
    let path = workspace.root.join(FILE);
    write_json(&path, counts)?;
    Ok(path)
}

/// Version of the compiler, from `rustc --version`.
pub fn compiler() -> String {
    answer(Command::new("rustc").arg("--version")).unwrap_or_else(|| "an unknown compiler".to_owned())
}

/// What the benchmarks are compiled for: not this machine's processor, so that the counts are those of others, too, and
/// nothing that Valgrind does not know.
const PROCESSOR: &str = "x86-64-v3";

/// Architecture of this machine, and what the benchmarks are compiled for on it.
pub fn processor() -> String {
    format!("{} {PROCESSOR}", std::env::consts::ARCH)
}

/// Builds and runs the benchmarks.
///
/// # Errors
/// A tool is missing, or the benchmarks fail.
pub fn count(workspace: &Workspace) -> Result<Counts, InstructionsError> {
    let runner = callgrind::ready(workspace).map_err(InstructionsError::Tools)?;
    let log = workspace.log("instructions");
    let mut command = cargo();
    command.current_dir(&workspace.root).args([
        "bench",
        "--package",
        env!("CARGO_PKG_NAME"),
        "--bench",
        "instructions",
    ]);
    command.args(["--", "--output-format=json", "--callgrind-args=--cache-sim=no"]).env("GUNGRAUN_RUNNER", runner);
    // Flags of its own, and so a folder of its own.
    command.env("RUSTFLAGS", format!("-C target-cpu={PROCESSOR}"));
    command.env("CARGO_TARGET_DIR", workspace.target.join("instructions"));
    step::run(&mut command, &log)?;
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let instructions: BTreeMap<String, u64> = text.lines().filter_map(read).collect();
    if instructions.is_empty() {
        return Err(InstructionsError::Output(log));
    }
    Ok(Counts { compiler: compiler(), processor: processor(), instructions })
}

/// Name and count in one line of the runner's; nothing where it is something else.
fn read(line: &str) -> Option<(String, u64)> {
    let summary: Value = serde_json::from_str(line).ok()?;
    let name = format!("{}_{}", summary.get("function_name")?.as_str()?, summary.get("id")?.as_str()?);
    Some((name, summary.pointer("/profiles/0/data/total/metrics/Ir/values/new")?.as_u64()?))
}

#[cfg(test)]
mod tests {
    use super::{Counts, compare, read};
    use std::collections::BTreeMap;

    #[test]
    fn counts_are_found_among_whatever_else_is_printed() {
        let line = r#"{"function_name":"mpc_cold","id":"f64","profiles":[{"data":{"total":{"metrics":{"Ir":{"values":{"new":7,"old":6}}}}}}]}"#;
        assert_eq!(read(line), Some(("mpc_cold_f64".to_owned(), 7)));
        assert_eq!(read("   Compiling"), None);
        assert_eq!(read(r#"{"function_name":"mpc_cold","id":"f64","profiles":[]}"#), None);
    }

    #[test]
    fn only_a_known_count_up_to_five_percent_above_holds() {
        let counts = |pairs: &[(&str, u64)]| pairs.iter().map(|&(name, count)| (name.to_owned(), count)).collect();
        let limits: BTreeMap<_, _> = counts(&[("a", 100), ("b", 100), ("c", 100), ("gone", 1)]);
        let now: BTreeMap<_, _> = counts(&[("a", 50), ("b", 104), ("c", 106), ("new", 1)]);
        let holds = compare(&now, &limits).iter().map(|one| (one.name.clone(), one.holds())).collect::<Vec<_>>();
        let expected = [("a", true), ("b", true), ("c", false), ("gone", false), ("new", false)];
        assert_eq!(holds, expected.map(|(name, holds)| (name.to_owned(), holds)));
    }

    #[test]
    fn limits_of_another_compiler_or_processor_are_foreign() {
        let limits = Counts { compiler: "a".to_owned(), processor: "b".to_owned(), instructions: BTreeMap::new() };
        assert_eq!(limits.foreign_to("a", "b"), None);
        assert!(limits.foreign_to("a", "c").is_some() && limits.foreign_to("c", "b").is_some());
    }
}
