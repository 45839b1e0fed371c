//! Constraints: equalities and inequalities between expressions.

use super::expression::Kind;
use super::{Expression, ProgramError};
use std::ops::RangeInclusive;

/// Softnesses whose prices are numbers in single precision, too.
pub(super) const SOFTNESSES: RangeInclusive<f64> = 1e-30..=1e30;

/// Lower and upper sides of an expression, entry by entry; a side of one entry is compared with every entry.
#[derive(Debug, Clone)]
pub struct Constraint {
    pub(super) lower: Option<Expression>,
    pub(super) middle: Expression,
    pub(super) upper: Option<Expression>,
    pub(super) equality: bool,
    /// Nothing for a hard one.
    pub(super) softness: Option<f64>,
}

impl Constraint {
    /// May be violated by s at the price `s^2 / (2 softness)`, for each entry of the constraint as it is written; softness
    /// from 1e-30 to 1e30. The price stays the same if the constraint is scaled to a simple bound, and constraints on the
    /// same expression each keep their price.
    ///
    /// `x.norm_inf().at_most(t)` has one entry, however long x is; `x.at_most(t)` has as many as x. An equality is priced
    /// on both sides.
    pub fn soft(self, softness: f64) -> Self {
        Self { softness: Some(softness), ..self }
    }

    pub(super) fn text(&self) -> String {
        let sign = if self.equality { "==" } else { "<=" };
        match (&self.lower, &self.upper) {
            (Some(lower), None) => format!("{lower} <= {}", self.middle),
            (Some(lower), Some(upper)) if !self.equality => format!("{lower} <= {} <= {upper}", self.middle),
            (_, Some(upper)) => format!("{} {sign} {upper}", self.middle),
            (None, None) => self.middle.to_string(),
        }
    }

    /// Whether sides and softness are such as a constraint may have.
    pub(super) fn check(&self) -> Result<(), ProgramError> {
        let parts = [self.lower.as_ref(), Some(&self.middle), self.upper.as_ref()];
        let parts = || parts.iter().flatten();
        for part in parts() {
            if let Kind::Invalid(error) = part.kind() {
                return Err(error.clone());
            }
        }
        if let Some(first) = parts().find(|part| !part.is_scalar()) {
            let shape = |part: &Expression| (part.rows(), part.columns());
            if let Some(other) = parts().find(|part| !part.is_scalar() && shape(part) != shape(first)) {
                let (left, right) = (first.shape(), other.shape());
                return Err(ProgramError::Shapes { expression: self.text(), left, right });
            }
        }
        match self.softness {
            Some(softness) if !SOFTNESSES.contains(&softness) => {
                Err(ProgramError::Softness { expression: self.text(), softness })
            }
            _ => Ok(()),
        }
    }
}

impl Expression {
    fn constrained(&self, lower: Option<Self>, upper: Option<Self>, equality: bool) -> Constraint {
        Constraint { lower, middle: self.clone(), upper, equality, softness: None }
    }

    /// `self <= bound`, entry by entry; convex on the left, concave on the right.
    pub fn at_most(&self, bound: impl Into<Self>) -> Constraint {
        self.constrained(None, Some(bound.into()), false)
    }

    /// `self >= bound`, entry by entry; concave on the left, convex on the right.
    pub fn at_least(&self, bound: impl Into<Self>) -> Constraint {
        self.constrained(Some(bound.into()), None, false)
    }

    /// `lower <= self <= upper`, entry by entry, of an affine expression. Parameters keep `lower <= upper`, or the
    /// program is infeasible, soft or not; write [`Expression::at_least`] and [`Expression::at_most`] where they may not.
    pub fn between(&self, lower: impl Into<Self>, upper: impl Into<Self>) -> Constraint {
        self.constrained(Some(lower.into()), Some(upper.into()), false)
    }

    /// `self == value`, entry by entry; affine on both sides.
    pub fn equals(&self, value: impl Into<Self>) -> Constraint {
        self.constrained(None, Some(value.into()), true)
    }
}
