//! Judgement of a method's maps, before and after decoding.

use super::run::RunError;
use crate::data::collection::Collection;
use crate::data::condition::Condition;
use crate::data::condition::verify::violations;
use crate::data::map::{Map, contains};
use crate::data::picture;
use crate::data::suite::{Source, Suite};
use crate::evaluate::metrics::{Fidelity, fidelity};
use crate::evaluate::structure::{Rule, Structure};
use crate::model::decode::{Decoder, LIMIT};
use crate::model::diffusion::STEPS;
use crate::model::polytope::Polytope;
use crate::model::sampling::{Guidance, likeliest, likeliest_tiles, sample, strip};
use crate::train::denoiser::{Denoiser, LastStep};
use crate::train::settings::Named;
use convex_edge_core::random::Pcg64;
use convex_edge_runs::processor_time;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// Maps of a contact sheet.
const SHEET: usize = 12;

/// Added to a run's seed for the conditions and the noise.
pub(crate) const SAMPLE_SEED: u64 = 1 << 32;

/// Figures of a method on a suite's conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The suite's name.
    pub suite: String,
    /// The method's.
    pub method: String,
    /// Maps.
    pub samples: usize,
    /// Processor time of a sample before it is decoded, milliseconds.
    pub milliseconds: f64,
    /// The likeliest tiles of each cell.
    pub likeliest: Judged,
    /// The best map that satisfies the conditions.
    pub decoded: Judged,
    /// Tiles that decoding changes, mean.
    pub edits: f64,
    /// Processor time of decoding, milliseconds a map.
    pub decode_milliseconds: f64,
}

/// Some maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// Share that satisfies all conditions, in integers.
    pub valid: f64,
    /// Share that obeys each rule that no condition states.
    pub rules: Vec<(Rule, f64)>,
    /// Resemblance to real maps.
    pub fidelity: Fidelity,
}

/// The methods that a training serves in the comparison.
pub fn methods(last_step: LastStep) -> Vec<(&'static str, Guidance)> {
    match last_step {
        LastStep::Layer => vec![("layer", Guidance::AsTrained), ("layer in training alone", Guidance::Cells)],
        LastStep::Cells => vec![("cells", Guidance::AsTrained)],
        LastStep::Scores => vec![
            ("plain", Guidance::AsTrained),
            ("projected predictions", Guidance::Prediction),
            ("projected values", Guidance::Values),
            ("penalty", Guidance::Penalty(0.5)),
        ],
        LastStep::Detached | LastStep::StraightThrough => Vec::new(),
    }
}

/// What a denoiser's methods make of a suite; conditions are drawn from the test maps. The first maps of each method are drawn
/// into a folder where one is given, with violations framed.
///
/// # Errors
/// [`RunError`].
pub fn judge(
    collection: &Collection,
    source: &Source,
    denoiser: &Denoiser,
    suite: &Named,
    samples: usize,
    seed: u64,
    pictures: Option<&Path>,
) -> Result<Vec<Row>, RunError> {
    let random = &mut Pcg64::from_seed(SAMPLE_SEED + seed);
    let conditions = drawn(collection, source, suite, samples, random);
    let real: Vec<Map> = collection.train.maps.iter().chain(&collection.test.maps).cloned().collect();
    let structure = Structure::new(&collection.game, &real);
    let judged = |maps: &[Map], polytopes: &[Polytope]| {
        let valid = maps.iter().zip(polytopes).filter(|(map, polytope)| violations(map, polytope).is_empty()).count();
        Judged {
            valid: valid as f64 / maps.len().max(1) as f64,
            rules: structure.shares(maps).0,
            fidelity: fidelity(maps, &collection.test.maps, &collection.train.maps),
        }
    };
    let polytopes = polytopes(collection, source, &conditions)?;
    let mut rows = Vec::new();
    for (method, guidance) in methods(denoiser.last_step) {
        let random = &mut Pcg64::from_seed(SAMPLE_SEED + seed);
        let started = processor_time::of_process();
        let found = sample(&collection.game, source.template(), denoiser, &conditions, guidance, STEPS, random)?;
        let sampled = processor_time::of_process();
        let likeliest: Vec<Map> = found.iter().map(|sample| likeliest(sample, &collection.game)).collect();
        let looked = processor_time::of_process();
        let decoded = found.iter().zip(&polytopes).map(|(sample, polytope)| {
            let decoder = Decoder::new(polytope)?;
            Ok(decoder.decode(&sample.prediction, LIMIT)?.map)
        });
        let decoded = decoded.collect::<Result<Vec<Map>, RunError>>()?;
        let decoding = processor_time::of_process() - looked;
        if let Some(folder) = pictures {
            for (name, maps) in [("likeliest", &likeliest), ("decoded", &decoded)] {
                let framed = maps.iter().zip(&polytopes).take(SHEET).map(|(map, polytope)| {
                    (map, violations(map, polytope).into_iter().flat_map(|violation| violation.cells).collect())
                });
                let path = folder.join(format!("{}-{name}.png", method.replace(' ', "-")));
                picture::write(&collection.game, &framed.collect::<Vec<_>>(), &path)?;
            }
        }
        let edits: usize = likeliest.iter().zip(&decoded).map(|(one, other)| one.distance(other)).sum();
        let each = |time: Duration| 1e3 * time.as_secs_f64() / samples.max(1) as f64;
        rows.push(Row {
            suite: suite.name.clone(),
            method: method.to_owned(),
            samples: found.len(),
            milliseconds: each(sampled - started),
            likeliest: judged(&likeliest, &polytopes),
            decoded: judged(&decoded, &polytopes),
            edits: edits as f64 / found.len().max(1) as f64,
            decode_milliseconds: each(decoding),
        });
    }
    Ok(rows)
}

/// Draws the way from noise to a map: the likeliest tiles of the noisy values, and below them of the predictions.
///
/// # Errors
/// [`RunError`].
pub fn draw_strip(
    collection: &Collection,
    source: &Source,
    denoiser: &Denoiser,
    suite: &Named,
    seed: u64,
    path: &Path,
) -> Result<(), RunError> {
    let random = &mut Pcg64::from_seed(SAMPLE_SEED + seed);
    let Some(conditions) = drawn(collection, source, suite, 1, random).pop() else { return Ok(()) };
    let game = &collection.game;
    let looks = strip(game, source.template(), denoiser, &conditions, random)?;
    let shown: Vec<&[Vec<f32>; 2]> = [0, 20, 35, STEPS - 1].iter().filter_map(|&step| looks.get(step)).collect();
    let maps: Vec<Map> =
        [0, 1].iter().flat_map(|&row| shown.iter().map(move |look| likeliest_tiles(&look[row], game))).collect();
    Ok(picture::write(game, &maps.iter().map(|map| (map, Vec::new())).collect::<Vec<_>>(), path)?)
}

pub(crate) fn drawn(
    collection: &Collection,
    source: &Source,
    suite: &Named,
    samples: usize,
    random: &mut Pcg64,
) -> Vec<Vec<Condition>> {
    // Maps with a tile that the game was never seen to have there contradict `like the game`.
    let test = collection.test.maps.iter();
    let test: Vec<&Map> =
        test.filter(|map| !suite.parts.contains(&Suite::Template) || is_like(map, source.template())).collect();
    let draw = |random: &mut Pcg64| {
        let map = test.get((random.next_u64() % test.len().max(1) as u64) as usize)?;
        let parts = suite.parts.iter().map(|&part| source.draw(part, map, random));
        parts.collect::<Option<Vec<_>>>().map(|parts| parts.concat())
    };
    (0..samples).filter_map(|_| draw(random)).collect()
}

/// Whether a map has tiles only where the game was seen to have them.
pub fn is_like(map: &Map, template: &[u16]) -> bool {
    map.tiles.iter().zip(template).all(|(&tile, &seen)| contains(seen, tile))
}

pub(crate) fn polytopes(
    collection: &Collection,
    source: &Source,
    conditions: &[Vec<Condition>],
) -> Result<Vec<Polytope>, RunError> {
    let polytope = |conditions: &Vec<Condition>| Polytope::new(&collection.game, Some(source.template()), conditions);
    Ok(conditions.iter().map(polytope).collect::<Result<_, _>>()?)
}
