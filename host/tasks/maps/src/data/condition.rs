//! Conditions on a map, as a player may ask for them.

pub mod parse;
pub mod verify;

use crate::data::game::Tiles;
use std::fmt::{self, Display};

/// A condition. Several hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// From `least` to `most` tiles of a kind within a region.
    Count {
        /// Tiles that count.
        tiles: Tiles,
        /// Region of the map.
        region: Region,
        /// At least so many.
        least: usize,
        /// At most so many; `None` for any number.
        most: Option<usize>,
    },
    /// Every cell of a region has such a tile.
    Only {
        /// The tiles that are allowed.
        tiles: Tiles,
        /// Region of the map.
        region: Region,
    },
    /// No cell of a region has such a tile.
    No {
        /// The tiles that are forbidden.
        tiles: Tiles,
        /// Region of the map.
        region: Region,
    },
    /// The left half is the mirror image of the right one.
    Symmetric,
    /// All targets of the game's [`Reachability`] lie in one connected region.
    ///
    /// [`Reachability`]: crate::data::game::Reachability
    Reachable,
    /// One can get from one cell, its row and column, to another by what can be crossed; both can be crossed, too.
    Path {
        /// First cell, row and column.
        from: (usize, usize),
        /// Last cell, row and column.
        to: (usize, usize),
    },
    /// Every cell has a tile that it has in some map of the game: colours by row, places of power pills.
    LikeTheGame,
}

/// A rectangle of cells, rows and columns counted from 0 at the top left, both ends included; `None` for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Region {
    /// First and last row.
    pub rows: Option<(usize, usize)>,
    /// First and last column.
    pub columns: Option<(usize, usize)>,
}

impl Region {
    /// A single cell.
    pub fn cell(row: usize, column: usize) -> Self {
        Self { rows: Some((row, row)), columns: Some((column, column)) }
    }

    /// A whole row.
    pub fn row(row: usize) -> Self {
        Self { rows: Some((row, row)), columns: None }
    }

    /// A whole column.
    pub fn column(column: usize) -> Self {
        Self { rows: None, columns: Some((column, column)) }
    }

    /// Whether a cell lies in it.
    pub fn contains(&self, row: usize, column: usize) -> bool {
        let within = |range: Option<(usize, usize)>, place: usize| {
            range.is_none_or(|(first, last)| (first..=last).contains(&place))
        };
        within(self.rows, row) && within(self.columns, column)
    }

    /// Its cells in a map of this size, ascending.
    pub fn cells(&self, height: usize, width: usize) -> Vec<usize> {
        let of = |range: Option<(usize, usize)>, size: usize| match range {
            Some((first, last)) => first..(last + 1).min(size),
            None => 0..size,
        };
        let columns = of(self.columns, width);
        of(self.rows, height).flat_map(|row| columns.clone().map(move |column| row * width + column)).collect()
    }
}

/// As [`parse::parse`] reads it, with a blank in front; nothing for the whole map.
impl Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some((row, last_row)), Some((column, last_column))) = (self.rows, self.columns)
            && row == last_row
            && column == last_column
        {
            return write!(formatter, " at {row},{column}");
        }
        let mut start = " in";
        for (name, range) in [("row", self.rows), ("column", self.columns)] {
            if let Some((first, last)) = range {
                if first == last {
                    write!(formatter, "{start} {name} {first}")?;
                } else {
                    write!(formatter, "{start} {name}s {first}-{last}")?;
                }
                start = "";
            }
        }
        Ok(())
    }
}

/// As [`parse::parse`] reads it.
impl Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { tiles, region, least, most } => {
                match most {
                    Some(most) if most == least => write!(formatter, "exactly {least}")?,
                    Some(most) if *least == 0 => write!(formatter, "at most {most}")?,
                    Some(most) => write!(formatter, "between {least} and {most}")?,
                    None => write!(formatter, "at least {least}")?,
                }
                write!(formatter, " {}{region}", tiles.name)
            }
            Self::Only { tiles, region } => write!(formatter, "only {}{region}", tiles.name),
            Self::No { tiles, region } => write!(formatter, "no {}{region}", tiles.name),
            Self::Symmetric => formatter.write_str("symmetric"),
            Self::Reachable => formatter.write_str("reachable"),
            Self::Path { from, to } => write!(formatter, "path from {},{} to {},{}", from.0, from.1, to.0, to.1),
            Self::LikeTheGame => formatter.write_str("like the game"),
        }
    }
}

/// Conditions with a semicolon between them, in quotes: for messages.
pub fn list<'a>(conditions: impl IntoIterator<Item = &'a Condition>) -> String {
    let quoted: Vec<String> = conditions.into_iter().map(|condition| format!("`{condition}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_rectangles_along_the_rows() {
        let region = Region { rows: Some((1, 2)), columns: Some((0, 1)) };
        assert_eq!(region.cells(4, 3), [3, 4, 6, 7]);
        assert_eq!(Region::column(2).cells(2, 3), [2, 5]);
        assert_eq!(Region::row(1).cells(2, 3), [3, 4, 5]);
        assert_eq!(Region::default().cells(2, 3).len(), 6);
        let texts = [Region::cell(3, 4), Region::row(2), region, Region::default()].map(|region| region.to_string());
        assert_eq!(texts, [" at 3,4", " in row 2", " in rows 1-2 columns 0-1", ""]);
    }
}
