use super::super::list;
use super::*;
use proptest::prelude::*;

fn region(game: &Game) -> impl Strategy<Value = Region> + use<> {
    let range = |size: usize| prop::option::of((0..size, 0..size).prop_map(|(a, b)| (a.min(b), a.max(b))));
    (range(game.height), range(game.width)).prop_map(|(rows, columns)| Region { rows, columns })
}

fn condition(game: Game) -> impl Strategy<Value = Condition> {
    let names: Vec<String> = game.names().into_iter().map(String::from).collect();
    let tiles = prop::sample::select(names).prop_map(move |name| game.find(&name).unwrap());
    let game = Game::breakout();
    prop_oneof![
        (tiles.clone(), region(&game), 0..99_usize, prop::option::of(0..99_usize)).prop_map(
            |(tiles, region, least, more)| Condition::Count {
                tiles,
                region,
                least,
                most: more.map(|more| least + more)
            }
        ),
        (tiles.clone(), region(&game)).prop_map(|(tiles, region)| Condition::Only { tiles, region }),
        (tiles, region(&game)).prop_map(|(tiles, region)| Condition::No { tiles, region }),
        (0..6_usize, 0..18_usize, 0..6_usize, 0..18_usize)
            .prop_map(|(row, column, other, far)| Condition::Path { from: (row, column), to: (other, far) }),
        Just(Condition::Symmetric),
        Just(Condition::Reachable),
        Just(Condition::LikeTheGame),
    ]
}

proptest! {
    #[test]
    fn a_printed_condition_is_read_as_itself(conditions in prop::collection::vec(condition(Game::breakout()), 0..5)) {
        let texts: Vec<String> = conditions.iter().map(Condition::to_string).collect();
        prop_assert_eq!(parse(&texts.join("; "), &Game::breakout()), Ok(conditions));
    }
}

#[test]
fn sentences_mean_what_they_say() {
    let game = Game::ms_pacman();
    let text = "Exactly 40 pellets; at most 4 power in rows 2-5 columns 0-8\nbetween 3 and 5 food in row 2;
        wall at 3, 4; no wall at 3,5; no power; pellet in column 3; only open in row 5; symmetric;; like the game";
    let printed = "`exactly 40 pellet`, `at most 4 power in rows 2-5 columns 0-8`, `between 3 and 5 food in row 2`, \
        `only wall at 3,4`, `no wall at 3,5`, `no power`, `at least 1 pellet in column 3`, `only open in row 5`, \
        `symmetric`, `like the game`";
    assert_eq!(list(&parse(text, &game).unwrap()), printed);
    assert_eq!(parse("exactly 40 pellets", &game), parse("exactly 40 pellet", &game));
    assert_eq!(parse(" ; ", &game), Ok(Vec::new()));
}

#[test]
fn what_is_not_understood_is_named() {
    let game = Game::space_invaders();
    let refused = |text: &str| parse(text, &game).unwrap_err().to_string();
    let expected = [
        ("exactly few invader", "`few` in `exactly few invader` is not understood: expected a number"),
        ("at 3 shield", "`3` in `at 3 shield` is not understood: expected least or most"),
        ("between 5 and 3 shield", "5 to 3 in `between 5 and 3 shield` runs backwards: give the smaller number first"),
        ("shield at 15,0", "row 15 in `shield at 15,0` lies outside the map: rows are 0 to 14"),
        ("shield in columns 3-24", "column 24 in `shield in columns 3-24` lies outside the map: columns are 0 to 23"),
        ("shield at 3", "`3` in `shield at 3` is not understood: expected a cell, its row and column as in 3,4"),
        ("exactly 3", "`exactly 3` ends early: expected a tile"),
        ("reachable", "`reachable` means nothing in space-invaders: leave it out"),
        ("path from 0,3 to 13,4", "`path` means nothing in space-invaders: leave it out"),
        (
            "no shield in row 2 row 3",
            "`row` in `no shield in row 2 row 3` is not understood: expected rows or columns, each once",
        ),
        (
            "symmetric please",
            "`please` in `symmetric please` is not understood: expected the end, or a semicolon before the next condition",
        ),
    ];
    for (text, message) in expected {
        assert_eq!(refused(text), message);
    }
    assert!(
        refused("exactly 3 door")
            .starts_with("`door` in `exactly 3 door` is no tile of space-invaders: its tiles are empty, first")
    );
    assert!(refused("shield").ends_with("or `at 3,4`"));
}
