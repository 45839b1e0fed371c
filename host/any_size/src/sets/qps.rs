//! QPS: the MPS format of linear programs with a section for the quadratic term, fixed or free.
//!
//! Own code: no crate reads the quadratic sections. A line is split at white space first; where that makes no sense, it
//! is cut at the fixed format's columns, whose names may contain blanks.

mod bounds;
mod error;
mod line;

pub use error::{LineError, QpsError};

use super::matrix::Entry;
use super::program::{Program, Row};
use line::{Line, Lines};

use std::collections::{HashMap, HashSet};

/// Type of a row: its relation to the right-hand side.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Objective,
    Ignored,
    Equal,
    Below,
    Above,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Section {
    Rows,
    Columns,
    RightHandSide,
    Ranges,
    Bounds,
    /// Each pair once.
    Triangle,
    /// Both triangles.
    Whole,
}

/// A row as it is gathered.
#[derive(Debug, Clone)]
struct Gathered {
    kind: Kind,
    terms: Vec<(usize, f64)>,
    right: f64,
    range: Option<f64>,
}

/// Everything that is gathered from the lines.
#[derive(Debug, Default)]
struct Reader {
    row_of: HashMap<String, usize>,
    column_of: HashMap<String, usize>,
    rows: Vec<Gathered>,
    linear: Vec<f64>,
    constant: f64,
    lower: Vec<f64>,
    upper: Vec<f64>,
    hessian: Vec<Entry>,
    pairs: HashSet<(usize, usize)>,
}

/// The program of a file. The first row of type N is the objective; a right-hand side of it counts negatively, as a
/// constant. Variables are at least 0 unless BOUNDS says otherwise.
///
/// # Errors
/// The file is damaged, of another dialect, or asks for integers.
pub fn read(text: &str) -> Result<Program, QpsError> {
    let mut reader = Reader::default();
    let mut section = None;
    for line in Lines::new(text) {
        let failed = |error| QpsError::Line(line.number, error);
        if let Some(header) = line.header() {
            section = match header {
                "NAME" => continue,
                "ROWS" => Some(Section::Rows),
                "COLUMNS" => Some(Section::Columns),
                "RHS" => Some(Section::RightHandSide),
                "RANGES" => Some(Section::Ranges),
                "BOUNDS" => Some(Section::Bounds),
                "QUADOBJ" | "QSECTION" => Some(Section::Triangle),
                "QMATRIX" => Some(Section::Whole),
                "ENDATA" => return reader.program(),
                other => return Err(failed(LineError::Section(other.to_owned()))),
            };
            continue;
        }
        let section = section.ok_or(QpsError::Incomplete("section before its first line of data"))?;
        reader.take(section, &line).map_err(failed)?;
    }
    Err(QpsError::Incomplete("line ENDATA"))
}

impl Reader {
    fn take(&mut self, section: Section, line: &Line) -> Result<(), LineError> {
        match section {
            Section::Rows => self.declare(line),
            Section::Columns => self.column(line),
            Section::RightHandSide => self.right_hand_side(line),
            Section::Ranges => self.ranges(line),
            Section::Bounds => self.bound(line),
            Section::Triangle | Section::Whole => self.quadratic(section, line),
        }
    }

    fn declare(&mut self, line: &Line) -> Result<(), LineError> {
        let [kind, name] = line.words(|words| words.len() == 2)[..] else { return Err(LineError::Fields) };
        let first = !self.rows.iter().any(|row| row.kind == Kind::Objective);
        let kind = match kind {
            "N" if first => Kind::Objective,
            "N" => Kind::Ignored,
            "E" => Kind::Equal,
            "L" => Kind::Below,
            "G" => Kind::Above,
            other => return Err(LineError::Type(other.to_owned())),
        };
        if self.row_of.insert(name.to_owned(), self.rows.len()).is_some() {
            return Err(LineError::Twice(name.to_owned()));
        }
        self.rows.push(Gathered { kind, terms: Vec::new(), right: 0.0, range: None });
        Ok(())
    }

    fn column(&mut self, line: &Line) -> Result<(), LineError> {
        let known = |words: &[&str]| words.len() % 2 == 1 && self.row_of.contains_key(words[1]);
        let words = line.words(|words| words.len() >= 3 && (words[1] == "'MARKER'" || known(words)));
        if words.contains(&"'MARKER'") {
            return Err(LineError::Integer("MARKER".to_owned()));
        }
        let [name, pairs @ ..] = &words[..] else { return Err(LineError::Fields) };
        let column = match self.column_of.get(*name) {
            Some(&column) => column,
            None => {
                self.column_of.insert((*name).to_owned(), self.linear.len());
                self.linear.push(0.0);
                self.lower.push(0.0);
                self.upper.push(f64::INFINITY);
                self.linear.len() - 1
            }
        };
        for (row, value) in line::pairs(pairs)? {
            match self.row(row)? {
                Gathered { kind: Kind::Objective, .. } => self.linear[column] += value,
                row => row.terms.push((column, value)),
            }
        }
        Ok(())
    }

    fn right_hand_side(&mut self, line: &Line) -> Result<(), LineError> {
        let words = line.words(|words| words.len() >= 2 && self.row_of.contains_key(words[words.len() - 2]));
        for (row, value) in line::pairs(line::without_set(&words))? {
            match self.row(row)? {
                Gathered { kind: Kind::Objective, .. } => self.constant = -value,
                row => row.right = value,
            }
        }
        Ok(())
    }

    fn ranges(&mut self, line: &Line) -> Result<(), LineError> {
        let words = line.words(|words| words.len() >= 2 && self.row_of.contains_key(words[words.len() - 2]));
        for (row, value) in line::pairs(line::without_set(&words))? {
            self.row(row)?.range = Some(value);
        }
        Ok(())
    }

    fn quadratic(&mut self, section: Section, line: &Line) -> Result<(), LineError> {
        let known =
            |words: &[&str]| words.len() >= 3 && words[..2].iter().all(|name| self.column_of.contains_key(*name));
        let words = line.words(known);
        let [first, pairs @ ..] = &words[..] else { return Err(LineError::Fields) };
        let i = self.variable(first)?;
        for (second, value) in line::pairs(pairs)? {
            let j = self.variable(second)?;
            let triangle = section == Section::Triangle;
            let pair = if triangle { (i.min(j), i.max(j)) } else { (i, j) };
            if !self.pairs.insert(pair) {
                return Err(LineError::Pair((*first).to_owned(), second.to_owned()));
            }
            self.hessian.push((i, j, value));
            if triangle && i != j {
                self.hessian.push((j, i, value));
            }
        }
        Ok(())
    }

    fn row(&mut self, name: &str) -> Result<&mut Gathered, LineError> {
        let row = self.row_of.get(name).and_then(|&row| self.rows.get_mut(row));
        row.ok_or_else(|| LineError::Name(name.to_owned()))
    }

    fn variable(&self, name: &str) -> Result<usize, LineError> {
        self.column_of.get(name).copied().ok_or_else(|| LineError::Name(name.to_owned()))
    }

    fn program(self) -> Result<Program, QpsError> {
        if !self.rows.iter().any(|row| row.kind == Kind::Objective) {
            return Err(QpsError::Incomplete("row of type N"));
        }
        if self.linear.is_empty() {
            return Err(QpsError::Incomplete("variable"));
        }
        let Self { rows, linear, constant, lower, upper, hessian, .. } = self;
        let rows = rows.into_iter().filter_map(Gathered::row).collect();
        Ok(Program { hessian, linear, constant, rows, lower, upper }.checked()?)
    }
}

impl Gathered {
    /// The row with its bounds; nothing of the objective. A range widens to the side that the row leaves open, of an
    /// equality to the side of its sign.
    fn row(self) -> Option<Row> {
        let Self { kind, terms, right, range } = self;
        let width = range.map(f64::abs);
        let (lower, upper) = match kind {
            Kind::Objective | Kind::Ignored => return None,
            Kind::Below => (width.map_or(f64::NEG_INFINITY, |width| right - width), right),
            Kind::Above => (right, width.map_or(f64::INFINITY, |width| right + width)),
            Kind::Equal => {
                let range = range.unwrap_or(0.0);
                (right + range.min(0.0), right + range.max(0.0))
            }
        };
        Some(Row { terms, lower, upper })
    }
}

#[cfg(test)]
mod tests;
