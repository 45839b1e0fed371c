//! Ways from noise, or from training maps, to a map that satisfies its conditions.

use super::Questions;
use crate::compare::judge::SAMPLE_SEED;
use crate::compare::run::RunError;
use crate::data::map::{Map, contains};
use crate::model::decode::{Decoder, LIMIT};
use crate::model::diffusion::STEPS;
use crate::model::polytope::Polytope;
use crate::model::sampling::{Guidance, Sample, likeliest, sample};
use crate::train::denoiser::{Denoiser, LastStep};
use convex_edge_core::random::Pcg64;

/// Weight of a tile's score beside the likeliest tile, where as few tiles as possible are changed.
const TIE: f32 = 1e-3;

/// A way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Way {
    /// Sampling without the layer, then decoding by the scores. Networks that were trained through the layer have
    /// scores without a scale: each of their cells is projected by itself.
    Without,
    /// Every prediction is projected onto the conditions.
    With,
    /// Sampling without the layer, then decoding by the softmax of the scores.
    Softmax,
    /// Sampling without the layer; decoding changes as few of the likeliest tiles as possible.
    FewestChanges,
    /// The noisy values are projected.
    Values,
    /// A penalty in sampling, by its share of the way.
    Penalty(f32),
    /// The training map that breaks the fewest conditions on cells, then as few changes as possible.
    Retrieval,
}

/// Maps of a way, before and after decoding.
pub(super) struct Drawn {
    pub likeliest: Vec<Map>,
    pub decoded: Vec<Map>,
}

impl Way {
    /// Ways of networks that were trained without the layer.
    pub(super) const OF_PLAIN: [Self; 8] = [
        Self::Softmax,
        Self::FewestChanges,
        Self::Values,
        Self::Penalty(0.1),
        Self::Penalty(0.25),
        Self::Penalty(0.5),
        Self::Penalty(1.0),
        Self::Retrieval,
    ];

    /// Name in figures.
    pub(super) fn name(self) -> String {
        match self {
            Self::Without => "without".to_owned(),
            Self::With => "with".to_owned(),
            Self::Softmax => "softmax".to_owned(),
            Self::FewestChanges => "fewest changes".to_owned(),
            Self::Values => "projected values".to_owned(),
            Self::Penalty(share) => format!("penalty {share}"),
            Self::Retrieval => "retrieval".to_owned(),
        }
    }

    fn guidance(self, last_step: LastStep) -> Guidance {
        let is_plain = matches!(last_step, LastStep::Scores | LastStep::Detached);
        match self {
            Self::With if is_plain => Guidance::Prediction,
            Self::Without if !is_plain => Guidance::Cells,
            Self::Values => Guidance::Values,
            Self::Penalty(share) => Guidance::Penalty(share),
            _ => Guidance::AsTrained,
        }
    }
}

/// Maps for all questions.
pub(super) fn draw(questions: &Questions<'_>, denoiser: &Denoiser, way: Way, seed: u64) -> Result<Drawn, RunError> {
    let Questions { collection, source, conditions, polytopes, .. } = questions;
    let (game, classes) = (&collection.game, collection.game.classes());
    if way == Way::Retrieval {
        let nearest = |polytope: &Polytope| nearest(&collection.train.maps, polytope);
        let likeliest: Vec<Map> = polytopes.iter().filter_map(nearest).collect();
        let decoded = decoded(likeliest.iter().map(|map| map.indicators(classes)), polytopes)?;
        return Ok(Drawn { likeliest, decoded });
    }
    let random = &mut Pcg64::from_seed(SAMPLE_SEED + seed);
    let guidance = way.guidance(denoiser.last_step);
    let found = sample(game, source.template(), denoiser, conditions, guidance, STEPS, random)?;
    let likeliest: Vec<Map> = found.iter().map(|sample| likeliest(sample, game)).collect();
    let scores = |(sample, likeliest): (&Sample, &Map)| match way {
        Way::Softmax => softmax(&sample.prediction, classes),
        Way::FewestChanges => {
            let tiles = likeliest.indicators(classes);
            tiles.iter().zip(&sample.prediction).map(|(tile, score)| tile + TIE * score.clamp(-1.0, 2.0)).collect()
        }
        _ => sample.prediction.clone(),
    };
    let decoded = decoded(found.iter().zip(&likeliest).map(scores), polytopes)?;
    Ok(Drawn { likeliest, decoded })
}

fn decoded(scores: impl Iterator<Item = Vec<f32>>, polytopes: &[Polytope]) -> Result<Vec<Map>, RunError> {
    let decode = |(scores, polytope): (Vec<f32>, &Polytope)| Ok(Decoder::new(polytope)?.decode(&scores, LIMIT)?.map);
    scores.zip(polytopes).map(decode).collect()
}

fn softmax(scores: &[f32], classes: usize) -> Vec<f32> {
    let of_cell = |cell: &[f32]| {
        let largest = cell.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let weights: Vec<f32> = cell.iter().map(|score| (score - largest).exp()).collect();
        let sum: f32 = weights.iter().sum();
        weights.into_iter().map(move |weight| weight / sum)
    };
    scores.chunks_exact(classes).flat_map(of_cell).collect()
}

/// The map that has the fewest cells with a tile that is not allowed; of equal ones that with the nearest counts.
fn nearest(maps: &[Map], polytope: &Polytope) -> Option<Map> {
    let breaks = |map: &&Map| {
        let cells =
            map.tiles.iter().zip(&polytope.allowed).filter(|&(&tile, &allowed)| !contains(allowed, tile)).count();
        let off = polytope.counts.iter().map(|count| {
            let found = count.cells.iter().filter(|&&cell| contains(count.classes, map.tiles[cell])).count();
            found.abs_diff(found.clamp(count.least, count.most))
        });
        (cells, off.sum::<usize>())
    };
    maps.iter().min_by_key(breaks).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::condition::{Condition, Region};
    use crate::data::game::Game;
    use crate::data::packed::embedded;
    use crate::data::suite::{Source, Suite};

    #[test]
    fn a_training_map_is_nearest_to_its_own_conditions() {
        let collection = embedded(Game::breakout()).unwrap();
        let source = Source::new(&collection.game, &collection.train.maps);
        let random = &mut Pcg64::from_seed(1);
        for map in &collection.train.maps[..20] {
            let parts = [Suite::Fixed(40), Suite::Count].map(|part| source.draw(part, map, random).unwrap());
            let polytope = Polytope::new(&collection.game, Some(source.template()), &parts.concat()).unwrap();
            let found = nearest(&collection.train.maps, &polytope).unwrap();
            assert!(crate::data::condition::verify::violations(&found, &polytope).is_empty());
        }
    }

    /// The scores prefer other maps far from the likeliest tiles; the fewest changes do not.
    #[test]
    fn the_fewest_changes_keep_what_was_drawn() {
        let game = Game { height: 1, width: 4, ..Game::breakout() };
        let classes = game.classes();
        let main = game.main.clone();
        let exactly = Condition::Count { tiles: main, region: Region::default(), least: 2, most: Some(2) };
        let polytope = Polytope::new(&game, None, &[exactly]).unwrap();
        // Three bricks, sure to a different degree, and a hole.
        let brick = 1;
        let mut scores = vec![0.0; 4 * classes];
        for (cell, score) in [0.9, 0.8, 0.55].into_iter().enumerate() {
            scores[cell * classes + brick] = score;
            scores[cell * classes] = 1.0 - score;
        }
        scores[3 * classes] = 1.0;
        let likeliest = Map { height: 1, width: 4, tiles: vec![1, 1, 1, 0] };
        let tiles = likeliest.indicators(classes);
        let kept: Vec<f32> = tiles.iter().zip(&scores).map(|(tile, score)| tile + TIE * score).collect();
        let map = &decoded([kept].into_iter(), &[polytope]).unwrap()[0];
        assert_eq!(map.tiles, [1, 1, 0, 0]);
    }
}
