//! Runs of the study: one training, judged with and without the layer.
//!
//! | module | content |
//! |---|---|
//! | [`settings`] | cells of the study |
//! | `ways` | ways from noise to a map |
//! | `harm` | counts that are asked for wrongly |

mod harm;
pub mod settings;
mod ways;

use crate::compare::denoising::errors;
use crate::compare::judge::{SAMPLE_SEED, drawn, polytopes};
use crate::compare::run::RunError;
use crate::data::collection::Collection;
use crate::data::condition::Condition;
use crate::data::condition::verify::violations;
use crate::data::map::Map;
use crate::data::suite::{Source, Suite};
use crate::evaluate::metrics::pattern_divergence;
use crate::evaluate::structure::{Rule, Structure};
use crate::model::polytope::Polytope;
use crate::train::denoiser::{Denoiser, train_with_checkpoints};
use crate::train::settings::Named;
use convex_edge_core::random::Pcg64;
use convex_edge_runs::measured::Measured;
use convex_edge_runs::processor_time;
use settings::{Gradient, Settings};
use ways::{Drawn, Way};

/// Shares of the training after which a checkpoint is taken, besides its end.
const CHECKPOINTS: [f64; 2] = [0.6, 0.8];

/// Maps of each way, and how many of them are kept to look at.
const MAPS: usize = 64;
const LOOKED_AT: usize = 2;

/// Conditions that maps are asked for, drawn from held-out maps.
struct Questions<'a> {
    collection: &'a Collection,
    source: &'a Source,
    structure: Structure,
    conditions: Vec<Vec<Condition>>,
    polytopes: Vec<Polytope>,
}

/// Trains and judges. Validation is by the squared error of predictions of validation maps, with the layer or without it.
///
/// Figures: `POLICY/WAY/NAME` with the policies `last` and `best`, the ways `with`, `without` and those of
/// plain networks; NAME is `divergence` (2x2 patterns of decoded maps), `edits` (tiles that decoding changes), `valid` (share
/// before decoding) or the name of a rule (share of decoded maps).
///
/// # Errors
/// [`RunError`].
pub fn run(settings: &Settings, seed: u64, collection: &Collection) -> Result<Measured, RunError> {
    let source = &Source::new(&collection.game, &collection.train.maps);
    let mut measured = Measured::default();
    let started = processor_time::of_process();
    let (last, mut taken) = train_with_checkpoints(
        &collection.game,
        source,
        &collection.train.maps,
        &settings.training(),
        seed,
        &CHECKPOINTS,
        &mut |_| (),
    )?;
    measured.time_since("training", started);

    let started = processor_time::of_process();
    let parts = vec![Suite::Fixed(10), Suite::Template, Suite::Count];
    let suite = Named { name: "tiles and count".to_owned(), parts };
    let conditions = drawn(collection, source, &suite, MAPS, &mut Pcg64::from_seed(SAMPLE_SEED + seed));
    let real: Vec<Map> = collection.train.maps.iter().chain(&collection.test.maps).cloned().collect();
    let questions = Questions {
        collection,
        source,
        structure: Structure::new(&collection.game, &real),
        polytopes: polytopes(collection, source, &conditions)?,
        conditions,
    };
    for way in [Way::Without, Way::With] {
        questions.judge(&last, way, seed, "last", &mut measured)?;
        let best = best(&questions, &last, &taken, way, seed)?;
        questions.judge(best.map_or(&last, |place| &taken[place]), way, seed, "best", &mut measured)?;
    }
    if settings.gradient == Gradient::None {
        for way in Way::OF_PLAIN {
            questions.judge(&last, way, seed, "last", &mut measured)?;
        }
        if settings.harm {
            harm::counts(&questions, &last, seed, &mut measured)?;
        }
    }
    if settings.examples {
        examples(&questions, &last, settings.gradient, seed, &mut measured)?;
    }
    taken.clear();
    measured.figure("last/loss", last.loss);
    measured.time_since("evaluation", started);
    Ok(measured)
}

/// Place of the checkpoint whose predictions of validation maps are nearest; `None` for the last iterate, also where equal.
fn best(
    questions: &Questions<'_>,
    last: &Denoiser,
    taken: &[Denoiser],
    way: Way,
    seed: u64,
) -> Result<Option<usize>, RunError> {
    let Questions { collection, source, .. } = *questions;
    let error = |denoiser: &Denoiser| -> Result<f64, RunError> {
        let found = errors(collection, &collection.validation.maps, source, denoiser, seed)?;
        Ok(if way == Way::With { found.projected } else { found.predicted })
    };
    let (mut best, mut least) = (None, error(last)?);
    for (place, denoiser) in taken.iter().enumerate() {
        let found = error(denoiser)?;
        if found < least {
            (best, least) = (Some(place), found);
        }
    }
    Ok(best)
}

impl Questions<'_> {
    fn judge(
        &self,
        denoiser: &Denoiser,
        way: Way,
        seed: u64,
        policy: &str,
        measured: &mut Measured,
    ) -> Result<(), RunError> {
        let Drawn { likeliest, decoded } = ways::draw(self, denoiser, way, seed)?;
        let share = |count: usize| count as f64 / self.polytopes.len().max(1) as f64;
        let edits: usize = likeliest.iter().zip(&decoded).map(|(one, other)| one.distance(other)).sum();
        let valid =
            likeliest.iter().zip(&self.polytopes).filter(|(map, polytope)| violations(map, polytope).is_empty());
        let mut figure = |name: &str, value: f64| measured.figure(format!("{policy}/{}/{name}", way.name()), value);
        figure("divergence", pattern_divergence(&decoded, &self.collection.test.maps, 2));
        figure("edits", share(edits));
        figure("valid", share(valid.count()));
        for (rule, holds) in self.structure.shares(&decoded).0 {
            figure(rule_name(rule), holds);
        }
        Ok(())
    }
}

/// Keeps a map of each way for the first questions: a line of the game's characters for each row.
fn examples(
    questions: &Questions<'_>,
    denoiser: &Denoiser,
    gradient: Gradient,
    seed: u64,
    measured: &mut Measured,
) -> Result<(), RunError> {
    let tiles = &questions.collection.game.tiles;
    let glyph = |tile: &u8| tiles.get(usize::from(*tile)).map_or('?', |tile| tile.glyph);
    let text = |map: &Map| {
        let rows = map.tiles.chunks(map.width).map(|row| row.iter().map(glyph).collect());
        rows.collect::<Vec<String>>().join("\n")
    };
    let ways: &[Way] =
        if gradient == Gradient::None { &[Way::Without, Way::FewestChanges, Way::With] } else { &[Way::With] };
    for way in ways {
        let Drawn { likeliest, decoded } = ways::draw(questions, denoiser, *way, seed)?;
        for place in 0..LOOKED_AT.min(decoded.len()) {
            for (name, map) in [("drawn", &likeliest[place]), ("decoded", &decoded[place])] {
                measured.examples.insert(format!("{place}/{}/{name}", way.name()), text(map));
            }
        }
    }
    Ok(())
}

fn rule_name(rule: Rule) -> &'static str {
    match rule {
        Rule::Reachable => "reachable",
        Rule::SymmetricWalls => "symmetric walls",
        Rule::KnownMaze => "known maze",
        Rule::Shields => "shields",
        Rule::Formation => "formation",
    }
}
