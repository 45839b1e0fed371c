//! Expressions: variables, parameters, and functions of them.

use super::ProgramError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A matrix of numbers that depend on variables and parameters; cheap to clone. A vector has one column, a scalar one
/// entry. Entries are counted by rows, as in a tensor.
///
/// Errors in an expression, of its shapes for example, are reported when the problem becomes a program.
#[derive(Debug, Clone)]
pub struct Expression(pub(super) Arc<Node>);

#[derive(Debug)]
pub(super) struct Node {
    rows: usize,
    columns: usize,
    kind: Kind,
    /// Whether there is a convex function in it.
    has_atom: bool,
    has_variables: bool,
}

/// Known sign of a parameter's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Nothing is known.
    Any,
    /// At least 0.
    Nonnegative,
    /// At most 0.
    Nonpositive,
}

/// A variable or parameter.
#[derive(Debug, Clone)]
pub(super) struct Symbol {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) sign: Sign,
    pub(super) semidefinite: bool,
}

#[derive(Debug)]
pub(super) enum Kind {
    Variable(Symbol),
    Parameter(Symbol),
    Constant(Vec<f64>),
    /// Of at least two terms, in one list however they were added, so that a long sum is no deep tree.
    Sum(Vec<Expression>),
    Negative(Expression),
    /// Entry by entry, or by a scalar.
    Scaled(Expression, Expression),
    /// Product of matrices.
    Product(Expression, Expression),
    /// Some entries: indexing, slicing, reshaping, transposing.
    Entries(Expression, Vec<usize>),
    /// One after the other, by entries.
    Stack(Vec<Expression>),
    /// Sum of all entries.
    Total(Expression),
    Atom(Atom, Expression),
    Invalid(ProgramError),
}

/// A convex function of an expression.
#[derive(Debug, Clone)]
pub(super) enum Atom {
    SumSquares,
    /// `x' P x` with constant or parameter P.
    QuadForm(Expression),
    Abs,
    NormInf,
    Max,
    Pos,
    /// Entry by entry: x^2 up to the threshold in magnitude, linear beyond.
    Huber(f64),
}

fn symbol(name: &str) -> Symbol {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    Symbol { id, name: name.to_owned(), sign: Sign::Any, semidefinite: false }
}

/// Something to be found, `rows` by `columns`.
pub fn variable(name: &str, rows: usize, columns: usize) -> Expression {
    Expression::of(rows, columns, Kind::Variable(symbol(name)))
}

/// Something given anew for each solve, `rows` by `columns`.
pub fn parameter(name: &str, rows: usize, columns: usize) -> Expression {
    Expression::of(rows, columns, Kind::Parameter(symbol(name)))
}

impl From<&Expression> for Expression {
    fn from(expression: &Expression) -> Self {
        expression.clone()
    }
}

impl Expression {
    pub(super) fn of(rows: usize, columns: usize, kind: Kind) -> Self {
        let any = |test: fn(&Self) -> bool| match &kind {
            Kind::Variable(_) | Kind::Parameter(_) | Kind::Constant(_) | Kind::Invalid(_) => false,
            Kind::Scaled(a, b) | Kind::Product(a, b) => test(a) || test(b),
            Kind::Negative(a) | Kind::Entries(a, _) | Kind::Total(a) | Kind::Atom(_, a) => test(a),
            Kind::Stack(parts) | Kind::Sum(parts) => parts.iter().any(test),
        };
        let has_atom = matches!(kind, Kind::Atom(..)) || any(Self::has_atom);
        let has_variables = matches!(kind, Kind::Variable(_)) || any(Self::has_variables);
        Self(Arc::new(Node { rows, columns, kind, has_atom, has_variables }))
    }

    pub(super) fn has_atom(&self) -> bool {
        self.0.has_atom
    }

    pub(super) fn has_variables(&self) -> bool {
        self.0.has_variables
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.0.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.0.columns
    }

    /// Number of entries.
    pub fn length(&self) -> usize {
        self.0.rows * self.0.columns
    }

    /// `3 by 4`.
    pub(super) fn shape(&self) -> String {
        format!("{} by {}", self.rows(), self.columns())
    }

    pub(super) fn is_scalar(&self) -> bool {
        self.length() == 1
    }

    /// A parameter of which is known that all entries are at least 0: it may scale convex expressions. It stays the same
    /// parameter; that the values keep to it is the caller's promise.
    pub fn nonnegative(self) -> Self {
        self.with(|symbol| symbol.sign = Sign::Nonnegative)
    }

    /// A parameter of which is known that all entries are at most 0.
    pub fn nonpositive(self) -> Self {
        self.with(|symbol| symbol.sign = Sign::Nonpositive)
    }

    /// A square parameter that is symmetric positive semidefinite whatever its value: it may be the matrix of a
    /// [`Expression::quad_form`].
    pub fn semidefinite(self) -> Self {
        self.with(|symbol| symbol.semidefinite = true)
    }

    fn with(self, change: impl FnOnce(&mut Symbol)) -> Self {
        match self.kind() {
            Kind::Parameter(symbol) => {
                let mut symbol = symbol.clone();
                change(&mut symbol);
                Self::of(self.rows(), self.columns(), Kind::Parameter(symbol))
            }
            _ => {
                let error = ProgramError::NotDeclarable { expression: self.to_string() };
                Self::of(self.rows(), self.columns(), Kind::Invalid(error))
            }
        }
    }

    /// Some entries as a vector, counted by rows.
    pub fn entries(&self, indices: impl IntoIterator<Item = usize>) -> Self {
        let indices: Vec<usize> = indices.into_iter().collect();
        self.take(indices.len(), 1, indices)
    }

    /// Entry `index`, counted by rows.
    pub fn entry(&self, index: usize) -> Self {
        self.entries([index])
    }

    /// Entry at `row` and `column`.
    pub fn at(&self, row: usize, column: usize) -> Self {
        let beyond = column >= self.columns();
        self.entry(if beyond { self.length() } else { row * self.columns() + column })
    }

    /// The block of some rows and columns.
    pub fn slice(&self, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> Self {
        let beyond = columns.end > self.columns();
        let index = |row: usize, column| if beyond { self.length() } else { row * self.columns() + column };
        let indices = rows.clone().flat_map(|row| columns.clone().map(move |column| index(row, column))).collect();
        self.take(rows.len(), columns.len(), indices)
    }

    /// Row `index`, 1 by columns.
    pub fn row(&self, index: usize) -> Self {
        self.slice(index..index + 1, 0..self.columns())
    }

    /// Column `index`, rows by 1.
    pub fn column(&self, index: usize) -> Self {
        self.slice(0..self.rows(), index..index + 1)
    }

    /// The same entries, by rows, in another shape.
    pub fn reshape(&self, rows: usize, columns: usize) -> Self {
        if rows * columns != self.length() {
            return self.misfit(rows, columns, self.to_string(), self.shape(), format!("{rows} by {columns}"));
        }
        self.take(rows, columns, (0..self.length()).collect())
    }

    /// Rows for columns.
    pub fn transpose(&self) -> Self {
        let (rows, columns) = (self.rows(), self.columns());
        self.take(columns, rows, (0..columns).flat_map(|j| (0..rows).map(move |i| i * columns + j)).collect())
    }

    pub(super) fn take(&self, rows: usize, columns: usize, indices: Vec<usize>) -> Self {
        if indices.iter().any(|&index| index >= self.length()) {
            let error = ProgramError::Index { expression: self.to_string(), length: self.length() };
            return Self::of(rows, columns, Kind::Invalid(error));
        }
        Self::of(rows, columns, Kind::Entries(self.clone(), indices))
    }

    pub(super) fn misfit(&self, rows: usize, columns: usize, expression: String, left: String, right: String) -> Self {
        Self::of(rows, columns, Kind::Invalid(ProgramError::Shapes { expression, left, right }))
    }
}
