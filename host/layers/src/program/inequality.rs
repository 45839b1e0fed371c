//! Rows of a constraint: its own where a convex function is alone on its side, those of epigraphs otherwise. A soft
//! constraint also gets its prices here.

use super::bound::{Epigraphs, Side};
use super::expression::{Atom, Kind, Sign};
use super::form::{Entry, Form, ONE, Symbols, pick, sum, times};
use super::rows::{Reading, Rows};
use super::{Constraint, Expression, ProgramError};

/// One entry of a constraint: affine forms of which the largest is at most 0.
type Largest = Vec<Entry>;

/// Adds the rows of a constraint, whose number tells its two sides from those of others.
pub(super) fn add_constraint(
    epigraphs: &mut Epigraphs,
    rows: &mut Rows,
    constraint: &Constraint,
    number: usize,
) -> Result<(), ProgramError> {
    constraint.check()?;
    let text = || constraint.text();
    for (small, large, flipped) in [
        constraint.lower.as_ref().map(|lower| (lower, &constraint.middle, true)),
        constraint.upper.as_ref().map(|upper| (&constraint.middle, upper, false)),
    ]
    .into_iter()
    .flatten()
    {
        let reading = Reading { equality: constraint.equality, flipped, ..Reading::default() };
        for (index, largest) in entries(epigraphs, constraint, small, large)?.into_iter().enumerate() {
            match constraint.softness {
                None => {
                    for entry in &largest {
                        rows.add(&epigraphs.symbols, entry, reading, &text)?;
                    }
                }
                Some(softness) => {
                    let reading = Reading { softness, origin: Some((number, index)), ..reading };
                    add_soft(epigraphs, rows, largest, reading, &text)?;
                }
            }
        }
    }
    Ok(())
}

/// The entries of `small <= large`, or of an equality.
fn entries(
    epigraphs: &mut Epigraphs,
    constraint: &Constraint,
    small: &Expression,
    large: &Expression,
) -> Result<Vec<Largest>, ProgramError> {
    let difference = small - large;
    let single = |form: Form| form.into_iter().map(|entry| vec![entry]).collect();
    if constraint.equality {
        return Ok(single(epigraphs.symbols.form(&difference)?.to_vec()));
    }
    if let Kind::Atom(atom, inner) = small.kind()
        && !large.has_atom()
        && !inner.has_atom()
    {
        let (inner, bound) = (epigraphs.symbols.form(inner)?, epigraphs.symbols.form(large)?);
        if let Some(entries) = own_entries(atom, &inner, &bound, constraint.softness.is_some()) {
            return Ok(entries);
        }
    }
    let bound = epigraphs.bound(&difference, Side::Above)?;
    if bound.squares.iter().any(|squares| !squares.is_empty()) {
        return Err(ProgramError::QuadraticConstraint { expression: constraint.text() });
    }
    Ok(single(bound.form))
}

/// The entries of `atom(inner) <= bound` without new variables. Nothing where there are none, or where an epigraph takes
/// fewer rows: a scalar function against several bounds.
fn own_entries(atom: &Atom, inner: &Form, bound: &Form, soft: bool) -> Option<Vec<Largest>> {
    let below = |i: usize, j: usize, sign: f64| sum(&times(pick(inner, i), sign), &times(pick(bound, j), -1.0));
    let length = inner.len().max(bound.len());
    match atom {
        // No entries, so that there is nothing to hold.
        Atom::Abs | Atom::Pos if inner.is_empty() => Some(Vec::new()),
        Atom::Abs => Some((0..length).map(|i| vec![below(i, i, 1.0), below(i, i, -1.0)]).collect()),
        Atom::Pos => Some((0..length).map(|i| vec![below(i, i, 1.0), times(pick(bound, i), -1.0)]).collect()),
        Atom::NormInf | Atom::Max => {
            let signs: &[f64] = if matches!(atom, Atom::Max) { &[1.0] } else { &[1.0, -1.0] };
            let all = |j: usize| (0..inner.len()).flat_map(move |i| signs.iter().map(move |&sign| below(i, j, sign)));
            match (bound.len(), smallest(bound)) {
                (1, _) => Some(vec![all(0).collect()]),
                // All of them hold where the least one does.
                (_, Some(least)) if !soft => Some(vec![all(least).collect()]),
                (several, _) if inner.len() == 1 => Some((0..several).map(|j| all(j).collect()).collect()),
                _ => None,
            }
        }
        Atom::SumSquares | Atom::QuadForm(_) | Atom::Huber(_) => None,
    }
}

/// Index of the least entry, where all are numbers.
fn smallest(form: &Form) -> Option<usize> {
    let mut least: Option<(usize, f64)> = None;
    for (index, entry) in form.iter().enumerate() {
        let value = match entry.iter().next() {
            None => 0.0,
            Some((&(ONE, ONE), &value)) if entry.len() == 1 => value,
            Some(_) => return None,
        };
        if least.is_none_or(|(_, least)| value < least) {
            least = Some((index, value));
        }
    }
    least.map(|(index, _)| index)
}

/// One entry of a soft constraint, priced once: by its row or, where several may be violated at once, by a variable of its
/// own that is at least as large as all of them.
fn add_soft(
    epigraphs: &mut Epigraphs,
    rows: &mut Rows,
    mut largest: Largest,
    reading: Reading,
    text: &dyn Fn() -> String,
) -> Result<(), ProgramError> {
    if largest.len() > 1 {
        largest.retain(|entry| !is_at_most_zero(&epigraphs.symbols, entry));
    }
    let apart = |a: &Entry, b: &Entry| is_at_most_zero(&epigraphs.symbols, &sum(a, b));
    let alone = largest.iter().enumerate().all(|(i, a)| largest.iter().skip(i + 1).all(|b| apart(a, b)));
    if alone {
        return largest.iter().try_for_each(|entry| rows.add(&epigraphs.symbols, entry, reading, text));
    }
    let violation = times(&epigraphs.violation(reading.softness), -1.0);
    let hard = Reading { flipped: reading.flipped, ..Reading::default() };
    largest.iter().try_for_each(|entry| rows.add(&epigraphs.symbols, &sum(entry, &violation), hard, text))
}

/// Whether something free of variables is never positive, as far as the parameters' signs are declared.
fn is_at_most_zero(symbols: &Symbols, entry: &Entry) -> bool {
    let free = entry.keys().all(|&(variable, _)| variable == ONE);
    free && symbols.sign(&vec![times(entry, -1.0)]) == Sign::Nonnegative
}
