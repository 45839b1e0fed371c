//! Training a denoiser: noisy maps with conditions drawn from them, and the maps as they were.

use crate::data::condition::Condition;
use crate::data::contradiction::Contradiction;
use crate::data::game::Game;
use crate::data::map::Map;
use crate::data::mistakes::with_mistakes;
use crate::data::suite::{Source, Suite};
use crate::model::channels::{
    Conditioning, append_cells, append_whole, conditioning, demands, even, inputs, own_cells, set_before,
};
use crate::model::diffusion::{STEPS, noisy};
use crate::model::last_step::{Target, own, project};
use crate::model::polytope::{Polytope, PolytopeError};
use crate::model::projection::{ProjectionError, Projector};
use crate::model::unet::convolution::ConvolutionError;
use crate::model::unet::network::{Network, Shape};
use crate::train::averaging::Average;
use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::random::Pcg64;
use convex_edge_learn::weights::WeightsError;
use convex_edge_runs::batch_schedule::{BatchSchedule, Budget, RISE, one_cycle};
use convex_edge_runs::interrupt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Last step of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastStep {
    /// Nothing: scores are the prediction.
    Scores,
    /// The projection of every cell onto the classes it may have: sparsemax (Martins and Astudillo 2016).
    Cells,
    /// The projection onto all conditions.
    Layer,
    /// Nothing, but the prediction that the network is shown of the step before is projected onto all conditions.
    Detached,
    /// The projection onto all conditions, with the identity as its derivative.
    StraightThrough,
}

/// Settings of a training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Last step of the network.
    pub last_step: LastStep,
    /// Maps a step.
    pub maps: usize,
    /// The largest of the cycle.
    pub learning_rate: f64,
    /// End of the training.
    pub budget: Budget,
}

/// Errors of a training.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// There is nothing to learn from.
    #[error("there are no maps to train with; give at least one")]
    Empty,
    /// A polytope.
    #[error(transparent)]
    Polytope(#[from] PolytopeError),
    /// Conditions that no map satisfies.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// The network.
    #[error(transparent)]
    Network(#[from] ConvolutionError),
    /// Its weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The layer.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// The user asked to stop.
    #[error("stopped")]
    Interrupted,
}

/// Result of a training.
#[derive(Debug)]
pub struct Denoiser {
    /// Out of burn's graph.
    pub network: Network,
    /// Last step of the network.
    pub last_step: LastStep,
    /// Steps of the optimizer.
    pub steps: u64,
    /// Mean of the last hundred losses.
    pub loss: f64,
}

/// The polytope that a last step projects onto: without counts for [`LastStep::Cells`].
///
/// # Errors
/// [`TrainError::Polytope`].
pub fn seen_by(
    last_step: LastStep,
    game: &Game,
    template: &[u16],
    conditions: &[Condition],
) -> Result<Polytope, TrainError> {
    let local = |condition: &&Condition| {
        matches!(condition, Condition::Only { .. } | Condition::No { .. } | Condition::LikeTheGame)
    };
    let conditions = match last_step {
        LastStep::Cells => conditions.iter().filter(local).cloned().collect(),
        _ => conditions.to_vec(),
    };
    Ok(Polytope::new(game, Some(template), &conditions)?)
}

/// The network for a game, with weights drawn from `random`.
///
/// # Errors
/// [`ConvolutionError::Channels`].
pub fn network(game: &Game, random: &mut Pcg64, device: &Device) -> Result<Network, ConvolutionError> {
    let (height, width) = (game.height.next_multiple_of(2), game.width.next_multiple_of(2));
    let classes = game.classes();
    let shape = Shape { height, width, inputs: inputs(classes), demands: demands(classes), classes };
    Network::new(shape, random, device)
}

/// Trains from nothing on maps of a game; `source` draws conditions from them. The seed fixes the weights, the order of the
/// maps, their conditions and the noise. Weights are the mean of those of the last steps, where the learning rate goes down.
/// `progress` is called with the share that is over.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    game: &Game,
    source: &Source,
    maps: &[Map],
    settings: &Settings,
    seed: u64,
    progress: &mut dyn FnMut(f64),
) -> Result<Denoiser, TrainError> {
    Ok(train_with_checkpoints(game, source, maps, settings, seed, &[], progress)?.0)
}

/// As [`train`], with the denoisers as they were after these shares of the budget, which ascend.
///
/// # Errors
/// [`TrainError`].
pub fn train_with_checkpoints(
    game: &Game,
    source: &Source,
    maps: &[Map],
    settings: &Settings,
    seed: u64,
    checkpoints: &[f64],
    progress: &mut dyn FnMut(f64),
) -> Result<(Denoiser, Vec<Denoiser>), TrainError> {
    if maps.is_empty() {
        return Err(TrainError::Empty);
    }
    let device = Device::flex().autodiff();
    let mut random = Pcg64::from_seed(seed);
    let mut network = network(game, &mut random, &device)?;
    let mut optimizer: ModuleOptimizer = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(1e-4).init();
    let mut schedule = BatchSchedule::new(maps.len(), settings.maps, settings.budget);
    let (mut average, mut steps, mut losses) = (Average::default(), 0, Vec::new());
    let mut taken = Vec::new();
    let denoiser = |network: &Network, average: &Average, steps: u64, losses: &[f64]| {
        let last = &losses[losses.len().saturating_sub(100)..];
        let loss = last.iter().sum::<f64>() / last.len().max(1) as f64;
        let network = average.clone().into_network(network.valid())?;
        Ok::<_, TrainError>(Denoiser { network, last_step: settings.last_step, steps, loss })
    };
    while let Some((share, drawn)) = schedule.step(&mut random) {
        if checkpoints.get(taken.len()).is_some_and(|next| share >= *next) {
            taken.push(denoiser(&network, &average, steps, &losses)?);
        }
        if interrupt::requested() {
            return Err(TrainError::Interrupted);
        }
        let drawn = drawn.to_vec();
        let mut batch = batch(game, source, maps, settings.last_step, &drawn, &mut random)?;
        // In the other half there is no prediction before, as in the first step of a sample.
        if random.next_u64().is_multiple_of(2) {
            batch.look_ahead(&network.valid(), settings.last_step)?;
        }
        let loss = batch.loss(&network, settings.last_step, &device)?;
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        network = optimizer.step(one_cycle(settings.learning_rate, share), network, gradients);
        if share >= RISE {
            average.add(&network)?;
        }
        losses.push(f64::from(loss.inner().try_into_scalar::<f32>().unwrap_or(f32::NAN)));
        steps += 1;
        progress(share);
    }
    Ok((denoiser(&network, &average, steps, &losses)?, taken))
}

/// Conditions that a map satisfies, of all kinds that are asked for later: tiles of up to two fifths of the cells, nearly
/// always the game's template, and often counts.
pub fn conditions(source: &Source, map: &Map, random: &mut Pcg64) -> Vec<Condition> {
    let percent = [0, 5, 10, 20, 40][(random.next_u64() % 5) as usize];
    let template = if random.uniform(0.0, 1.0) < 0.9 { Some(Suite::Template) } else { None };
    let counts = match random.uniform(0.0, 1.0) {
        share if share < 0.5 => Some(Suite::Count),
        share if share < 0.65 => Some(Suite::Rows),
        share if share < 0.8 => Some(Suite::RowsAndColumns),
        _ => None,
    };
    let suites = [Some(Suite::Fixed(percent)), template, counts];
    suites.into_iter().flatten().filter_map(|suite| source.draw(suite, map, random)).flatten().collect()
}

/// Noisy maps, their conditions, and the maps.
struct Batch {
    cells: Vec<f32>,
    whole: Vec<f32>,
    targets: Vec<Target>,
    indicators: Vec<f32>,
}

fn batch(
    game: &Game,
    source: &Source,
    maps: &[Map],
    last_step: LastStep,
    drawn: &[u32],
    random: &mut Pcg64,
) -> Result<Batch, TrainError> {
    let mut batch = Batch { cells: Vec::new(), whole: Vec::new(), targets: Vec::new(), indicators: Vec::new() };
    for &index in drawn {
        let map = &maps[index as usize];
        let conditions = conditions(source, map, random);
        let told = conditioning(&Polytope::new(game, Some(source.template()), &conditions)?);
        let polytope = seen_by(last_step, game, source.template(), &conditions)?;
        let step = 1 + (random.next_u64() % STEPS as u64) as usize;
        let indicators = map.indicators(game.classes());
        let shown = clean(&with_mistakes(map, &polytope, random).indicators(game.classes()));
        append_cells(&mut batch.cells, &polytope, &noisy(&shown, step, random), &told);
        append_whole(&mut batch.whole, step as f32 / STEPS as f32, &told);
        batch.indicators.extend(indicators);
        let projector = Projector::new(&polytope)?;
        batch.targets.push(Target { polytope, projector });
    }
    Ok(batch)
}

impl Batch {
    /// Shows the network what it would predict.
    fn look_ahead(&mut self, network: &Network, last_step: LastStep) -> Result<(), TrainError> {
        let count = self.targets.len().max(1);
        let answer = forward(network, self.cells.clone(), self.whole.clone(), count)?;
        let each = self.cells.len() / count;
        let channels = self.cells.par_chunks_exact_mut(each);
        let maps = channels.zip(answer.par_chunks_exact(answer.len() / count)).zip(&self.targets);
        maps.try_for_each(|((channels, scores), target)| {
            let scores = own_cells(scores, &target.polytope);
            let predicted = match last_step {
                LastStep::Scores => scores,
                _ => target.projector.project(&scores, None)?.probabilities,
            };
            set_before(channels, &target.polytope, &clean(&predicted));
            Ok(())
        })
    }

    /// Squared distance to the maps, four times its mean over all values.
    fn loss(self, network: &Network, last_step: LastStep, device: &Device) -> Result<Tensor<1>, TrainError> {
        let Self { cells, whole, targets, indicators } = self;
        let count = targets.len();
        let [cells, whole, indicators] =
            [(cells, network.shape().inputs), (whole, 0), (indicators, network.shape().classes)].map(
                |(values, width)| {
                    let width = if width == 0 { values.len() / count.max(1) } else { width };
                    let shape = [values.len() / width.max(1), width];
                    Tensor::<2>::from_data(TensorData::new(values, shape), device)
                },
            );
        let scores = network.forward(cells, whole)?;
        let predicted = match (last_step, targets.first()) {
            (LastStep::Scores | LastStep::Detached, Some(target)) => own(scores, &target.polytope, count),
            (LastStep::StraightThrough, Some(target)) => {
                let own = own(scores.clone(), &target.polytope, count);
                let moved = project(scores.detach(), targets)? - own.clone().detach();
                own + moved
            }
            _ => project(scores, targets)?,
        };
        let distance = predicted - indicators;
        Ok((distance.clone() * distance).mean().mul_scalar(4.0))
    }
}

/// Probabilities as values of a map without noise, -1 to 1.
pub fn clean(probabilities: &[f32]) -> Vec<f32> {
    probabilities.iter().map(|value| (2.0 * value - 1.0).clamp(-1.0, 1.0)).collect()
}

/// The network's answer for the channels of some maps.
fn forward(network: &Network, cells: Vec<f32>, whole: Vec<f32>, maps: usize) -> Result<Vec<f32>, ConvolutionError> {
    let (inputs, device) = (network.shape().inputs, Device::flex());
    let shapes = [[cells.len() / inputs, inputs], [maps, whole.len() / maps.max(1)]];
    let [cells, whole] = [(cells, shapes[0]), (whole, shapes[1])]
        .map(|(v, shape)| Tensor::from_data(TensorData::new(v, shape), &device));
    let answer = network.forward(cells, whole)?.try_to_vec_as::<f32>();
    answer.map_err(|error| ConvolutionError::Device(error.to_string()))
}

/// Inputs of the network for a map.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// All conditions.
    pub polytope: &'a Polytope,
    /// Values that tell the network its conditions.
    pub told: &'a Conditioning,
    /// Noisy values `[cells, classes]`.
    pub values: &'a [f32],
    /// The prediction before as probabilities of the same shape; empty for none.
    pub before: &'a [f32],
}

/// The network's scores `[cells, classes]` of each map, all of one size and at one time.
///
/// # Errors
/// [`TrainError::Network`].
pub fn scores(network: &Network, asked: &[Asked<'_>], time: f32) -> Result<Vec<Vec<f32>>, TrainError> {
    let (mut cells, mut whole) = (Vec::new(), Vec::new());
    for Asked { polytope, told, values, before } in asked {
        let start = cells.len();
        append_cells(&mut cells, polytope, values, told);
        set_before(&mut cells[start..], polytope, &clean(before));
        append_whole(&mut whole, time, told);
    }
    let answer = forward(network, cells, whole, asked.len())?;
    let each = asked.first().map_or(1, |map| even(map.polytope).0 * even(map.polytope).1 * map.polytope.classes);
    Ok(answer.chunks_exact(each).zip(asked).map(|(answer, asked)| own_cells(answer, asked.polytope)).collect())
}
