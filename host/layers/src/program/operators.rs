//! `+`, `-`, `*` between expressions and numbers.

use super::Expression;
use super::expression::Kind;
use std::ops::{Add, Mul, Neg, Sub};

fn sum(left: Expression, right: Expression) -> Expression {
    let same = (left.rows(), left.columns()) == (right.rows(), right.columns());
    let larger = if left.is_scalar() { &right } else { &left };
    let (rows, columns) = (larger.rows(), larger.columns());
    if !same && !left.is_scalar() && !right.is_scalar() {
        return misfit(&left, &right, "+");
    }
    let mut terms = terms(left);
    terms.extend(self::terms(right));
    Expression::of(rows, columns, Kind::Sum(terms))
}

/// Those of a sum; anything else is one.
fn terms(expression: Expression) -> Vec<Expression> {
    match expression.kind() {
        Kind::Sum(terms) => terms.clone(),
        _ => vec![expression],
    }
}

/// What is wrong with two shapes, or with one of the operands before.
fn misfit(left: &Expression, right: &Expression, operator: &str) -> Expression {
    let earlier = [left, right].into_iter().find(|operand| matches!(operand.kind(), Kind::Invalid(_)));
    earlier.cloned().unwrap_or_else(|| {
        let text = format!("{left} {operator} {right}");
        left.misfit(left.rows(), left.columns(), text, left.shape(), right.shape())
    })
}

/// Scaled where one is a scalar, the product of matrices otherwise.
fn product(left: Expression, right: Expression) -> Expression {
    if left.is_scalar() || right.is_scalar() {
        return left.scaled(right);
    }
    let (rows, columns) = (left.rows(), right.columns());
    if left.columns() != right.rows() {
        return misfit(&left, &right, "*");
    }
    Expression::of(rows, columns, Kind::Product(left, right))
}

impl Expression {
    /// Entry by entry; a scalar scales all.
    pub fn scaled(&self, factor: impl Into<Self>) -> Self {
        let factor = factor.into();
        let same = (self.rows(), self.columns()) == (factor.rows(), factor.columns());
        let larger = if self.is_scalar() { &factor } else { self };
        let (rows, columns) = (larger.rows(), larger.columns());
        if !same && !self.is_scalar() && !factor.is_scalar() {
            return misfit(self, &factor, ".*");
        }
        Self::of(rows, columns, Kind::Scaled(self.clone(), factor))
    }
}

impl Neg for Expression {
    type Output = Self;
    fn neg(self) -> Self {
        Self::of(self.rows(), self.columns(), Kind::Negative(self))
    }
}

impl Neg for &Expression {
    type Output = Expression;
    fn neg(self) -> Expression {
        -self.clone()
    }
}

/// One operator between expressions by value and reference, and numbers.
macro_rules! operator {
    ($trait:ident, $method:ident, |$left:ident, $right:ident| $body:expr) => {
        operator!(@ $trait, $method, Expression, Expression, |$left, $right| $body);
        operator!(@ $trait, $method, Expression, &Expression, |$left, $right| $body);
        operator!(@ $trait, $method, &Expression, Expression, |$left, $right| $body);
        operator!(@ $trait, $method, &Expression, &Expression, |$left, $right| $body);
        operator!(@ $trait, $method, Expression, f64, |$left, $right| $body);
        operator!(@ $trait, $method, &Expression, f64, |$left, $right| $body);
        operator!(@ $trait, $method, f64, Expression, |$left, $right| $body);
        operator!(@ $trait, $method, f64, &Expression, |$left, $right| $body);
    };
    (@ $trait:ident, $method:ident, $a:ty, $b:ty, |$left:ident, $right:ident| $body:expr) => {
        impl $trait<$b> for $a {
            type Output = Expression;
            fn $method(self, other: $b) -> Expression {
                let ($left, $right) = (Expression::from(self), Expression::from(other));
                $body
            }
        }
    };
}

operator!(Add, add, |left, right| sum(left, right));
operator!(Sub, sub, |left, right| sum(left, -right));
operator!(Mul, mul, |left, right| product(left, right));
