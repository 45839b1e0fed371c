//! Medians over several runs of a benchmark: the machine is shared, and one run may meet a busy hour.

use super::row::{Microseconds, Ratio, Row};

/// The rows of the first run with the medians of all runs' times, and of all runs' ratios to DAQP; a ratio is that of one
/// run's own times.
pub fn medians(runs: &[Vec<Row>]) -> Vec<Row> {
    let Some(first) = runs.first() else { return Vec::new() };
    let combined = first.iter().map(|row| {
        let same: Vec<&Row> = runs.iter().filter_map(|rows| rows.iter().find(|other| is_same(row, other))).collect();
        let time = |of: fn(&Microseconds) -> f64| median(same.iter().map(|row| of(&row.microseconds)).collect());
        let ratios: Vec<Ratio> =
            runs.iter().filter_map(|rows| to_daqp(rows.iter().find(|other| is_same(row, other))?, rows)).collect();
        let ratio = |of: fn(&Ratio) -> f64| median(ratios.iter().map(of).collect());
        Row {
            runs: same.len(),
            microseconds: Microseconds {
                median: time(|times| times.median),
                p99: time(|times| times.p99),
                max: time(|times| times.max),
            },
            to_daqp: (!ratios.is_empty()).then(|| Ratio {
                median: ratio(|ratio| ratio.median),
                p99: ratio(|ratio| ratio.p99),
                max: ratio(|ratio| ratio.max),
            }),
            ..row.clone()
        }
    });
    combined.collect()
}

fn is_same(row: &Row, other: &Row) -> bool {
    row.family == other.family && row.solver == other.solver && row.start == other.start
}

/// Single precision against single precision, everything else against double.
fn to_daqp(row: &Row, rows: &[Row]) -> Option<Ratio> {
    let daqp = if row.solver.ends_with("f32") { "DAQP f32" } else { "DAQP f64" };
    let same = |other: &&Row| other.family == row.family && other.start == row.start && other.solver == daqp;
    let (ours, theirs) = (row.microseconds, rows.iter().find(same)?.microseconds);
    Some(Ratio { median: ours.median / theirs.median, p99: ours.p99 / theirs.p99, max: ours.max / theirs.max })
}

/// The middle value, of an even number the upper one; NaN of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::medians;
    use crate::row::Row;
    use convex_edge_verify::families::generate;
    use convex_edge_verify::run::{Run, Start};

    #[test]
    fn a_ratio_is_that_of_one_run_and_the_median_of_all() {
        let family = generate("n4-box").unwrap();
        let row = |solver: &str, seconds: f64| {
            let run = Run {
                solver: solver.to_owned(),
                start: Start::Cold,
                seconds: vec![seconds],
                iterations: vec![1],
                solved: vec![false],
                x: vec![Vec::new()],
            };
            Row::new(&family, &run, &[])
        };
        // The second run met a busy hour: its ratio is that of the others.
        let runs = [(1.0, 2.0), (50.0, 100.0), (3.0, 4.0)];
        let runs = runs.map(|(ours, daqp)| vec![row("ours f64", ours), row("DAQP f64", daqp)]);
        let rows = medians(&runs);
        assert_eq!(rows[0].to_daqp.unwrap().median, 0.5);
        assert_eq!((rows[0].microseconds.median, rows[0].runs), (3e6, 3));
        assert_eq!(rows[1].to_daqp.unwrap().max, 1.0);
        assert!(medians(&[vec![row("ours f64", 1.0)]])[0].to_daqp.is_none());
    }
}
