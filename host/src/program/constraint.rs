//! What has to hold: equalities and inequalities between expressions.

use super::Expression;

/// Lower and upper sides of an expression, entry by entry.
#[derive(Debug, Clone)]
pub struct Constraint {
    pub(super) lower: Option<Expression>,
    pub(super) middle: Expression,
    pub(super) upper: Option<Expression>,
    pub(super) equality: bool,
    /// 0 for a hard one.
    pub(super) softness: f64,
}

impl Constraint {
    /// May be violated by s at the price `s^2 / (2 softness)`, entry by entry; softness above 0, no equality.
    pub fn soft(self, softness: f64) -> Self {
        // One that may not be is told by the program.
        let softness = if softness == 0.0 { f64::NAN } else { softness };
        Self { softness, ..self }
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
}

impl Expression {
    fn constrained(&self, lower: Option<Self>, upper: Option<Self>, equality: bool) -> Constraint {
        Constraint { lower, middle: self.clone(), upper, equality, softness: 0.0 }
    }

    /// `self <= bound`, entry by entry; convex on the left, concave on the right.
    pub fn at_most(&self, bound: impl Into<Self>) -> Constraint {
        self.constrained(None, Some(bound.into()), false)
    }

    /// `self >= bound`, entry by entry; concave on the left, convex on the right.
    pub fn at_least(&self, bound: impl Into<Self>) -> Constraint {
        self.constrained(Some(bound.into()), None, false)
    }

    /// `lower <= self <= upper`, entry by entry, of an affine expression.
    pub fn between(&self, lower: impl Into<Self>, upper: impl Into<Self>) -> Constraint {
        self.constrained(Some(lower.into()), Some(upper.into()), false)
    }

    /// `self == value`, entry by entry; affine on both sides.
    pub fn equals(&self, value: impl Into<Self>) -> Constraint {
        self.constrained(None, Some(value.into()), true)
    }
}
