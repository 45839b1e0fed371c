use super::*;
use std::fs::write;

const LEGEND: &str = r##"{"tiles": {"B": ["solid", "diggable", "ground"], "b": ["solid", "ground"], ".": ["passable", "empty"],
    "#": ["passable", "climbable", "Ladder"], "-": ["passable", "climbable", "rope"], "?": ["question block", "full question block"]}}"##;

fn corpus(legend: &str, levels: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path().join("legend.json"), legend).unwrap();
    for (number, level) in levels.iter().enumerate() {
        write(directory.path().join(format!("{number:02}.txt")), level).unwrap();
    }
    directory
}

#[test]
fn tiles_are_named_by_their_tags() {
    let directory = corpus(LEGEND, &["B.#\nbb-\n", "..#\r\nbb-\r\n\r\n", "..#\n?b-", "...\n..."]);
    let collection = load(directory.path(), None).unwrap();
    let game = &collection.game;
    let expected = ["ladder", "rope", "empty", "full-question-block", "diggable", "solid-ground"];
    assert_eq!(game.tiles.iter().map(|tile| tile.name.as_str()).collect::<Vec<_>>(), expected);
    let groups: Vec<(&str, u16)> = game.groups.iter().map(|group| (group.name.as_str(), group.classes)).collect();
    assert_eq!(groups, [("climbable", 0b11), ("ground", 0b11_0000), ("passable", 0b111), ("solid", 0b11_0000)]);
    assert_eq!((game.height, game.width, game.main.name.as_str()), (2, 3, "solid-ground"));
    assert_eq!(game.draw(&collection.train.maps[0]), "B.#\nbb-\n");
    let sizes = [&collection.train, &collection.validation, &collection.test].map(|split| split.maps.len());
    assert_eq!(sizes, [2, 1, 1]);
}

#[test]
fn windows_are_cut_and_repeated_maps_left_out() {
    let directory = corpus(LEGEND, &["..#..#\n..#..#\nBBBBBB", "..#\n..#\nbbb", "..#-\n..#-"]);
    let windows = Windows { height: 2, width: 3, strides: (1, 3) };
    let collection = load(directory.path(), Some(windows)).unwrap();
    let drawn = |split: &Split| split.maps.iter().map(|map| collection.game.draw(map)).collect::<Vec<_>>();
    assert_eq!(drawn(&collection.train), ["..#\n..#\n", "..#\nBBB\n"]);
    assert_eq!(drawn(&collection.validation), ["..#\nbbb\n"]);
    assert!(drawn(&collection.test).is_empty());
}

#[test]
fn of_ten_levels_the_last_two_are_held_out() {
    let levels: Vec<String> =
        (0..21_u32).map(|level| format!("{level:05b}").replace('0', ".").replace('1', "B")).collect();
    let directory = corpus(LEGEND, &levels.iter().map(String::as_str).collect::<Vec<_>>());
    let collection = load(directory.path(), None).unwrap();
    let sizes = [&collection.train, &collection.validation, &collection.test].map(|split| split.maps.len());
    assert_eq!(sizes, [17, 2, 2]);
    assert_eq!(collection.game.draw(&collection.test.maps[0]), ".B..B\n");
}

#[test]
fn what_is_no_corpus_is_refused() {
    let refused = |legend: &str, levels: &[&str], windows| {
        let directory = corpus(legend, levels);
        load(directory.path(), windows).unwrap_err()
    };
    assert!(matches!(refused(LEGEND, &["..", ".#", "#x"], None), CorpusError::Tile { tile: 'x', .. }));
    assert!(matches!(refused(LEGEND, &["..", ".#", "#.."], None), CorpusError::Size { height: 1, width: 3, .. }));
    assert!(matches!(refused(LEGEND, &["..", ".#"], None), CorpusError::Few { found: 2, .. }));
    assert!(matches!(refused(r#"{"tiles": {"ab": []}}"#, &[], None), CorpusError::Key { .. }));
    assert!(matches!(refused("{}", &[], None), CorpusError::Legend { .. }));
    let still = Windows { height: 1, width: 1, strides: (0, 1) };
    assert!(matches!(refused(LEGEND, &["."], Some(still)), CorpusError::Windows { rows: 0, .. }));
    let nowhere = load(Path::new("no such folder"), None).unwrap_err();
    assert!(matches!(nowhere, CorpusError::Read { .. }));
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(load(directory.path(), None), Err(CorpusError::Legends { found: 0, .. })));
}
