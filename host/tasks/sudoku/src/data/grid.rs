//! Grid of digits, one for each cell of a board, and the rules that it may break.

use std::fmt::{self, Display};
use std::str::FromStr;
use thiserror::Error;

/// Largest number of cells: that of the 9x9 board.
pub const MOST_CELLS: usize = 81;

/// A board with boxes of `b` by `b` cells, b 2 or 3, and the digits 1 to `b^2`; 0 is a blank. Cells run along the rows.
///
/// A grid may break the rules: [`Grid::is_valid`] tests them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grid {
    box_size: usize,
    cells: Vec<u8>,
}

/// Errors of a board.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GridError {
    /// The box size is neither 2 nor 3.
    #[error("boxes of {box_size} by {box_size} cells: give 2 for 4x4 or 3 for 9x9")]
    BoxSize {
        /// Box size that was asked for.
        box_size: usize,
    },
    /// There is not one digit for each cell.
    #[error("{given} digits for {needed} cells: give one for each, 0 for a blank")]
    Cells {
        /// Number of cells given.
        given: usize,
        /// Number of cells of the board.
        needed: usize,
    },
    /// A digit is larger than the board's largest.
    #[error("cell {cell} holds {digit}: give 0 for a blank, or 1 to {largest}")]
    Digit {
        /// The cell at fault, from 0 along the rows.
        cell: usize,
        /// Digit in the cell.
        digit: u8,
        /// The board's largest digit.
        largest: usize,
    },
    /// A text has a character that is no digit.
    #[error("character {position} is {character:?}: write a digit for each cell, 0 or a point for a blank")]
    Character {
        /// Its place in the text, from 0.
        position: usize,
        /// Character in the text.
        character: char,
    },
}

impl Grid {
    /// A board without a digit.
    ///
    /// # Errors
    /// For a box size other than 2 and 3.
    pub fn blank(box_size: usize) -> Result<Self, GridError> {
        if !(2..=3).contains(&box_size) {
            return Err(GridError::BoxSize { box_size });
        }
        Ok(Self { box_size, cells: vec![0; box_size.pow(4)] })
    }

    /// A board with these digits, `[b^4]` along the rows.
    ///
    /// # Errors
    /// For a box size other than 2 and 3, another number of digits than cells, and digits above `b^2`.
    pub fn new(box_size: usize, cells: &[u8]) -> Result<Self, GridError> {
        let mut grid = Self::blank(box_size)?;
        if cells.len() != grid.cells.len() {
            return Err(GridError::Cells { given: cells.len(), needed: grid.cells.len() });
        }
        let largest = grid.digits();
        if let Some((cell, &digit)) = cells.iter().enumerate().find(|(_, digit)| usize::from(**digit) > largest) {
            return Err(GridError::Digit { cell, digit, largest });
        }
        grid.cells.copy_from_slice(cells);
        Ok(grid)
    }

    /// Cells along a side of a box: 2 or 3.
    pub fn box_size(&self) -> usize {
        self.box_size
    }

    /// Number of digits, and of cells in a row: 4 or 9.
    pub fn digits(&self) -> usize {
        self.box_size * self.box_size
    }

    /// The digits along the rows, 0 for a blank: 16 or 81 of them.
    pub fn cells(&self) -> &[u8] {
        &self.cells
    }

    /// Number of cells that are not blank.
    pub fn givens(&self) -> usize {
        self.cells.iter().filter(|&&digit| digit > 0).count()
    }

    /// Whether no row, column or box holds a digit twice. Blanks break no rule.
    pub fn is_valid(&self) -> bool {
        groups(self.box_size).iter().all(|group| {
            let mut seen = 0_u16;
            group.iter().all(|&cell| {
                let digit = self.cells[cell];
                let is_new = digit == 0 || seen & (1 << digit) == 0;
                seen |= 1 << digit;
                is_new
            })
        })
    }

    /// Whether it is valid and has no blank.
    pub fn is_solution(&self) -> bool {
        self.givens() == self.cells.len() && self.is_valid()
    }

    /// Whether all digits of a puzzle of the same size stand where they stood.
    pub fn keeps(&self, puzzle: &Self) -> bool {
        self.box_size == puzzle.box_size
            && self.cells.iter().zip(&puzzle.cells).all(|(digit, given)| *given == 0 || digit == given)
    }

    /// Indicators `[row, column, digit]`, the digit fastest: 64 or 729 numbers, 1 for the digit in its cell, else 0. A
    /// blank is all zeros.
    pub fn indicators(&self) -> Vec<f32> {
        let digits = self.digits();
        let mut indicators = vec![0.0; self.cells.len() * digits];
        for (indicators, &digit) in indicators.chunks_exact_mut(digits).zip(&self.cells) {
            if digit > 0 {
                indicators[usize::from(digit) - 1] = 1.0;
            }
        }
        indicators
    }

    pub(crate) fn set(&mut self, cell: usize, digit: u8) {
        self.cells[cell] = digit;
    }
}

/// The cells of every row, then of every column, then of every box: `3 b^2` groups of `b^2`.
pub fn groups(box_size: usize) -> Vec<Vec<usize>> {
    let digits = box_size * box_size;
    let rows = (0..digits).map(|row| (0..digits).map(|k| row * digits + k).collect());
    let columns = (0..digits).map(|column| (0..digits).map(|k| k * digits + column).collect());
    let boxes = (0..digits).map(|number| {
        let corner = number / box_size * box_size * digits + number % box_size * box_size;
        (0..digits).map(|k| corner + k / box_size * digits + k % box_size).collect()
    });
    rows.chain(columns).chain(boxes).collect()
}

/// 16 or 81 characters along the rows, `.` for a blank.
impl Display for Grid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cells.iter().try_for_each(|&digit| match digit {
            0 => formatter.write_str("."),
            _ => write!(formatter, "{digit}"),
        })
    }
}

impl FromStr for Grid {
    type Err = GridError;

    /// From 16 or 81 characters along the rows, 0 or a point for a blank.
    fn from_str(text: &str) -> Result<Self, GridError> {
        let digit = |(position, character): (usize, char)| match character {
            '.' => Ok(0),
            _ => match character.to_digit(10) {
                Some(digit) => Ok(digit as u8),
                None => Err(GridError::Character { position, character }),
            },
        };
        let cells = text.chars().enumerate().map(digit).collect::<Result<Vec<u8>, GridError>>()?;
        Self::new(if cells.len() == 16 { 2 } else { 3 }, &cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_indicators_say_the_same_board() {
        let text = "1.3.3..2.1..4.2.";
        let grid: Grid = text.parse().unwrap();
        assert_eq!((grid.box_size(), grid.digits(), grid.givens()), (2, 4, 7));
        assert_eq!(grid.to_string(), text);
        let indicators = grid.indicators();
        assert_eq!(indicators.iter().sum::<f32>(), 7.0);
        assert_eq!(indicators[4 * 7 + 1], 1.0);
    }

    #[test]
    fn every_group_is_watched() {
        let groups = groups(3);
        assert_eq!(groups.len(), 27);
        assert_eq!(groups[22], [30, 31, 32, 39, 40, 41, 48, 49, 50]);
        for group in groups {
            let mut grid = Grid::blank(3).unwrap();
            grid.set(group[0], 5);
            assert!(grid.is_valid());
            grid.set(group[8], 5);
            assert!(!grid.is_valid());
        }
    }

    #[test]
    fn what_is_no_board_is_refused() {
        assert_eq!(Grid::blank(4), Err(GridError::BoxSize { box_size: 4 }));
        assert_eq!(Grid::new(2, &[0; 15]), Err(GridError::Cells { given: 15, needed: 16 }));
        let five = Grid::new(2, &[0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(five, Err(GridError::Digit { cell: 1, digit: 5, largest: 4 }));
        assert_eq!("12x".parse::<Grid>(), Err(GridError::Character { position: 2, character: 'x' }));
    }
}
