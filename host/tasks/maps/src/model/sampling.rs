//! Maps from noise: the steps of the diffusion, and where the conditions act on them.

use crate::data::condition::Condition;
use crate::data::game::Game;
use crate::data::map::Map;
use crate::model::channels::conditioning;
use crate::model::diffusion::{STEPS, denoise, noise, signal};
use crate::model::polytope::Polytope;
use crate::model::projection::Projector;
use crate::train::denoiser::{Asked, Denoiser, LastStep, TrainError, clean, scores, seen_by};
use convex_edge_core::random::Pcg64;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Maps that go through the network together.
const TOGETHER: usize = 16;

/// Action of the conditions on a sample, in addition to the network's inputs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guidance {
    /// As the network was trained: not at all, or through its last step.
    AsTrained,
    /// Every prediction's cells are projected, each by itself, whatever the training had.
    Cells,
    /// Every prediction of the map is projected (Wang et al. 2026, "predict, project, renoise").
    Prediction,
    /// The noisy values themselves are projected, in the second half of the steps (Christopher, Baek and Fioretto 2024,
    /// "Projected diffusion models").
    Values,
    /// Every prediction moves by this share of the way against the gradient of half the squared errors of the counts and
    /// of the cells' sums (Ho et al. 2022, "Video diffusion models", section 3.1, for a penalty).
    Penalty(f32),
}

/// A sample before it is decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// `[cells, classes]`: what the last step predicts; probabilities where something projects.
    pub prediction: Vec<f32>,
    /// The network's own scores at the last step.
    pub scores: Vec<f32>,
}

/// One sample for each list of conditions. `steps` divides [`STEPS`] into as many parts, at most [`STEPS`].
///
/// # Errors
/// [`TrainError`], with contradictory conditions among them.
pub fn sample(
    game: &Game,
    template: &[u16],
    denoiser: &Denoiser,
    conditions: &[Vec<Condition>],
    guidance: Guidance,
    steps: usize,
    random: &mut Pcg64,
) -> Result<Vec<Sample>, TrainError> {
    let mut samples = Vec::with_capacity(conditions.len());
    for conditions in conditions.chunks(TOGETHER) {
        let way = Way { guidance, steps };
        samples.extend(together(game, template, denoiser, conditions, way, random, |_| ())?);
    }
    Ok(samples)
}

/// What the noisy values `[cells, classes]` and the prediction of one sample were before each of [`STEPS`] steps.
///
/// # Errors
/// [`TrainError`].
pub fn strip(
    game: &Game,
    template: &[u16],
    denoiser: &Denoiser,
    conditions: &[Condition],
    random: &mut Pcg64,
) -> Result<Vec<[Vec<f32>; 2]>, TrainError> {
    let mut seen = Vec::with_capacity(STEPS);
    let way = Way { guidance: Guidance::AsTrained, steps: STEPS };
    together(game, template, denoiser, &[conditions.to_vec()], way, random, |look| seen.push(look))?;
    Ok(seen)
}

/// Guidance by the conditions, and number of steps.
#[derive(Debug, Clone, Copy)]
struct Way {
    guidance: Guidance,
    steps: usize,
}

/// State of a chain of steps.
struct Chain {
    all: Polytope,
    projector: Option<Projector>,
    multipliers: Option<Vec<f64>>,
    values: Vec<f32>,
    sample: Sample,
    random: Pcg64,
}

fn together(
    game: &Game,
    template: &[u16],
    denoiser: &Denoiser,
    conditions: &[Vec<Condition>],
    Way { guidance, steps }: Way,
    random: &mut Pcg64,
    mut look: impl FnMut([Vec<f32>; 2]),
) -> Result<Vec<Sample>, TrainError> {
    let size = game.cells() * game.classes();
    let mut chains = Vec::with_capacity(conditions.len());
    for conditions in conditions {
        let seen = seen_by(denoiser.last_step, game, template, conditions)?;
        let all = Polytope::new(game, Some(template), conditions)?;
        let projector = match (denoiser.last_step, guidance) {
            (LastStep::Scores | LastStep::Detached, Guidance::AsTrained | Guidance::Penalty(_)) => None,
            (_, Guidance::Cells) => Some(Projector::new(&seen_by(LastStep::Cells, game, template, conditions)?)?),
            (LastStep::Scores | LastStep::Detached, _) => Some(Projector::new(&all)?),
            _ => Some(Projector::new(&seen)?),
        };
        let mut own = Pcg64::from_seed(random.next_u64());
        let values = noise(size, &mut own);
        let sample = Sample { prediction: Vec::new(), scores: Vec::new() };
        chains.push(Chain { all, projector, multipliers: None, values, sample, random: own });
    }
    let told: Vec<_> = chains.iter().map(|chain| conditioning(&chain.all)).collect();
    let times: Vec<usize> = (0..=steps).rev().map(|part| part * STEPS / steps.max(1)).collect();
    for pair in times.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let asked = chains.iter().zip(&told).map(|(chain, told)| {
            let Chain { all: polytope, values, sample, .. } = chain;
            Asked { polytope, told, values, before: &sample.prediction }
        });
        let all = scores(&denoiser.network, &asked.collect::<Vec<_>>(), from as f32 / STEPS as f32)?;
        let first = chains.first().map_or_else(Vec::new, |chain| chain.values.clone());
        chains.par_iter_mut().zip(all).try_for_each(|(chain, scores)| chain.step(scores, guidance, from, to))?;
        look([first, chains.first().map_or_else(Vec::new, |chain| chain.sample.prediction.clone())]);
    }
    Ok(chains.into_iter().map(|chain| chain.sample).collect())
}

impl Chain {
    fn step(&mut self, scores: Vec<f32>, guidance: Guidance, from: usize, to: usize) -> Result<(), TrainError> {
        let projects_values = guidance == Guidance::Values;
        let mut prediction = match (&self.projector, projects_values) {
            (Some(projector), false) => {
                let found = projector.project(&scores, self.multipliers.as_deref())?;
                self.multipliers = Some(found.multipliers);
                found.probabilities
            }
            _ => scores.clone(),
        };
        if let Guidance::Penalty(share) = guidance {
            self.descend(&mut prediction, share);
        }
        denoise(&mut self.values, &clean(&prediction), from, to, &mut self.random);
        if let (Some(projector), true, true) = (&self.projector, projects_values, 2 * to <= STEPS) {
            let size = signal(to).sqrt();
            let scaled: Vec<f32> = self.values.iter().map(|value| 0.5 * (value / size + 1.0)).collect();
            let found = projector.project(&scaled, self.multipliers.as_deref())?;
            self.multipliers = Some(found.multipliers);
            self.values = found.probabilities.iter().map(|value| (2.0 * value - 1.0) * size).collect();
            prediction = found.probabilities;
        }
        self.sample = Sample { prediction, scores };
        Ok(())
    }

    /// One step against the penalty's gradient, by the inverse of its largest curvature for each row.
    fn descend(&self, prediction: &mut [f32], share: f32) {
        let classes = self.all.classes;
        for (cell, values) in prediction.chunks_exact_mut(classes).enumerate() {
            for (class, value) in values.iter_mut().enumerate() {
                if self.all.allowed[cell] & (1 << class) == 0 {
                    *value -= share * *value;
                }
            }
            let excess = (values.iter().sum::<f32>() - 1.0) / classes as f32;
            values.iter_mut().for_each(|value| *value -= share * excess);
        }
        for count in &self.all.counts {
            let own = |class: &usize| count.classes & (1 << class) != 0;
            let places: Vec<usize> = count
                .cells
                .iter()
                .flat_map(|cell| (0..classes).filter(own).map(move |class| cell * classes + class))
                .collect();
            let sum: f32 = places.iter().map(|&place| prediction[place]).sum();
            let excess = (sum - sum.clamp(count.least as f32, count.most as f32)) / places.len().max(1) as f32;
            places.iter().for_each(|&place| prediction[place] -= share * excess);
        }
    }
}

/// The likeliest tile of each cell.
pub fn likeliest(sample: &Sample, game: &Game) -> Map {
    likeliest_tiles(&sample.prediction, game)
}

/// The likeliest tile of each cell, of numbers by cell and class.
pub(crate) fn likeliest_tiles(values: &[f32], game: &Game) -> Map {
    let best =
        |cell: &[f32]| cell.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(class, _)| class as u8);
    let tiles = values.chunks_exact(game.classes()).map(best).collect();
    Map { height: game.height, width: game.width, tiles }
}
