//! Text of an expression in an error message.

use super::Expression;
use super::expression::{Atom, Kind};
use std::fmt::{Display, Formatter, Result, Write};

/// Most characters of an expression in an error.
const LONGEST: usize = 72;

impl Display for Expression {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        let mut text = Shortened { text: String::new(), count: 0 };
        // Stops by an error when the text is long enough.
        let complete = write(self, &mut text, 0).is_ok();
        formatter.write_str(&text.text)?;
        if complete { Ok(()) } else { formatter.write_str("...") }
    }
}

struct Shortened {
    text: String,
    count: usize,
}

impl Write for Shortened {
    fn write_str(&mut self, part: &str) -> Result {
        for character in part.chars() {
            if self.count == LONGEST {
                return Err(std::fmt::Error);
            }
            self.text.push(character);
            self.count += 1;
        }
        Ok(())
    }
}

/// `strength` is that of the operator around it: 1 of a sum, 2 of a product.
fn write(expression: &Expression, text: &mut Shortened, strength: u8) -> Result {
    match expression.kind() {
        Kind::Variable(symbol) | Kind::Parameter(symbol) => text.write_str(&symbol.name),
        Kind::Constant(entries) => match entries.as_slice() {
            [value] => write!(text, "{value}"),
            _ => write!(text, "[{} by {}]", expression.rows(), expression.columns()),
        },
        Kind::Sum(terms) => {
            text.write_str(if strength > 1 { "(" } else { "" })?;
            for (index, term) in terms.iter().enumerate() {
                match term.kind() {
                    Kind::Negative(inner) if index > 0 => {
                        text.write_str(" - ")?;
                        write(inner, text, 2)?;
                    }
                    _ => {
                        text.write_str(if index > 0 { " + " } else { "" })?;
                        write(term, text, 1)?;
                    }
                }
            }
            text.write_str(if strength > 1 { ")" } else { "" })
        }
        Kind::Negative(inner) => {
            text.write_str("-")?;
            write(inner, text, 2)
        }
        Kind::Scaled(left, right) | Kind::Product(left, right) => {
            write(left, text, 2)?;
            text.write_str(" * ")?;
            write(right, text, 2)
        }
        Kind::Entries(inner, indices) => {
            write(inner, text, 3)?;
            match indices.as_slice() {
                [index] => write!(text, "[{index}]"),
                _ if indices.len() == inner.length() => Ok(()),
                [first, .., last] => write!(text, "[{first}..{last}]"),
                [] => text.write_str("[]"),
            }
        }
        Kind::Stack(parts) => {
            text.write_str("stack(")?;
            for (i, part) in parts.iter().enumerate() {
                text.write_str(if i > 0 { ", " } else { "" })?;
                write(part, text, 0)?;
            }
            text.write_str(")")
        }
        Kind::Total(inner) => function("sum", inner, text),
        Kind::Atom(atom, inner) => match atom {
            Atom::SumSquares => function("sum_squares", inner, text),
            Atom::QuadForm(matrix) => {
                text.write_str("quad_form(")?;
                write(inner, text, 0)?;
                text.write_str(", ")?;
                write(matrix, text, 0)?;
                text.write_str(")")
            }
            Atom::Abs => function("abs", inner, text),
            Atom::NormInf => function("norm_inf", inner, text),
            Atom::Max => function("max", inner, text),
            Atom::Pos => function("pos", inner, text),
            Atom::Huber(_) => function("huber", inner, text),
        },
        Kind::Invalid(_) => text.write_str("(invalid)"),
    }
}

fn function(name: &str, inner: &Expression, text: &mut Shortened) -> Result {
    text.write_str(name)?;
    text.write_str("(")?;
    write(inner, text, 0)?;
    text.write_str(")")
}
