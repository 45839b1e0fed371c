//! Training a reader on cells with labels: cross-entropy, Adam, one cycle of the learning rate.

use super::augmentation::{Augmentation, images};
use super::convolution::ConvolutionError;
use super::digits::Digits;
use super::reader::{Architecture, Reader};
use crate::interrupt;
use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::plant::random::Pcg64;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// Cells that a network reads at a time when it is not trained.
const READ_AT_A_TIME: usize = 972;

/// Cells with labels.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    /// Where their images are.
    pub digits: &'a Digits,
    /// Which image each cell shows, below [`Digits::len`].
    pub indices: &'a [u32],
    /// The solution's digit in each cell, from 0: also where the picture shows none.
    pub labels: &'a [u8],
}

/// When training ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Budget {
    /// After so many gradient steps: the seed fixes the result.
    Steps(u64),
    /// When the process has used so many more seconds of its processors' time, all threads together: fair between
    /// methods, but not the same twice.
    CpuSeconds(f64),
}

/// How to train.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Cells a step; all of them where there are fewer.
    pub batch: usize,
    /// The largest of the cycle, of Adam.
    pub learning_rate: f64,
    /// When it ends.
    pub budget: Budget,
    /// How images are changed.
    pub augmentation: Augmentation,
}

/// Why there is no trained reader.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// There is nothing to learn from.
    #[error("there are no cells to train with; give at least one board")]
    Empty,
    /// Labels and images do not belong together.
    #[error("{indices} cells have {labels} labels; give one for each")]
    Labels {
        /// Cells.
        indices: usize,
        /// Labels.
        labels: usize,
    },
    /// The network does not take the images.
    #[error(transparent)]
    Network(#[from] ConvolutionError),
    /// The user asked to stop.
    #[error("stopped")]
    Interrupted,
}

/// Seconds of all processors that this process has used.
pub fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// A reader on its way.
pub struct Trainer {
    /// In burn's graph.
    pub reader: Reader,
    optimizer: ModuleOptimizer,
    device: Device,
}

impl Trainer {
    /// A network with weights drawn from `random`, and Adam (Kingma and Ba 2015) with its usual constants.
    ///
    /// # Errors
    /// [`ConvolutionError::Channels`].
    pub fn new(architecture: &Architecture, random: &mut Pcg64) -> Result<Self, ConvolutionError> {
        let device = Device::flex().autodiff();
        let reader = Reader::new(architecture, random, &device)?;
        Ok(Self { reader, optimizer: AdamConfig::new().with_epsilon(1e-8).init(), device })
    }

    /// Logits `[cells, digits]` in burn's graph for images `[cells, side, side]`.
    ///
    /// # Errors
    /// [`ConvolutionError::Pixels`], [`ConvolutionError::Device`].
    pub fn logits(&self, images: Vec<f32>, cells: usize) -> Result<Tensor<2>, ConvolutionError> {
        let size = images.len() / cells.max(1);
        self.reader.forward(Tensor::from_data(TensorData::new(images, [cells, size]), &self.device))
    }

    /// Moves the weights against the gradient of a loss that any layers made of the logits. Where the gradient of the
    /// logits is known instead, the loss is the sum of its products with them.
    pub fn step(&mut self, loss: &Tensor<1>, learning_rate: f64) {
        let gradients = GradientsParams::from_grads(loss.backward(), &self.reader);
        self.reader = self.optimizer.step(learning_rate, self.reader.clone(), gradients);
    }

    /// The mean cross-entropy of logits `[cells, digits]` for the labels, from 0.
    pub fn cross_entropy(&self, logits: Tensor<2>, labels: &[u8]) -> Tensor<1> {
        let [cells, digits] = logits.dims();
        let mut chosen = vec![0.0_f32; cells * digits];
        for (row, &label) in chosen.chunks_exact_mut(digits).zip(labels) {
            row[usize::from(label)] = -1.0 / cells as f32;
        }
        (log_softmax(logits, 1) * Tensor::from_data(TensorData::new(chosen, [cells, digits]), &self.device)).sum()
    }
}

/// The learning rate after a share of the training, 0 to 1: a half wave up from a twenty-fifth in three tenths of it,
/// and one down to nearly nothing (Smith and Topin 2017; PyTorch's `OneCycleLR`).
pub fn one_cycle(peak: f64, share: f64) -> f64 {
    const RISE: f64 = 0.3;
    let wave = |from: f64, to: f64, share: f64| {
        to + (from - to) * 0.5 * (1.0 + (std::f64::consts::PI * share.clamp(0.0, 1.0)).cos())
    };
    match share < RISE {
        true => wave(peak / 25.0, peak, share / RISE),
        false => wave(peak, peak / 250_000.0, (share - RISE) / (1.0 - RISE)),
    }
}

/// Trains a reader from nothing. The seed fixes its weights, the order of the cells and their changes.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    architecture: &Architecture,
    cells: &Cells,
    settings: &Settings,
    seed: u64,
) -> Result<Trainer, TrainError> {
    let count = cells.indices.len();
    if count == 0 {
        return Err(TrainError::Empty);
    }
    if cells.labels.len() != count {
        return Err(TrainError::Labels { indices: count, labels: cells.labels.len() });
    }
    let mut random = Pcg64::from_seed(seed);
    let mut trainer = Trainer::new(architecture, &mut random)?;
    let start = cpu_seconds();
    let (mut order, mut next): (Vec<u32>, usize) = ((0..count as u32).collect(), count);
    let batch = settings.batch.clamp(1, count);
    let (mut chosen, mut labels) = (Vec::new(), Vec::new());
    for step in 0_u64.. {
        let share = match settings.budget {
            Budget::Steps(steps) => step as f64 / steps as f64,
            Budget::CpuSeconds(seconds) => (cpu_seconds() - start) / seconds,
        };
        // Also where it is not a number: a budget of nothing is used up.
        if !(share < 1.0) {
            break;
        }
        if interrupt::requested() {
            return Err(TrainError::Interrupted);
        }
        if next + batch > count {
            shuffle(&mut order, &mut random);
            next = 0;
        }
        let cell = |position: &u32| *position as usize;
        let drawn = &order[next..next + batch];
        chosen.clear();
        chosen.extend(drawn.iter().map(|position| cells.indices[cell(position)]));
        labels.clear();
        labels.extend(drawn.iter().map(|position| cells.labels[cell(position)]));
        next += batch;
        let images = images(cells.digits, &chosen, &settings.augmentation, &mut random);
        let loss = trainer.cross_entropy(trainer.logits(images, batch)?, &labels);
        trainer.step(&loss, one_cycle(settings.learning_rate, share));
    }
    Ok(trainer)
}

/// R. A. Fisher and F. Yates's, in R. Durstenfeld's form.
pub(super) fn shuffle(order: &mut [u32], random: &mut Pcg64) {
    for last in (1..order.len()).rev() {
        order.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
    }
}

impl Trainer {
    /// The logarithm of each digit's probability, `[cells, digits]`, for cells with these images of `digits`.
    ///
    /// # Errors
    /// [`ConvolutionError::Pixels`], [`ConvolutionError::Device`].
    pub fn log_probabilities(
        &self,
        digits: &Digits,
        indices: &[u32],
        augmentation: &Augmentation,
        random: &mut Pcg64,
    ) -> Result<Vec<f32>, ConvolutionError> {
        let reader = self.reader.valid();
        let device = Device::flex();
        let mut all = Vec::new();
        for indices in indices.chunks(READ_AT_A_TIME) {
            let pixels = images(digits, indices, augmentation, random);
            let shape = [indices.len(), digits.side * digits.side];
            let logits = reader.forward(Tensor::from_data(TensorData::new(pixels, shape), &device))?;
            let values = log_softmax(logits, 1).try_to_vec_as::<f32>();
            all.extend(values.map_err(|error| ConvolutionError::Device(error.to_string()))?);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Cells, Settings, TrainError, Trainer, one_cycle, train};
    use crate::tasks::sudoku::augmentation::{Augmentation, images};
    use crate::tasks::sudoku::digits::optdigits;
    use crate::tasks::sudoku::reader::Architecture;
    use convex_edge_core::plant::random::Pcg64;

    #[test]
    fn a_step_lowers_the_loss() {
        let digits = optdigits::load().train;
        let indices: Vec<u32> = (0..162).collect();
        let labels = &digits.labels[..162];
        let mut random = Pcg64::from_seed(0);
        let mut trainer = Trainer::new(&Architecture { digits: 10, ..Architecture::small() }, &mut random).unwrap();
        let pixels = images(&digits, &indices, &Augmentation::NONE, &mut random);
        let mut losses = Vec::new();
        for _ in 0..5 {
            let loss = trainer.cross_entropy(trainer.logits(pixels.clone(), 162).unwrap(), labels);
            losses.push(loss.clone().into_scalar::<f32>());
            trainer.step(&loss, 3e-3);
        }
        assert!(losses.is_sorted_by(|before, after| after < before), "{losses:?}");
    }

    #[test]
    fn digits_of_other_writing_are_read_after_two_seconds_of_training() {
        let split = optdigits::load();
        let indices: Vec<u32> = (0..split.train.len() as u32).collect();
        let cells = Cells { digits: &split.train, indices: &indices, labels: &split.train.labels };
        let architecture = Architecture { digits: 10, ..Architecture::small() };
        let augmentation = Augmentation { shift: 0.05, rotation: 8.0, ..Augmentation::NONE };
        let settings = Settings { batch: 64, learning_rate: 1e-2, budget: Budget::Steps(400), augmentation };
        let trainer = train(&architecture, &cells, &settings, 3).unwrap();
        let indices: Vec<u32> = (0..split.test.len() as u32).collect();
        let mut random = Pcg64::from_seed(0);
        let found = trainer.log_probabilities(&split.test, &indices, &Augmentation::NONE, &mut random).unwrap();
        let right = found.chunks_exact(10).zip(&split.test.labels).filter(|(logs, label)| {
            let of_label = logs[usize::from(**label)];
            logs.iter().all(|log| *log <= of_label)
        });
        let share = right.count() as f64 / split.test.len() as f64;
        assert!(share > 0.93, "{share}");
    }

    #[test]
    fn what_cannot_be_trained_with_is_refused() {
        let digits = optdigits::load().train;
        let settings = Settings {
            batch: 8,
            learning_rate: 1e-3,
            budget: Budget::CpuSeconds(0.0),
            augmentation: Augmentation::NONE,
        };
        let refused = |indices: &[u32], labels: &[u8], architecture: &Architecture| {
            train(architecture, &Cells { digits: &digits, indices, labels }, &settings, 0).err()
        };
        assert!(matches!(refused(&[], &[], &Architecture::small()), Some(TrainError::Empty)));
        assert!(matches!(refused(&[1], &[], &Architecture::small()), Some(TrainError::Labels { .. })));
        let odd = Architecture { channels: vec![7], ..Architecture::small() };
        assert!(matches!(refused(&[1], &[1], &odd), Some(TrainError::Network(_))));
        // A budget of nothing ends at once.
        assert!(refused(&[1], &[1], &Architecture::small()).is_none());
    }

    #[test]
    fn the_learning_rate_goes_up_and_down() {
        assert!((one_cycle(1.0, 0.0) - 0.04).abs() < 1e-12);
        assert!((one_cycle(1.0, 0.3) - 1.0).abs() < 1e-12);
        assert!((one_cycle(1.0, 1.0) - 4e-6).abs() < 1e-12);
    }
}
