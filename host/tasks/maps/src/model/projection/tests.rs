use super::*;
use crate::data::condition::parse::parse;
use crate::data::game::Game;
use crate::data::instances::{below, feasible, scores};
use crate::data::map::{Map, members};
use crate::data::packed::embedded;
use crate::data::suite::{Source, Suite};
use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT};
use convex_edge_core::random::Pcg64;
use proptest::prelude::*;

/// The nearest point by an interior-point method, on the polytope as it is written.
fn oracle(polytope: &Polytope, scores: &[f32]) -> Option<Vec<f64>> {
    let (classes, n) = (polytope.classes, scores.len());
    let (mut equalities, mut inequalities) = (Vec::new(), Vec::new());
    for cell in 0..polytope.cells() {
        equalities.push(((0..classes).map(|class| (cell * classes + class, 1.0)).collect::<Vec<_>>(), 1.0));
        for class in 0..classes {
            let entry = cell * classes + class;
            match polytope.allowed[cell] & (1 << class) {
                0 => equalities.push((vec![(entry, 1.0)], 0.0)),
                _ => inequalities.push((vec![(entry, -1.0)], 0.0)),
            }
            if polytope.is_symmetric && polytope.mirrored(cell) > cell {
                let mirrored = polytope.mirrored(cell) * classes + class;
                equalities.push((vec![(entry, 1.0), (mirrored, -1.0)], 0.0));
            }
        }
    }
    for count in &polytope.counts {
        let within = |sign: f64| {
            let entry = |cell: usize, class: usize| (cell * classes + class, sign);
            let counted = |class: &usize| count.classes & (1 << class) != 0;
            let of = |&cell: &usize| (0..classes).filter(counted).map(move |class| entry(cell, class));
            count.cells.iter().flat_map(of).collect::<Vec<_>>()
        };
        if count.least == count.most {
            equalities.push((within(1.0), count.least as f64));
        } else {
            inequalities.push((within(-1.0), -(count.least as f64)));
            inequalities.push((within(1.0), count.most as f64));
        }
    }
    let cones = [ZeroConeT(equalities.len()), NonnegativeConeT(inequalities.len())];
    let rows: Vec<_> = equalities.into_iter().chain(inequalities).collect();
    let mut triplets = (Vec::new(), Vec::new(), Vec::new());
    for (row, (entries, _)) in rows.iter().enumerate() {
        for &(column, value) in entries {
            triplets.0.push(row);
            triplets.1.push(column);
            triplets.2.push(value);
        }
    }
    let a = CscMatrix::new_from_triplets(rows.len(), n, triplets.0, triplets.1, triplets.2);
    let b: Vec<f64> = rows.iter().map(|row| row.1).collect();
    let q: Vec<f64> = scores.iter().map(|&score| -f64::from(score)).collect();
    let settings = DefaultSettings {
        verbose: false,
        tol_gap_abs: 1e-10,
        tol_gap_rel: 1e-10,
        tol_feas: 1e-10,
        ..Default::default()
    };
    let mut solver = DefaultSolver::new(&CscMatrix::identity(n), &q, &a, &b, &cones, settings).unwrap();
    solver.solve();
    (solver.solution.status == SolverStatus::Solved).then_some(solver.solution.x)
}

/// How far probabilities are from the polytope.
fn breach(polytope: &Polytope, p: &[f64]) -> f64 {
    let classes = polytope.classes;
    let sum = |cell: usize, of: u16| -> f64 { members(of).map(|class| p[cell * classes + usize::from(class)]).sum() };
    let cells = (0..polytope.cells()).map(|cell| {
        let mirrored =
            (0..classes).map(|class| p[cell * classes + class] - p[polytope.mirrored(cell) * classes + class]);
        let mirrored = if polytope.is_symmetric { mirrored.fold(0.0, |most: f64, of| most.max(of.abs())) } else { 0.0 };
        mirrored
            .max((sum(cell, polytope.allowed[cell]) - 1.0).abs())
            .max((sum(cell, u16::MAX >> (16 - classes)) - 1.0).abs())
    });
    let counts = polytope.counts.iter().map(|count| {
        let total: f64 = count.cells.iter().map(|&cell| sum(cell, count.classes)).sum();
        (count.least as f64 - total).max(total - count.most as f64)
    });
    cells.chain(counts).chain(p.iter().map(|p| -p)).fold(0.0, f64::max)
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn it_is_the_nearest_point(seed in any::<u64>()) {
        let (_, polytope, map) = feasible(seed);
        let scores = scores(&mut Pcg64::from_seed(seed ^ 1), &map);
        let projector = Projector::new(&polytope).unwrap();
        let projection = projector.project(&scores, None).unwrap();
        let p: Vec<f64> = projection.probabilities.iter().map(|&p| f64::from(p)).collect();
        prop_assert!(breach(&polytope, &p) < 1e-5);
        if let Some(expected) = oracle(&polytope, &scores) {
            let to_scores = |p: &[f64]| p.iter().zip(&scores).map(|(p, z)| (p - f64::from(*z)).powi(2)).sum::<f64>();
            prop_assert!(to_scores(&p) <= to_scores(&expected) * (1.0 + 1e-6) + 1e-6);
            // What the interior point leaves of a probability that is nearly zero is its own.
            prop_assert!(p.iter().zip(&expected).all(|(p, q)| (p - q).abs() < 1e-4), "{p:?} {expected:?}");
        }
        // Nearer to every map that satisfies the conditions.
        let indicators = map.indicators(polytope.classes);
        prop_assert!(distance(&projection.probabilities, &indicators) <= distance(&scores, &indicators) + 1e-5);
        // Projecting again changes nothing, and neither does another start.
        let again = projector.project(&projection.probabilities, Some(&projection.multipliers)).unwrap();
        prop_assert!(distance(&again.probabilities, &projection.probabilities) < 1e-5);
        let warm = projector.project(&scores, Some(&again.multipliers)).unwrap();
        prop_assert!(distance(&warm.probabilities, &projection.probabilities) < 1e-5);
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences(seed in any::<u64>()) {
        let (_, polytope, map) = feasible(seed);
        let random = &mut Pcg64::from_seed(seed ^ 2);
        let scores = scores(random, &map);
        let projector = Projector::new(&polytope).unwrap();
        let projection = projector.project(&scores, None).unwrap();
        let direction: Vec<f32> = scores.iter().map(|_| below(random, 3) as f32 - 1.0).collect();
        let gradient: Vec<f32> = scores.iter().map(|_| random.uniform(-1.0, 1.0) as f32).collect();
        let step = 1.0 / 256.0;
        let moved = |sign: f32| {
            let moved: Vec<f32> = scores.iter().zip(&direction).map(|(z, d)| z + sign * step * d).collect();
            projector.project(&moved, None).unwrap()
        };
        let (ahead, behind) = (moved(1.0), moved(-1.0));
        // Only on one piece: the same support everywhere, and the same counts bind.
        let binding = |projection: &Projection| projection.multipliers.iter().map(|m| *m != 0.0).collect::<Vec<_>>();
        prop_assume!(ahead.supports == projection.supports && behind.supports == projection.supports);
        prop_assume!(binding(&ahead) == binding(&projection) && binding(&behind) == binding(&projection));
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let difference = (dot(&gradient, &ahead.probabilities) - dot(&gradient, &behind.probabilities)) / (2.0 * f64::from(step));
        let derivative = dot(&projector.backward(&projection, &gradient).unwrap(), &direction);
        prop_assert!((difference - derivative).abs() < 2e-3, "{difference} {derivative}");
    }
}

#[test]
fn scores_far_apart_are_projected_onto_full_maps() {
    for game in Game::all() {
        let collection = embedded(game.clone()).unwrap();
        let source = Source::new(&game, &collection.train.maps);
        for (seed, suite) in [Suite::Rows, Suite::RowsAndColumns, Suite::Symmetric].into_iter().enumerate() {
            let random = &mut Pcg64::from_seed(seed as u64);
            for (map, size) in collection.test.maps.iter().step_by(60).zip([0.1, 1.0, 1e2, 1e4].into_iter().cycle()) {
                let conditions = source.draw(suite, map, random).unwrap();
                let polytope = Polytope::new(&game, None, &conditions).unwrap();
                let scores: Vec<f32> =
                    (0..game.cells() * game.classes()).map(|_| random.uniform(-size, size) as f32).collect();
                let projection = Projector::new(&polytope).unwrap().project(&scores, None).unwrap();
                let p: Vec<f64> = projection.probabilities.iter().map(|&p| f64::from(p)).collect();
                assert!(breach(&polytope, &p) < 1e-5, "{} {suite} {size}", game.name);
            }
        }
    }
}

#[test]
fn contradictions_of_several_counts_are_named() {
    let game = Game { height: 4, width: 6, ..Game::ms_pacman() };
    let scores = vec![0.3; 96];
    let named = |text: &str| {
        let polytope = Polytope::new(&game, None, &parse(text, &game).unwrap()).unwrap();
        match Projector::new(&polytope)
            .map_err(ProjectionError::from)
            .and_then(|projector| projector.project(&scores, None))
        {
            Err(ProjectionError::Contradiction(contradiction)) => contradiction.conditions().to_vec(),
            other => panic!("{text}: {other:?}"),
        }
    };
    assert_eq!(named("at least 1 power; exactly 20 pellet; exactly 5 wall"), [1, 2]);
    assert_eq!(named("exactly 9 pellet in rows 0-1; exactly 4 pellet; at least 3 wall"), [0, 1]);
    let rows = "at least 5 pellet in row 0; at least 5 pellet in row 1; at least 5 pellet in row 2; \
        at least 5 pellet in row 3; at most 3 pellet in column 0; exactly 3 wall in column 1; at most 2 pellet in column 2";
    assert_eq!(named(rows), [0, 1, 2, 3, 5, 6]);
}

#[test]
fn numbers_that_cannot_be_projected_are_refused() {
    let polytope = Polytope::new(&Game { height: 1, width: 2, ..Game::ms_pacman() }, None, &[]).unwrap();
    let projector = Projector::new(&polytope).unwrap();
    assert_eq!(projector.project(&[0.0; 7], None), Err(ProjectionError::Size { given: 7, needed: 8 }));
    let infinite = [0.0, f32::INFINITY, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let refused = ProjectionError::NotFinite { place: 1, number: f32::INFINITY };
    assert_eq!(projector.project(&infinite, None), Err(refused));
    let map = Map { height: 1, width: 2, tiles: vec![3, 0] };
    assert_eq!(projector.project(&map.indicators(4), None).unwrap().probabilities, map.indicators(4));
}
