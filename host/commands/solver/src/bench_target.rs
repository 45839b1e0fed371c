//! The second table of `cargo edge bench qp`: instructions on the emulated microcontroller.

use convex_edge_bench::target::measure::{TargetError, measure};
use convex_edge_bench::target::native;
use convex_edge_bench::target::program::{Contents, ProgramError, contents};
use convex_edge_bench::target::promises::promises;
use convex_edge_bench::target::recorded::{RECORDED, Recorded, SOURCE};
use convex_edge_bench::target::row::Row;
use convex_edge_bench::target::set::sets;
use convex_edge_runs::promise::Promise;
use convex_edge_verify::family::Family;
use serde::Serialize;
use std::collections::BTreeMap;

/// Errors of the table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A set.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The program's contents.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

impl TableError {
    /// Whether this computer only lacks something, which the message says how to get.
    pub fn is_lack(&self) -> bool {
        matches!(self, Self::Target(error) if error.is_lack())
    }
}

/// All that the microcontroller showed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    rows: Vec<Row>,
    recorded: &'static [Recorded],
    recorded_source: &'static str,
    contents: Contents,
}

impl Table {
    /// Solves what fits of the families; no table where nothing does.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn measure(families: &[Family]) -> Result<Option<Self>, TableError> {
        let mut rows = Vec::new();
        for set in families.iter().flat_map(sets) {
            rows.push(Row::new(&set, &measure(&set)?, &native::answers(&set)));
        }
        if rows.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { rows, recorded: &RECORDED, recorded_source: SOURCE, contents: contents()? }))
    }

    /// Promises of the table's rows.
    pub fn promises(&self) -> Vec<Promise> {
        promises(&self.rows, &self.contents)
    }

    /// Prints it.
    pub fn print(&self) {
        println!("\nCortex-M4F in QEMU, single precision, instructions (not cycles)");
        println!("new: everything is; cold: the matrices' factors are kept; warm: the working set, too");
        print_line(["", "", "median", "max", "iter", "most", "unsolved", "bits differ"]);
        let mut last = None;
        for row in &self.rows {
            if last != Some(row.family) {
                println!("{}: {} variables, {} constraints", row.family, row.variables, row.constraints);
                last = Some(row.family);
            }
            let numbers = [row.median_instructions, row.most_instructions, row.median_iterations, row.most_iterations];
            let [median, most, iterations, most_iterations] = numbers.map(|number| number.to_string());
            let (unsolved, differ) = (row.not_solved.to_string(), row.different_bits.to_string());
            print_line(["ours f32", row.start, &median, &most, &iterations, &most_iterations, &unsolved, &differ]);
            for recorded in self.recorded.iter().filter(|_| row.family == "double-integrator") {
                if recorded.start == row.start {
                    let (median, most) = (recorded.median_instructions, recorded.most_instructions);
                    let (median, most) = (median.to_string(), most.to_string());
                    let unsolved = recorded.not_solved.to_string();
                    print_line([recorded.solver, row.start, &median, &most, "", "", &unsolved, "recorded"]);
                }
            }
        }
        println!("recorded: {}", self.recorded_source);
        self.print_memory();
    }

    fn print_memory(&self) {
        println!("\nmemory, bytes: problem, workspace, stack at its deepest");
        let sizes = self
            .rows
            .iter()
            .map(|row| ((row.variables, row.constraints), [row.problem_bytes, row.workspace_bytes, row.stack_bytes]));
        let mut deepest = BTreeMap::new();
        for (size, bytes) in sizes {
            let of_size = deepest.entry(size).or_insert(bytes);
            *of_size = std::array::from_fn(|index| of_size[index].max(bytes[index]));
        }
        for ((variables, constraints), [problem, workspace, stack]) in deepest {
            println!("  {variables} variables, {constraints} constraints{problem:>10}{workspace:>10}{stack:>10}");
        }
    }
}

fn print_line([solver, start, median, most, iterations, most_iterations, unsolved, differ]: [&str; 8]) {
    println!(
        "  {solver:<20}{start:<5}{median:>10}{most:>10}{iterations:>6}{most_iterations:>6}{unsolved:>10}{differ:>13}"
    );
}
