use super::*;
use crate::data::condition::Region as Rectangle;
use crate::data::instances::below;
use proptest::prelude::*;

/// The words, scores, and the answers of the target's code.
fn judged(text: &str, scores: &[Scores]) -> Counts {
    let asked = asked(text).unwrap();
    let mut memory = Memory::new();
    memory.load(&asked.program);
    let solve = |scores: &Scores| {
        memory.scores = *scores;
        memory.solve()
    };
    let answers: Vec<Answer> = scores.iter().map(solve).collect();
    Counts::of(&asked, scores, &answers).unwrap()
}

#[test]
fn every_bound_that_is_asked_for_by_default_binds_for_some_scores() {
    let asked = asked(CONDITIONS).unwrap();
    assert_eq!(asked.words, CONDITIONS.replace("; olive at", "; only olive at"));
    let scores = scores(200, 0).unwrap();
    for index in 0..asked.polytope.conditions.len() {
        let others: Vec<usize> = (0..asked.polytope.conditions.len()).filter(|&other| other != index).collect();
        let decoder = Decoder::new(&asked.polytope.of(&others)).unwrap();
        let maps: Vec<Map> =
            scores.iter().map(|scores| decoder.decode(scores.as_flattened(), LIMIT).unwrap().map).collect();
        let breaks = |map: &&Map| violations(map, &asked.polytope).iter().any(|broken| broken.condition == index);
        assert!(maps.iter().any(|map| breaks(&map)), "{}", asked.polytope.words(&[index]));
        if let Condition::Count { tiles, region, least, most: Some(most) } = &asked.polytope.conditions[index] {
            let count = |map: &Map| {
                let cells = region.cells(HEIGHT, WIDTH);
                cells.iter().filter(|&&cell| tiles.classes >> map.tiles[cell] & 1 == 1).count()
            };
            let fewer = maps.iter().any(|map| count(map) < *least);
            let more = maps.iter().any(|map| count(map) > *most);
            assert!(fewer && more, "{}: {fewer} {more}", asked.polytope.words(&[index]));
        }
    }
}

#[test]
fn the_target_finds_what_the_host_finds() {
    let texts = [
        CONDITIONS,
        "",
        "like the game; at most 4 empty in row 5; at least 3 empty in rows 0-2",
        "exactly 50 brick; between 2 and 4 brick in rows 1-4 columns 3-7; only empty in rows 2-3 columns 4-5",
        "like the game; exactly 7 red; exactly 9 orange; exactly 8 yellow; exactly 10 olive; exactly 11 green; exactly 2 blue",
    ];
    for text in texts {
        let scores = scores(100, 7).unwrap();
        let counts = judged(text, &scores);
        assert_eq!([counts.solved, counts.valid, counts.best], [100; 3], "{text}: {counts:?}");
        assert!(counts.farthest < 1e-5 && counts.largest_residual < 1e-5, "{text}: {counts:?}");
    }
}

/// A count that a map has about, within a rectangle, in words.
fn count(random: &mut Pcg64, map: &Map, rectangle: Rectangle) -> String {
    let cells = rectangle.cells(HEIGHT, WIDTH);
    let bricks = cells.iter().filter(|&&cell| map.tiles[cell] > 0).count();
    let (fewer, more) = (below(random, 3), below(random, 3));
    format!("between {} and {} brick{rectangle}", bricks.saturating_sub(fewer), bricks + more)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_target_finds_what_the_host_finds_in_nested_regions(seed: u64) {
        let random = &mut Pcg64::from_seed(seed);
        let maps = embedded(Game::breakout()).unwrap().test.maps;
        let map = &maps[below(random, maps.len())];
        let mut words = vec![count(random, map, Rectangle::default())];
        for half in [(0, 2), (3, 5)] {
            let rows = |first, last| Rectangle { rows: Some((first, last)), columns: None };
            words.push(count(random, map, rows(half.0, half.1)));
            words.push(count(random, map, rows(half.0, half.0)));
            let column = below(random, WIDTH - 3);
            let inner = Rectangle { rows: Some((half.0 + 1, half.1)), columns: Some((column, column + 3)) };
            words.push(count(random, map, inner));
        }
        words.extend((below(random, 2) == 0).then(|| "like the game".to_owned()));
        words.retain(|_| below(random, 4) > 0);
        let counts = judged(&words.join("; "), &scores(8, seed).unwrap());
        prop_assert_eq!([counts.solved, counts.valid, counts.best], [8; 3], "{:?}: {:?}", words, counts);
        prop_assert!(counts.farthest < 1e-4, "{:?}: {:?}", words, counts);
    }
}

#[test]
fn what_a_microcontroller_cannot_do_is_refused_by_name() {
    let cases = [
        ("symmetric", "`symmetric` cannot run on a microcontroller, which knows tiles of cells and counts of bricks"),
        ("exactly 9 red", "`exactly 9 red` does not count bricks where it looks"),
        ("exactly 9 brick in row 2; exactly 3 brick in column 4", "overlap: a microcontroller counts in nested"),
        ("exactly 109 brick", "there are 0 to 108 such tiles"),
        ("exactly 9 brik", "its tiles are empty, red"),
        (
            "like the game; exactly 30 brick; at least 16 brick in row 0; at least 16 brick in row 1",
            "`exactly 30 brick`, `at least 16 brick in row 0`, `at least 16 brick in row 1` contradict each other",
        ),
    ];
    for (text, message) in cases {
        let refused = asked(text).unwrap_err().to_string();
        assert!(refused.contains(message), "{refused}");
    }
    let cells = (0..HEIGHT).flat_map(|row| (0..6).map(move |third| (row, 3 * third)));
    let many: Vec<String> =
        cells.map(|(row, first)| format!("at most 2 brick in row {row} columns {first}-{}", first + 2)).collect();
    assert!(matches!(asked(&many.join("; ")), Err(ConditionsError::Regions { found: 36 })));
}
