//! Random programs by seed: a feasible point first, then constraints that it satisfies, then an objective.
//!
//! All numbers are multiples of powers of two, so that products of a few of them are exact in single precision.

use super::formulas::Drawing;
use super::node::{Atom, Node, by_rows, scalar};
use super::stated::{Constraint, Relation, Stated};
use serde::Serialize;

/// Prevailing part of a random program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Scalar functions against vectors of bounds, and vectors against scalars.
    Broadcast,
    /// Soft constraints.
    Soft,
    /// Constraints on the same formula, hard and soft, repeated, negated and scaled.
    Merged,
    /// Bounds of scaled single variables.
    Scaled,
    /// Two-sided constraints and equalities.
    TwoSided,
    /// Parameters as coefficients, factors and bounds.
    Parametric,
    /// Convex functions.
    Functions,
    /// An objective that is flat in some directions.
    Semidefinite,
    /// No squares.
    Linear,
    /// Hard constraints that contradict each other.
    Contradictory,
    /// An objective that may have no minimum.
    Unbounded,
    /// Some of everything.
    Mixed,
}

impl Kind {
    /// All kinds; the seed counts through them.
    pub const ALL: [Self; 12] = [
        Self::Broadcast,
        Self::Soft,
        Self::Merged,
        Self::Scaled,
        Self::TwoSided,
        Self::Parametric,
        Self::Functions,
        Self::Semidefinite,
        Self::Linear,
        Self::Contradictory,
        Self::Unbounded,
        Self::Mixed,
    ];

    /// The kind of a seed.
    pub fn of(seed: u64) -> Self {
        Self::ALL[(seed % Self::ALL.len() as u64) as usize]
    }

    /// Name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::Soft => "soft",
            Self::Merged => "merged",
            Self::Scaled => "scaled",
            Self::TwoSided => "two-sided",
            Self::Parametric => "parametric",
            Self::Functions => "functions",
            Self::Semidefinite => "semidefinite",
            Self::Linear => "linear",
            Self::Contradictory => "contradictory",
            Self::Unbounded => "unbounded",
            Self::Mixed => "mixed",
        }
    }
}

/// The program of a seed.
pub fn draw(seed: u64) -> Stated {
    let kind = Kind::of(seed);
    let drawing = &mut Drawing::new(seed, if kind == Kind::Parametric { 0.8 } else { 0.3 });
    let count = 1 + drawing.below(4);
    let mut constraints = Vec::new();
    for _ in 0..count {
        let constraint = one_constraint(drawing, kind);
        let variants = match kind {
            Kind::Merged => 1 + drawing.below(3),
            _ => usize::from(drawing.chance(0.2)),
        };
        for _ in 0..variants {
            let variant = variant(drawing, &constraint);
            constraints.push(variant);
        }
        constraints.push(constraint);
    }
    if kind == Kind::Contradictory {
        contradict(drawing, &mut constraints);
    }
    let (objective, curvature) = objective(drawing, kind, &mut constraints);
    for index in (1..constraints.len()).rev() {
        let other = drawing.below(index + 1);
        constraints.swap(index, other);
    }
    let maximized = drawing.chance(0.3);
    let feasible = (kind != Kind::Contradictory).then(|| drawing.point.clone());
    Stated {
        variables: drawing.point.iter().map(|value| value.shape()).collect(),
        parameters: std::mem::take(&mut drawing.parameters),
        objective,
        maximized,
        constraints,
        curvature,
        feasible,
    }
}

/// A constraint that the planted point satisfies if it is hard.
fn one_constraint(drawing: &mut Drawing, kind: Kind) -> Constraint {
    let often = |wanted: bool| if wanted { 0.7 } else { 0.25 };
    let soft = match kind {
        Kind::Soft | Kind::Scaled | Kind::Merged => 0.6,
        Kind::Contradictory => 0.1,
        _ => 0.25,
    };
    let softness = drawing.chance(soft).then(|| drawing.softness());
    if drawing.chance(often(kind == Kind::TwoSided)) {
        return two_sided(drawing, softness);
    }
    let broadcast = kind == Kind::Broadcast;
    let convex = drawing.chance(often(matches!(kind, Kind::Functions | Kind::Broadcast | Kind::Soft)));
    let length = drawing.length();
    let left = if convex {
        let length = if broadcast && drawing.chance(0.7) { 1 } else { length };
        drawing.convex(length, 1)
    } else if drawing.chance(often(kind == Kind::Scaled)) {
        let inner = drawing.leaf(length);
        let factor = drawing.factor();
        drawing.times(factor, inner)
    } else {
        drawing.affine(length, 2, true)
    };
    let values = by_rows(&drawing.value(&left));
    let length = match values.len() {
        1 if drawing.chance(if broadcast { 0.7 } else { 0.2 }) => 2 + drawing.below(2),
        1 => 1,
        length if drawing.chance(0.5) => length,
        _ => 1,
    };
    // Above an affine formula, or below it.
    let below = !convex && drawing.chance(0.5);
    let sign = if below { -1.0 } else { 1.0 };
    let largest = values.iter().fold(f64::NEG_INFINITY, |largest, value| largest.max(sign * value));
    let mut bounds = Vec::new();
    for index in 0..length {
        let value = if length == values.len() { sign * values[index] } else { largest };
        bounds.push(sign * (value + drawing.slack(softness.is_some())));
    }
    let right = drawing.bound(bounds, sign);
    let relation = match (below, drawing.chance(0.7)) {
        (false, true) => Relation::AtMost(left, right),
        (false, false) => Relation::AtLeast(right, left),
        (true, true) => Relation::AtLeast(left, right),
        (true, false) => Relation::AtMost(right, left),
    };
    let relation = if drawing.chance(0.15) { negated(relation) } else { relation };
    Constraint { relation, softness }
}

/// An equality or two bounds.
fn two_sided(drawing: &mut Drawing, softness: Option<f64>) -> Constraint {
    let length = drawing.length();
    let left = drawing.affine(length, 2, true);
    let values = by_rows(&drawing.value(&left));
    let shift = if softness.is_some() { drawing.number() } else { 0.0 };
    if drawing.chance(0.3) {
        let right = drawing.bound(values.iter().map(|value| value + shift).collect(), 0.0);
        return Constraint { relation: Relation::Equals(left, right), softness };
    }
    let mut side = |sign: f64| {
        let scalar = drawing.chance(0.4);
        let largest = values.iter().fold(f64::NEG_INFINITY, |largest, value| largest.max(sign * value));
        let length = if scalar { 1 } else { values.len() };
        let mut bounds = Vec::new();
        for index in 0..length {
            let value = if scalar { sign * largest } else { values[index] };
            bounds.push(value + shift + sign * drawing.slack(false));
        }
        drawing.given(bounds, sign)
    };
    let (low, high) = (side(-1.0), side(1.0));
    Constraint { relation: Relation::Between(left, low, high), softness }
}

fn negated(relation: Relation) -> Relation {
    let minus = |node: Node| Node::Negative(Box::new(node));
    match relation {
        Relation::AtMost(a, b) => Relation::AtLeast(minus(a), minus(b)),
        Relation::AtLeast(a, b) => Relation::AtMost(minus(a), minus(b)),
        Relation::Between(a, low, high) => Relation::Between(minus(a), minus(high), minus(low)),
        Relation::Equals(a, b) => Relation::Equals(minus(a), minus(b)),
    }
}

/// A constraint on the same formula: repeated, looser, negated or scaled, hard or soft.
fn variant(drawing: &mut Drawing, constraint: &Constraint) -> Constraint {
    let softness = match constraint.softness {
        None if drawing.chance(0.6) => None,
        Some(softness) if drawing.chance(0.5) => Some(softness),
        _ => Some(drawing.softness()),
    };
    let by = |drawing: &mut Drawing, relation: &Relation, shift: f64, scale: f64| {
        let moved = |drawing: &mut Drawing, node: &Node, shift: f64| {
            let moved = if shift == 0.0 { node.clone() } else { drawing.plus(node.clone(), shift) };
            if scale == 1.0 { moved } else { drawing.times(scale, moved) }
        };
        match relation {
            Relation::AtMost(a, b) => Relation::AtMost(moved(drawing, a, 0.0), moved(drawing, b, shift)),
            Relation::AtLeast(a, b) => Relation::AtLeast(moved(drawing, a, 0.0), moved(drawing, b, -shift)),
            Relation::Between(a, low, high) => {
                Relation::Between(moved(drawing, a, 0.0), moved(drawing, low, -shift), moved(drawing, high, shift))
            }
            Relation::Equals(a, b) => Relation::Equals(moved(drawing, a, 0.0), moved(drawing, b, 0.0)),
        }
    };
    // A hard one only becomes looser, and so do two sides, which must not pass each other.
    let tighter = softness.is_some() && !matches!(constraint.relation, Relation::Between(..));
    let shift = match drawing.below(3) {
        0 => 0.0,
        _ if tighter => drawing.number(),
        _ => drawing.number().abs(),
    };
    let scale = if drawing.chance(0.4) { drawing.factor().abs() } else { 1.0 };
    let relation = by(drawing, &constraint.relation, shift, scale);
    let relation = if drawing.chance(0.3) { negated(relation) } else { relation };
    Constraint { relation, softness }
}

/// Two hard constraints that no point satisfies.
fn contradict(drawing: &mut Drawing, constraints: &mut Vec<Constraint>) {
    let left = drawing.affine(1, 2, true);
    let value = drawing.value(&left).sum();
    let gap = 0.5 + drawing.number().abs();
    let above = drawing.given(vec![value + gap], 0.0);
    let hard = |relation| Constraint { relation, softness: None };
    match drawing.below(4) {
        0 => {
            let below = drawing.given(vec![value], 0.0);
            constraints.extend([hard(Relation::AtMost(left.clone(), below)), hard(Relation::AtLeast(left, above))]);
        }
        1 => {
            let length = drawing.length();
            let inner = drawing.affine(length, 1, true);
            let atom = if drawing.chance(0.5) { Atom::NormInf } else { Atom::Norm1 };
            let below = drawing.given(vec![-gap], 0.0);
            constraints.push(hard(Relation::AtMost(Node::Atom(atom, Box::new(inner)), below)));
        }
        2 => {
            let same = drawing.given(vec![value], 0.0);
            constraints.extend([hard(Relation::Equals(left.clone(), same)), hard(Relation::AtLeast(left, above))]);
        }
        _ => {
            let far = drawing.given(vec![value + 2.0 * gap], 0.0);
            constraints.extend([hard(Relation::Equals(left.clone(), above)), hard(Relation::Equals(left, far))]);
        }
    }
}

/// Terms of the objective, and its least curvature.
fn objective(drawing: &mut Drawing, kind: Kind, constraints: &mut Vec<Constraint>) -> (Vec<(Node, Node)>, f64) {
    let mut terms = Vec::new();
    let flat = match kind {
        Kind::Semidefinite | Kind::Linear | Kind::Unbounded => 1.0,
        _ => 0.25,
    };
    let flat = drawing.chance(flat);
    let mut curvature = f64::INFINITY;
    if flat {
        if kind != Kind::Unbounded || drawing.chance(0.3) {
            // Bounded by a box around the planted point.
            for variable in 0..drawing.point.len() {
                let limit = |value: f64| Node::Constant(scalar(value));
                let relation = Relation::Between(Node::Variable(variable), limit(-4.0), limit(4.0));
                constraints.push(Constraint { relation, softness: None });
            }
        }
        curvature = 0.0;
        let slope = drawing.affine(1, 2, true);
        terms.push((Node::Constant(scalar(1.0)), slope));
    } else {
        for variable in 0..drawing.point.len() {
            let weight = 0.5 * (1 + drawing.below(4)) as f64;
            let (factor, parametric) = drawing.weight(weight);
            let target = drawing.target(variable, !parametric);
            let miss = Node::Difference(Box::new(Node::Variable(variable)), Box::new(target));
            terms.push((factor, Node::Atom(Atom::SumSquares, Box::new(miss))));
            curvature = curvature.min(2.0 * weight);
        }
    }
    for _ in 0..drawing.below(3) {
        let term = if kind == Kind::Linear || drawing.chance(0.5) { drawing.piecewise() } else { drawing.squares() };
        terms.push(term);
    }
    (terms, curvature)
}
