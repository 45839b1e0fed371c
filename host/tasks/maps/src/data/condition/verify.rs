//! Verification of a map: broken conditions and their cells, counted in integers from the conditions as they were
//! written.

use super::Condition;
use crate::data::game::Reachability;
use crate::data::map::{Map, contains};
use crate::data::regions::{cut_off, label};
use crate::model::polytope::Polytope;

/// A condition that a map breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its place among the conditions.
    pub condition: usize,
    /// The cells at fault; none where a count is wrong.
    pub cells: Vec<usize>,
    /// Explanation for a person.
    pub text: String,
}

/// All conditions of a polytope that a map breaks; none for a valid map.
///
/// It reads the conditions and nothing that was derived from them, so that it judges what was made of them.
pub fn violations(map: &Map, polytope: &Polytope) -> Vec<Violation> {
    let broken = |(index, condition): (usize, &Condition)| {
        let (cells, what) = breach(map, polytope, condition)?;
        Some(Violation { condition: index, cells, text: format!("`{condition}` is broken: {what}") })
    };
    polytope.conditions.iter().enumerate().filter_map(broken).collect()
}

fn breach(map: &Map, polytope: &Polytope, condition: &Condition) -> Option<(Vec<usize>, String)> {
    let at_fault = |cells: Vec<usize>| {
        let first = cells.first().map(|cell| (cell / map.width, cell % map.width));
        first.map(|(row, column)| {
            let text = format!("{} cells are wrong, the first at {row},{column}", cells.len());
            (cells, text)
        })
    };
    let inside = |cells: Vec<usize>, wrong: &dyn Fn(u8) -> bool| {
        at_fault(cells.into_iter().filter(|&cell| wrong(map.tiles[cell])).collect())
    };
    match condition {
        Condition::Count { tiles, region, least, most } => {
            let cells = region.cells(map.height, map.width);
            let count = cells.iter().filter(|&&cell| contains(tiles.classes, map.tiles[cell])).count();
            let is_wrong = count < *least || most.is_some_and(|most| count > most);
            is_wrong.then(|| (Vec::new(), format!("there are {count}")))
        }
        Condition::Only { tiles, region } => {
            inside(region.cells(map.height, map.width), &|tile| !contains(tiles.classes, tile))
        }
        Condition::No { tiles, region } => {
            inside(region.cells(map.height, map.width), &|tile| contains(tiles.classes, tile))
        }
        Condition::Symmetric => {
            let mirrored = |cell: usize| cell / map.width * map.width + (map.width - 1 - cell % map.width);
            at_fault((0..map.cells()).filter(|&cell| map.tiles[cell] != map.tiles[mirrored(cell)]).collect())
        }
        Condition::Reachable => {
            let rule: &Reachability = polytope.reachability.as_ref()?;
            at_fault(cut_off(map, rule))
        }
        &Condition::Path { from, to } => {
            let ends = [from, to].map(|(row, column)| row * map.width + column);
            let (labels, _) = label(map, polytope.crossing.as_ref()?);
            let is_there = labels[ends[0]].is_some() && labels[ends[0]] == labels[ends[1]];
            (!is_there).then(|| (ends.to_vec(), "there is none".to_owned()))
        }
        Condition::LikeTheGame => {
            let template = polytope.template.as_ref()?;
            let unlike = |&cell: &usize| !contains(template[cell], map.tiles[cell]);
            at_fault((0..map.cells()).filter(unlike).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::condition::parse::parse;
    use crate::data::game::Game;

    #[test]
    fn each_broken_condition_is_named_with_its_cells() {
        let game = Game { height: 2, width: 4, ..Game::ms_pacman() };
        let map = Map { height: 2, width: 4, tiles: vec![2, 1, 0, 2, 0, 1, 1, 0] };
        let template: Vec<u16> = vec![0b1111; 7].into_iter().chain([0b1110]).collect();
        let broken = |text: &str| {
            let polytope = Polytope::new(&game, Some(&template), &parse(text, &game).unwrap()).unwrap();
            violations(&map, &polytope).into_iter().map(|broken| (broken.condition, broken.cells)).collect::<Vec<_>>()
        };
        assert_eq!(broken("exactly 2 pellet; at most 3 wall; wall at 0,2; no wall in row 0 column 1"), Vec::new());
        assert_eq!(
            broken("exactly 2 pellet; exactly 3 pellet; at most 2 wall; at least 4 wall"),
            [(1, vec![]), (2, vec![]), (3, vec![])]
        );
        assert_eq!(broken("only open in row 0; no empty in column 1"), [(0, vec![2]), (1, vec![1, 5])]);
        assert_eq!(broken("symmetric"), [(0, vec![1, 2])]);
        assert_eq!(broken("like the game"), [(0, vec![7])]);
        assert_eq!(broken("reachable"), Vec::new());
        assert_eq!(broken("path from 0,0 to 1,1; path from 0,3 to 0,0"), Vec::new());
        assert_eq!(broken("path from 0,3 to 0,2; path from 0,2 to 0,2"), [(0, vec![3, 2]), (1, vec![2, 2])]);
    }
}
