//! Requests that no map satisfies, each for a known reason.

use super::{Source, below, exactly};
use crate::data::condition::{Condition, Region};
use crate::data::game::Tiles;
use crate::data::map::members;
use convex_edge_core::random::Pcg64;

/// Reasons for which a request cannot be satisfied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// More tiles than cells that may have them.
    TooMany,
    /// Two totals that exceed the cells.
    Totals,
    /// A total above what the rows may have together.
    RowsAndTotal,
    /// Rows and columns that sum to different totals.
    RowsAndColumns,
    /// An odd number of mirrored tiles.
    Odd,
    /// A cell with two different tiles.
    Cell,
    /// A tile behind walls, and others elsewhere, to be reachable.
    WalledIn,
}

/// The kinds that a game allows.
pub fn kinds(source: &Source) -> Vec<Kind> {
    let mut kinds = vec![Kind::TooMany, Kind::Totals, Kind::RowsAndTotal, Kind::RowsAndColumns, Kind::Cell];
    if source.game.width.is_multiple_of(2) {
        kinds.push(Kind::Odd);
    }
    if walled_in(source, 0).is_some() {
        kinds.push(Kind::WalledIn);
    }
    kinds
}

/// A request of a kind.
pub(super) fn draw(source: &Source, kind: Kind, random: &mut Pcg64) -> Vec<Condition> {
    let game = &source.game;
    let (height, width, main) = (game.height, game.width, &game.main);
    let tile = |class: usize| {
        let name = game.tiles[class].name.clone();
        Tiles { name, classes: 1 << class }
    };
    let any = |random: &mut Pcg64| tile(below(random, game.classes()));
    let at_most = |tiles: &Tiles, region: Region, most: usize| Condition::Count {
        tiles: tiles.clone(),
        region,
        least: 0,
        most: Some(most),
    };
    match kind {
        Kind::TooMany => {
            let possible = source.template.iter().filter(|&&classes| classes & main.classes != 0).count();
            vec![exactly(main, Region::default(), possible + 1 + below(random, 20)), Condition::LikeTheGame]
        }
        Kind::Totals => {
            let (first, least) = (below(random, game.classes()), 1 + below(random, game.cells()));
            let other = (first + 1 + below(random, game.classes() - 1)) % game.classes();
            let at_least = |class: usize, least: usize| Condition::Count {
                tiles: tile(class),
                region: Region::default(),
                least,
                most: None,
            };
            vec![at_least(first, least), at_least(other, game.cells() + 1 - least)]
        }
        Kind::RowsAndTotal => {
            let (tiles, most) = (any(random), below(random, width));
            let rows = (0..height).map(|row| at_most(&tiles, Region::row(row), most));
            rows.chain([exactly(&tiles, Region::default(), height * most + 1 + below(random, height))]).collect()
        }
        Kind::RowsAndColumns => {
            let (tiles, most) = (any(random), below(random, height));
            let total = width * most + 1 + below(random, width * (height - most));
            let row = |row: usize| exactly(&tiles, Region::row(row), (total + row) / height);
            let rows: Vec<Condition> = (0..height).map(row).collect();
            rows.into_iter().chain((0..width).map(|column| at_most(&tiles, Region::column(column), most))).collect()
        }
        Kind::Odd => {
            let count = 1 + 2 * below(random, game.cells() / 2);
            vec![Condition::Symmetric, exactly(&any(random), Region::default(), count)]
        }
        Kind::Cell => {
            let region = Region::cell(below(random, height), below(random, width));
            let first = below(random, game.classes());
            let other = (first + 1 + below(random, game.classes() - 1)) % game.classes();
            [first, other].map(|class| Condition::Only { tiles: tile(class), region }).to_vec()
        }
        Kind::WalledIn => walled_in(source, below(random, game.cells())).unwrap_or_default(),
    }
}

/// A target with nothing that can be crossed around, and one in a cell far away; `None` without such a thing.
fn walled_in(source: &Source, cell: usize) -> Option<Vec<Condition>> {
    let game = &source.game;
    let rule = game.reachability.as_ref()?;
    let name = |classes: u16| game.tiles.get(usize::from(members(classes).next()?)).map(|tile| tile.name.clone());
    let all = ((1_u32 << game.classes()) - 1) as u16;
    let (target, wall) = (game.find(&name(rule.targets)?)?, game.find(&name(all & !rule.passable)?)?);
    // Not at the border, where the outside or a tunnel is; nor is the cell far away.
    if game.height < 5 || game.width < 5 {
        return None;
    }
    let row = 1 + cell / game.width % (game.height - 2);
    let column = 1 + cell % game.width % (game.width - 2);
    let region = Region { rows: Some((row - 1, row + 1)), columns: Some((column - 1, column + 1)) };
    let around = region.cells(game.height, game.width).into_iter().filter(|&cell| cell != row * game.width + column);
    let at = |cell: usize| Region::cell(cell / game.width, cell % game.width);
    let mut conditions: Vec<Condition> =
        around.map(|cell| Condition::Only { tiles: wall.clone(), region: at(cell) }).collect();
    let far = if row > 2 { 0 } else { game.height - 1 };
    conditions.push(Condition::Only { tiles: target.clone(), region: Region::cell(row, column) });
    conditions.push(Condition::Only { tiles: target, region: Region::cell(far, 0) });
    conditions.push(Condition::Reachable);
    Some(conditions)
}
