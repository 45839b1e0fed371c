//! Answer of a board as text and as a picture.

use crate::data::canvas::{Canvas, Colour, NUMERAL};
use crate::data::grid::Grid;
use crate::model::solving::Solved;
use convex_edge_runs::png_file::PngError;
use std::fmt::Write;
use std::path::Path;

const BLACK: Colour = [0; 3];
const GREY: Colour = [170; 3];
/// Digits that were read otherwise.
const ORANGE: Colour = [224, 112, 0];
/// Digits that were filled in.
const BLUE: Colour = [24, 84, 214];
/// Digits that are wrong, where that is known.
const RED: Colour = [210, 16, 40];

/// Pixels of a cell, and of a numeral's dot in it.
const CELL: usize = 50;
const DOT: usize = 4;
/// Pixels of a line between cells, of which one around a box has two more.
const LINE: usize = 2;

/// Draws an answer of the size of what was read: digits as they were read in black, corrected ones in orange, filled in ones
/// in blue; where the solution is known, wrong ones in red.
///
/// # Errors
/// [`PngError`].
pub fn write_picture(read: &Grid, answer: &Grid, solution: Option<&Grid>, path: &Path) -> Result<(), PngError> {
    draw(read, answer, solution).write(path)
}

fn draw(read: &Grid, answer: &Grid, solution: Option<&Grid>) -> Canvas {
    let (cells, boxes) = (answer.digits(), answer.box_size());
    let pitch = CELL + LINE;
    let side = cells * pitch + 3 * LINE;
    let mut canvas = Canvas::new(side);
    let lines = |is_boxs: bool| (0..=cells).filter(move |at| at.is_multiple_of(boxes) == is_boxs);
    for (is_boxs, colour) in [(false, GREY), (true, BLACK)] {
        for at in lines(is_boxs) {
            let (first, width) = if is_boxs { (at * pitch, 3 * LINE) } else { (at * pitch + LINE, LINE) };
            canvas.fill([first, 0], [width, side], colour);
            canvas.fill([0, first], [side, width], colour);
        }
    }
    for (cell, (&digit, &read)) in answer.cells().iter().zip(read.cells()).enumerate() {
        let place = |at: usize, dots: usize| at * pitch + 2 * LINE + (CELL - dots * DOT) / 2;
        canvas.numeral(digit, [place(cell / cells, NUMERAL[1]), place(cell % cells, NUMERAL[0])], DOT, {
            match read {
                _ if solution.is_some_and(|solution| solution.cells().get(cell) != Some(&digit)) => RED,
                0 => BLUE,
                _ if read != digit => ORANGE,
                _ => BLACK,
            }
        });
    }
    canvas
}

/// The reading next to the answer, `*` after corrected digits, a line for each row.
pub fn text(solved: &Solved) -> String {
    let (cells, boxes) = (solved.answer.digits(), solved.answer.box_size());
    let row = |row: usize, symbol: &dyn Fn(usize) -> String| {
        let mut text = String::new();
        for column in 0..cells {
            if column > 0 && column.is_multiple_of(boxes) {
                text.push_str("| ");
            }
            let _ = write!(text, "{:<3}", symbol(row * cells + column));
        }
        text
    };
    let read = |cell: usize| match solved.read.cells()[cell] {
        0 => ".".to_owned(),
        digit => digit.to_string(),
    };
    let answered =
        |cell: usize| format!("{}{}", solved.answer.cells()[cell], if solved.is_corrected(cell) { "*" } else { "" });
    let width = 3 * cells + 2 * (boxes - 1);
    let mut text = format!("{:<width$}  answer\n", "as read");
    for line in 0..cells {
        if line > 0 && line.is_multiple_of(boxes) {
            let rule = vec!["-".repeat(3 * boxes); boxes].join("+-");
            let _ = writeln!(text, "{rule}  {rule}");
        }
        let _ = writeln!(text, "{}  {}", row(line, &read), row(line, &answered).trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solved() -> Solved {
        let read: Grid = "12...413........".parse().unwrap();
        let answer: Grid = "1234341223414123".parse().unwrap();
        Solved { read, answer, contradictions: Vec::new(), is_proven: true, is_unique: false }
    }

    #[test]
    fn the_text_has_both_boards_and_marks_what_was_corrected() {
        let expected = "as read         answer\n\
            1  2  | .  .    1  2  | 3  4\n\
            .  4  | 1  3    3  4  | 1  2*\n\
            ------+-------  ------+-------\n\
            .  .  | .  .    2  3  | 4  1\n\
            .  .  | .  .    4  1  | 2  3\n";
        assert_eq!(text(&solved()), expected);
    }

    #[test]
    fn each_kind_of_digit_has_its_colour() {
        let Solved { read, answer, .. } = solved();
        let solution: Grid = "1234341223414132".parse().unwrap();
        let canvas = draw(&read, &answer, Some(&solution));
        let colours = |cell: usize| {
            let corner = |at: usize| at * (CELL + LINE) + 3 * LINE;
            let (top, left) = (corner(cell / 4), corner(cell % 4));
            let inside = (0..CELL - 2 * LINE).flat_map(|y| (0..CELL - 2 * LINE).map(move |x| [top + y, left + x]));
            let mut found: Vec<Colour> = inside.map(|at| canvas.at(at)).filter(|colour| *colour != [255; 3]).collect();
            found.dedup();
            found
        };
        let found = [colours(0), colours(7), colours(13), colours(15)];
        assert_eq!(found, [vec![BLACK], vec![ORANGE], vec![BLUE], vec![RED]]);
    }
}
