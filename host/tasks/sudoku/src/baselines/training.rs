//! Training a baseline on boards with solutions: cross-entropy of every cell, AdamW, one cycle of the learning rate.

use super::network::{Form, Network, NetworkError};
use crate::data::augmentation::{Augmentation, images};
use crate::data::digits::Digits;
use crate::model::convolution::ConvolutionError;
use crate::model::reader::Architecture;
use crate::train::trainer::Cells;
use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::random::Pcg64;
use convex_edge_runs::batch_schedule::{BatchSchedule, Budget, one_cycle};
use convex_edge_runs::interrupt;
use serde::{Deserialize, Serialize};

/// Boards that a network completes at a time when it is not trained.
const BOARDS_AT_A_TIME: usize = 12;

/// Settings of a training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Kind of network.
    pub form: Form,
    /// Boards a step; all of them where there are fewer.
    pub boards: usize,
    /// The largest of the cycle, of Adam.
    pub learning_rate: f64,
    /// Share of each weight that goes with a learning rate of 1; 0 for plain Adam (Loshchilov and Hutter 2019).
    pub weight_decay: f64,
    /// End of the training.
    pub budget: Budget,
    /// Changes of the images.
    pub augmentation: Augmentation,
}

/// Errors of a training.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// There is nothing to learn from.
    #[error("there are no boards to train with; give at least one")]
    Empty,
    /// Labels and images do not belong together.
    #[error("{indices} cells have {labels} labels; give one for each")]
    Labels {
        /// Cells.
        indices: usize,
        /// Labels.
        labels: usize,
    },
    /// The network does not take the boards.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The user asked to stop.
    #[error("stopped")]
    Interrupted,
}

/// A baseline on its way.
pub struct Trainer {
    /// Network in burn's graph.
    network: Network,
    optimizer: ModuleOptimizer,
    device: Device,
}

impl Trainer {
    /// A network of the settings' form with weights drawn from `random`, and Adam (Kingma and Ba 2015) with its usual
    /// constants and the settings' decay.
    ///
    /// # Errors
    /// [`NetworkError::Digits`], [`NetworkError::Convolution`].
    pub fn new(settings: &Settings, architecture: &Architecture, random: &mut Pcg64) -> Result<Self, NetworkError> {
        let device = Device::flex().autodiff();
        let network = Network::new(settings.form, architecture, random, &device)?;
        let optimizer = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(settings.weight_decay as f32);
        Ok(Self { network, optimizer: optimizer.init(), device })
    }

    /// Moves the weights against the gradient of the mean cross-entropy of images `[boards x cells, side x side]` for
    /// the labels `[boards x cells]`, from 0; gives the cross-entropy before.
    ///
    /// # Errors
    /// [`NetworkError::Boards`], [`NetworkError::Convolution`].
    pub fn step(&mut self, images: Vec<f32>, labels: &[u8], learning_rate: f64) -> Result<Tensor<1>, NetworkError> {
        let (cells, digits) = (labels.len(), self.network.digits());
        let size = images.len() / cells.max(1);
        let images = Tensor::from_data(TensorData::new(images, [cells, size]), &self.device);
        let logits = self.network.forward(images)?;
        let mut chosen = vec![0.0_f32; cells * digits];
        for (row, &label) in chosen.chunks_exact_mut(digits).zip(labels) {
            row[usize::from(label)] = -1.0 / cells as f32;
        }
        let chosen = Tensor::from_data(TensorData::new(chosen, [cells, digits]), &self.device);
        let loss = (log_softmax(logits, 1) * chosen).sum();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        self.network = self.optimizer.step(learning_rate, self.network.clone(), gradients);
        Ok(loss.inner())
    }
}

/// Trains a baseline from nothing on whole boards, one after the other in `cells`. The seed fixes its weights, the order
/// of the boards and their images' changes.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    architecture: &Architecture,
    cells: &Cells,
    settings: &Settings,
    seed: u64,
) -> Result<Network, TrainError> {
    let mut random = Pcg64::from_seed(seed);
    let mut trainer = Trainer::new(settings, architecture, &mut random)?;
    let (count, per_board) = (cells.indices.len(), trainer.network.cells());
    if count == 0 {
        return Err(TrainError::Empty);
    }
    if cells.labels.len() != count {
        return Err(TrainError::Labels { indices: count, labels: cells.labels.len() });
    }
    if !count.is_multiple_of(per_board) {
        return Err(NetworkError::Boards { images: count, cells: per_board }.into());
    }
    let boards = count / per_board;
    let mut schedule = BatchSchedule::new(boards, settings.boards, settings.budget);
    let (mut chosen, mut labels) = (Vec::new(), Vec::new());
    while let Some((share, drawn)) = schedule.step(&mut random) {
        if interrupt::requested() {
            return Err(TrainError::Interrupted);
        }
        chosen.clear();
        labels.clear();
        for &board in drawn {
            let of_board = board as usize * per_board..(board as usize + 1) * per_board;
            chosen.extend_from_slice(&cells.indices[of_board.clone()]);
            labels.extend_from_slice(&cells.labels[of_board]);
        }
        let images = images(cells.digits, &chosen, &settings.augmentation, &mut random);
        trainer.step(images, &labels, one_cycle(settings.learning_rate, share))?;
    }
    Ok(trainer.network.valid())
}

impl Network {
    /// The logarithm of each digit's probability, `[boards x cells, digits]`, for whole boards whose cells have these
    /// images of `digits`. The network is out of burn's graph, as [`train`] gives it.
    ///
    /// # Errors
    /// [`NetworkError::Boards`], [`NetworkError::Convolution`].
    pub fn log_probabilities(
        &self,
        digits: &Digits,
        indices: &[u32],
        augmentation: &Augmentation,
        random: &mut Pcg64,
    ) -> Result<Vec<f32>, NetworkError> {
        let mut all = Vec::with_capacity(indices.len() * self.digits());
        for indices in indices.chunks(BOARDS_AT_A_TIME * self.cells()) {
            let pixels = images(digits, indices, augmentation, random);
            let shape = [indices.len(), digits.side * digits.side];
            let logits = self.forward(Tensor::from_data(TensorData::new(pixels, shape), &Device::flex()))?;
            let values = log_softmax(logits, 1).try_to_vec_as::<f32>();
            all.extend(values.map_err(|error| ConvolutionError::Device(error.to_string()))?);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::{Settings, TrainError, Trainer, train};
    use crate::baselines::network::{Form, Network, NetworkError};
    use crate::data::augmentation::{Augmentation, images};
    use crate::data::digits::{Digits, optdigits};
    use crate::data::image::draw;
    use crate::data::puzzle::{Puzzle, Recipe, lists};
    use crate::model::reader::Architecture;
    use crate::train::trainer::Cells;
    use convex_edge_core::random::Pcg64;
    use convex_edge_runs::batch_schedule::Budget;

    const FORMS: [Form; 4] = [Form::Perceptron, Form::Convolutional, Form::ReaderPerceptron, Form::ReaderTransformer];

    fn settings(form: Form, budget: Budget) -> Settings {
        let augmentation = Augmentation { shift: 0.05, ..Augmentation::NONE };
        Settings { form, boards: 12, learning_rate: 2e-3, weight_decay: 0.1, budget, augmentation }
    }

    /// Images and labels of all cells.
    fn drawn(puzzles: &[Puzzle], digits: &Digits, random: &mut Pcg64) -> (Vec<u32>, Vec<u8>) {
        let by_label = digits.by_label();
        let indices = puzzles.iter().flat_map(|puzzle| draw(puzzle.givens.cells(), &by_label, random).unwrap());
        let labels = puzzles.iter().flat_map(|puzzle| puzzle.solution.cells().iter().map(|digit| digit - 1));
        (indices.collect(), labels.collect())
    }

    fn small(train: usize) -> (Digits, Vec<u32>, Vec<u8>) {
        let recipe = Recipe { box_size: 2, givens: 6, train, test: 0, seed: 0 };
        let digits = optdigits::load().train;
        let (indices, labels) = drawn(&lists(&recipe).unwrap().train, &digits, &mut Pcg64::from_seed(0));
        (digits, indices, labels)
    }

    #[test]
    fn every_form_learns_six_boards_by_heart() {
        let (digits, indices, labels) = small(6);
        for form in FORMS {
            let mut random = Pcg64::from_seed(1);
            let mut trainer =
                Trainer::new(&settings(form, Budget::Steps(0)), &Architecture::small(), &mut random).unwrap();
            let pixels = images(&digits, &indices, &Augmentation::NONE, &mut random);
            let mut step = |rate| trainer.step(pixels.clone(), &labels, rate).unwrap().into_scalar::<f32>();
            let first = step(2e-3);
            assert!(first > 1.0, "{form:?}: {first}");
            let last = (0..200).map(|_| step(2e-3)).last().unwrap();
            assert!(last < 0.05, "{form:?}: {last}");
        }
    }

    #[test]
    fn what_is_said_of_a_board_does_not_depend_on_the_others() {
        let (digits, indices, labels) = small(30);
        let cells = Cells { digits: &digits, indices: &indices, labels: &labels };
        for form in FORMS {
            let settings = settings(form, Budget::Steps(5));
            let network = train(&Architecture::small(), &cells, &settings, 0).unwrap();
            let mut random = Pcg64::from_seed(0);
            let mut said = |network: &Network, indices: &[u32]| {
                network.log_probabilities(&digits, indices, &Augmentation::NONE, &mut random).unwrap()
            };
            let together = said(&network, &indices);
            let alone: Vec<f32> = indices.chunks(16).flat_map(|indices| said(&network, indices)).collect();
            let largest = together.iter().zip(&alone).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(largest < 1e-5, "{form:?}: {largest}");
            assert!(together.chunks(4).all(|logs| (logs.iter().map(|log| log.exp()).sum::<f32>() - 1.0).abs() < 1e-5));
            // The same seed once more.
            let again = train(&Architecture::small(), &cells, &settings, 0).unwrap();
            assert_eq!(said(&again, &indices), together, "{form:?}");
        }
    }

    #[test]
    fn what_cannot_be_trained_with_is_refused() {
        let (digits, indices, labels) = small(1);
        let settings = settings(Form::ReaderTransformer, Budget::CpuSeconds(0.0));
        let refused = |indices: &[u32], labels: &[u8]| {
            train(&Architecture::small(), &Cells { digits: &digits, indices, labels }, &settings, 0).err()
        };
        assert!(matches!(refused(&[], &[]), Some(TrainError::Empty)));
        assert!(matches!(refused(&indices, &[]), Some(TrainError::Labels { indices: 16, labels: 0 })));
        let part = refused(&indices[..15], &labels[..15]);
        assert!(matches!(part, Some(TrainError::Network(NetworkError::Boards { images: 15, cells: 16 }))));
        // A budget of nothing ends at once.
        assert!(refused(&indices, &labels).is_none());
    }
}
