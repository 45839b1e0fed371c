use super::*;
use crate::data::digits::optdigits;
use crate::data::puzzle::{Recipe, lists};
use crate::data::simulated_reader;
use crate::model::decode::{Search, decode};
use crate::model::reader::Architecture;
use crate::target::{job, test_boards};
use crate::train::settings::{EMBEDDED, Settings};
use crate::train::through_layer::{self, Completion, LayerLoss, Supervision};
use convex_edge_core::sudoku::Values;
use convex_edge_core::sudoku::layer::Iterates;
use convex_edge_core::sudoku::rules::obeys;
use convex_edge_runs::batch_schedule::Budget;

fn values(numbers: &[f32]) -> &Values {
    numbers.as_chunks().0.as_chunks().0.first_chunk().unwrap()
}

/// A reader that was trained for a second, on few enough boards that it errs now and then.
fn quick_reader() -> Trainer {
    let split = optdigits::load();
    let recipe = Recipe { box_size: 2, givens: 6, train: 40, test: 0, seed: 0 };
    let boards = Boards::new(lists(&recipe).unwrap().train, &split.train, 0).unwrap();
    let settings = through_layer::Settings {
        supervision: Supervision::AllCells,
        knows_blanks: false,
        completion: Completion::Layer,
        loss: LayerLoss::FenchelYoung,
        boards: 2,
        learning_rate: 4e-3,
        budget: Budget::Steps(300),
        warm_up: 1.0,
        curvature: [1.0, 1.0],
        augmentation: Augmentation::NONE,
    };
    through_layer::train(&Architecture::small(), Sudoku::new(2).unwrap(), &boards, &settings, 0, &mut |_, _| ())
        .unwrap()
}

#[test]
fn the_target_reads_and_solves_a_thousand_boards_as_the_host_does() {
    let (split, settings) = (optdigits::load(), Settings::load(None, EMBEDDED).unwrap());
    let test = test_boards(&job(&settings).unwrap(), 1000, &split.test).unwrap();
    let trainer = quick_reader();
    let folder = tempfile::tempdir().unwrap();
    let exported = export(&trainer, &test, folder.path()).unwrap();
    assert_eq!(std::fs::read(&exported.path).unwrap(), exported.bytes);
    let text = std::fs::read_to_string(folder.path().join("artefact.md")).unwrap();
    assert!(text.contains(&format!("{:08x}", exported.crc)), "{text}");

    let (artefact, mut memory) = (read(&exported.bytes).unwrap(), Box::new(Memory::new()));
    assert!((GOLDEN..=4 * GOLDEN).contains(&artefact.golden_vectors()));
    artefact.load(&mut memory);
    let random = &mut Pcg64::from_seed(0);
    let log_probabilities = trainer.log_probabilities(test.digits, &test.indices, &Augmentation::NONE, random).unwrap();
    let scores = scores_of(&test, &log_probabilities, false).unwrap();
    let decoded = decode(&Sudoku::new(2).unwrap(), &scores, 2, &Search::default()).unwrap();
    let boards = images(&test);
    assert_eq!(boards.len(), 1000);
    let (mut proven, mut same) = (0, 0);
    for ((images, scores), decoded) in boards.iter().zip(scores.chunks(64)).zip(&decoded) {
        memory.read(images);
        // Log-probabilities are logits but for a constant in each cell.
        for (logits, scores) in memory.logits().as_flattened().iter().zip(scores.chunks(4)) {
            let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for (logit, score) in logits.iter().zip(scores) {
                assert!(((logit - largest).max(-15.0) - score).abs() < 1e-3, "{logit} {largest} {score}");
            }
        }
        let solution = memory.solve();
        same += usize::from(solution.grid == decoded.rounded.cells());
        proven += usize::from(solution.status == Status::Proven);
        if solution.status == Status::Proven {
            assert_eq!(solution.grid, decoded.grid.as_ref().unwrap().cells());
        }
    }
    assert!(proven >= 800 && same >= 990, "{proven} proven, {same} the same");
    let right = [exported.counts.right, exported.host[0].right];
    assert!(right[0].abs_diff(right[1]) <= 10 && right[0] > 500, "{right:?}");
}

#[test]
fn the_targets_layer_proves_no_other_grid_than_the_hosts() {
    let random = &mut Pcg64::from_seed(8);
    let recipe = Recipe { box_size: 2, givens: 6, train: 1000, test: 0, seed: 3 };
    let puzzles = lists(&recipe).unwrap().train;
    let scores: Vec<f32> = puzzles.iter().flat_map(|puzzle| simulated_reader::read(puzzle, 3.0, random)).collect();
    let decoded = decode(&Sudoku::new(2).unwrap(), &scores, 2, &Search::default()).unwrap();
    let mut iterates = Iterates::zero();
    let mut proven = [0, 0];
    for (scores, decoded) in scores.chunks(64).zip(&decoded) {
        let solution = iterates.solve(values(scores));
        assert_ne!(solution.status, Status::IterationLimit);
        assert_eq!(obeys(&solution.grid), matches!(solution.status, Status::Proven | Status::Unproven));
        proven[0] += usize::from(solution.status == Status::Proven);
        proven[1] += usize::from(decoded.is_proven && decoded.nodes == 1);
        if solution.status == Status::Proven {
            let found = crate::data::grid::Grid::new(2, &solution.grid).unwrap();
            let score = crate::model::most_likely_grid::score(&found, scores);
            assert!(score >= decoded.score - 2e-3, "{score} {}", decoded.score);
        }
    }
    assert!(proven[0].abs_diff(proven[1]) <= 20 && proven[0] > 700, "{proven:?}");
}
