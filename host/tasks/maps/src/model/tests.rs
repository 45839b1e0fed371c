//! Tests of the model's parts together, from noise to a map.

use crate::data::condition::verify::violations;
use crate::data::game::Game;
use crate::data::map::Map;
use crate::data::suite::{Source, Suite};
use crate::model::decode::{Decoder, LIMIT};
use crate::model::diffusion::{STEPS, denoise, noise, signal};
use crate::model::last_step::{Target, project};
use crate::model::polytope::Polytope;
use crate::model::projection::Projector;
use crate::model::sampling::{Guidance, sample};
use crate::train::denoiser::{LastStep, Settings, train};
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::random::Pcg64;
use convex_edge_learn::checkpoint;
use convex_edge_runs::batch_schedule::Budget;

/// Bricks below a slanted line.
fn maps(game: &Game) -> Vec<Map> {
    let tile = |shift: usize, cell: usize| {
        let (row, column) = (cell / game.width, cell % game.width);
        if 3 * row >= column + shift { 0 } else { row as u8 + 1 }
    };
    let map = |shift| Map { height: 6, width: 18, tiles: (0..game.cells()).map(|cell| tile(shift, cell)).collect() };
    (0..12).map(map).collect()
}

fn settings(last_step: LastStep, steps: u64) -> Settings {
    Settings { last_step, maps: 6, learning_rate: 3e-3, budget: Budget::Steps(steps) }
}

#[test]
fn noise_grows_and_a_perfect_prediction_leads_back() {
    assert!((1..=STEPS).all(|step| signal(step) <= signal(step - 1)) && signal(0) == 1.0 && signal(STEPS) < 1e-3);
    let random = &mut Pcg64::from_seed(1);
    let clean: Vec<f32> = (0..40).map(|value| if value % 3 == 0 { 1.0 } else { -1.0 }).collect();
    for steps in [50, 10, 1] {
        let mut values = noise(clean.len(), random);
        let times: Vec<usize> = (0..=steps).rev().map(|part| part * STEPS / steps).collect();
        times.windows(2).for_each(|pair| denoise(&mut values, &clean, pair[0], pair[1], random));
        assert!(values.iter().zip(&clean).all(|(a, b)| (a - b).abs() < 1e-5), "{steps}");
    }
}

#[test]
fn the_layers_gradient_is_the_differences() {
    let game = Game::breakout();
    let maps = maps(&game);
    let source = Source::new(&game, &maps);
    let random = &mut Pcg64::from_seed(2);
    let mut conditions = source.draw(Suite::Fixed(10), &maps[5], random).unwrap();
    conditions.extend(source.draw(Suite::Count, &maps[5], random).unwrap());
    let polytope = Polytope::new(&game, Some(source.template()), &conditions).unwrap();
    let target = Target { projector: Projector::new(&polytope).unwrap(), polytope };
    let size = game.cells() * game.classes();
    let scores: Vec<f32> = (0..size).map(|_| random.uniform(-0.5, 1.5) as f32).collect();
    let direction: Vec<f32> = (0..size).map(|_| random.uniform(-1.0, 1.0) as f32).collect();
    let tensor = |values: &[f32], device: &Device| {
        Tensor::<2>::from_data(TensorData::new(values.to_vec(), [game.cells(), game.classes()]), device)
    };
    let device = Device::flex().autodiff();
    let input = tensor(&scores, &device).require_grad();
    let loss = (project(input.clone(), vec![target.clone()]).unwrap() * tensor(&direction, &device)).sum();
    let gradient = input.grad(&loss.backward()).unwrap().try_to_vec_as::<f32>().unwrap();
    let value = |scores: &[f32]| {
        let found = project(tensor(scores, &Device::flex()), vec![target.clone()]).unwrap();
        let found = found.try_to_vec_as::<f32>().unwrap();
        found.iter().zip(&direction).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>()
    };
    let step = 1e-3_f32;
    let far = (0..size).step_by(37).filter(|&place| {
        let at = |change: f32| {
            let mut moved = scores.clone();
            moved[place] += change;
            value(&moved)
        };
        ((at(step) - at(-step)) / f64::from(2.0 * step) - f64::from(gradient[place])).abs() > 1e-2
    });
    // A step across a kink is no derivative.
    assert!(far.count() <= 1);
}

#[test]
fn training_learns_and_a_kept_denoiser_samples_the_same_valid_maps() {
    let game = Game::breakout();
    let maps = maps(&game);
    let source = Source::new(&game, &maps);
    let loss =
        |last_step, steps| train(&game, &source, &maps, &settings(last_step, steps), 0, &mut |_| ()).unwrap().loss;
    for last_step in [LastStep::Scores, LastStep::Cells, LastStep::Layer] {
        // One step alone has little or much noise by chance.
        let (before, after) = (loss(last_step, 10), loss(last_step, 150));
        assert!(after < 0.75 * before, "{last_step:?}: {before} {after}");
    }
    let trained = train(&game, &source, &maps, &settings(LastStep::Layer, 20), 0, &mut |_| ()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (path, kind) = (folder.path().join("a.denoiser"), *b"EDGETEST");
    checkpoint::save(&path, kind, &"origin", &trained.network).unwrap();
    let (origin, weights): (String, Vec<f32>) = checkpoint::load(&path, kind).unwrap();
    assert_eq!(origin, "origin");
    let empty = crate::train::denoiser::network(&game, &mut Pcg64::from_seed(9), &Device::flex()).unwrap();
    let network = checkpoint::restore(empty, weights, &path).unwrap();
    let read = crate::train::denoiser::Denoiser { network, ..trained };
    let random = &mut Pcg64::from_seed(4);
    let conditions: Vec<_> = maps
        .iter()
        .map(|map| {
            let mut all = source.draw(Suite::Fixed(20), map, random).unwrap();
            all.extend(source.draw(Suite::Rows, map, random).unwrap());
            all
        })
        .collect();
    let samples =
        |guidance| sample(&game, source.template(), &read, &conditions, guidance, 5, &mut Pcg64::from_seed(5)).unwrap();
    let found = samples(Guidance::AsTrained);
    assert_eq!(found, samples(Guidance::AsTrained));
    for (sample, conditions) in found.iter().zip(&conditions) {
        let polytope = Polytope::new(&game, Some(source.template()), conditions).unwrap();
        let decoded = Decoder::new(&polytope).unwrap().decode(&sample.prediction, LIMIT).unwrap();
        assert!(violations(&decoded.map, &polytope).is_empty());
        let sums = sample.prediction.chunks(game.classes()).map(|cell| cell.iter().sum::<f32>());
        assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-4));
    }
}

#[test]
fn what_is_wrong_with_a_kept_network_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (path, kind) = (folder.path().join("a.denoiser"), *b"EDGETEST");
    let load = || checkpoint::load::<u8>(&path, kind).err();
    assert!(matches!(load(), Some(checkpoint::CheckpointError::Missing { .. })));
    let network =
        crate::train::denoiser::network(&Game::breakout(), &mut Pcg64::from_seed(0), &Device::flex()).unwrap();
    checkpoint::save(&path, kind, &7_u8, &network).unwrap();
    assert!(load().is_none());
    let bytes = std::fs::read(&path).unwrap();
    let with = |place: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[place] = value;
        std::fs::write(&path, bytes).unwrap();
        load()
    };
    assert!(matches!(with(0, 0), Some(checkpoint::CheckpointError::Foreign { .. })));
    assert!(matches!(with(8, 9), Some(checkpoint::CheckpointError::Version { found: 9, .. })));
    assert!(matches!(with(40, bytes[40] ^ 4), Some(checkpoint::CheckpointError::Damaged { .. })));
    let few = checkpoint::restore(network, vec![0.0; 3], &path).err();
    assert!(matches!(few, Some(checkpoint::CheckpointError::Damaged { .. })));
}
