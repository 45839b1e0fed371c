//! One class in each cell, and given totals of some classes over all cells.

use super::affine_set::{AffineSet, HostProjection, center_cells, remove_common, sum_violation};
use burn::tensor::{Tensor, TensorData};
use thiserror::Error;

/// Probabilities `[cells, classes]`, the class fastest, that sum to 1 in every cell and, for the counted classes, to a
/// total of each sample's own.
///
/// The projection subtracts a number for each cell and one for each counted class, in closed form: about
/// `4 cells classes` additions.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedSimplices {
    cells: usize,
    classes: usize,
    counted: Vec<usize>,
    /// 1 for a counted class, else 0.
    is_counted: Vec<f32>,
    /// The nearest point's offset of each class from the uniform distribution, `[batch, classes]`.
    offsets: Vec<f64>,
    batch: usize,
}

/// Errors of counted simplices.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CountedSimplicesError {
    /// There is nothing to choose from.
    #[error("{cells} cells of {classes} classes: give at least one of each")]
    Empty {
        /// Number of cells.
        cells: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A counted class does not exist or is given twice.
    #[error("counted class {class} of {classes}: give each class once, numbered from 0")]
    Class {
        /// The class at fault.
        class: usize,
        /// Number of classes.
        classes: usize,
    },
    /// Not one total for each counted class.
    #[error("sample {sample} has {given} totals for {counted} counted classes: give one for each")]
    Totals {
        /// The sample at fault.
        sample: usize,
        /// Number of totals given.
        given: usize,
        /// Number of totals needed.
        counted: usize,
    },
    /// A total is NaN or infinite.
    #[error("sample {sample} has the total {total} of class {class}: give a finite number")]
    NotFinite {
        /// The sample at fault.
        sample: usize,
        /// The class at fault.
        class: usize,
        /// Its total.
        total: f64,
    },
    /// All classes are counted, and their totals are not the number of cells.
    #[error(
        "sample {sample} counts all classes to {sum} in {cells} cells: totals of all classes must sum to the cells"
    )]
    Sum {
        /// The sample at fault.
        sample: usize,
        /// Sum of its totals.
        sum: f64,
        /// Number of cells.
        cells: usize,
    },
}

impl CountedSimplices {
    /// `totals[sample]` holds one total for each class of `counted`, in its order. Totals that no probabilities reach
    /// (negative, or more than the cells) are no error here: the solve of that sample says that it is infeasible.
    ///
    /// # Errors
    ///
    /// For no cells or classes, unknown or repeated classes, a wrong number of totals, totals that are not finite, and
    /// totals of all classes that do not sum to the cells.
    pub fn new(
        cells: usize,
        classes: usize,
        counted: &[usize],
        totals: &[Vec<f64>],
    ) -> Result<Self, CountedSimplicesError> {
        if cells == 0 || classes == 0 {
            return Err(CountedSimplicesError::Empty { cells, classes });
        }
        let mut is_counted = vec![0.0; classes];
        for &class in counted {
            match is_counted.get_mut(class) {
                Some(flag) if *flag == 0.0 => *flag = 1.0,
                _ => return Err(CountedSimplicesError::Class { class, classes }),
            }
        }
        let mut set =
            Self { cells, classes, counted: counted.to_vec(), is_counted, offsets: Vec::new(), batch: totals.len() };
        for (sample, totals) in totals.iter().enumerate() {
            if totals.len() != counted.len() {
                return Err(CountedSimplicesError::Totals { sample, given: totals.len(), counted: counted.len() });
            }
            if let Some((&class, &total)) = counted.iter().zip(totals).find(|(_, total)| !total.is_finite()) {
                return Err(CountedSimplicesError::NotFinite { sample, class, total });
            }
            let sum = totals.iter().sum::<f64>();
            if counted.len() == classes && !((sum - cells as f64).abs() <= 1e-9 * cells as f64) {
                return Err(CountedSimplicesError::Sum { sample, sum, cells });
            }
            let mut missing = vec![0.0; classes];
            counted.iter().zip(totals).for_each(|(&class, total)| {
                missing[class] = total - cells as f64 / classes as f64;
            });
            let offsets = set.corrections(&missing);
            set.offsets.extend(offsets);
        }
        Ok(set)
    }

    /// What has to be added to every cell so that sums of zero in the cells stay and the counted classes' totals grow
    /// by `missing`: the solution of the normal equations of both families of sums, by elimination.
    fn corrections(&self, missing: &[f64]) -> Vec<f64> {
        let (cells, shared) = (self.cells as f64, self.shared());
        let sum: f64 = self.counted.iter().map(|&class| missing[class] / cells).sum();
        let price = |class: usize| f64::from(self.is_counted[class]) * (missing[class] / cells + shared * sum);
        (0..self.classes).map(|class| price(class) - shared * sum).collect()
    }

    /// Sum over all cells of a class in the set's points.
    fn total(&self, sample: usize, class: usize) -> f64 {
        self.cells as f64 * (1.0 / self.classes as f64 + self.offsets[sample * self.classes + class])
    }

    /// What all classes of a cell get of the sum of the counted classes' means: 0 where none is left to give it.
    fn shared(&self) -> f64 {
        let others = self.classes - self.counted.len();
        if others == 0 { 0.0 } else { 1.0 / others as f64 }
    }
}

impl AffineSet for CountedSimplices {
    fn dimension(&self) -> usize {
        self.cells * self.classes
    }

    fn samples(&self) -> Option<usize> {
        Some(self.batch)
    }

    fn nearest_to_origin(&self, like: &Tensor<2>) -> Tensor<2> {
        let point: Vec<f64> = self.offsets.iter().map(|offset| 1.0 / self.classes as f64 + offset).collect();
        let point = TensorData::new(point, [self.batch, 1, self.classes]);
        let point = Tensor::<3>::from_data(point, (&like.device(), like.dtype()));
        point.expand([self.batch, self.cells, self.classes]).reshape([self.batch, self.dimension()])
    }

    fn project_direction(&self, directions: Tensor<2>) -> Tensor<2> {
        let ([batch, n], options) = (directions.dims(), (&directions.device(), directions.dtype()));
        let counted = TensorData::new(self.is_counted.clone(), [1, 1, self.classes]);
        let counted = Tensor::<3>::from_data(counted, options);
        let x = directions.reshape([batch, self.cells, self.classes]);
        let x = x.clone() - x.mean_dim(2);
        let means = x.clone().mean_dim(1) * counted.clone();
        let shared = means.clone().sum_dim(2) * self.shared();
        (x - (means + shared.clone() * counted - shared)).reshape([batch, n])
    }

    fn violation(&self, points: &Tensor<2>) -> Tensor<2> {
        let ([batch, _], options) = (points.dims(), (&points.device(), points.dtype()));
        let x = points.clone().reshape([batch, self.cells, self.classes]);
        let scale = |squares: Tensor<3>| squares.sqrt().clamp_min(1.0);
        let squares = x.clone() * x.clone();
        let cells = (x.clone().sum_dim(2) - 1.0).abs() / scale(squares.clone().sum_dim(2));
        let worst = cells.reshape([batch, self.cells]).max_dim(1);
        if self.counted.is_empty() {
            return worst;
        }
        let totals: Vec<f64> = (0..batch)
            .flat_map(|sample| (0..self.classes).map(move |class| (sample, class)))
            .map(|(sample, class)| self.total(sample, class))
            .collect();
        let totals = Tensor::<3>::from_data(TensorData::new(totals, [batch, 1, self.classes]), options);
        let counted = TensorData::new(self.is_counted.clone(), [1, 1, self.classes]);
        let counted = Tensor::<3>::from_data(counted, options);
        let classes = (x.sum_dim(1) - totals).abs() / scale(squares.sum_dim(1)) * counted;
        worst.max_pair(classes.reshape([batch, self.classes]).max_dim(1))
    }

    fn center(&self, scores: &mut [f64]) {
        // A single class that is not counted has a total too: what the others leave.
        let others = self.classes - self.counted.len();
        let has_total = |class: usize| self.is_counted[class] == 1.0 || others == 1;
        scores.chunks_exact_mut(self.classes).for_each(|cell| remove_common(cell.iter_mut()));
        for class in (0..self.classes).filter(|&class| has_total(class)) {
            remove_common(scores.iter_mut().skip(class).step_by(self.classes));
        }
        // So have those that are not counted, together.
        let rest = scores.iter_mut().enumerate().filter(|(i, _)| !has_total(i % self.classes));
        remove_common(rest.map(|(_, score)| score));
        center_cells(scores, self.classes);
    }

    fn on_host(&self) -> Option<&dyn HostProjection> {
        Some(self)
    }
}

impl HostProjection for CountedSimplices {
    fn nearest_to_origin(&self, sample: usize, point: &mut [f32]) {
        let offsets = &self.offsets[sample * self.classes..][..self.classes];
        for cell in point.chunks_exact_mut(self.classes) {
            cell.iter_mut().zip(offsets).for_each(|(x, offset)| *x = (1.0 / self.classes as f64 + offset) as f32);
        }
    }

    fn project_direction(&self, direction: &mut [f32]) {
        let mut sums = vec![0.0; self.classes];
        for cell in direction.chunks_exact_mut(self.classes) {
            let mean = cell.iter().sum::<f32>() / self.classes as f32;
            for (x, sum) in cell.iter_mut().zip(&mut sums) {
                *x -= mean;
                *sum += f64::from(*x);
            }
        }
        let corrections: Vec<f32> = self.corrections(&sums).iter().map(|&correction| correction as f32).collect();
        for cell in direction.chunks_exact_mut(self.classes) {
            cell.iter_mut().zip(&corrections).for_each(|(x, correction)| *x -= correction);
        }
    }
    fn violation(&self, sample: usize, point: &[f32]) -> f64 {
        let (mut worst, mut totals) = (0.0_f64, vec![(0.0, 0.0); self.classes]);
        for cell in point.chunks_exact(self.classes) {
            let (mut sum, mut squares) = (0.0, 0.0);
            for (&x, total) in cell.iter().zip(&mut totals) {
                let (x, square) = (f64::from(x), f64::from(x) * f64::from(x));
                (sum, squares) = (sum + x, squares + square);
                *total = (total.0 + x, total.1 + square);
            }
            worst = worst.max(sum_violation(sum, squares, 1.0));
        }
        for &class in &self.counted {
            worst = worst.max(sum_violation(totals[class].0, totals[class].1, self.total(sample, class)));
        }
        worst
    }
}
