//! Two-sided rows of a program: sides that meet in one row, and rows that become simple bounds.

use super::ProgramError;
use super::constraint::SOFTNESSES;
use super::expression::Sign;
use super::form::{Entry, ONE, Symbols};
use std::collections::HashMap;

/// Coefficients by variable and parameter.
pub(super) type Coefficients = Vec<((u32, u32), f64)>;

/// Sum of parameters and numbers that a side of a row is at.
pub(super) type Side = Vec<(u32, f64)>;

/// `lower <= coefficients <= upper`.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) coefficients: Coefficients,
    pub(super) lower: Option<Side>,
    pub(super) upper: Option<Side>,
    /// 0 for a hard one.
    pub(super) softness: f64,
    origin: Option<Origin>,
}

/// Number of a constraint and of its entry.
pub(super) type Origin = (usize, usize);

/// Reading of an entry as a bound or a row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reading {
    /// `entry = 0`, not `entry <= 0`.
    pub(super) equality: bool,
    /// Written as `-entry >= 0`.
    pub(super) flipped: bool,
    /// 0 for a hard one.
    pub(super) softness: f64,
    /// Its two sides are in order by promise.
    pub(super) origin: Option<Origin>,
}

/// The rows so far; sides of the same linear form meet in one.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    /// The rows of each linear form and softness.
    same: HashMap<Key, Vec<usize>>,
}

/// Bits of a linear form and of a softness.
type Key = (Vec<(u32, u32, u64)>, u64);

impl Rows {
    /// Adds an entry.
    pub(super) fn add(
        &mut self,
        symbols: &Symbols,
        entry: &Entry,
        reading: Reading,
        text: &dyn Fn() -> String,
    ) -> Result<(), ProgramError> {
        let Reading { equality, flipped, mut softness, origin } = reading;
        let (mut coefficients, mut side) = parts(entry);
        let infinite = |&(parameter, value): &(u32, f64)| parameter == ONE && value.is_infinite();
        let finite = side.iter().all(|term| term.1.is_finite() || infinite(term));
        if !finite || coefficients.iter().any(|(_, value)| !value.is_finite()) {
            return Err(ProgramError::NotFinite { expression: text() });
        }
        let never = || Err(ProgramError::NeverHolds { expression: text() });
        if let Some(&(_, value)) = side.iter().find(|term| infinite(term)) {
            // Minus infinity below 0 always is; infinity never.
            return if value > 0.0 || equality { never() } else { Ok(()) };
        }
        if coefficients.is_empty() {
            // The price of a violation that no variable changes is a constant of the objective.
            if softness > 0.0 {
                return Ok(());
            }
            if side.iter().all(|&(parameter, _)| parameter == ONE) {
                let value: f64 = side.iter().map(|(_, value)| value).sum();
                let holds = if equality { value == 0.0 } else { value <= 0.0 };
                return if holds { Ok(()) } else { never() };
            }
        }
        let numeric = side.iter().all(|&(parameter, _)| parameter == ONE);
        let scale = match coefficients.as_slice() {
            // A division that rounds terms of a parametric side could put equal sides out of order.
            [((_, ONE), value)]
                if (numeric || is_power_of_two(*value)) && is_price(softness / (value * value), softness) =>
            {
                *value
            }
            _ if flipped => -1.0,
            _ => 1.0,
        };
        divide(&mut coefficients, scale);
        divide(&mut side, -scale);
        // A violation of the row is as many times smaller.
        softness /= scale * scale;
        let mut upper = scale > 0.0;
        // The same form met before, or its negative.
        for _ in 0..2 {
            let same = self.same.get(&key(&coefficients, softness)).map(Vec::as_slice).unwrap_or_default();
            for &index in same.iter().rev().filter(|_| !equality) {
                if let Some(row) = self.rows.get_mut(index)
                    && row.take(symbols, &side, upper, origin)
                {
                    return Ok(());
                }
            }
            divide(&mut coefficients, -1.0);
            divide(&mut side, -1.0);
            upper = !upper;
        }
        self.same.entry(key(&coefficients, softness)).or_default().push(self.rows.len());
        let (lower, upper) = match (equality, upper) {
            (true, _) => (Some(side.clone()), Some(side)),
            (false, true) => (None, Some(side)),
            (false, false) => (Some(side), None),
        };
        self.rows.push(Row { coefficients, lower, upper, softness, origin });
        Ok(())
    }
}

/// Whether a division by it is exact.
fn is_power_of_two(value: f64) -> bool {
    value.is_normal() && value.to_bits().trailing_zeros() >= f64::MANTISSA_DIGITS - 1
}

/// Whether a scaled softness is one; that of a hard row is 0.
fn is_price(scaled: f64, softness: f64) -> bool {
    softness == 0.0 || SOFTNESSES.contains(&scaled)
}

fn divide<K>(terms: &mut [(K, f64)], divisor: f64) {
    terms.iter_mut().for_each(|(_, value)| *value /= divisor);
}

fn key(coefficients: &[((u32, u32), f64)], softness: f64) -> Key {
    let key = coefficients.iter().map(|&((variable, parameter), value)| (variable, parameter, value.to_bits()));
    (key.collect(), softness.to_bits())
}

impl Row {
    /// Takes another side of the same form, where that is one row: hard sides of numbers become the tighter one. Two soft
    /// sides meet only if both cannot be violated at once, or one price would be lost.
    fn take(&mut self, symbols: &Symbols, side: &Side, upper: bool, origin: Option<Origin>) -> bool {
        let (present, opposite) = if upper { (&mut self.upper, &self.lower) } else { (&mut self.lower, &self.upper) };
        let number = |side: &Side| match side.as_slice() {
            [] => Some(0.0),
            [(ONE, value)] => Some(*value),
            _ => None,
        };
        let Some(old) = present else {
            let ordered = self.softness == 0.0
                || opposite.as_ref().is_none_or(|opposite| {
                    let (low, high) = if upper { (opposite, side) } else { (side, opposite) };
                    let numbers = number(low).is_some() && number(high).is_some();
                    is_ordered(symbols, low, high) || (!numbers && origin.is_some() && origin == self.origin)
                });
            if ordered {
                *present = Some(side.clone());
            }
            return ordered;
        };
        match (number(old), number(side)) {
            (Some(old), Some(new)) if self.softness == 0.0 => {
                let tighter = if upper { new < old } else { new > old };
                if tighter {
                    *present = Some(side.clone());
                }
                true
            }
            _ => false,
        }
    }

    /// The variable that the row bounds by itself.
    pub(super) fn bounded_variable(&self) -> Option<u32> {
        match self.coefficients.as_slice() {
            [((variable, ONE), 1.0)] => Some(*variable),
            _ => None,
        }
    }
}

/// Whether `low <= high` whatever the parameters' values, as far as their signs are declared.
fn is_ordered(symbols: &Symbols, low: &Side, high: &Side) -> bool {
    let mut difference = Entry::new();
    for (side, sign) in [(low, -1.0), (high, 1.0)] {
        side.iter().for_each(|&(parameter, value)| *difference.entry((ONE, parameter)).or_insert(0.0) += sign * value);
    }
    difference.retain(|_, value| *value != 0.0);
    symbols.sign(&vec![difference]) == Sign::Nonnegative
}

/// The part of an entry with variables, and the rest by parameter.
fn parts(entry: &Entry) -> (Coefficients, Side) {
    let (mut variables, mut rest) = (Vec::new(), Vec::new());
    for (&(variable, parameter), &value) in entry {
        if variable == ONE {
            rest.push((parameter, value));
        } else {
            variables.push(((variable, parameter), value));
        }
    }
    (variables, rest)
}
