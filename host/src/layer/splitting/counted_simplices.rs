//! One class in each cell, and given totals of some classes over all cells.

use super::affine_set::{AffineSet, HostProjection};
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

/// Why there are no such simplices.
#[derive(Debug, Clone, PartialEq, Error)]
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
        /// How many totals it has.
        given: usize,
        /// How many it needs.
        counted: usize,
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
    /// For no cells or classes, unknown or repeated classes, a wrong number of totals, and totals of all classes that
    /// do not sum to the cells.
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
}
