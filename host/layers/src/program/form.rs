//! Affine form of an expression: a sum of variables, of their products with parameters, of parameters and of numbers.

use super::expression::{Kind, Sign, Symbol};
use super::{Expression, ProgramError};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// In place of the index of a variable or parameter where a term has none.
pub(super) const ONE: u32 = u32::MAX;

/// What is left of a coefficient that cancels, relative to what was added last.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// One entry: coefficients by variable and parameter; nowhere 0.
pub(super) type Entry = BTreeMap<(u32, u32), f64>;

/// All entries, by rows.
pub(super) type Form = Vec<Entry>;

/// A parameter in the list of a program.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) offset: u32,
    pub(super) length: u32,
    pub(super) sign: Sign,
    pub(super) semidefinite: bool,
}

/// What was met so far: variables by number, parameters as listed.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    pub(super) variables: HashMap<u64, u32>,
    pub(super) variable_count: u32,
    pub(super) parameters: HashMap<u64, Listed>,
    /// Forms of expressions that may be used more than once.
    forms: HashMap<usize, (Expression, Rc<Form>)>,
}

impl Symbols {
    /// The first of `length` new variables.
    pub(super) fn new_variables(&mut self, length: usize) -> u32 {
        let first = self.variable_count;
        self.variable_count += length as u32;
        first
    }

    fn variable(&mut self, symbol: &Symbol, length: usize) -> u32 {
        if let Some(&first) = self.variables.get(&symbol.id) {
            return first;
        }
        let first = self.new_variables(length);
        self.variables.insert(symbol.id, first);
        first
    }

    /// The form of an expression without convex functions.
    pub(super) fn form(&mut self, expression: &Expression) -> Result<Rc<Form>, ProgramError> {
        let address = Arc::as_ptr(&expression.0) as usize;
        if let Some((_, form)) = self.forms.get(&address) {
            return Ok(form.clone());
        }
        let form = Rc::new(self.build(expression)?);
        // The expression is kept too, so that its address stays its own.
        self.forms.insert(address, (expression.clone(), form.clone()));
        Ok(form)
    }

    fn build(&mut self, expression: &Expression) -> Result<Form, ProgramError> {
        let length = expression.length();
        let text = || expression.to_string();
        let single = |key, value| if value == 0.0 { Entry::new() } else { Entry::from([(key, value)]) };
        Ok(match expression.kind() {
            Kind::Variable(symbol) => {
                let first = self.variable(symbol, length);
                (first..).take(length).map(|index| single((index, ONE), 1.0)).collect()
            }
            Kind::Parameter(symbol) => {
                let missing = || ProgramError::ParameterMissing { name: symbol.name.clone() };
                let listed = self.parameters.get(&symbol.id).ok_or_else(missing)?;
                if (listed.sign, listed.semidefinite) != (symbol.sign, symbol.semidefinite) {
                    return Err(ProgramError::ParameterDeclaredTwice { name: symbol.name.clone() });
                }
                (listed.offset..).take(length).map(|index| single((ONE, index), 1.0)).collect()
            }
            Kind::Constant(entries) => {
                if entries.iter().any(|entry| entry.is_nan()) {
                    return Err(ProgramError::NotFinite { expression: text() });
                }
                entries.iter().map(|&entry| single((ONE, ONE), entry)).collect()
            }
            Kind::Sum(terms) => {
                let mut total = vec![Entry::new(); length];
                for term in terms {
                    let form = self.form(term)?;
                    total.iter_mut().enumerate().for_each(|(i, total)| add(total, pick(&form, i)));
                }
                total
            }
            Kind::Negative(inner) => self.form(inner)?.iter().map(|entry| times(entry, -1.0)).collect(),
            Kind::Scaled(left, right) => {
                let (left, right) = (self.form(left)?, self.form(right)?);
                (0..length).map(|i| product(pick(&left, i), pick(&right, i), &text)).collect::<Result<_, _>>()?
            }
            Kind::Product(left, right) => {
                let (inner, columns) = (left.columns(), right.columns());
                let (left, right) = (self.form(left)?, self.form(right)?);
                let entry = |i: usize, j: usize| {
                    let mut total = Entry::new();
                    for k in 0..inner {
                        add(&mut total, &product(pick(&left, i * inner + k), pick(&right, k * columns + j), &text)?);
                    }
                    Ok(total)
                };
                (0..length).map(|index| entry(index / columns, index % columns)).collect::<Result<_, _>>()?
            }
            Kind::Entries(inner, indices) => {
                let inner = self.form(inner)?;
                indices.iter().map(|&index| pick(&inner, index).clone()).collect()
            }
            Kind::Stack(parts) => {
                let mut form = Form::new();
                for part in parts {
                    form.extend(self.form(part)?.iter().cloned());
                }
                form
            }
            Kind::Total(inner) => {
                let mut total = Entry::new();
                for entry in self.form(inner)?.iter() {
                    add(&mut total, entry);
                }
                vec![total]
            }
            Kind::Atom(..) => {
                let advice = "name it by a new variable t and ask for t.at_least(...)";
                return Err(ProgramError::Curvature { expression: text(), found: "convex", needed: "affine", advice });
            }
            Kind::Invalid(error) => return Err(error.clone()),
        })
    }

    /// The sign of every entry of something free of variables, if it is known and the same.
    pub(super) fn sign(&self, form: &Form) -> Sign {
        let parameter = |index: u32| {
            let has = |listed: &&Listed| (listed.offset..listed.offset + listed.length).contains(&index);
            self.parameters.values().find(has).map_or(Sign::Any, |listed| listed.sign)
        };
        let mut signs = form.iter().flatten().map(|(&(_, index), &value)| {
            let sign = if index == ONE { Sign::Nonnegative } else { parameter(index) };
            match (sign, value >= 0.0) {
                (Sign::Any, _) => Sign::Any,
                (Sign::Nonnegative, true) | (Sign::Nonpositive, false) => Sign::Nonnegative,
                (Sign::Nonnegative, false) | (Sign::Nonpositive, true) => Sign::Nonpositive,
            }
        });
        let Some(first) = signs.next() else { return Sign::Nonnegative };
        if signs.all(|sign| sign == first) { first } else { Sign::Any }
    }
}

/// Entry `index`, or the only one of a scalar.
pub(super) fn pick(form: &Form, index: usize) -> &Entry {
    static EMPTY: Entry = Entry::new();
    form.get(if form.len() == 1 { 0 } else { index }).unwrap_or(&EMPTY)
}

/// Adds the coefficients; those that cancel up to rounding are gone.
pub(super) fn add<K: Ord + Copy>(total: &mut BTreeMap<K, f64>, other: &BTreeMap<K, f64>) {
    for (&key, &value) in other {
        let entry = total.entry(key).or_insert(0.0);
        *entry += value;
        if entry.abs() <= ROUNDING * value.abs() && entry.is_finite() {
            total.remove(&key);
        }
    }
}

pub(super) fn sum(left: &Entry, right: &Entry) -> Entry {
    let mut total = left.clone();
    add(&mut total, right);
    total
}

pub(super) fn times<K: Ord + Copy>(entry: &BTreeMap<K, f64>, factor: f64) -> BTreeMap<K, f64> {
    entry.iter().map(|(&key, &value)| (key, factor * value)).collect()
}

/// Which of two indices there is; the error where there are both.
pub(super) fn either(left: u32, right: u32, error: impl Fn() -> ProgramError) -> Result<u32, ProgramError> {
    match (left, right) {
        (ONE, other) | (other, ONE) => Ok(other),
        _ => Err(error()),
    }
}

pub(super) fn product(left: &Entry, right: &Entry, text: &dyn Fn() -> String) -> Result<Entry, ProgramError> {
    let mut total = Entry::new();
    for (&(x, p), &a) in left {
        for (&(y, q), &b) in right {
            let variable = either(x, y, || ProgramError::VariablesMultiplied { expression: text() })?;
            let parameter = either(p, q, || ProgramError::ParametersMultiplied { expression: text() })?;
            add(&mut total, &Entry::from([((variable, parameter), a * b)]));
        }
    }
    Ok(total)
}
