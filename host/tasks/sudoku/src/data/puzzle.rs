//! Puzzles with one solution, by seed, and lists for training and testing that share no solution.

use crate::data::grid::{Grid, GridError};
use crate::model::candidates::{Candidates, digits};
use convex_edge_core::random::Pcg64;
use std::collections::HashSet;
use thiserror::Error;

/// Puzzles of 17 givens, the fewest that a 9x9 board with one solution can have (McGuire, Tugemann and Civario 2014,
/// "There is no 16-clue sudoku"), from G. Royle's public collection. Digging at random never gets there.
const FEWEST: [&str; 12] = [
    "000000010400000000020000000000050407008000300001090000300400200050100000000806000",
    "000000010400000000020000000000050604008000300001090000300400200050100000000807000",
    "000000012000035000000600070700000300000400800100000000000120000080000040050000600",
    "000000012003600000000007000410020000000500300700000600280000040000300500000000000",
    "000000012008030000000000040120500000000004700060000000507000300000620000000100000",
    "000000012040050000000009000070600400000100000000000050000087500601000300200000000",
    "000000012050400000000000030700600400001000000000080000920000800000510700000003000",
    "000000012300000060000040000900000500000001070020000000000350400001400800060000000",
    "000000012400090000000000050070200000600000400000108000018000000000030700502000000",
    "000000012500008000000700000600120000700000450000030000030000800000500700020000000",
    "000000012700060000000000050080200000600000400000109000019000000000030800502000000",
    "000000012800040000000000060090200000700000400000501000015000000000030900602000000",
];

/// Share of the 288 solutions of 4x4 that only test puzzles have.
const HELD_OUT: f64 = 0.25;

/// Number of the training list, and of the half of [`FEWEST`] that it takes.
const TRAIN: usize = 0;
const TEST: usize = 1;

/// Boards that are dug before a number of givens counts as out of reach.
const TRIES: usize = 2000;

/// A puzzle and its only solution.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Puzzle {
    /// The givens; blanks elsewhere.
    pub givens: Grid,
    /// The board that they determine.
    pub solution: Grid,
}

/// Recipe of a list of puzzles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipe {
    /// 2 for 4x4, 3 for 9x9.
    pub box_size: usize,
    /// Givens of each puzzle. 9x9: 17, or 22 to 81; 4x4: 4 to 16. A 9x9 board takes 0.03 ms for 36 givens, 0.1 for 28,
    /// 1 for 24, 20 for 22, and 1 for the 17 that are not dug.
    pub givens: usize,
    /// Number of training puzzles.
    pub train: usize,
    /// Number of test puzzles.
    pub test: usize,
    /// Seed of all randomness. A shorter list of the same seed is the beginning of a longer one.
    pub seed: u64,
}

/// Puzzles to learn from and puzzles to judge by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lists {
    /// Puzzles for training and validation.
    pub train: Vec<Puzzle>,
    /// Puzzles for the published numbers.
    pub test: Vec<Puzzle>,
}

/// Errors of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PuzzleError {
    /// The board cannot be.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// Digging ends at more givens, on every board that was tried.
    #[error("digging {TRIES} boards left {fewest} givens at least, not {givens}: ask for more, or on 9x9 for 17")]
    OutOfReach {
        /// Number of givens that was asked for.
        givens: usize,
        /// The fewest that were reached.
        fewest: usize,
    },
    /// More givens than cells.
    #[error("{givens} givens for {cells} cells: give at most as many as cells")]
    TooMany {
        /// Number of givens that was asked for.
        givens: usize,
        /// Cells of the board.
        cells: usize,
    },
}

/// The first `limit` solutions of a grid, in the order in which a search of the most constrained cell first finds
/// them. Cost: microseconds where the givens determine most cells, up to seconds for a few givens at a high limit.
pub fn solutions(grid: &Grid, limit: usize) -> Vec<Grid> {
    let mut found = Vec::new();
    if let Some(mut candidates) = Candidates::new(grid).filter(|_| limit > 0) {
        search(&mut candidates, None, &mut |candidates| {
            let mut solution = grid.clone();
            candidates.write(&mut solution);
            found.push(solution);
            found.len() < limit
        });
    }
    found
}

/// Visits solutions until a visit gives false; whether to go on.
fn search(
    candidates: &mut Candidates,
    mut random: Option<&mut Pcg64>,
    visit: &mut dyn FnMut(&Candidates) -> bool,
) -> bool {
    let Some((cell, set)) = candidates.most_constrained() else {
        return visit(candidates);
    };
    let mut order = [0; 9];
    let mut count = 0;
    for digit in digits(set) {
        order[count] = digit;
        count += 1;
    }
    if let Some(random) = random.as_deref_mut() {
        shuffle(&mut order[..count], random);
    }
    for &digit in &order[..count] {
        candidates.place(cell, digit);
        let goes_on = search(candidates, random.as_deref_mut(), visit);
        candidates.lift(cell);
        if !goes_on {
            return false;
        }
    }
    true
}

/// A solution by a random search: every one can come, not all equally often. Cost: some 20 microseconds for 9x9.
///
/// # Errors
/// For a box size other than 2 and 3.
pub fn random_solution(box_size: usize, random: &mut Pcg64) -> Result<Grid, GridError> {
    let mut grid = Grid::blank(box_size)?;
    let mut first: Vec<u8> = (1..=grid.digits() as u8).collect();
    shuffle(&mut first, random);
    first.iter().enumerate().for_each(|(cell, &digit)| grid.set(cell, digit));
    if let Some(mut candidates) = Candidates::new(&grid) {
        search(&mut candidates, Some(random), &mut |candidates| {
            candidates.write(&mut grid);
            false
        });
    }
    Ok(grid)
}

/// Blanks a solution's cells in random order, as long as it stays the only solution, down to a number of givens or to
/// where no cell can go.
pub fn dig(solution: &Grid, givens: usize, random: &mut Pcg64) -> Grid {
    let mut grid = solution.clone();
    let Some(mut candidates) = Candidates::new(solution) else {
        return grid;
    };
    let mut order: Vec<usize> = (0..solution.cells().len()).collect();
    shuffle(&mut order, random);
    let mut left = order.len();
    for cell in order {
        if left <= givens {
            break;
        }
        let digit = candidates.digit(cell);
        candidates.lift(cell);
        // The board had one solution: a second one must have another digit in this cell.
        let others = candidates.of(cell) & !(1 << (digit - 1));
        let is_ambiguous = digits(others).any(|other| {
            candidates.place(cell, other);
            let is_dead_end = search(&mut candidates, None, &mut |_| false);
            candidates.lift(cell);
            !is_dead_end
        });
        if is_ambiguous {
            candidates.place(cell, digit);
        } else {
            left -= 1;
        }
    }
    candidates.write(&mut grid);
    grid
}

/// Makes both lists. No solution is in both, and on 9x9 none is in a list twice. Of the 288 solutions of 4x4 a quarter,
/// drawn by the seed, is the test's.
///
/// 17 givens on 9x9 are no dug puzzles but symmetries of 12 known ones, 6 for each list: digits renamed, bands, stacks
/// and lines within them permuted, the board mirrored. They look different to a reader and to a solver of linear
/// programs they are as hard as those 12.
///
/// # Errors
/// For a box size other than 2 and 3, more givens than cells, and so few that digging does not reach them.
pub fn lists(recipe: &Recipe) -> Result<Lists, PuzzleError> {
    let cells = Grid::blank(recipe.box_size)?.cells().len();
    if recipe.givens > cells {
        return Err(PuzzleError::TooMany { givens: recipe.givens, cells });
    }
    // One stream for each list, so that its length changes nothing about the other.
    let mut seeds = Pcg64::from_seed(recipe.seed);
    let mut train_stream = Pcg64::from_seed(seeds.next_u64());
    let mut test_stream = Pcg64::from_seed(seeds.next_u64());
    let mut held_out = HashSet::new();
    if recipe.box_size == 2 {
        let mut all = solutions(&Grid::blank(2)?, usize::MAX);
        shuffle(&mut all, &mut seeds);
        all.truncate((HELD_OUT * all.len() as f64) as usize);
        held_out.extend(all);
    }
    let mut seen = HashSet::new();
    let mut list = |count: usize, number: usize, random: &mut Pcg64| {
        let mut puzzles = Vec::with_capacity(count);
        while puzzles.len() < count {
            let puzzle = draw(recipe, number, random)?;
            let is_due = match recipe.box_size {
                2 => held_out.contains(&puzzle.solution) == (number == TEST),
                _ => seen.insert(puzzle.solution.clone()),
            };
            if is_due {
                puzzles.push(puzzle);
            }
        }
        Ok::<_, PuzzleError>(puzzles)
    };
    let test = list(recipe.test, TEST, &mut test_stream)?;
    Ok(Lists { train: list(recipe.train, TRAIN, &mut train_stream)?, test })
}

/// One puzzle for a list.
fn draw(recipe: &Recipe, list: usize, random: &mut Pcg64) -> Result<Puzzle, PuzzleError> {
    if recipe.box_size == 3 && recipe.givens == 17 {
        let known = FEWEST[2 * below(random, FEWEST.len() / 2) + list].parse()?;
        let givens = symmetric(&known, random);
        let solution = solutions(&givens, 1).pop().unwrap_or_else(|| givens.clone());
        return Ok(Puzzle { givens, solution });
    }
    let mut fewest = usize::MAX;
    for _ in 0..TRIES {
        let solution = random_solution(recipe.box_size, random)?;
        let givens = dig(&solution, recipe.givens, random);
        fewest = fewest.min(givens.givens());
        if givens.givens() == recipe.givens {
            return Ok(Puzzle { givens, solution });
        }
    }
    Err(PuzzleError::OutOfReach { givens: recipe.givens, fewest })
}

/// A random symmetry of a grid: what keeps every puzzle's number of solutions.
fn symmetric(grid: &Grid, random: &mut Pcg64) -> Grid {
    let (box_size, digits) = (grid.box_size(), grid.digits());
    let mut names: Vec<u8> = (1..=digits as u8).collect();
    shuffle(&mut names, random);
    names.insert(0, 0);
    let mut lines = || {
        let mut bands: Vec<usize> = (0..box_size).collect();
        shuffle(&mut bands, random);
        let mut lines = Vec::with_capacity(digits);
        for band in bands {
            let start = lines.len();
            lines.extend((0..box_size).map(|line| band * box_size + line));
            shuffle(&mut lines[start..], random);
        }
        lines
    };
    let (rows, columns) = (lines(), lines());
    let is_mirrored = below(random, 2) == 1;
    let mut other = grid.clone();
    for (row, &from_row) in rows.iter().enumerate() {
        for (column, &from_column) in columns.iter().enumerate() {
            let from = if is_mirrored { from_column * digits + from_row } else { from_row * digits + from_column };
            other.set(row * digits + column, names[usize::from(grid.cells()[from])]);
        }
    }
    other
}

/// A number from 0 up to `count`, which is not reached.
fn below(random: &mut Pcg64, count: usize) -> usize {
    ((u128::from(random.next_u64()) * count as u128) >> 64) as usize
}

fn shuffle<T>(items: &mut [T], random: &mut Pcg64) {
    (1..items.len()).rev().for_each(|last| items.swap(last, below(random, last + 1)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn recipe(box_size: usize, givens: usize, seed: u64) -> Recipe {
        Recipe { box_size, givens, train: 20, test: 20, seed }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn every_puzzle_has_its_solution_and_no_other(
            (box_size, givens) in prop_oneof![Just((3, 36)), Just((3, 28)), Just((3, 17)), Just((2, 5)), Just((2, 6))],
            seed in any::<u64>(),
        ) {
            let lists = lists(&recipe(box_size, givens, seed)).unwrap();
            let test: HashSet<&Grid> = lists.test.iter().map(|puzzle| &puzzle.solution).collect();
            prop_assert!(lists.train.iter().all(|puzzle| !test.contains(&puzzle.solution)));
            prop_assert_eq!((lists.train.len(), lists.test.len()), (20, 20));
            for puzzle in lists.train.iter().chain(&lists.test) {
                prop_assert_eq!(puzzle.givens.givens(), givens);
                prop_assert!(puzzle.solution.is_solution());
                prop_assert_eq!(&solutions(&puzzle.givens, 2), std::slice::from_ref(&puzzle.solution));
            }
        }
    }

    #[test]
    fn a_seed_says_it_all_and_a_shorter_list_is_the_beginning_of_a_longer_one() {
        let (short, long) = (recipe(3, 30, 5), Recipe { train: 40, test: 30, ..recipe(3, 30, 5) });
        let (short, long) = (lists(&short).unwrap(), lists(&long).unwrap());
        assert_eq!((&short.train[..], &short.test[..]), (&long.train[..20], &long.test[..20]));
        assert_ne!(short, lists(&recipe(3, 30, 6)).unwrap());
    }

    #[test]
    fn a_grid_without_a_solution_has_none_and_small_boards_have_288() {
        assert_eq!(solutions(&Grid::blank(2).unwrap(), usize::MAX).len(), 288);
        assert_eq!(solutions(&"11..............".parse().unwrap(), 2), []);
        assert_eq!(solutions(&"12....3.....4...".parse().unwrap(), 2).len(), 0);
        assert_eq!(solutions(&Grid::blank(3).unwrap(), 7).len(), 7);
    }

    #[test]
    fn known_puzzles_have_17_givens_and_one_solution() {
        for puzzle in FEWEST {
            let grid: Grid = puzzle.parse().unwrap();
            assert_eq!((grid.givens(), solutions(&grid, 2).len()), (17, 1), "{puzzle}");
        }
    }

    #[test]
    fn what_cannot_be_dug_is_refused() {
        assert!(matches!(lists(&recipe(2, 3, 1)), Err(PuzzleError::OutOfReach { givens: 3, fewest: 4 })));
        assert_eq!(lists(&recipe(2, 17, 1)), Err(PuzzleError::TooMany { givens: 17, cells: 16 }));
        assert!(matches!(lists(&recipe(4, 17, 1)), Err(PuzzleError::Grid(_))));
    }
}
