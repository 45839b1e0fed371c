//! Reduced problem of a polytope: mirrored cells merged, decided cells removed, counts over the rest.

use crate::data::contradiction::{Contradiction, irreducible, under};
use crate::model::polytope::{Count, Polytope};

/// Cells that share one tile: a cell, or it and its mirror image. It has at least two classes to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Orbit {
    /// The cell, and its mirror image or itself.
    pub cells: [usize; 2],
    /// Number of cells, 1 or 2.
    pub size: usize,
    /// The classes it may have.
    pub allowed: u16,
}

impl Orbit {
    /// Its cells.
    pub fn cells(&self) -> &[usize] {
        &self.cells[..self.size]
    }
}

/// A count over orbits that may or may not have one of its classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its place among the polytope's counts.
    pub count: usize,
    /// The classes.
    pub classes: u16,
    /// The orbits, ascending, and how many of their cells count; all 1 unless some are 1 and some 2.
    pub members: Vec<(usize, usize)>,
    /// Lower bound of the sum.
    pub least: usize,
    /// Upper bound of the sum.
    pub most: usize,
}

/// The problem that is left of a polytope. Every solution of the one is a solution of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reduction {
    /// Orbits that are left to decide.
    pub orbits: Vec<Orbit>,
    /// The decided cells and their classes.
    pub decided: Vec<(usize, u8)>,
    /// The counts that can be broken.
    pub rows: Vec<Row>,
}

/// A contradiction that shows before anything is solved.
enum Evident {
    Tile { cell: usize },
    Range { count: usize, fewest: usize, most: usize },
    Parity { count: usize, parity: usize },
}

impl Reduction {
    /// Of a polytope, reachability aside. Cost: a few microseconds and 10 nanoseconds for each cell of each count.
    pub fn new(polytope: &Polytope) -> Result<Self, Contradiction> {
        reduce(polytope).map_err(|evident| name(polytope, &evident))
    }
}

fn reduce(polytope: &Polytope) -> Result<Reduction, Evident> {
    let mut place = vec![None; polytope.cells()];
    let mut reduction = Reduction { orbits: Vec::new(), decided: Vec::new(), rows: Vec::new() };
    let mut allowed = polytope.allowed.clone();
    for cell in 0..polytope.cells() {
        let mirrored = if polytope.is_symmetric { polytope.mirrored(cell) } else { cell };
        if mirrored < cell {
            allowed[cell] = allowed[mirrored];
            place[cell] = place[mirrored];
            reduction.decided.extend(allowed[cell].is_power_of_two().then(|| (cell, class(allowed[cell]))));
            continue;
        }
        allowed[cell] &= polytope.allowed[mirrored];
        match allowed[cell].count_ones() {
            0 => return Err(Evident::Tile { cell }),
            1 => reduction.decided.push((cell, class(allowed[cell]))),
            _ => {
                place[cell] = Some(reduction.orbits.len());
                let size = if mirrored == cell { 1 } else { 2 };
                reduction.orbits.push(Orbit { cells: [cell, mirrored], size, allowed: allowed[cell] });
            }
        }
    }
    let mut weights = vec![0; reduction.orbits.len()];
    for (index, count) in polytope.counts.iter().enumerate() {
        reduction.rows.extend(row(index, count, &allowed, &place, &mut weights)?);
    }
    Ok(reduction)
}

/// What a count asks of the orbits; `None` where it cannot be broken.
fn row(
    index: usize,
    count: &Count,
    allowed: &[u16],
    place: &[Option<usize>],
    weights: &mut [usize],
) -> Result<Option<Row>, Evident> {
    let (mut sure, mut open) = (0, 0);
    let mut members = Vec::new();
    for &cell in &count.cells {
        let inside = allowed[cell] & count.classes;
        match place[cell] {
            _ if inside == 0 => {}
            _ if inside == allowed[cell] => sure += 1,
            Some(orbit) => {
                if weights[orbit] == 0 {
                    members.push(orbit);
                }
                weights[orbit] += 1;
                open += 1;
            }
            None => {}
        }
    }
    members.sort_unstable();
    let mut members: Vec<(usize, usize)> =
        members.into_iter().map(|orbit| (orbit, std::mem::take(&mut weights[orbit]))).collect();
    if count.least > sure + open || count.most < sure || count.least > count.most {
        return Err(Evident::Range { count: index, fewest: sure, most: sure + open });
    }
    let (mut least, mut most) = (count.least.saturating_sub(sure), (count.most - sure).min(open));
    if least == 0 && most == open {
        return Ok(None);
    }
    if members.iter().all(|&(_, weight)| weight == 2) {
        (least, most) = (least.div_ceil(2), most / 2);
        members.iter_mut().for_each(|(_, weight)| *weight = 1);
        if least > most {
            return Err(Evident::Parity { count: index, parity: sure % 2 });
        }
    }
    Ok(Some(Row { count: index, classes: count.classes, members, least, most }))
}

/// The single class of a set.
fn class(classes: u16) -> u8 {
    classes.trailing_zeros() as u8
}

/// The contradiction in words, of as few conditions as cause one.
fn name(polytope: &Polytope, evident: &Evident) -> Contradiction {
    let narrows = |index: usize, cells: &[usize]| {
        let condition = &polytope.conditions[index];
        let is_mirror = *condition == crate::data::condition::Condition::Symmetric;
        is_mirror || cells.iter().any(|&cell| polytope.allowed_by(condition, cell) != u16::MAX)
    };
    let contradicts = |conditions: &[usize]| reduce(&polytope.of(conditions)).is_err();
    let suspects = |cells: &[usize]| (0..polytope.conditions.len()).filter(|&index| narrows(index, cells)).collect();
    let with_count = |count: usize| {
        let Count { cells, condition, .. } = &polytope.counts[count];
        let mirrored = cells.iter().map(|&cell| polytope.mirrored(cell));
        let others: Vec<usize> = suspects(&cells.iter().copied().chain(mirrored).collect::<Vec<usize>>());
        let with = |others: &[usize]| [&[*condition], others].concat();
        let conditions = with(&irreducible(others, |others| contradicts(&with(others))));
        (polytope.conditions[*condition].to_string(), under(polytope, &conditions), conditions)
    };
    match *evident {
        Evident::Tile { cell } => {
            let conditions = irreducible(suspects(&[cell, polytope.mirrored(cell)]), contradicts);
            let words = polytope.words(&conditions);
            Contradiction::Tile { row: cell / polytope.width, column: cell % polytope.width, conditions, words }
        }
        Evident::Range { count, fewest, most } => {
            let (asked, under, conditions) = with_count(count);
            // The range under the named conditions alone is wider than under all of them.
            let (fewest, most) = match reduce(&polytope.of(&conditions)) {
                Err(Evident::Range { fewest, most, .. }) => (fewest, most),
                _ => (fewest, most),
            };
            Contradiction::Count { asked, fewest, most, under, conditions }
        }
        Evident::Parity { count, parity } => {
            let (asked, under, conditions) = with_count(count);
            Contradiction::Parity { asked, parity: ["even", "odd"][parity], under, conditions }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::condition::parse::parse;
    use crate::data::game::Game;

    fn reduced(text: &str) -> Result<Reduction, String> {
        let game = Game { height: 2, width: 5, ..Game::ms_pacman() };
        let mut template = vec![0b0111; 10];
        template[0] = 0b1001;
        let polytope = Polytope::new(&game, Some(&template), &parse(text, &game).unwrap()).unwrap();
        Reduction::new(&polytope).map_err(|contradiction| contradiction.to_string())
    }

    #[test]
    fn decided_cells_leave_the_counts() {
        let reduction = reduced("only pellet in row 0; exactly 7 pellet; at most 5 food in row 1").unwrap();
        assert_eq!(reduction.decided, (0..5).map(|cell| (cell, 2)).collect::<Vec<_>>());
        assert_eq!(reduction.orbits.len(), 5);
        let [row] = &reduction.rows[..] else { panic!("{reduction:?}") };
        assert_eq!((row.least, row.most, row.members.len()), (2, 2, 5));
    }

    #[test]
    fn mirrored_cells_are_one() {
        let reduction =
            reduced("symmetric; exactly 3 wall in columns 0-1; exactly 3 pellet; no pellet in column 2").unwrap_err();
        assert_eq!(
            reduction,
            "`exactly 3 pellet` cannot be under `symmetric`, `no pellet in column 2`: mirrored tiles come in pairs, so \
             that every such number is even"
        );
        let reduction = reduced("symmetric; exactly 3 wall in columns 0-1; exactly 4 pellet").unwrap();
        let weights = |row: &Row| row.members.iter().map(|member| member.1).collect::<Vec<_>>();
        assert_eq!((reduction.rows[0].least, weights(&reduction.rows[0])), (3, vec![1; 4]));
        assert_eq!((reduction.rows[1].least, weights(&reduction.rows[1])), (4, vec![2, 2, 1, 2, 2, 1]));
    }

    #[test]
    fn evident_contradictions_are_named_by_what_they_need() {
        let expected = [
            (
                "symmetric; like the game; wall at 0,1; exactly 1 wall; open at 0,3",
                "no tile is left for the cell 0,1: `symmetric`, `only wall at 0,1`, `only open at 0,3` contradict each \
                 other",
            ),
            (
                "exactly 3 wall; like the game; no wall at 0,0; power at 0,4",
                "no tile is left for the cell 0,4: `like the game`, `only power at 0,4` contradict each other",
            ),
            ("exactly 300 pellet; symmetric", "`exactly 300 pellet` cannot be: there are 0 to 10 such tiles"),
            (
                "like the game; exactly 9 pellet; no pellet at 1,4; exactly 2 power; wall at 1,1",
                "`exactly 9 pellet` cannot be: there are 0 to 8 such tiles under `like the game`, `no pellet at 1,4`",
            ),
            (
                "no empty in row 0; at most 1 wall; only wall in row 0",
                "`at most 1 wall` cannot be: there are 5 to 10 such tiles under `only wall in row 0`",
            ),
        ];
        for (text, message) in expected {
            assert_eq!(reduced(text).unwrap_err(), message);
        }
    }
}
