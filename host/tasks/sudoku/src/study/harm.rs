//! Decoding under rules that are partly wrong: does the layer still read the given cells better than the network alone?

use crate::data::boards::Boards;
use crate::data::grid::{Grid, groups};
use crate::evaluate::run::RunError;
use crate::model::decode::{Search, decode};
use crate::model::rules::learn;
use burn::tensor::Device;
use convex_edge_burn::splitting::{AffineSet, Dense, Sudoku};
use convex_edge_core::random::Pcg64;
use convex_edge_runs::measured::Measured;
use nalgebra::{DMatrix, DVector};

/// Test boards: projections onto rules without structure are dense products.
const BOARDS: usize = 125;

/// Shares of the sums that are withheld.
const WITHHELD: [f64; 5] = [0.0, 0.05, 0.1, 0.2, 0.4];

/// False sums that are added, as a share of the true ones' number.
const FALSE: [f64; 6] = [0.0, 0.01, 0.02, 0.05, 0.1, 0.2];

/// Added to a run's seed for the choice of sums.
const SUMS_SEED: u64 = 1 << 35;

/// Figures `withheld/SHARE`, `withheld/boxes`, `false/SHARE`: share of the given cells that the layer's rounded solution has
/// right; `alone`: that of the likeliest digits.
pub(super) fn structure(test: &Boards<'_>, scores: &[f32], seed: u64, measured: &mut Measured) -> Result<(), RunError> {
    let scores = of_first(test, scores);
    measured.figure("alone", alone(test, scores));
    let random = &mut Pcg64::from_seed(SUMS_SEED + seed);
    let sums = sums(test.box_size());
    let order = shuffled(sums.len(), random);
    for share in WITHHELD {
        let kept = sums.len() - (share * sums.len() as f64).round() as usize;
        let kept: Vec<&Vec<usize>> = order[..kept].iter().map(|&sum| &sums[sum]).collect();
        measured.figure(format!("withheld/{share}"), with_rules(test, scores, &rules(&kept, test)?)?);
    }
    // The sums of boxes are the last quarter.
    let without: Vec<&Vec<usize>> = sums[..sums.len() * 3 / 4].iter().collect();
    measured.figure("withheld/boxes", with_rules(test, scores, &rules(&without, test)?)?);
    let most = FALSE[FALSE.len() - 1] * sums.len() as f64;
    let invented: Vec<Vec<usize>> = (0..most.round() as usize).map(|_| invented(test, random)).collect();
    for share in FALSE {
        let count = (share * sums.len() as f64).round() as usize;
        let all: Vec<&Vec<usize>> = sums.iter().chain(&invented[..count]).collect();
        measured.figure(format!("false/{share}"), with_rules(test, scores, &rules(&all, test)?)?);
    }
    Ok(())
}

/// Figures `known`, `learned`, `alone`: share of the given cells that are right by the known rules, by those that the training
/// labels obey, and by the likeliest digits.
pub(super) fn labels(
    test: &Boards<'_>,
    scores: &[f32],
    training: &Boards<'_>,
    measured: &mut Measured,
) -> Result<(), RunError> {
    let scores = of_first(test, scores);
    measured.figure("alone", alone(test, scores));
    measured.figure("known", with_rules(test, scores, &Sudoku::new(test.box_size())?)?);
    let solution =
        |labels: &[u8]| Grid::new(test.box_size(), &labels.iter().map(|label| label + 1).collect::<Vec<u8>>());
    let solutions = training.labels.chunks_exact(training.cells()).map(solution).collect::<Result<Vec<Grid>, _>>()?;
    measured.figure("learned", with_rules(test, scores, &learn(&solutions, &Device::flex())?)?);
    Ok(())
}

fn of_first<'a>(test: &Boards<'_>, scores: &'a [f32]) -> &'a [f32] {
    let length = BOARDS.min(test.puzzles.len()) * test.cells() * test.classes();
    scores.get(..length).unwrap_or(scores)
}

fn alone(test: &Boards<'_>, scores: &[f32]) -> f64 {
    let best =
        |cell: &[f32]| cell.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(digit, _)| digit as u8);
    right(test, scores.chunks_exact(test.classes()).map(best))
}

fn with_rules(test: &Boards<'_>, scores: &[f32], rules: &dyn AffineSet) -> Result<f64, RunError> {
    let alone = Search { most_nodes: 1, ..Search::default() };
    let found = decode(rules, scores, test.box_size(), &alone)?;
    Ok(right(test, found.iter().flat_map(|board| board.rounded.cells().iter().map(|digit| digit.wrapping_sub(1)))))
}

/// Share of the given cells whose digit, from 0, is right.
fn right(test: &Boards<'_>, digits: impl Iterator<Item = u8>) -> f64 {
    let cells = digits.zip(&test.labels).zip(&test.blank).filter(|(_, blank)| !**blank);
    let (mut shown, mut right) = (0_u32, 0_u32);
    for ((digit, label), _) in cells {
        shown += 1;
        right += u32::from(digit == *label);
    }
    f64::from(right) / f64::from(shown.max(1))
}

/// Variables of each sum that is 1: of cells, rows, columns, and boxes last.
fn sums(box_size: usize) -> Vec<Vec<usize>> {
    let digits = box_size * box_size;
    let cells = (0..digits * digits).map(|cell| (0..digits).map(|digit| cell * digits + digit).collect());
    let of_groups = groups(box_size);
    let of_groups = of_groups
        .iter()
        .flat_map(|group| (0..digits).map(move |digit| group.iter().map(|cell| cell * digits + digit).collect()));
    cells.chain(of_groups).collect()
}

/// A digit once in as many cells as a row has, drawn anywhere: false for most boards.
fn invented(test: &Boards<'_>, random: &mut Pcg64) -> Vec<usize> {
    let digit = (random.next_u64() % test.classes() as u64) as usize;
    let cells = shuffled(test.cells(), random);
    cells[..test.classes()].iter().map(|cell| cell * test.classes() + digit).collect()
}

fn shuffled(count: usize, random: &mut Pcg64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        order.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
    }
    order
}

fn rules(sums: &[&Vec<usize>], test: &Boards<'_>) -> Result<Dense, RunError> {
    let mut a = DMatrix::zeros(sums.len(), test.cells() * test.classes());
    for (row, sum) in sums.iter().enumerate() {
        sum.iter().for_each(|&variable| a[(row, variable)] = 1.0);
    }
    let ones = DVector::from_element(sums.len(), 1.0);
    Ok(Dense::from_equations(&a, &ones, &Device::flex()).map_err(crate::model::rules::RulesError::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits::optdigits;
    use crate::data::puzzle::{Recipe, lists};
    use crate::data::simulated_reader::read;

    #[test]
    fn every_solution_obeys_the_true_sums_and_hardly_one_a_false_one() {
        let split = optdigits::load();
        let puzzles = lists(&Recipe { box_size: 3, givens: 36, train: 0, test: 50, seed: 1 }).unwrap().test;
        let test = Boards::new(puzzles, &split.test, 1).unwrap();
        let sums = sums(3);
        assert_eq!(sums.len(), 324);
        let of = |grid: &Grid, sum: &[usize]| sum.iter().map(|&variable| grid.indicators()[variable]).sum::<f32>();
        assert!(test.puzzles.iter().all(|puzzle| sums.iter().all(|sum| of(&puzzle.solution, sum) == 1.0)));
        let random = &mut Pcg64::from_seed(2);
        let false_sum = invented(&test, random);
        let obey = test.puzzles.iter().filter(|puzzle| of(&puzzle.solution, &false_sum) == 1.0).count();
        assert!(obey < 35, "{obey}");
    }

    /// True rules mend readings; with all sums there they are those of the layer with a closed form.
    #[test]
    fn true_rules_help_and_false_ones_help_less() {
        let split = optdigits::load();
        let puzzles = lists(&Recipe { box_size: 3, givens: 36, train: 0, test: 20, seed: 1 }).unwrap().test;
        let random = &mut Pcg64::from_seed(4);
        let scores: Vec<f32> = puzzles.iter().flat_map(|puzzle| read(puzzle, 3.0, random)).collect();
        let test = Boards::new(puzzles, &split.test, 1).unwrap();
        let mut measured = Measured::default();
        structure(&test, &scores, 0, &mut measured).unwrap();
        let figure = |name: &str| measured.figures[name];
        let known = with_rules(&test, &scores, &Sudoku::new(3).unwrap()).unwrap();
        assert!((figure("withheld/0") - known).abs() < 0.01 && figure("withheld/0") == figure("false/0"));
        assert!(known > figure("alone") + 0.02, "{measured:?}");
        assert!(figure("false/0.2") < known - 0.05, "{measured:?}");
    }
}
