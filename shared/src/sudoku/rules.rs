//! Rules of 4 x 4 sudoku as an affine set: every digit once in each row, column and box, one digit in each cell.

use super::{CELLS, DIGITS, Values};

/// The value of every digit in the set's point nearest to the origin.
pub const NEAREST: f32 = 0.25;

/// Projects onto the set's directions, those whose sums are all zero: four subtractions of means that commute. With means
/// over rows R, columns C and boxes B of cells without their own mean, `(1 - R)(1 - C)(1 - B) = 1 - R - C - B + R B + C B`,
/// where `R B` is the mean over a row's two boxes and `C B` over a column's. Cost: about 600 additions.
#[inline(never)]
pub fn project(values: &mut Values) {
    let (mut rows, mut columns, mut boxes) = ([[0.0; DIGITS]; 4], [[0.0; DIGITS]; 4], [[0.0; DIGITS]; 4]);
    // Indices are masked so that the compiler sees that they are in bounds.
    for (row, cells) in values.iter_mut().enumerate() {
        for (column, cell) in cells.iter_mut().enumerate() {
            let [a, b, c, d] = *cell;
            let mean = (a + b + c + d) * 0.25;
            *cell = [a - mean, b - mean, c - mean, d - mean];
            rows[row & 3] = add_multiple(rows[row & 3], 1.0, *cell);
            columns[column & 3] = add_multiple(columns[column & 3], 1.0, *cell);
            let place = (row & 2) | ((column >> 1) & 1);
            boxes[place] = add_multiple(boxes[place], 1.0, *cell);
        }
    }
    let [a, b, c, d] = boxes;
    let (bands, stacks) = ([sum(a, b), sum(c, d)], [sum(a, c), sum(b, d)]);
    for line in 0..4 {
        rows[line] = add_multiple(scaled(rows[line]), -0.125, bands[line >> 1]);
        columns[line] = add_multiple(scaled(columns[line]), -0.125, stacks[line >> 1]);
        boxes[line] = scaled(boxes[line]);
    }
    for (row, cells) in values.iter_mut().enumerate() {
        for (column, cell) in cells.iter_mut().enumerate() {
            let place = (row & 2) | ((column >> 1) & 1);
            let without_row = add_multiple(*cell, -1.0, rows[row & 3]);
            *cell = add_multiple(add_multiple(without_row, -1.0, columns[column & 3]), -1.0, boxes[place]);
        }
    }
}

/// `a + factor * b`; the factors above are powers of two, so that only the addition rounds.
#[inline(always)]
fn add_multiple([a, b, c, d]: [f32; DIGITS], factor: f32, [e, f, g, h]: [f32; DIGITS]) -> [f32; DIGITS] {
    [a + factor * e, b + factor * f, c + factor * g, d + factor * h]
}

#[inline(always)]
fn sum(a: [f32; DIGITS], b: [f32; DIGITS]) -> [f32; DIGITS] {
    add_multiple(a, 1.0, b)
}

/// A quarter: the mean of four from their sum.
#[inline(always)]
fn scaled([a, b, c, d]: [f32; DIGITS]) -> [f32; DIGITS] {
    [a * 0.25, b * 0.25, c * 0.25, d * 0.25]
}

/// Whether digits 1 to 4 along the rows stand once in every row, column and box.
pub fn obeys(grid: &[u8; CELLS]) -> bool {
    let (mut rows, mut columns, mut boxes) = ([0_u8; 4], [0_u8; 4], [0_u8; 4]);
    for (cell, &digit) in grid.iter().enumerate() {
        let (row, column, bit) = ((cell / 4) & 3, cell & 3, 1 << (digit & 7));
        rows[row] |= bit;
        columns[column] |= bit;
        boxes[(row & 2) | (column >> 1)] |= bit;
    }
    [rows, columns, boxes].as_flattened().iter().all(|&digits| digits == 0b1_1110)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_left_has_no_sums_and_what_is_taken_is_orthogonal_to_it(
            numbers in prop::collection::vec(-8.0..8.0_f32, 64)
        ) {
            let mut values: Values = Default::default();
            values.as_flattened_mut().as_flattened_mut().copy_from_slice(&numbers);
            let given = values;
            project(&mut values);
            let near_zero = |sum: f32| sum.abs() < 1e-4;
            for (line, digit) in (0..4).flat_map(|line| (0..4).map(move |digit| (line, digit))) {
                let corner = [line / 2 * 2, line % 2 * 2];
                prop_assert!(near_zero(values[line][digit].iter().sum()));
                prop_assert!(near_zero((0..4).map(|k| values[line][k][digit]).sum()));
                prop_assert!(near_zero((0..4).map(|k| values[k][line][digit]).sum()));
                prop_assert!(near_zero((0..4).map(|k| values[corner[0] + k / 2][corner[1] + k % 2][digit]).sum()));
            }
            let flat = |values: &Values| values.as_flattened().as_flattened().to_vec();
            let taken = flat(&given).into_iter().zip(flat(&values)).map(|(given, left)| (given - left) * left);
            prop_assert!(taken.sum::<f32>().abs() < 1e-2);
        }
    }

    #[test]
    fn a_grid_obeys_only_where_every_group_has_every_digit() {
        let grid = [1, 2, 3, 4, 3, 4, 1, 2, 2, 1, 4, 3, 4, 3, 2, 1];
        assert!(obeys(&grid));
        for (cell, other) in (0..CELLS).flat_map(|cell| (0..=4).map(move |other| (cell, other))) {
            let mut changed = grid;
            changed[cell] = other;
            assert_eq!(obeys(&changed), other == grid[cell]);
        }
        assert!(!obeys(&[1, 2, 3, 4, 2, 3, 4, 1, 3, 4, 1, 2, 4, 1, 2, 3]), "rows and columns alone");
    }
}
