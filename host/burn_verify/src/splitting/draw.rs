//! A random case of the splitting layer: its set with the equations that define it, its scores and its settings.

use convex_edge_burn::splitting::{OnFailure, Settings};
use convex_edge_core::random::Pcg64;
use convex_edge_verify::case::Precision;
use convex_edge_verify::problems::{below, chance, normal};
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

/// Kind of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One class in each cell.
    Simplices,
    /// The same with totals of some classes.
    CountedSimplices,
    /// Hundreds of cells of which all belong to one class.
    TightTotals,
    /// 4x4 sudoku.
    Sudoku,
    /// Random equations.
    Equations,
    /// Equations whose right sides are zero.
    ZeroRightSides,
    /// Equations in units that differ by decades.
    ScaledRows,
    /// Equations that repeat or combine others.
    RepeatedRows,
    /// Equations that contradict each other.
    ContradictoryRows,
    /// The smallest set that contains samples, some of them equal.
    Samples,
}

/// Start of a solve.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Start {
    /// Nothing.
    Cold,
    /// The state of a solve of these scores.
    Warm(Vec<Vec<f64>>),
    /// A state whose prices are this number.
    Poisoned(f64),
}

/// A case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Kind of its set.
    pub kind: Kind,
    pub(super) precision: Precision,
    /// Whether tensor operations are used even where there are slices.
    pub(super) by_tensors: bool,
    /// Equations A x = b of the set, b for each sample.
    pub(super) a: DMatrix<f64>,
    pub(super) b: Vec<DVector<f64>>,
    /// A point of set and box, where one is known to be there.
    pub(super) witness: Vec<Option<DVector<f64>>>,
    pub(super) cells: usize,
    pub(super) classes: usize,
    pub(super) counted: Vec<usize>,
    /// Columns that the set is learned from.
    pub(super) samples: DMatrix<f64>,
    pub(super) settings: Settings,
    pub(super) scores: Vec<Vec<f64>>,
    pub(super) start: Start,
    pub(super) on_failure: OnFailure,
    /// Incoming gradient of the first entry's direction, by sample.
    pub(super) gradient: Vec<Vec<f64>>,
}

impl Case {
    /// The case of a seed.
    pub fn from_seed(seed: u64) -> Self {
        let random = &mut Pcg64::from_seed(seed ^ 0x0073_706c_6974);
        let kind = match below(random, 32) {
            0..=7 => Kind::Simplices,
            8..=13 => Kind::CountedSimplices,
            14 if chance(random, 0.2) => Kind::TightTotals,
            14..=16 => Kind::Sudoku,
            17..=19 => Kind::Equations,
            20..=22 => Kind::ZeroRightSides,
            23..=25 => Kind::ScaledRows,
            26..=27 => Kind::RepeatedRows,
            28..=29 => Kind::ContradictoryRows,
            _ => Kind::Samples,
        };
        let batch = if chance(random, 0.03) { 0 } else { 1 + below(random, 3) };
        // What contradicts nothing is no contradiction.
        let batch = if kind == Kind::ContradictoryRows { batch.max(1) } else { batch };
        let precision = if chance(random, 0.5) { Precision::F32 } else { Precision::F64 };
        let mut case = Self {
            kind,
            precision,
            by_tensors: chance(random, 0.3),
            a: DMatrix::zeros(0, 0),
            b: Vec::new(),
            witness: Vec::new(),
            cells: 0,
            classes: 0,
            counted: Vec::new(),
            samples: DMatrix::zeros(0, 0),
            settings: Settings::default(),
            scores: Vec::new(),
            start: Start::Cold,
            on_failure: [OnFailure::Mask, OnFailure::Soft, OnFailure::Error][below(random, 3)],
            gradient: Vec::new(),
        };
        case.draw_set(random, batch);
        case.draw_settings(random);
        let n = case.a.ncols();
        for _ in 0..batch {
            let scores = case.draw_scores(random);
            case.scores.push(scores);
        }
        case.start = match below(random, 6) {
            0 => {
                let other: Vec<Vec<f64>> = (0..batch).map(|_| case.draw_scores(random)).collect();
                Start::Warm(other)
            }
            1 if chance(random, 0.5) => Start::Poisoned([f64::NAN, f64::INFINITY, 1e12, -1e20][below(random, 4)]),
            _ => Start::Cold,
        };
        let size = 10.0_f64.powf(random.uniform(-30.0, 30.0));
        let size = if chance(random, 0.5) { 1.0 } else { size };
        case.gradient = (0..batch).map(|_| (0..n).map(|_| case.rounded(size * normal(random))).collect()).collect();
        case
    }

    /// Value rounded to the layer's number type.
    pub(super) fn rounded(&self, value: f64) -> f64 {
        match self.precision {
            Precision::F32 => f64::from(value as f32),
            Precision::F64 => value,
        }
    }

    /// Number of variables whose sum is 1 in each cell; all of them where there are no cells.
    pub(super) fn cell(&self) -> Option<usize> {
        (self.classes > 0).then_some(self.classes)
    }

    fn draw_settings(&mut self, random: &mut Pcg64) {
        let decades = if chance(random, 0.3) { 12.0 } else { 1.5 };
        self.settings.curvature = match below(random, 10) {
            0 => 0.0,
            1..=4 => 1.0,
            _ => 10.0_f64.powf(random.uniform(-decades, decades)),
        };
        if chance(random, 0.15) {
            self.settings.upper = random.uniform(0.3, 2.0);
            for witness in &mut self.witness {
                let upper = self.settings.upper;
                *witness = witness.take().filter(|x| x.iter().all(|&x| x <= upper));
            }
        }
        self.settings.iterations = 1000;
    }

    /// Scores of one sample: of one size, or with entries, cells and classes of any size among them.
    fn draw_scores(&self, random: &mut Pcg64) -> Vec<f64> {
        let n = self.a.ncols();
        let eps = if self.settings.curvature > 0.0 { self.settings.curvature } else { 1.0 };
        let size = match below(random, 4) {
            0 => 10.0_f64.powf(random.uniform(-30.0, 30.0)),
            1 => 1.0,
            _ => eps * 10.0_f64.powf(random.uniform(-1.0, 1.5)),
        };
        let mut scores: Vec<f64> = (0..n).map(|_| size * normal(random)).collect();
        let far = |random: &mut Pcg64| size * 10.0_f64.powf(random.uniform(0.0, 25.0));
        match below(random, 8) {
            // Some are excluded.
            0 => scores.iter_mut().filter(|_| chance(random, 0.2)).for_each(|score| *score = -1e10 * size),
            1 => {
                let worst = -far(random);
                scores.iter_mut().for_each(|score| {
                    if chance(random, 0.2) {
                        *score = worst;
                    }
                });
            }
            // A class in all cells, or a cell with all of its classes, is far from the others.
            2 if self.classes > 1 => {
                let (class, far) = (below(random, self.classes), -far(random));
                scores.iter_mut().skip(class).step_by(self.classes).for_each(|score| *score = far);
            }
            3 if self.classes > 0 => {
                let (cell, far) = (below(random, self.cells), far(random));
                scores.iter_mut().skip(cell * self.classes).take(self.classes).for_each(|score| *score += far);
            }
            4 => {
                let place = below(random, n);
                scores[place] = far(random) * if chance(random, 0.5) { 1.0 } else { -1.0 };
            }
            5 if chance(random, 0.3) => {
                let place = below(random, n);
                scores[place] = [f64::NAN, f64::INFINITY, 1.7e308, -1.7e308][below(random, 4)];
            }
            _ => {}
        }
        let largest = if self.precision == Precision::F32 { 3e38 } else { 1.7e308 };
        let clamped = |score: f64| if score.is_finite() { score.clamp(-largest, largest) } else { score };
        scores.into_iter().map(|score| self.rounded(clamped(score))).collect()
    }

    fn draw_set(&mut self, random: &mut Pcg64, batch: usize) {
        match self.kind {
            Kind::Simplices | Kind::CountedSimplices => {
                (self.cells, self.classes) = (1 + below(random, 6), 1 + below(random, 4));
                if self.kind == Kind::CountedSimplices {
                    self.counted = (0..self.classes).filter(|_| chance(random, 0.5)).collect();
                }
                self.cells_and_totals(random, batch);
            }
            Kind::TightTotals => {
                (self.cells, self.classes) = (100 + below(random, 200), 3);
                self.counted = vec![below(random, 3)];
                self.cells_and_totals(random, batch);
                for b in &mut self.b {
                    b[self.cells] = self.cells as f64;
                }
                let mut point = DVector::zeros(self.cells * 3);
                (0..self.cells).for_each(|cell| point[3 * cell + self.counted[0]] = 1.0);
                self.witness = vec![Some(point); batch];
            }
            Kind::Sudoku => {
                (self.cells, self.classes) = (16, 4);
                let place = |row: usize, column: usize, digit: usize| (4 * row + column) * 4 + digit;
                self.a = DMatrix::zeros(64, 64);
                for (i, j) in (0..16).map(|k| (k / 4, k % 4)) {
                    for k in 0..4 {
                        self.a[(4 * i + j, place(i, j, k))] = 1.0;
                        self.a[(16 + 4 * i + j, place(i, k, j))] = 1.0;
                        self.a[(32 + 4 * i + j, place(k, i, j))] = 1.0;
                        self.a[(48 + 4 * i + j, place(i / 2 * 2 + k / 2, i % 2 * 2 + k % 2, j))] = 1.0;
                    }
                }
                self.b = vec![DVector::from_element(64, 1.0); batch];
                self.witness = vec![Some(DVector::from_element(64, 0.25)); batch];
            }
            Kind::Samples => self.samples(random, batch),
            _ => self.equations(random, batch),
        }
    }

    fn cells_and_totals(&mut self, random: &mut Pcg64, batch: usize) {
        let (cells, classes, n) = (self.cells, self.classes, self.cells * self.classes);
        self.a = DMatrix::zeros(cells + self.counted.len(), n);
        (0..n).for_each(|i| self.a[(i / classes, i)] = 1.0);
        for (row, &class) in self.counted.iter().enumerate() {
            (0..cells).for_each(|cell| self.a[(cells + row, cell * classes + class)] = 1.0);
        }
        for _ in 0..batch {
            let mut point =
                DVector::from_fn(n, |_, _| if chance(random, 0.3) { 0.0 } else { random.uniform(0.0, 1.0) });
            for cell in 0..cells {
                let mut entries = point.rows_mut(cell * classes, classes);
                let sum = entries.sum();
                if sum > 0.0 {
                    entries /= sum;
                } else {
                    entries[0] = 1.0;
                }
            }
            let (mut b, mut witness) = (&self.a * &point, Some(point));
            b.rows_mut(0, cells).fill(1.0);
            if !self.counted.is_empty() && self.counted.len() < classes && chance(random, 0.15) {
                b[cells] = [-1.0, cells as f64 + 1.0][below(random, 2)];
                witness = None;
            }
            self.b.push(b);
            self.witness.push(witness);
        }
    }

    fn equations(&mut self, random: &mut Pcg64, batch: usize) {
        let n = 2 + below(random, 7);
        let m = 1 + below(random, n - 1);
        let integers = chance(random, 0.5);
        let entry = |random: &mut Pcg64| match () {
            () if chance(random, 0.3) => 0.0,
            () if integers => random.uniform(-3.0, 3.0).round(),
            () => normal(random),
        };
        let mut a = DMatrix::from_fn(m, n, |_, _| entry(random));
        for i in 0..m {
            if a.row(i).amax() == 0.0 {
                a[(i, i)] = 1.0;
            }
        }
        let sizes: Vec<f64> = (0..n)
            .map(|_| if self.kind == Kind::ScaledRows { 10.0_f64.powf(random.uniform(-3.0, 3.0)) } else { 1.0 })
            .collect();
        let size = |random: &mut Pcg64, j: usize| sizes[j] * random.uniform(0.1, 1.0).round_to(integers);
        let mut point = DVector::from_fn(n, |j, _| if chance(random, 0.2) { 0.0 } else { size(random, j) });
        if self.kind == Kind::ZeroRightSides {
            point.fill(0.0);
        }
        let mut b = &a * &point;
        match self.kind {
            Kind::RepeatedRows => {
                let (i, j) = (below(random, m), below(random, m));
                let (p, q) = (random.uniform(-3.0, 3.0).round(), 1.0 + random.uniform(0.0, 3.0).round());
                let row = a.row(i) * q + a.row(j) * p;
                a = a.clone().insert_row(m, 0.0);
                a.row_mut(m).copy_from(&row);
                b = b.clone().insert_row(m, q * b[i] + p * b[j]);
            }
            Kind::ContradictoryRows => {
                let (i, q) = (below(random, m), 10.0_f64.powf(random.uniform(-9.0, 9.0)));
                let row = a.row(i) * q;
                a = a.clone().insert_row(m, 0.0);
                a.row_mut(m).copy_from(&row);
                let off = 10.0_f64.powf(random.uniform(-5.0, 0.0));
                b = b.clone().insert_row(m, q * (b[i] + off * b[i].abs().max(point.amax()).max(1e-3)));
            }
            _ => {}
        }
        if matches!(self.kind, Kind::ScaledRows | Kind::ContradictoryRows) {
            for i in 0..a.nrows() {
                let factor = 10.0_f64.powf(random.uniform(-9.0, 9.0));
                a.row_mut(i).scale_mut(factor);
                b[i] *= factor;
            }
        }
        // A row that is left as zero says nothing.
        self.a = a;
        self.b = vec![b; batch];
        self.witness = vec![Some(point); batch];
    }

    /// x = (t, M t + c) for free variables t.
    fn samples(&mut self, random: &mut Pcg64, batch: usize) {
        let (free, dependent) = (below(random, 3), 1 + below(random, 3));
        let n = free + dependent;
        let size = if chance(random, 0.3) { 10.0_f64.powf(random.uniform(-5.0, 5.0)) } else { 1.0 };
        let map = DMatrix::from_fn(dependent, free, |_, _| random.uniform(-1.0, 1.0));
        let offset = DVector::from_fn(dependent, |_, _| size * random.uniform(0.0, 3.0));
        let count = (free + 1) * (1 + below(random, 3));
        let mut columns = Vec::new();
        for i in 0..count {
            let mut column = DVector::zeros(n);
            for j in 0..free {
                // As many in general position as the set needs, then any.
                column[j] = size * if i <= free { f64::from(u8::from(i == j)) + 0.5 } else { random.uniform(0.0, 2.0) };
            }
            let values = &map * column.rows(0, free) + &offset;
            column.rows_mut(free, dependent).copy_from(&values);
            columns.push(column);
        }
        self.samples = DMatrix::from_columns(&columns);
        self.a = DMatrix::zeros(dependent, n);
        for i in 0..dependent {
            self.a[(i, free + i)] = 1.0;
            (0..free).for_each(|j| self.a[(i, j)] = -map[(i, j)]);
        }
        self.b = vec![offset; batch];
        let inside = columns.into_iter().find(|x| x.iter().all(|&x| x >= 0.0));
        self.witness = vec![inside; batch];
    }
}

/// Rounding up to whole numbers where asked for.
trait RoundTo {
    fn round_to(self, whole: bool) -> Self;
}

impl RoundTo for f64 {
    fn round_to(self, whole: bool) -> Self {
        if whole { (4.0 * self).ceil() } else { self }
    }
}
