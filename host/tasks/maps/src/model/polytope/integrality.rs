//! For which conditions the polytope's corners are maps: where the best point is a map by a theorem.
//!
//! The unknowns are pairs of a cell and a class. A family of sets is laminar where any two are disjoint or nested. The
//! incidence matrix of the union of two laminar families is a network matrix, so that it is totally unimodular, and
//! `{p >= 0, integer bounds on the sums over both families' sets}` has integral corners only (Edmonds and Giles 1977;
//! Schrijver, Combinatorial Optimization, 2003, sections 13.4 and 49.3): the sets of each family are the nodes of a
//! tree, a pair is an arc between the two trees, and a sum is the flow through a node. Fixed and forbidden tiles are
//! bounds of single pairs and change nothing.
//!
//! * **Nested**: the cells' own sets, `sum of p over the classes = 1`, are one laminar family. If the counted sets of
//!   pairs are laminar too, the polytope is integral: totals of all classes, the counts of every class in every row,
//!   another laminar family of regions for each class, groups of classes. A count of some classes within a region is
//!   also one of the other classes there, so that either set may be taken.
//! * **Two families**: if all counts are of the same classes or of all others, only `q`, whether a cell has one of
//!   them, matters; the cells' sums are bounds `0 <= q <= 1`, and the regions may be two laminar families: counts of one
//!   class in rows and in columns and in all.
//! * **Symmetry** merges each cell with its mirror image. Counts of mirrored regions count pairs, so that bounds are
//!   halved and rounded inwards, and nothing else changes. Where a count sees both tiles of some pairs and one of
//!   others, the argument fails.
//!
//! Everything else is not proven to be integral, and sometimes is not: rows and columns of several classes are a
//! three-dimensional contingency table (NP-hard), and reachability is no matter of linear bounds at all.

use super::Polytope;
use super::laminar::{Forest, Set, forest, laminar_choice, two_families};
use crate::data::contradiction::Contradiction;
use crate::data::map::members;
use crate::model::reduction::Reduction;

/// Why the corners are maps, or that it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrality {
    /// No count couples the cells.
    Cells,
    /// The counted sets are laminar.
    Nested,
    /// All counts are of the same classes, within two laminar families of regions.
    TwoFamilies,
    /// No theorem applies.
    NotProven,
}

/// Which theorem makes a polytope integral. [`Integrality::NotProven`] for all that ask for reachability or a path.
///
/// # Errors
/// [`Contradiction`] where one shows at once.
pub fn integrality(polytope: &Polytope) -> Result<Integrality, Contradiction> {
    let reduction = Reduction::new(polytope)?;
    Ok(match structure(&reduction) {
        _ if polytope.is_connected() => Integrality::NotProven,
        _ if reduction.rows.is_empty() => Integrality::Cells,
        Structure::Nested { .. } => Integrality::Nested,
        Structure::TwoFamilies { .. } => Integrality::TwoFamilies,
        Structure::Unproven => Integrality::NotProven,
    })
}

/// The trees of the theorems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Structure {
    /// A forest of sets of pairs, numbered `16 orbit + class`.
    Nested {
        /// Whether each row's set is that of the other classes.
        is_other: Vec<bool>,
        /// The rows' sets.
        forest: Forest,
    },
    /// Two forests of sets of orbits.
    TwoFamilies {
        /// Whether each row counts the orbits that have none of the classes.
        is_other: Vec<bool>,
        /// The classes of each orbit; none for an orbit that no row counts.
        classes: Vec<u16>,
        /// The family that each row is in.
        family: Vec<usize>,
        /// The families' forests of all rows, those of the other family without numbers.
        forests: [Forest; 2],
    },
    /// Neither.
    Unproven,
}

/// The structure of what is left of a polytope. Cost: some microseconds for one count, a millisecond for 100.
pub(crate) fn structure(reduction: &Reduction) -> Structure {
    if reduction.rows.iter().flat_map(|row| &row.members).any(|member| member.1 != 1) {
        return Structure::Unproven;
    }
    one_kind(reduction).or_else(|| nested(reduction)).unwrap_or(Structure::Unproven)
}

fn nested(reduction: &Reduction) -> Option<Structure> {
    let end = 16 * reduction.orbits.len();
    let choices = reduction.rows.iter().map(|row| {
        [row.classes, !row.classes].map(|classes| {
            let pairs = |&(orbit, _): &(usize, usize)| {
                members(classes & reduction.orbits[orbit].allowed).map(move |class| 16 * orbit + usize::from(class))
            };
            Set::new(row.members.iter().flat_map(pairs))
        })
    });
    let choices: Vec<[Set; 2]> = choices.collect();
    let choice = laminar_choice(&choices)?;
    let sets: Vec<Set> =
        choices.into_iter().zip(&choice).map(|([set, other], &choice)| [set, other][choice].clone()).collect();
    Some(Structure::Nested { is_other: choice.iter().map(|&choice| choice == 1).collect(), forest: forest(&sets, end) })
}

fn one_kind(reduction: &Reduction) -> Option<Structure> {
    let mut classes = vec![0; reduction.orbits.len()];
    let mut is_other = Vec::new();
    for row in &reduction.rows {
        let of = |orbit: usize| row.classes & reduction.orbits[orbit].allowed;
        let known = row.members.iter().find(|member| classes[member.0] != 0);
        let other = known.is_some_and(|&(orbit, _)| classes[orbit] != of(orbit));
        is_other.push(other);
        for &(orbit, _) in &row.members {
            let counted = if other { reduction.orbits[orbit].allowed & !row.classes } else { of(orbit) };
            if classes[orbit] != 0 && classes[orbit] != counted {
                return None;
            }
            classes[orbit] = counted;
        }
    }
    let end = reduction.orbits.len();
    let sets: Vec<Set> = reduction.rows.iter().map(|row| Set::new(row.members.iter().map(|member| member.0))).collect();
    let family = two_families(&sets)?;
    let empty = Set::new([]);
    let forests = [0, 1].map(|number| {
        let own = |row: usize| if family[row] == number { sets[row].clone() } else { empty.clone() };
        forest(&(0..sets.len()).map(own).collect::<Vec<Set>>(), end)
    });
    Some(Structure::TwoFamilies { is_other, classes, family, forests })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::condition::parse::parse;
    use crate::data::game::Game;

    #[test]
    fn the_theorem_that_applies_is_named() {
        let game = Game { height: 4, width: 6, ..Game::ms_pacman() };
        let template: Vec<u16> = (0..24).map(|cell| if cell < 12 { 0b0011 } else { 0b1111 }).collect();
        let rows = |tile: &str| (0..4).map(|row| format!("exactly 2 {tile} in row {row};")).collect::<String>();
        let columns =
            |tile: &str| (0..6).map(|column| format!("at most 2 {tile} in column {column};")).collect::<String>();
        let expected = [
            ("wall at 0,0; like the game".into(), Integrality::Cells),
            ("exactly 3 pellet".into(), Integrality::TwoFamilies),
            (rows("wall") + &columns("wall") + "exactly 8 wall", Integrality::TwoFamilies),
            (rows("wall") + &columns("open"), Integrality::TwoFamilies),
            (rows("wall") + &rows("pellet") + "exactly 8 wall; exactly 14 open", Integrality::Nested),
            (rows("pellet") + &columns("wall"), Integrality::Nested),
            ("at most 9 food; at least 2 open in row 0; exactly 1 power".into(), Integrality::Nested),
            (rows("wall") + &columns("wall") + "exactly 3 pellet", Integrality::NotProven),
            (rows("wall") + &columns("wall") + "exactly 3 wall in rows 0-1 columns 1-2", Integrality::NotProven),
            // The first rows have no pellets: what crosses there counts nothing.
            (columns("pellet") + "like the game; at least 1 pellet in rows 0-2", Integrality::TwoFamilies),
            ("symmetric; exactly 6 wall; exactly 4 pellet in row 1".into(), Integrality::Nested),
            ("symmetric; exactly 6 wall in columns 0-3".into(), Integrality::NotProven),
            ("reachable".into(), Integrality::NotProven),
        ];
        for (text, theorem) in expected {
            let polytope = Polytope::new(&game, Some(&template), &parse(&text, &game).unwrap()).unwrap();
            assert_eq!(integrality(&polytope), Ok(theorem), "{text}");
        }
    }
}
