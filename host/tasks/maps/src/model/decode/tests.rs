use super::*;
use crate::data::condition::parse::parse;
use crate::data::game::Game;
use crate::data::instances::{below, condition, feasible, map, scores};
use convex_edge_core::random::Pcg64;
use proptest::prelude::*;

const LIMIT: Duration = Duration::from_secs(20);

/// The largest score of all maps that satisfy the conditions; `None` without any.
fn enumerate(polytope: &Polytope, scores: &[f32]) -> Option<f64> {
    let mut map = Map { height: polytope.height, width: polytope.width, tiles: vec![0; polytope.cells()] };
    let mut best: Option<f64> = None;
    loop {
        if violations(&map, polytope).is_empty() {
            let score =
                map.tiles.iter().zip(scores.chunks(4)).map(|(&tile, of)| f64::from(of[usize::from(tile)])).sum();
            best = Some(best.map_or(score, |best| best.max(score)));
        }
        let Some(place) = map.tiles.iter().position(|&tile| tile < 3) else { return best };
        map.tiles[place] += 1;
        map.tiles[..place].fill(0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_valid_map_has_a_larger_score(seed in any::<u64>(), reach in any::<bool>(), spoiled in any::<bool>()) {
        let random = &mut Pcg64::from_seed(seed);
        let is_symmetric = below(random, 3) == 0;
        let (mut game, mut tiny) = map(random, is_symmetric);
        prop_assume!(tiny.cells() <= 6);
        if reach {
            // Food that is apart is cut off by walls only; no tunnel in a map this narrow.
            game.reachability.as_mut().unwrap().wraps = false;
        }
        let mut conditions: Vec<Condition> = (0..below(random, 5)).map(|_| condition(random, &game, &tiny, false)).collect();
        conditions.extend(is_symmetric.then_some(Condition::Symmetric));
        conditions.extend(reach.then_some(Condition::Reachable));
        if below(random, 2) == 0 {
            let ends = [(); 2].map(|()| below(random, tiny.cells()));
            let [from, to] = ends.map(|cell| (cell / tiny.width, cell % tiny.width));
            conditions.push(Condition::Path { from, to });
        }
        if spoiled {
            let cell = below(random, tiny.cells());
            tiny.tiles[cell] = below(random, 4) as u8;
            conditions.extend((0..2).map(|_| condition(random, &game, &tiny, true)));
        }
        let polytope = Polytope::new(&game, None, &conditions).unwrap();
        let scores = scores(random, &tiny);
        let best = enumerate(&polytope, &scores);
        match Decoder::new(&polytope).map_err(DecodeError::from).and_then(|decoder| decoder.decode(&scores, LIMIT)) {
            Ok(decoded) => {
                prop_assert!(decoded.is_optimal);
                prop_assert!(violations(&decoded.map, &polytope).is_empty());
                prop_assert!((decoded.score - best.unwrap()).abs() < 1e-5, "{} {best:?}", decoded.score);
            }
            Err(DecodeError::Contradiction(contradiction)) => {
                prop_assert_eq!(best, None);
                // What is named contradicts itself, and every part of it is needed.
                let named = contradiction.conditions();
                prop_assert_eq!(enumerate(&polytope.of(named), &scores), None, "{}", contradiction);
                for left_out in named {
                    let rest: Vec<usize> = named.iter().copied().filter(|index| index != left_out).collect();
                    prop_assert!(enumerate(&polytope.of(&rest), &scores).is_some(), "{}", contradiction);
                }
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn proven_structures_reach_the_bound_of_branch_and_bound(seed in any::<u64>()) {
        let (_, polytope, map) = feasible(seed);
        let decoder = Decoder::new(&polytope).unwrap();
        prop_assume!(decoder.integrality() != Integrality::NotProven);
        let scores = scores(&mut Pcg64::from_seed(seed ^ 3), &map);
        let decoded = decoder.decode(&scores, LIMIT).unwrap();
        let weights = decoder.weights(&scores);
        let (choice, _) = mixed_integer::best(&decoder.reduction, &weights, &[], LIMIT).unwrap();
        let total = |map: &Map| map.tiles.iter().zip(scores.chunks(4)).map(|(&t, s)| f64::from(s[usize::from(t)])).sum::<f64>();
        prop_assert!((total(&decoder.map(&choice)) - decoded.score).abs() < 1e-4);
    }
}

#[test]
fn contradictions_of_counts_are_named() {
    let game = Game { height: 4, width: 6, ..Game::ms_pacman() };
    let scores = vec![0.0; 96];
    let named = |text: &str| {
        let polytope = Polytope::new(&game, None, &parse(text, &game).unwrap()).unwrap();
        let decoder = Decoder::new(&polytope).unwrap();
        decoder.decode(&scores, LIMIT).unwrap_err().to_string()
    };
    assert_eq!(
        named("at least 1 power; exactly 20 pellet; exactly 5 wall"),
        "`exactly 20 pellet`, `exactly 5 wall` contradict each other"
    );
    assert_eq!(
        named("wall at 0,0; exactly 9 pellet in rows 0-1; wall at 1,1; no wall at 2,2; at most 8 pellet"),
        "`exactly 9 pellet in rows 0-1`, `at most 8 pellet` contradict each other"
    );
    assert_eq!(
        named("reachable; pellet at 0,0; wall at 0,1; wall at 1,0; exactly 3 pellet; wall in row 3; wall at 0,5"),
        "`reachable`, `only pellet at 0,0`, `only wall at 0,1`, `only wall at 1,0`, `exactly 3 pellet`, `only wall at \
         0,5` contradict each other"
    );
}

#[test]
fn a_path_contradicts_by_its_ends_and_by_the_way_between_them() {
    let game = Game { height: 2, width: 2, ..Game::ms_pacman() };
    let text = "exactly 2 open in columns 0-1; symmetric; path from 1,0 to 0,1";
    let polytope = Polytope::new(&game, None, &parse(text, &game).unwrap()).unwrap();
    // Mirrored ends alone are 4 open cells, but any way between the two ends is 3.
    let named = "`exactly 2 open in columns 0-1`, `path from 1,0 to 0,1` contradict each other";
    assert_eq!(Decoder::new(&polytope).unwrap_err().to_string(), named);
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    let polytope = Polytope::new(&Game { height: 1, width: 2, ..Game::ms_pacman() }, None, &[]).unwrap();
    let decoder = Decoder::new(&polytope).unwrap();
    assert_eq!(decoder.decode(&[0.0; 7], LIMIT), Err(DecodeError::Size { given: 7, needed: 8 }));
    let nan = decoder.decode(&[0.0, 0.0, f32::NAN, 0.0, 0.0, 0.0, 0.0, 0.0], LIMIT);
    assert!(matches!(nan, Err(DecodeError::NotFinite { place: 2, .. })));
    let decoded = decoder.decode(&[0.0, 2.0, 1.0, 2.0, -1.0, -3.0, -2.0, -1.5], LIMIT).unwrap();
    assert_eq!((decoded.map.tiles, decoded.score, decoded.is_optimal), (vec![1, 0], 1.0, true));
}
