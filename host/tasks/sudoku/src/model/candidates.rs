//! Candidates of a cell: digits that it may still take, while a search places and lifts them.

use crate::data::grid::{Grid, MOST_CELLS};

/// Digits placed so far, with the digits that each row, column and box holds: bit d - 1 for digit d.
#[derive(Debug, Clone)]
pub(crate) struct Candidates {
    box_size: usize,
    cells: [u8; MOST_CELLS],
    /// Row, column and box of each cell, as places in `used`.
    groups: [[u8; 3]; MOST_CELLS],
    used: [u16; 27],
}

impl Candidates {
    /// The digits of a grid; `None` where they break a rule.
    pub fn new(grid: &Grid) -> Option<Self> {
        let (box_size, digits) = (grid.box_size(), grid.digits());
        let mut groups = [[0; 3]; MOST_CELLS];
        for (cell, groups) in groups.iter_mut().enumerate().take(digits * digits) {
            let (row, column) = (cell / digits, cell % digits);
            let square = row / box_size * box_size + column / box_size;
            *groups = [row as u8, (9 + column) as u8, (18 + square) as u8];
        }
        let mut candidates = Self { box_size, cells: [0; MOST_CELLS], groups, used: [0; 27] };
        for (cell, &digit) in grid.cells().iter().enumerate().filter(|(_, digit)| **digit > 0) {
            if candidates.of(cell) & (1 << (digit - 1)) == 0 {
                return None;
            }
            candidates.place(cell, digit);
        }
        Some(candidates)
    }

    /// Number of cells.
    pub fn count(&self) -> usize {
        self.box_size.pow(4)
    }

    /// The digit in a cell, 0 for none.
    pub fn digit(&self, cell: usize) -> u8 {
        self.cells[cell]
    }

    /// Digits that no cell of the same row, column or box holds.
    pub fn of(&self, cell: usize) -> u16 {
        let [row, column, square] = self.groups[cell];
        let used = self.used[usize::from(row)] | self.used[usize::from(column)] | self.used[usize::from(square)];
        !used & ((1 << (self.box_size * self.box_size)) - 1)
    }

    /// Puts a digit into a blank cell; it must be one of its candidates.
    pub fn place(&mut self, cell: usize, digit: u8) {
        self.cells[cell] = digit;
        self.groups[cell].iter().for_each(|&group| self.used[usize::from(group)] |= 1 << (digit - 1));
    }

    /// Takes the digit out of a cell.
    pub fn lift(&mut self, cell: usize) {
        let digit = self.cells[cell];
        self.cells[cell] = 0;
        self.groups[cell].iter().for_each(|&group| self.used[usize::from(group)] &= !(1 << (digit - 1)));
    }

    /// The blank cell with the fewest candidates, and those; `None` on a full board.
    pub fn most_constrained(&self) -> Option<(usize, u16)> {
        let mut best = None;
        let mut fewest = u32::MAX;
        for cell in (0..self.count()).filter(|&cell| self.cells[cell] == 0) {
            let candidates = self.of(cell);
            let count = candidates.count_ones();
            if count < fewest {
                (best, fewest) = (Some((cell, candidates)), count);
                if count <= 1 {
                    break;
                }
            }
        }
        best
    }

    /// Writes the digits into a grid of the same size.
    pub fn write(&self, grid: &mut Grid) {
        (0..self.count()).for_each(|cell| grid.set(cell, self.cells[cell]));
    }
}

/// The digits of a set, ascending.
pub(crate) fn digits(mut set: u16) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let digit = (set != 0).then(|| set.trailing_zeros() as u8 + 1);
        set &= set.wrapping_sub(1);
        digit
    })
}
