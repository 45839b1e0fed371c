//! Sums, differences, convolutions; and the convex functions.

use super::expression::{Atom, Kind};
use super::{Expression, ProgramError};

/// One expression after the other, as a vector of all their entries.
pub fn stack(parts: &[&Expression]) -> Expression {
    let parts: Vec<Expression> = parts.iter().map(|&part| part.clone()).collect();
    Expression::of(parts.iter().map(Expression::length).sum(), 1, Kind::Stack(parts))
}

/// The full convolution of two vectors, `a.length() + b.length() - 1` entries; the first one is free of variables.
pub fn conv(kernel: &Expression, signal: &Expression) -> Expression {
    let (k, n) = (kernel.length(), signal.length());
    let padded = stack(&[kernel, &Expression::from(0.0)]);
    let rows = (k + n).saturating_sub(1);
    let index = |i: usize, j: usize| if (j..j + k).contains(&i) { i - j } else { k };
    let toeplitz = padded.take(rows, n, (0..rows).flat_map(|i| (0..n).map(move |j| index(i, j))).collect());
    toeplitz * signal.reshape(n, 1)
}

impl Expression {
    /// Sum of all entries.
    pub fn sum(&self) -> Self {
        Self::of(1, 1, Kind::Total(self.clone()))
    }

    /// Mean of all entries.
    pub fn mean(&self) -> Self {
        (1.0 / self.length().max(1) as f64) * self.sum()
    }

    /// Differences of neighbouring entries, one fewer than there are.
    pub fn diff(&self) -> Self {
        let last = self.length().saturating_sub(1);
        self.entries(1..self.length().max(1)) - self.entries(0..last)
    }

    /// Inner product of all entries; one side is free of variables.
    pub fn dot(&self, other: &Self) -> Self {
        self.scaled(other).sum()
    }

    fn atom(&self, rows: usize, columns: usize, atom: Atom) -> Self {
        Self::of(rows, columns, Kind::Atom(atom, self.clone()))
    }

    /// Sum of the squares, convex: of an affine expression.
    pub fn sum_squares(&self) -> Self {
        self.atom(1, 1, Atom::SumSquares)
    }

    /// `x' P x` with a symmetric positive semidefinite P, constant or a [`Expression::semidefinite`] parameter.
    pub fn quad_form(&self, matrix: &Self) -> Self {
        let n = self.length();
        if (matrix.rows(), matrix.columns()) != (n, n) {
            return self.misfit(1, 1, format!("quad_form({self}, {matrix})"), self.shape(), matrix.shape());
        }
        self.atom(1, 1, Atom::QuadForm(matrix.clone()))
    }

    /// Magnitudes, entry by entry, convex.
    pub fn abs(&self) -> Self {
        self.atom(self.rows(), self.columns(), Atom::Abs)
    }

    /// Sum of the magnitudes, convex.
    pub fn norm1(&self) -> Self {
        self.abs().sum()
    }

    /// Largest magnitude, convex; of at least one entry.
    pub fn norm_inf(&self) -> Self {
        self.largest("norm_inf", Atom::NormInf)
    }

    /// Largest entry, convex; of at least one entry.
    pub fn max(&self) -> Self {
        self.largest("max", Atom::Max)
    }

    fn largest(&self, name: &str, atom: Atom) -> Self {
        if self.length() == 0 {
            return Self::of(1, 1, Kind::Invalid(ProgramError::Empty { expression: format!("{name}({self})") }));
        }
        self.atom(1, 1, atom)
    }

    /// The larger of entry and 0, entry by entry, convex.
    pub fn pos(&self) -> Self {
        self.atom(self.rows(), self.columns(), Atom::Pos)
    }

    /// `x^2` where `|x|` is at most `threshold`, `threshold (2 |x| - threshold)` beyond, entry by entry, convex.
    pub fn huber(&self, threshold: f64) -> Self {
        if !(threshold > 0.0 && threshold.is_finite()) {
            let error = ProgramError::NotFinite { expression: format!("huber({self}, {threshold})") };
            return Self::of(self.rows(), self.columns(), Kind::Invalid(error));
        }
        self.atom(self.rows(), self.columns(), Atom::Huber(threshold))
    }
}
