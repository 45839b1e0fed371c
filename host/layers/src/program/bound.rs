//! Bounds of convex expressions where they are minimized or bounded from above (epigraphs). A bound is an affine form
//! of old and new variables, and squares. New rows keep it at least as large as the expression.

use super::expression::{Atom, Kind, Sign};
use super::form::{Entry, Form, ONE, Symbols, add, either, pick, product, sum, times};
use super::semidefinite::{is_known, is_parametric};
use super::{Expression, ProgramError};
use std::collections::BTreeMap;

/// Coefficients of products of two variables, the smaller index first, with a parameter.
pub(super) type Squares = BTreeMap<(u32, u32, u32), f64>;

/// Affine forms and squares, entry by entry.
#[derive(Debug, Clone, Default)]
pub(super) struct Bound {
    pub(super) form: Form,
    /// One for each entry, or none at all.
    pub(super) squares: Vec<Squares>,
}

/// On which side of the expression the bound may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// At least as large: of a convex expression.
    Above,
    /// At most as large: of a concave one.
    Below,
}

impl Side {
    fn opposite(self) -> Self {
        match self {
            Self::Above => Self::Below,
            Self::Below => Self::Above,
        }
    }
}

/// A constraint that an epigraph brings.
#[derive(Debug, Clone)]
pub(super) struct EpigraphRow {
    pub(super) entry: Entry,
    /// `entry = 0`, not `entry <= 0`.
    pub(super) equality: bool,
}

/// Builds bounds; gathers the rows that they bring.
#[derive(Debug, Default)]
pub(super) struct Epigraphs {
    pub(super) symbols: Symbols,
    pub(super) rows: Vec<EpigraphRow>,
    /// Prices of the violations that have a variable of their own.
    pub(super) prices: Squares,
}

impl Epigraphs {
    /// A bound of the expression on one side, tight where it is pressed against it.
    pub(super) fn bound(&mut self, expression: &Expression, side: Side) -> Result<Bound, ProgramError> {
        if !expression.has_atom() {
            return Ok(Bound { form: self.symbols.form(expression)?.to_vec(), squares: Vec::new() });
        }
        let length = expression.length();
        match expression.kind() {
            Kind::Sum(terms) => {
                let mut total = Bound { form: vec![Entry::new(); length], squares: Vec::new() };
                for term in terms {
                    total = total.plus(&self.bound(term, side)?.spread(length));
                }
                Ok(total)
            }
            Kind::Negative(inner) => Ok(self.bound(inner, side.opposite())?.times(-1.0)),
            Kind::Scaled(left, right) => {
                let (inner, factor) = if left.has_atom() { (left, right) } else { (right, left) };
                let (factor, side) = self.factor(expression, factor, side)?;
                let inner = self.bound(inner, side)?.spread(length);
                let mut total = Bound::default();
                for i in 0..length {
                    total.push(scaled(&inner.entry(i), pick(&factor, i), expression)?);
                }
                Ok(total)
            }
            Kind::Product(left, right) => {
                let (atoms, factor) = if left.has_atom() { (left, right) } else { (right, left) };
                let (factor, side) = self.factor(expression, factor, side)?;
                let (shared, columns) = (left.columns(), right.columns());
                let bound = self.bound(atoms, side)?;
                let mut total = Bound::default();
                for index in 0..length {
                    let mut sum = Bound { form: vec![Entry::new()], squares: Vec::new() };
                    for k in 0..shared {
                        let (l, r) = (index / columns * shared + k, k * columns + index % columns);
                        let (inner, by) = if left.has_atom() { (l, r) } else { (r, l) };
                        sum = sum.plus(&scaled(&bound.entry(inner), pick(&factor, by), expression)?);
                    }
                    total.push(sum);
                }
                Ok(total)
            }
            Kind::Entries(inner, indices) => {
                let inner = self.bound(inner, side)?;
                let mut total = Bound::default();
                indices.iter().for_each(|&index| total.push(inner.entry(index)));
                Ok(total)
            }
            Kind::Stack(parts) => {
                let mut total = Bound::default();
                for part in parts {
                    let bound = self.bound(part, side)?;
                    (0..part.length()).for_each(|index| total.push(bound.entry(index)));
                }
                Ok(total)
            }
            Kind::Total(inner) => {
                let bound = self.bound(inner, side)?;
                let zero = Bound { form: vec![Entry::new()], squares: Vec::new() };
                Ok((0..inner.length()).fold(zero, |total, index| total.plus(&bound.entry(index))))
            }
            Kind::Atom(atom, inner) if side == Side::Above => self.atom(expression, atom, inner),
            Kind::Atom(..) => Err(ProgramError::Curvature {
                expression: expression.to_string(),
                found: "convex",
                needed: "concave",
                advice: "minimize it, maximize its negative, or bound it from above",
            }),
            _ => Ok(Bound { form: self.symbols.form(expression)?.to_vec(), squares: Vec::new() }),
        }
    }

    /// What a convex or concave expression is scaled by, and the side on which that then has to be bounded.
    fn factor(&mut self, whole: &Expression, factor: &Expression, side: Side) -> Result<(Form, Side), ProgramError> {
        if factor.has_atom() || factor.has_variables() {
            return Err(ProgramError::VariablesMultiplied { expression: whole.to_string() });
        }
        let form = self.symbols.form(factor)?.to_vec();
        match self.symbols.sign(&form) {
            Sign::Nonnegative => Ok((form, side)),
            Sign::Nonpositive => Ok((form, side.opposite())),
            Sign::Any => Err(ProgramError::UnknownSign { expression: whole.to_string() }),
        }
    }

    fn atom(&mut self, whole: &Expression, atom: &Atom, inner: &Expression) -> Result<Bound, ProgramError> {
        match atom {
            Atom::SumSquares => {
                let form = self.symbols.form(inner)?.to_vec();
                let mut total = Bound { form: vec![Entry::new()], squares: vec![Squares::new()] };
                for entry in self.without_parameters(form) {
                    total = total.plus(&square(&entry, whole)?);
                }
                Ok(total)
            }
            Atom::QuadForm(matrix) => self.quad_form(whole, inner, matrix),
            Atom::Abs => {
                let form = self.symbols.form(inner)?.to_vec();
                let bounds = self.new_variables(form.len());
                for (entry, bound) in form.iter().zip(&bounds) {
                    self.at_most(entry, bound);
                    self.at_most(&times(entry, -1.0), bound);
                }
                Ok(Bound { form: bounds, squares: Vec::new() })
            }
            Atom::NormInf => {
                let form = self.symbols.form(inner)?.to_vec();
                let bounds = self.new_variables(1);
                for entry in &form {
                    self.at_most(entry, pick(&bounds, 0));
                    self.at_most(&times(entry, -1.0), pick(&bounds, 0));
                }
                Ok(Bound { form: bounds, squares: Vec::new() })
            }
            Atom::Max => {
                let form = self.affine_above(inner)?;
                let bounds = self.new_variables(1);
                form.iter().for_each(|entry| self.at_most(entry, pick(&bounds, 0)));
                Ok(Bound { form: bounds, squares: Vec::new() })
            }
            Atom::Pos => {
                let form = self.affine_above(inner)?;
                let bounds = self.new_variables(form.len());
                for (entry, bound) in form.iter().zip(&bounds) {
                    self.at_most(entry, bound);
                    self.at_most(&Entry::new(), bound);
                }
                Ok(Bound { form: bounds, squares: Vec::new() })
            }
            Atom::Huber(threshold) => {
                // min n^2 + 2 threshold t over |x - n| <= t.
                let form = self.symbols.form(inner)?.to_vec();
                let (near, far) = (self.new_variables(form.len()), self.new_variables(form.len()));
                let mut total = Bound::default();
                for ((entry, near), far) in form.iter().zip(&near).zip(&far) {
                    let rest = sum(entry, &times(near, -1.0));
                    self.at_most(&rest, far);
                    self.at_most(&times(&rest, -1.0), far);
                    let mut huber = square(near, whole)?;
                    huber.form = vec![times(far, 2.0 * threshold)];
                    total.push(huber);
                }
                Ok(total)
            }
        }
    }

    fn quad_form(
        &mut self,
        whole: &Expression,
        inner: &Expression,
        matrix: &Expression,
    ) -> Result<Bound, ProgramError> {
        if matrix.has_variables() {
            return Err(ProgramError::VariablesMultiplied { expression: whole.to_string() });
        }
        let weights = self.symbols.form(matrix)?.to_vec();
        let parametric = is_parametric(&weights);
        if !is_known(&mut self.symbols, matrix)? {
            let (matrix, expression) = (matrix.to_string(), whole.to_string());
            return Err(match parametric {
                true => ProgramError::SemidefinitenessUnknown { matrix, expression },
                false => ProgramError::NotPositiveSemidefinite { expression },
            });
        }
        let mut form = self.symbols.form(inner)?.to_vec();
        let constants = form.iter().flatten().any(|(&(variable, _), _)| variable == ONE);
        form = if parametric && constants { self.named(form) } else { self.without_parameters(form) };
        let mut total = Bound { form: vec![Entry::new()], squares: vec![Squares::new()] };
        let n = form.len();
        for i in 0..n {
            for j in 0..n {
                let pair = pair(pick(&form, i), pick(&form, j), whole)?;
                total = total.plus(&scaled(&pair, pick(&weights, i * n + j), whole)?);
            }
        }
        Ok(total)
    }

    /// The forms, or new variables equal to them where parameters scale their variables: a square of a parameter would
    /// not be affine in it.
    fn without_parameters(&mut self, form: Form) -> Form {
        let scaled = |entry: &Entry| entry.keys().any(|&(variable, parameter)| variable != ONE && parameter != ONE);
        if form.iter().any(scaled) { self.named(form) } else { form }
    }

    /// New variables equal to the forms.
    fn named(&mut self, form: Form) -> Form {
        let names = self.new_variables(form.len());
        for (entry, name) in form.iter().zip(&names) {
            self.rows.push(EpigraphRow { entry: sum(entry, &times(name, -1.0)), equality: true });
        }
        names
    }

    /// The bound from above of an argument in which the function does not fall.
    fn affine_above(&mut self, inner: &Expression) -> Result<Form, ProgramError> {
        let bound = self.bound(inner, Side::Above)?;
        if bound.squares.iter().any(|squares| !squares.is_empty()) {
            return Err(ProgramError::QuadraticConstraint { expression: inner.to_string() });
        }
        Ok(bound.form)
    }

    fn new_variables(&mut self, length: usize) -> Form {
        let first = self.symbols.new_variables(length);
        (first..).take(length).map(|index| Entry::from([((index, ONE), 1.0)])).collect()
    }

    /// A new variable at the price `s^2 / (2 softness)`.
    pub(super) fn violation(&mut self, softness: f64) -> Entry {
        let index = self.symbols.new_variables(1);
        self.prices.insert((index, index, ONE), 0.5 / softness);
        Entry::from([((index, ONE), 1.0)])
    }

    fn at_most(&mut self, entry: &Entry, bound: &Entry) {
        self.rows.push(EpigraphRow { entry: sum(entry, &times(bound, -1.0)), equality: false });
    }
}

impl Bound {
    fn entry(&self, index: usize) -> Self {
        let at = if self.form.len() == 1 { 0 } else { index };
        Self { form: vec![pick(&self.form, at).clone()], squares: self.squares.get(at).cloned().into_iter().collect() }
    }

    fn spread(self, length: usize) -> Self {
        if self.form.len() == length {
            return self;
        }
        let mut total = Self::default();
        (0..length).for_each(|index| total.push(self.entry(index)));
        total
    }

    /// Appends one entry.
    fn push(&mut self, entry: Self) {
        self.squares.resize(self.form.len(), Squares::new());
        self.form.extend(entry.form);
        self.squares.extend(entry.squares);
        self.squares.resize(self.form.len(), Squares::new());
    }

    fn times(&self, factor: f64) -> Self {
        Self {
            form: self.form.iter().map(|entry| times(entry, factor)).collect(),
            squares: self.squares.iter().map(|squares| times(squares, factor)).collect(),
        }
    }

    pub(super) fn plus(mut self, other: &Self) -> Self {
        for (entry, other) in self.form.iter_mut().zip(&other.form) {
            add(entry, other);
        }
        if !other.squares.is_empty() {
            self.squares.resize(self.form.len(), Squares::new());
        }
        for (squares, other) in self.squares.iter_mut().zip(&other.squares) {
            add(squares, other);
        }
        self
    }
}

/// One entry times something free of variables.
fn scaled(bound: &Bound, factor: &Entry, whole: &Expression) -> Result<Bound, ProgramError> {
    let text = || whole.to_string();
    let form = bound.form.iter().map(|entry| product(entry, factor, &text)).collect::<Result<_, _>>()?;
    let mut squares = Vec::new();
    for entry in &bound.squares {
        let mut total = Squares::new();
        for (&(x, y, p), &a) in entry {
            for (&(_, q), &b) in factor {
                let parameter = either(p, q, || ProgramError::ParametersMultiplied { expression: text() })?;
                add(&mut total, &Squares::from([((x, y, parameter), a * b)]));
            }
        }
        squares.push(total);
    }
    Ok(Bound { form, squares })
}

/// The square of an affine form whose variables no parameter scales, but for what depends on no variable.
fn square(entry: &Entry, whole: &Expression) -> Result<Bound, ProgramError> {
    pair(entry, entry, whole)
}

/// The product of two of them.
fn pair(left: &Entry, right: &Entry, whole: &Expression) -> Result<Bound, ProgramError> {
    let error = || ProgramError::ParametersMultiplied { expression: whole.to_string() };
    let (mut form, mut squares) = (Entry::new(), Squares::new());
    for (&(x, p), &a) in left {
        for (&(y, q), &b) in right {
            if x == ONE && y == ONE {
                continue;
            }
            let parameter = either(p, q, error)?;
            if x == ONE || y == ONE {
                add(&mut form, &Entry::from([((x.min(y), parameter), a * b)]));
            } else {
                add(&mut squares, &Squares::from([((x.min(y), x.max(y), parameter), a * b)]));
            }
        }
    }
    Ok(Bound { form: vec![form], squares: vec![squares] })
}
