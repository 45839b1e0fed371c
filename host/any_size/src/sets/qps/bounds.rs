//! The section BOUNDS of a QPS file.

use super::line::{self, Line};
use super::{LineError, Reader};

impl Reader {
    /// One line: type, name of the set (optional), variable, and a number where the type has one. An upper bound
    /// below 0 removes the lower bound 0 that is the default.
    pub(super) fn bound(&mut self, line: &Line) -> Result<(), LineError> {
        let words = line.words(|words| words.iter().skip(1).take(2).any(|name| self.column_of.contains_key(*name)));
        let [kind, rest @ ..] = &words[..] else { return Err(LineError::Fields) };
        let known = |index: usize| rest.get(index).is_some_and(|name| self.column_of.contains_key(*name));
        let valued = matches!(*kind, "UP" | "LO" | "FX");
        let place = match rest.len() {
            // Without a set's name, one word less.
            1 => 0,
            2 if valued || !known(1) => 0,
            _ => 1,
        };
        let name = rest.get(place).ok_or(LineError::Fields)?;
        let variable = self.variable(name)?;
        let value = || line::number(rest.get(place + 1).ok_or(LineError::Fields)?);
        let (Some(lower), Some(upper)) = (self.lower.get_mut(variable), self.upper.get_mut(variable)) else {
            return Err(LineError::Name((*name).to_owned()));
        };
        match *kind {
            "UP" => {
                *upper = value()?;
                if *upper < 0.0 && *lower == 0.0 {
                    *lower = f64::NEG_INFINITY;
                }
            }
            "LO" => *lower = value()?,
            "FX" => (*lower, *upper) = (value()?, value()?),
            "FR" => (*lower, *upper) = (f64::NEG_INFINITY, f64::INFINITY),
            "MI" => *lower = f64::NEG_INFINITY,
            "PL" => *upper = f64::INFINITY,
            "BV" | "LI" | "UI" | "SC" => return Err(LineError::Integer((*kind).to_owned())),
            other => return Err(LineError::Type(other.to_owned())),
        }
        Ok(())
    }
}
