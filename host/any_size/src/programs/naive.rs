//! Naive translation of a random program for Clarabel. Every convex function, every square and every violation is a new
//! variable, and every inequality is one row. Nothing is merged and nothing becomes a simple bound.
//!
//! The coefficients of an affine formula are its values at the origin and at the unit vectors.

use super::node::{Atom, Matrix, Node, Point, by_rows};
use super::stated::Stated;
use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT};

/// A variable of the translation that is so many times larger than the program's own makes the answer a rough one.
const ROUGH: f64 = 1e3;

/// Verdict of Clarabel.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Entries of the variables, the least objective, and the sum of the magnitudes of all duals.
    Solved {
        /// Values of the program's own variables.
        x: Vec<f64>,
        /// Least objective, without the objective's constant.
        objective: f64,
        /// What a violation of all rows by 1 may gain.
        prices: f64,
    },
    /// No point satisfies the hard constraints.
    Infeasible,
    /// The objective has no minimum.
    Unbounded,
    /// It gave up, or its answer is a rough one.
    Undecided,
}

/// Coefficients of all variables so far, and a constant.
#[derive(Debug, Clone, Default)]
struct Linear {
    terms: Vec<(usize, f64)>,
    constant: f64,
}

impl Linear {
    fn variable(index: usize) -> Self {
        Self { terms: vec![(index, 1.0)], constant: 0.0 }
    }

    fn times(&self, factor: f64) -> Self {
        let terms = self.terms.iter().map(|&(index, value)| (index, factor * value)).collect();
        Self { terms, constant: factor * self.constant }
    }

    fn plus(&self, other: &Self) -> Self {
        let terms = self.terms.iter().chain(&other.terms).copied().collect();
        Self { terms, constant: self.constant + other.constant }
    }

    fn minus(&self, other: &Self) -> Self {
        self.plus(&other.times(-1.0))
    }
}

/// The conic program as it grows.
struct Naive<'a> {
    stated: &'a Stated,
    parameters: Vec<Matrix>,
    /// The origin and the unit vectors.
    probes: Vec<Vec<Matrix>>,
    count: usize,
    /// Each 0.
    equalities: Vec<Linear>,
    /// Each at most 0.
    inequalities: Vec<Linear>,
    /// Cost `value x_i x_j`.
    quadratic: Vec<(usize, usize, f64)>,
    cost: Linear,
}

/// Clarabel's verdict on a program.
///
/// # Errors
/// The formula at fault where a convex function stands where this check may not draw one.
pub fn verdict(stated: &Stated) -> Result<Verdict, String> {
    let length = stated.length();
    let unit = |index: usize| (0..length).map(|entry| f64::from(u8::from(entry + 1 == index))).collect::<Vec<_>>();
    let mut naive = Naive {
        stated,
        parameters: stated.values(),
        probes: (0..=length).map(|index| stated.point(&unit(index))).collect(),
        count: length,
        equalities: Vec::new(),
        inequalities: Vec::new(),
        quadratic: Vec::new(),
        cost: Linear::default(),
    };
    for (factor, node) in &stated.objective {
        let factor = naive.at_origin(factor).sum();
        naive.minimize(factor, node)?;
    }
    for constraint in &stated.constraints {
        for (small, large) in constraint.relation.sides() {
            naive.constrain(small, large, constraint.relation.is_equality(), constraint.softness)?;
        }
    }
    Ok(naive.solve())
}

impl Naive<'_> {
    fn value(&self, node: &Node, probe: usize) -> Matrix {
        node.value(Point { variables: &self.probes[probe], parameters: &self.parameters })
    }

    fn at_origin(&self, node: &Node) -> Matrix {
        self.value(node, 0)
    }

    fn new_variables(&mut self, count: usize) -> Vec<Linear> {
        let first = self.count;
        self.count += count;
        (first..self.count).map(Linear::variable).collect()
    }

    /// An affine formula, entry by entry.
    fn affine(&self, node: &Node) -> Vec<Linear> {
        let origin = by_rows(&self.at_origin(node));
        let mut forms: Vec<Linear> = origin.iter().map(|&constant| Linear { terms: Vec::new(), constant }).collect();
        for index in 1..self.probes.len() {
            let there = by_rows(&self.value(node, index));
            for ((form, there), here) in forms.iter_mut().zip(there).zip(&origin) {
                // The difference of two equal infinities is none.
                if there != *here {
                    form.terms.push((index - 1, there - here));
                }
            }
        }
        forms
    }

    /// Upper bounds of `sign` times a formula, entry by entry.
    fn above(&mut self, node: &Node, sign: f64) -> Result<Vec<Linear>, String> {
        if !node.has_atom() {
            return Ok(self.affine(node).iter().map(|form| form.times(sign)).collect());
        }
        let length = self.at_origin(node).len();
        let spread = |forms: &[Linear], index: usize| forms[if forms.len() == 1 { 0 } else { index }].clone();
        match node {
            Node::Sum(a, b) => {
                let (a, b) = (self.above(a, sign)?, self.above(b, sign)?);
                Ok((0..length).map(|i| spread(&a, i).plus(&spread(&b, i))).collect())
            }
            Node::Difference(a, b) => {
                let (a, b) = (self.above(a, sign)?, self.above(b, -sign)?);
                Ok((0..length).map(|i| spread(&a, i).plus(&spread(&b, i))).collect())
            }
            Node::Negative(a) => self.above(a, -sign),
            Node::Product(a, b) | Node::Scaled(a, b) => self.scaled(a, b, sign),
            Node::Dot(a, b) => {
                let products = self.scaled(a, b, sign)?;
                Ok(vec![products.iter().fold(Linear::default(), |sum, form| sum.plus(form))])
            }
            Node::Entries(a, indices) => {
                let a = self.above(a, sign)?;
                Ok(indices.iter().map(|&index| a[index].clone()).collect())
            }
            Node::Stack(parts) => {
                let mut forms = Vec::new();
                for part in parts {
                    forms.extend(self.above(part, sign)?);
                }
                Ok(forms)
            }
            Node::Total(a) | Node::Mean(a) => {
                let a = self.above(a, sign)?;
                let share = if matches!(node, Node::Mean(_)) { 1.0 / a.len() as f64 } else { 1.0 };
                Ok(vec![a.iter().fold(Linear::default(), |sum, form| sum.plus(form)).times(share)])
            }
            Node::Atom(atom, a) if sign > 0.0 => self.epigraph(atom, a),
            _ => Err(format!("the check draws {node} where no convex function may be")),
        }
    }

    /// One side is free of variables and of one sign.
    fn scaled(&mut self, a: &Node, b: &Node, sign: f64) -> Result<Vec<Linear>, String> {
        let (factor, inner) = if a.has_atom() { (b, a) } else { (a, b) };
        let factor = by_rows(&self.at_origin(factor));
        let side = if factor.iter().any(|&factor| factor < 0.0) { -sign } else { sign };
        let inner = self.above(inner, side)?;
        let length = factor.len().max(inner.len());
        let pick = |index: usize, length: usize| if length == 1 { 0 } else { index };
        let form = |i: usize| inner[pick(i, inner.len())].times(factor[pick(i, factor.len())].abs());
        Ok((0..length).map(form).collect())
    }

    fn epigraph(&mut self, atom: &Atom, inner: &Node) -> Result<Vec<Linear>, String> {
        let inner = match atom {
            Atom::Max | Atom::Pos => self.above(inner, 1.0)?,
            _ => self.affine(inner),
        };
        let count = if matches!(atom, Atom::NormInf | Atom::Max) { 1 } else { inner.len() };
        let bounds = self.new_variables(count);
        for (index, form) in inner.iter().enumerate() {
            let bound = &bounds[if count == 1 { 0 } else { index }];
            self.inequalities.push(form.minus(bound));
            match atom {
                Atom::Max => {}
                Atom::Pos => self.inequalities.push(bound.times(-1.0)),
                Atom::Abs | Atom::Norm1 | Atom::NormInf => self.inequalities.push(form.times(-1.0).minus(bound)),
                Atom::SumSquares | Atom::QuadForm(_) | Atom::Huber(_) => {
                    return Err("the check draws a quadratic in a constraint".into());
                }
            }
        }
        if matches!(atom, Atom::Norm1) {
            return Ok(vec![bounds.iter().fold(Linear::default(), |sum, bound| sum.plus(bound))]);
        }
        Ok(bounds)
    }

    /// Adds `factor` times a scalar to the cost.
    fn minimize(&mut self, factor: f64, node: &Node) -> Result<(), String> {
        match node {
            Node::Atom(Atom::SumSquares, inner) => {
                for residual in self.named(inner) {
                    self.quadratic.push((residual, residual, factor));
                }
            }
            Node::Atom(Atom::QuadForm(matrix), inner) => {
                let (matrix, residuals) = (self.at_origin(matrix), self.named(inner));
                for (i, &x) in residuals.iter().enumerate() {
                    for (j, &y) in residuals.iter().enumerate() {
                        self.quadratic.push((x, y, factor * matrix[(i, j)]));
                    }
                }
            }
            Node::Total(huber) if matches!(**huber, Node::Atom(Atom::Huber(_), _)) => {
                let Node::Atom(Atom::Huber(threshold), inner) = &**huber else { return Ok(()) };
                for form in self.affine(inner) {
                    let parts = self.new_variables(2);
                    let near = self.count - 2;
                    let rest = form.minus(&parts[0]);
                    self.inequalities.push(rest.minus(&parts[1]));
                    self.inequalities.push(rest.times(-1.0).minus(&parts[1]));
                    self.quadratic.push((near, near, factor));
                    self.cost = self.cost.plus(&parts[1].times(2.0 * threshold * factor));
                }
            }
            _ => {
                let side = if factor < 0.0 { -1.0 } else { 1.0 };
                for form in self.above(node, side)? {
                    self.cost = self.cost.plus(&form.times(factor.abs()));
                }
            }
        }
        Ok(())
    }

    /// New variables equal to an affine formula.
    fn named(&mut self, node: &Node) -> Vec<usize> {
        let forms = self.affine(node);
        let first = self.count;
        let names = self.new_variables(forms.len());
        self.equalities.extend(names.iter().zip(&forms).map(|(name, form)| name.minus(form)));
        (first..self.count).collect()
    }

    fn constrain(&mut self, small: &Node, large: &Node, equality: bool, soft: Option<f64>) -> Result<(), String> {
        let (small, large) = (self.above(small, 1.0)?, self.above(large, -1.0)?);
        let pick = |forms: &[Linear], index: usize| forms[if forms.len() == 1 { 0 } else { index }].clone();
        // A side of one entry is paired with every entry of the other.
        let length = if small.len() == 1 { large.len() } else { small.len() };
        for index in 0..length {
            let mut difference = pick(&small, index).plus(&pick(&large, index));
            if difference.constant == f64::NEG_INFINITY {
                continue;
            }
            if let Some(softness) = soft {
                let slack = self.count;
                let violation = self.new_variables(1);
                difference = difference.minus(&violation[0]);
                self.quadratic.push((slack, slack, 0.5 / softness));
            }
            if equality { &mut self.equalities } else { &mut self.inequalities }.push(difference);
        }
        Ok(())
    }

    fn solve(&self) -> Verdict {
        let n = self.count;
        let (mut rows, mut columns, mut values, mut bounds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for form in self.equalities.iter().chain(&self.inequalities) {
            for &(variable, value) in &form.terms {
                rows.push(bounds.len());
                columns.push(variable);
                values.push(value);
            }
            bounds.push(-form.constant);
        }
        let matrix = CscMatrix::new_from_triplets(bounds.len(), n, rows, columns, values);
        let mut hessian = (Vec::new(), Vec::new(), Vec::new());
        for &(i, j, value) in &self.quadratic {
            // Clarabel halves x'Px and reads the upper triangle.
            let value = if i == j { 2.0 * value } else { value };
            hessian.0.push(i.min(j));
            hessian.1.push(i.max(j));
            hessian.2.push(value);
        }
        let hessian = CscMatrix::new_from_triplets(n, n, hessian.0, hessian.1, hessian.2);
        let mut linear = vec![0.0; n];
        self.cost.terms.iter().for_each(|&(variable, value)| linear[variable] += value);
        let cones = [ZeroConeT(self.equalities.len()), NonnegativeConeT(self.inequalities.len())];
        let settings = DefaultSettings {
            verbose: false,
            tol_gap_abs: 1e-10,
            tol_gap_rel: 1e-10,
            tol_feas: 1e-10,
            ..DefaultSettings::default()
        };
        let Ok(mut solver) = DefaultSolver::new(&hessian, &linear, &matrix, &bounds, &cones, settings) else {
            return Verdict::Undecided;
        };
        solver.solve();
        let size = |x: &[f64]| x.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
        let own = self.stated.length();
        // Its tolerance is relative to the largest variable: an epigraph's that nothing presses down spoils the others.
        let spoilt = size(&solver.solution.x) > ROUGH * size(solver.solution.x.get(..own).unwrap_or_default());
        match solver.solution.status {
            SolverStatus::Solved if spoilt => Verdict::Undecided,
            SolverStatus::Solved => Verdict::Solved {
                x: solver.solution.x[..own].to_vec(),
                objective: solver.solution.obj_val + self.cost.constant,
                prices: solver.solution.z.iter().map(|z| z.abs()).sum(),
            },
            SolverStatus::PrimalInfeasible => Verdict::Infeasible,
            SolverStatus::DualInfeasible => Verdict::Unbounded,
            _ => Verdict::Undecided,
        }
    }
}
