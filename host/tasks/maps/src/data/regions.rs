//! Connected regions of a map.

use crate::data::game::Reachability;
use crate::data::map::{Map, contains};

/// The number of the connected region that each cell belongs to, `[cells]`, from 0 in the order of their first cells;
/// `None` for cells that cannot be crossed. All that is connected with the outside, where that counts, is region 0.
pub fn label(map: &Map, rule: &Reachability) -> (Vec<Option<usize>>, usize) {
    let mut labels = vec![None; map.cells()];
    let mut regions = 0;
    let is_open = |cell: usize| contains(rule.passable, map.tiles[cell]);
    let mut stack = Vec::new();
    if rule.is_from_outside {
        let border =
            (0..map.cells()).filter(|cell| matches!(cell / map.width, row if row == 0 || row + 1 == map.height));
        stack.extend(border.filter(|&cell| is_open(cell)));
        stack.iter().for_each(|&cell| labels[cell] = Some(0));
        regions = 1;
    }
    let mut next = 0;
    loop {
        while let Some(cell) = stack.pop() {
            for neighbour in neighbours(map.height, map.width, cell, rule) {
                if labels[neighbour].is_none() && is_open(neighbour) {
                    labels[neighbour] = labels[cell];
                    stack.push(neighbour);
                }
            }
        }
        match (next..map.cells()).find(|&cell| labels[cell].is_none() && is_open(cell)) {
            Some(cell) => {
                labels[cell] = Some(regions);
                regions += 1;
                stack.push(cell);
                next = cell;
            }
            None => return (labels, regions),
        }
    }
}

/// The targets that are cut off: those outside the region that holds most of them, or outside region 0 where all must
/// be connected with the outside. None where everything is reachable.
pub fn cut_off(map: &Map, rule: &Reachability) -> Vec<usize> {
    let (labels, regions) = label(map, rule);
    let targets: Vec<usize> = (0..map.cells()).filter(|&cell| contains(rule.targets, map.tiles[cell])).collect();
    let main = main_region(&labels, regions, &targets, rule);
    targets.into_iter().filter(|&cell| labels[cell] != Some(main)).collect()
}

/// The region of [`cut_off`] from which nothing is cut off.
pub(crate) fn main_region(labels: &[Option<usize>], regions: usize, targets: &[usize], rule: &Reachability) -> usize {
    let mut counts = vec![0; regions];
    targets.iter().filter_map(|&cell| labels[cell]).for_each(|region| counts[region] += 1);
    match rule.is_from_outside {
        true => 0,
        // The first of the largest.
        false => (0..regions).rev().max_by_key(|&region| counts[region]).unwrap_or(0),
    }
}

/// The neighbours of a cell.
pub fn neighbours(
    height: usize,
    width: usize,
    cell: usize,
    rule: &Reachability,
) -> impl Iterator<Item = usize> + use<> {
    const STEPS: [(isize, isize); 8] = [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)];
    let (row, column, wraps) = (cell / width, cell % width, rule.wraps);
    STEPS[..if rule.is_diagonal { 8 } else { 4 }].iter().filter_map(move |&(down, right)| {
        let row = row.checked_add_signed(down).filter(|&row| row < height)?;
        let column = match column.checked_add_signed(right) {
            Some(column) if column < width => column,
            _ if !wraps => return None,
            Some(_) => 0,
            None => width - 1,
        };
        Some(row * width + column)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::game::Game;

    fn map(width: usize, rows: &str, glyphs: &str) -> Map {
        let tiles: Vec<u8> = rows.chars().map(|c| glyphs.find(c).unwrap() as u8).collect();
        Map { height: tiles.len() / width, width, tiles }
    }

    #[test]
    fn pellets_are_cut_off_by_walls_but_not_by_the_tunnel() {
        let rule = Game::ms_pacman().reachability.unwrap();
        let apart = map(5, ".#.#..#.#..#.#.", "# .O");
        assert_eq!(cut_off(&apart, &rule), [2, 7, 12]);
        let joined = map(5, ".#.#. #   .#.#.", "# .O");
        assert!(cut_off(&joined, &rule).is_empty());
        assert_eq!(label(&apart, &rule).1, 2);
        assert!(cut_off(&map(5, "#####  ### #####", "# .O"), &rule).is_empty());
    }

    #[test]
    fn removed_bricks_are_reached_by_corners_and_from_both_sides() {
        let rule = Game::breakout().reachability.unwrap();
        let reached = map(4, "R.RRO.OOYY.YLLL.", ".ROYLGB");
        assert!(cut_off(&reached, &rule).is_empty());
        let pocket = map(4, "RRRRO.OOYYYYLLL.", ".ROYLGB");
        assert_eq!(cut_off(&pocket, &rule), [5]);
    }
}
