//! Grid of a board by the layer: the layer's solution where that is a grid. Otherwise it is the best grid by branch and
//! bound with the layer as the bound.
//!
//! The rules are an affine set, known or learned; nothing here knows them otherwise. A grid obeys them where its
//! indicators lie in the set.

use crate::data::grid::Grid;
use crate::model::branching::{Board, Node};
use crate::model::scores::{BoardsError, blank_for};
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_burn::splitting::{AffineSet, Settings, SplittingError, State, solve};
use thiserror::Error;

/// Largest distance of an indicator from the set at which a grid still obeys the rules. A grid that breaks one rule is
/// a hundred times as far away.
const BREACH: f32 = 1e-3;

/// Tolerance at which a solution is first looked at, as a multiple of the asked one: most boards need no better.
const COARSE: f64 = 30.0;

/// Boards that are searched at once: as many as keep their open nodes within some hundred megabytes.
const TOGETHER: usize = 128;

/// Limits of a search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// Nodes for each board, each of them one solve of the layer; 1 is the layer alone.
    pub most_nodes: usize,
    /// How much the score of an undiscovered grid may exceed that of the answer, in the scores' units, for the answer
    /// to be proven. At least 1e-4, which is the rounding of the bound.
    pub gap: f64,
    /// Of the layer. Curvature 0: with more, the bound and so the proofs still hold, but the solutions are less often
    /// grids.
    pub layer: Settings,
}

impl Default for Search {
    /// 200 nodes, a gap of 1e-3, curvature 0 and the layer's own tolerance of 1e-3 within 2000 iterations.
    fn default() -> Self {
        Self { most_nodes: 200, gap: 1e-3, layer: Settings { curvature: 0.0, ..Settings::default() } }
    }
}

/// Answer of the layer and the search for one board.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The likeliest digit of each cell in the layer's own solution: the answer without a search. It may break the
    /// rules.
    pub rounded: Grid,
    /// Whether the layer's own solution is a grid that obeys the rules.
    pub is_integral: bool,
    /// The best grid found that obeys the rules; `None` where there is none within the nodes.
    pub grid: Option<Grid>,
    /// Its score; negative infinity without a grid.
    pub score: f64,
    /// No grid that obeys the rules has a larger score than this, up to 1e-4 for rounding. Negative infinity where the
    /// rules leave no grid.
    pub bound: f64,
    /// Solves of the layer with some digits excluded, the first without any included.
    pub nodes: usize,
    /// Whether the bound is within the gap of the score.
    pub is_proven: bool,
    /// Iterations of the layer in all nodes.
    pub iterations: usize,
}

/// Errors of decoding.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DecodeError {
    /// The scores are no boards.
    #[error(transparent)]
    Boards(#[from] BoardsError),
    /// The layer was called wrongly.
    #[error(transparent)]
    Layer(#[from] SplittingError),
    /// The set is that of another board.
    #[error("rules of {given} variables for a board of {needed}: learn them from boards of the same size")]
    Rules {
        /// Variables of the rules.
        given: usize,
        /// Variables of the board.
        needed: usize,
    },
    /// A constant of the search is out of its range.
    #[error("a search of {most_nodes} nodes to a gap of {gap}: give at least one node, and a gap of at least 1e-4")]
    Search {
        /// Nodes asked for.
        most_nodes: usize,
        /// Gap asked for.
        gap: f64,
    },
}

/// Decodes boards from scores `[boards, cells, digits]`, the digit fastest.
///
/// All boards are searched at once, one node of each in a batch of the layer. A node excludes digits by their scores,
/// starts where its parent ended, and is bounded by the layer's prices: for every w orthogonal to the set's directions,
/// `<s, x> = <s - w, x> + <w, p>` on the set, which is at most the sum of every cell's largest `s - w` plus a constant.
/// So the bound holds however exactly the layer was solved. The best bound is next; it splits on the digit that the
/// least decided cell is for most.
///
/// Cost for 9x9 with known rules on one thread: 0.15 ms for a board whose first solution is a grid, 0.25 ms for every
/// further node.
///
/// # Errors
/// [`DecodeError`]. A board without an answer is no error.
pub fn decode(
    rules: &dyn AffineSet,
    scores: &[f32],
    box_size: usize,
    search: &Search,
) -> Result<Vec<Decoded>, DecodeError> {
    let blank = blank_for(scores, box_size)?;
    let n = blank.cells().len() * blank.digits();
    if rules.dimension() != n {
        return Err(DecodeError::Rules { given: rules.dimension(), needed: n });
    }
    if search.most_nodes == 0 || !(search.gap >= 1e-4) {
        return Err(DecodeError::Search { most_nodes: search.most_nodes, gap: search.gap });
    }
    let rules = Rules::new(rules)?;
    let mut decoded = Vec::with_capacity(scores.len() / n);
    for scores in scores.chunks(TOGETHER * n) {
        let mut boards: Vec<Board<'_>> =
            scores.chunks_exact(n).map(|scores| Board::new(scores, &blank, &rules.nearest)).collect();
        loop {
            boards.iter_mut().for_each(|board| board.open_next(search));
            if boards.iter().all(|board| board.current.is_none()) {
                break;
            }
            for tolerance in [COARSE * search.layer.tolerance, search.layer.tolerance] {
                let settings = Settings { tolerance, ..search.layer };
                visit(&rules, &mut boards, &settings, search)?;
            }
            boards.iter_mut().for_each(Board::branch);
        }
        decoded.extend(boards.into_iter().map(|board| board.answer(search)));
    }
    Ok(decoded)
}

/// Solves the boards' current nodes, bounds them, and drops those that the bound decides.
fn visit(rules: &Rules<'_>, boards: &mut [Board<'_>], settings: &Settings, search: &Search) -> Result<(), DecodeError> {
    let mut visited: Vec<(&mut Board<'_>, Node)> = Vec::new();
    for board in boards {
        if let Some(node) = board.current.take() {
            visited.push((board, node));
        }
    }
    if visited.is_empty() {
        return Ok(());
    }
    let scores: Vec<f32> = visited.iter().flat_map(|(board, node)| board.scores_of(node)).collect();
    let bounded = visited.iter().flat_map(|(_, node)| node.bounded.iter().copied()).collect();
    let prices = visited.iter().flat_map(|(_, node)| node.prices.iter().copied()).collect();
    let start = State { bounded: rules.tensor(bounded), prices: rules.tensor(prices) };
    let solution = solve(rules.set, &rules.tensor(scores.clone()), settings, Some(&start))?;
    let (x, prices) = (read(&solution.x)?, read(&solution.state.prices)?);
    // Of all w, the one that leaves the layer's prices, moved into the subspace.
    let moved = rules.directions(scores.iter().zip(&prices).map(|(score, price)| score - price).collect())?;
    let reduced: Vec<f32> = moved.iter().zip(&prices).map(|(moved, price)| moved + price).collect();
    let n = rules.nearest.len();
    let mut grids = Vec::with_capacity(visited.len());
    for (sample, (board, node)) in visited.iter_mut().enumerate() {
        let at = sample * n..(sample + 1) * n;
        node.bounded.copy_from_slice(&x[at.clone()]);
        node.prices.copy_from_slice(&prices[at.clone()]);
        node.bound = node.bound.min(bound(rules, &scores[at.clone()], &reduced[at], &node.excluded, board.digits()));
        board.iterations += solution.outcomes[sample].iterations;
        grids.push(board.round(node));
    }
    let obeys = rules.obey(&grids)?;
    for (((board, node), grid), obeys) in visited.into_iter().zip(grids).zip(obeys) {
        board.look(node, grid, obeys, search);
    }
    Ok(())
}

/// Bound of a node from the scores and what w leaves of them.
fn bound(rules: &Rules<'_>, scores: &[f32], reduced: &[f32], excluded: &[bool], digits: usize) -> f64 {
    let terms = scores.iter().zip(reduced).zip(&rules.nearest);
    let constant: f64 = terms.map(|((s, r), p)| (f64::from(*s) - f64::from(*r)) * f64::from(*p)).sum();
    let cells = reduced.chunks_exact(digits).zip(excluded.chunks_exact(digits));
    let largest = cells.map(|(reduced, excluded)| {
        let allowed = reduced.iter().zip(excluded).filter(|(_, excluded)| !**excluded);
        f64::from(allowed.map(|(reduced, _)| *reduced).fold(f32::NEG_INFINITY, f32::max))
    });
    constant + largest.sum::<f64>()
}

/// The affine set with what the search asks of it.
struct Rules<'a> {
    set: &'a dyn AffineSet,
    /// The point nearest to the origin.
    nearest: Vec<f32>,
}

impl<'a> Rules<'a> {
    fn new(set: &'a dyn AffineSet) -> Result<Self, DecodeError> {
        let like = Tensor::<2>::from_data(
            TensorData::new(vec![0.0_f32; set.dimension()], [1, set.dimension()]),
            &Device::flex(),
        );
        Ok(Self { set, nearest: read(&set.nearest_to_origin(&like))? })
    }

    /// Rows of n numbers on the processor.
    fn tensor(&self, values: Vec<f32>) -> Tensor<2> {
        let shape = [values.len() / self.nearest.len(), self.nearest.len()];
        Tensor::from_data(TensorData::new(values, shape), &Device::flex())
    }

    /// Projects rows onto the set's directions.
    fn directions(&self, mut values: Vec<f32>) -> Result<Vec<f32>, DecodeError> {
        match self.set.on_host() {
            Some(host) => {
                values.chunks_exact_mut(self.nearest.len()).for_each(|row| host.project_direction(row));
                Ok(values)
            }
            None => read(&self.set.project_direction(self.tensor(values))),
        }
    }

    /// Flags of the grids that obey the rules.
    fn obey(&self, grids: &[Grid]) -> Result<Vec<bool>, DecodeError> {
        let indicators: Vec<f32> = grids.iter().flat_map(Grid::indicators).collect();
        let directions = self.directions(indicators.clone())?;
        let rows = indicators.chunks_exact(self.nearest.len()).zip(directions.chunks_exact(self.nearest.len()));
        let distance = |(indicators, directions): (&[f32], &[f32])| {
            let terms = indicators.iter().zip(directions).zip(&self.nearest);
            terms.map(|((indicator, direction), p)| (indicator - direction - p).abs()).fold(0.0, f32::max)
        };
        Ok(rows.map(distance).map(|distance| distance < BREACH).collect())
    }
}

fn read(tensor: &Tensor<2>) -> Result<Vec<f32>, DecodeError> {
    tensor.try_to_vec_as::<f32>().map_err(|error| SplittingError::Device(error.to_string()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::puzzle::{Recipe, lists, solutions};
    use crate::data::simulated_reader::read;
    use crate::model::most_likely_grid::{most_likely, score};
    use convex_edge_burn::splitting::Sudoku;
    use convex_edge_core::random::Pcg64;
    use proptest::prelude::*;

    fn check(decoded: &Decoded, scores: &[f32], best: f64, search: &Search) {
        assert!(decoded.bound >= best - 1e-4, "bound {} of {best}", decoded.bound);
        if let Some(grid) = &decoded.grid {
            assert!(grid.is_solution() && (score(grid, scores) - decoded.score).abs() < 1e-9);
        }
        assert_eq!(decoded.is_proven, decoded.grid.is_some() && decoded.bound <= decoded.score + search.gap);
        assert!(!decoded.is_proven || decoded.score >= best - search.gap - 1e-4);
        assert!(decoded.nodes <= search.most_nodes);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn small_boards_without_any_order_are_solved_to_proof(scores in prop::collection::vec(-8.0..0.0_f32, 128)) {
            let rules = Sudoku::new(2).unwrap();
            let all = solutions(&Grid::blank(2).unwrap(), usize::MAX);
            let search = Search::default();
            for (decoded, scores) in decode(&rules, &scores, 2, &search).unwrap().iter().zip(scores.chunks(64)) {
                let best = all.iter().map(|grid| score(grid, scores)).fold(f64::NEG_INFINITY, f64::max);
                check(decoded, scores, best, &search);
                prop_assert!(decoded.is_proven);
            }
        }
    }

    #[test]
    fn doubtful_boards_get_their_most_likely_grid() {
        for (givens, least_integral) in [(36, 55), (28, 35)] {
            let random = &mut Pcg64::from_seed(5);
            let puzzles = lists(&Recipe { box_size: 3, givens, train: 0, test: 60, seed: 2 }).unwrap().test;
            let scores: Vec<f32> = puzzles.iter().flat_map(|puzzle| read(puzzle, 4.1, random)).collect();
            let decode = |search: &Search| decode(&Sudoku::new(3).unwrap(), &scores, 3, search).unwrap();
            let (alone, search) = (Search { most_nodes: 1, ..Search::default() }, Search::default());
            let (alone_decoded, decoded) = (decode(&alone), decode(&search));
            let (mut integral, mut proven) = (0, 0);
            for (board, scores) in scores.chunks(729).enumerate() {
                let best = most_likely(scores, 3, 1_000_000).unwrap();
                assert!(best.is_proven);
                check(&decoded[board], scores, best.score, &search);
                check(&alone_decoded[board], scores, best.score, &alone);
                let first = &alone_decoded[board];
                assert!(!first.is_integral || first.grid.as_ref() == Some(&first.rounded));
                assert_eq!(first.rounded, decoded[board].rounded);
                integral += usize::from(first.is_integral);
                proven += usize::from(decoded[board].is_proven);
            }
            assert!(integral >= least_integral && proven >= 59, "{integral} integral, {proven} proven of 60");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_refused() {
        let (rules, search) = (Sudoku::new(2).unwrap(), Search::default());
        let refused = |scores: &[f32], box_size, search| decode(&rules, scores, box_size, &search).unwrap_err();
        assert_eq!(refused(&[0.0; 729], 3, search), DecodeError::Rules { given: 64, needed: 729 });
        let scores = BoardsError::Scores { given: 65, needed: 64 };
        assert_eq!(refused(&[0.0; 65], 2, search), DecodeError::Boards(scores));
        let infinite = refused(&[0.0, f32::INFINITY].repeat(32), 2, search);
        assert!(matches!(infinite, DecodeError::Boards(BoardsError::NotFinite { position: 1, .. })));
        let none = Search { most_nodes: 0, ..search };
        assert_eq!(refused(&[0.0; 64], 2, none), DecodeError::Search { most_nodes: 0, gap: 1e-3 });
        assert_eq!(decode(&rules, &[], 2, &search), Ok(Vec::new()));
    }
}
