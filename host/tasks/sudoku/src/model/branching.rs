//! Branching of a board's search: digits to exclude next, and the best grid so far.

use crate::data::grid::Grid;
use crate::model::decode::{Decoded, Search};
use crate::model::most_likely_grid::score;

/// How much less an excluded digit scores than the worst digit, as a multiple of the scores' range.
const EXCLUSION: f32 = 1.0;

/// Largest difference of a variable from 0 or 1 in a solution that counts as a grid.
const FRACTION: f32 = 0.1;

/// Some digits excluded, and where the layer starts.
pub(crate) struct Node {
    /// Flag of each digit of each cell.
    pub excluded: Vec<bool>,
    /// Bound of the parent, until the node is solved.
    pub bound: f64,
    pub bounded: Vec<f32>,
    pub prices: Vec<f32>,
}

/// One board's search.
pub(crate) struct Board<'a> {
    scores: &'a [f32],
    /// Score that an excluded digit loses.
    loss: f32,
    open: Vec<Node>,
    pub current: Option<Node>,
    blank: &'a Grid,
    rounded: Option<Grid>,
    is_integral: bool,
    best: Option<Grid>,
    score: f64,
    /// Largest bound of a node that was pruned.
    pruned: f64,
    nodes: usize,
    pub iterations: usize,
}

impl<'a> Board<'a> {
    pub fn new(scores: &'a [f32], blank: &'a Grid, nearest: &[f32]) -> Self {
        let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let smallest = scores.iter().copied().fold(f32::INFINITY, f32::min);
        let n = scores.len();
        let bounded = nearest.iter().map(|x| x.max(0.0)).collect();
        let root = Node { excluded: vec![false; n], bound: f64::INFINITY, bounded, prices: vec![0.0; n] };
        Self {
            scores,
            loss: EXCLUSION * (largest - smallest).max(1.0),
            open: vec![root],
            current: None,
            blank,
            rounded: None,
            is_integral: false,
            best: None,
            score: f64::NEG_INFINITY,
            pruned: f64::NEG_INFINITY,
            nodes: 0,
            iterations: 0,
        }
    }

    pub fn digits(&self) -> usize {
        self.blank.digits()
    }

    /// Takes the node with the largest bound, the last of equals, if it is worth a solve and one is left.
    pub fn open_next(&mut self, search: &Search) {
        let best = self.score + search.gap;
        let pruned = self.open.iter().map(|node| node.bound).filter(|bound| *bound <= best);
        self.pruned = pruned.fold(self.pruned, f64::max);
        self.open.retain(|node| node.bound > best);
        let next = self.open.iter().enumerate().max_by(|a, b| a.1.bound.total_cmp(&b.1.bound)).map(|(place, _)| place);
        if let Some(next) = next.filter(|_| self.nodes < search.most_nodes) {
            self.current = Some(self.open.remove(next));
            self.nodes += 1;
        }
    }

    /// The scores with the excluded digits' loss.
    pub fn scores_of(&self, node: &Node) -> impl Iterator<Item = f32> {
        let loss = self.loss;
        self.scores
            .iter()
            .zip(&node.excluded)
            .map(move |(score, excluded)| if *excluded { score - loss } else { *score })
    }

    /// The likeliest of each cell's digits that are not excluded.
    pub fn round(&self, node: &Node) -> Grid {
        let mut grid = self.blank.clone();
        let cells = node.bounded.chunks_exact(self.digits()).zip(node.excluded.chunks_exact(self.digits()));
        for (cell, (x, excluded)) in cells.enumerate() {
            let allowed = (0..x.len()).filter(|&digit| !excluded[digit]);
            let likeliest = allowed.max_by(|&a, &b| x[a].total_cmp(&x[b]));
            grid.set(cell, likeliest.map_or(0, |digit| digit as u8 + 1));
        }
        grid
    }

    /// Keeps a better grid, and the node where that does not decide it.
    pub fn look(&mut self, node: Node, grid: Grid, obeys: bool, search: &Search) {
        let score = score(&grid, self.scores);
        if self.nodes == 1 {
            let fraction = node.bounded.iter().map(|x| (x - x.round()).abs()).fold(0.0, f32::max);
            self.is_integral = obeys && (fraction <= FRACTION || node.bound <= score + search.gap);
            self.rounded = Some(grid.clone());
        }
        if obeys && score > self.score {
            (self.best, self.score) = (Some(grid), score);
        }
        if node.bound > self.score + search.gap {
            self.current = Some(node);
        } else {
            self.pruned = self.pruned.max(node.bound);
        }
    }

    /// Splits the current node into two.
    pub fn branch(&mut self) {
        let Some(node) = self.current.take() else {
            return;
        };
        let digits = self.digits();
        let largest = |cell: usize| node.bounded[cell * digits..][..digits].iter().copied().fold(0.0, f32::max);
        let allowed =
            |cell: usize| node.excluded[cell * digits..][..digits].iter().filter(|&&excluded| !excluded).count();
        let cells = (0..self.blank.cells().len()).filter(|&cell| allowed(cell) > 1);
        let Some(cell) = cells.min_by(|&a, &b| largest(a).total_cmp(&largest(b))) else {
            // Its one grid has been looked at.
            return;
        };
        let chosen = usize::from(self.round(&node).cells()[cell]).saturating_sub(1);
        let others = (0..digits).filter(|&digit| digit != chosen).map(|digit| cell * digits + digit);
        let without = self.child(&node, std::iter::once(cell * digits + chosen));
        let with = self.child(&node, others);
        self.open.extend([without, with]);
    }

    /// A node with more digits excluded. What they lose goes to their prices: the other prices then still fit.
    fn child(&self, parent: &Node, excluded: impl Iterator<Item = usize>) -> Node {
        let mut child = Node {
            excluded: parent.excluded.clone(),
            bound: parent.bound,
            bounded: parent.bounded.clone(),
            prices: parent.prices.clone(),
        };
        for variable in excluded {
            if !child.excluded[variable] {
                child.excluded[variable] = true;
                child.bounded[variable] = 0.0;
                child.prices[variable] -= self.loss;
            }
        }
        child
    }

    pub fn answer(self, search: &Search) -> Decoded {
        let bound = self.open.iter().map(|node| node.bound).fold(self.score.max(self.pruned), f64::max);
        // What was pruned is within the gap.
        let is_proven = self.best.is_some() && bound <= self.score + search.gap;
        Decoded {
            rounded: self.rounded.unwrap_or_else(|| self.blank.clone()),
            is_integral: self.is_integral,
            grid: self.best,
            score: self.score,
            bound,
            nodes: self.nodes,
            is_proven,
            iterations: self.iterations,
        }
    }
}
