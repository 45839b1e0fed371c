use super::*;
use crate::data::packed::embedded;
use crate::model::decode::{DecodeError, Decoder};
use crate::model::polytope::Polytope;
use crate::model::polytope::integrality::Integrality;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn every_suite_asks_for_what_there_is_and_the_last_for_what_there_is_not() {
    for game in Game::all() {
        let collection = embedded(game.clone()).unwrap();
        let source = Source::new(&game, &collection.train.maps);
        let random = &mut Pcg64::from_seed(4);
        for suite in Suite::all() {
            for map in collection.test.maps.iter().step_by(40) {
                let Some(conditions) = source.draw(suite, map, random) else {
                    assert!(
                        matches!(suite, Suite::Reachable | Suite::Path | Suite::CountOutside),
                        "{} {suite}",
                        game.name
                    );
                    continue;
                };
                let polytope = Polytope::new(&game, Some(source.template()), &conditions).unwrap();
                let scores = map.indicators(game.classes());
                let decoder = Decoder::new(&polytope);
                let proven = decoder.as_ref().map(|decoder| decoder.integrality() != Integrality::NotProven);
                let found =
                    decoder.clone().map_err(DecodeError::from).and_then(|decoder| decoder.decode(&scores, LIMIT));
                match suite {
                    Suite::Infeasible => assert!(matches!(found, Err(DecodeError::Contradiction(_))), "{found:?}"),
                    Suite::Reachable | Suite::Path => assert!(found.unwrap().is_optimal),
                    _ => {
                        assert!(found.unwrap().is_optimal);
                        assert_eq!(proven, Ok(true), "{} {suite}", game.name);
                    }
                }
            }
        }
    }
}

#[test]
fn a_thousand_contradictions_of_every_kind_are_recognised() {
    for game in Game::all() {
        let collection = embedded(game.clone()).unwrap();
        let source = Source::new(&game, &collection.train.maps);
        let random = &mut Pcg64::from_seed(5);
        let kinds = infeasible::kinds(&source);
        assert!(kinds.len() >= 6);
        let scores = vec![0.0; game.cells() * game.classes()];
        for number in 0..334 {
            let kind = kinds[number % kinds.len()];
            let conditions = infeasible::draw(&source, kind, random);
            let polytope = Polytope::new(&game, Some(source.template()), &conditions).unwrap();
            let found =
                Decoder::new(&polytope).map_err(DecodeError::from).and_then(|decoder| decoder.decode(&scores, LIMIT));
            assert!(matches!(found, Err(DecodeError::Contradiction(_))), "{kind:?} {conditions:?} {found:?}");
        }
    }
}

#[test]
fn numbers_outside_the_data_are_outside() {
    let game = Game::ms_pacman();
    let collection = embedded(game.clone()).unwrap();
    let source = Source::new(&game, &collection.train.maps);
    let counts: Vec<usize> = collection.train.maps.iter().map(|map| map.count(game.main.classes)).collect();
    let random = &mut Pcg64::from_seed(6);
    for _ in 0..20 {
        let conditions = source.draw(Suite::CountOutside, &collection.test.maps[0], random).unwrap();
        let [Condition::Count { least, most, .. }] = &conditions[..] else { panic!("{conditions:?}") };
        assert!(*most == Some(*least) && !counts.contains(least));
    }
}
