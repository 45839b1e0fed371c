//! A random program as its user states it: objective, constraints, parameters; and its direct evaluation at a point.

use super::node::{Matrix, Node, Point, broadcast, text};
use convex_edge::program::Sign;
use std::fmt::{self, Display, Formatter};

/// Everything that a user writes.
#[derive(Debug, Clone)]
pub struct Stated {
    /// Rows and columns of the variables.
    pub variables: Vec<(usize, usize)>,
    /// The parameters, in order.
    pub parameters: Vec<Given>,
    /// Terms of the sum that is minimized, each a factor that is free of variables, and a scalar.
    pub objective: Vec<(Node, Node)>,
    /// Written as the maximum of the negative sum.
    pub maximized: bool,
    /// Constraints of the program.
    pub constraints: Vec<Constraint>,
    /// The least curvature of the objective along every variable; 0 where there may be none.
    pub curvature: f64,
    /// A point that satisfies all hard constraints; none where they contradict each other.
    pub feasible: Option<Vec<Matrix>>,
}

/// A parameter with its value.
#[derive(Debug, Clone)]
pub struct Given {
    /// The value; its shape is the parameter's.
    pub value: Matrix,
    /// Declared sign of its entries.
    pub sign: Sign,
    /// Declared positive semidefinite.
    pub semidefinite: bool,
}

/// A constraint as written.
#[derive(Debug, Clone)]
pub struct Constraint {
    /// The left and the right sides.
    pub relation: Relation,
    /// Nothing for a hard one.
    pub softness: Option<f64>,
}

/// Relation between the sides.
#[derive(Debug, Clone)]
pub enum Relation {
    /// `0.at_most(1)`.
    AtMost(Node, Node),
    /// `0.at_least(1)`.
    AtLeast(Node, Node),
    /// `0.between(1, 2)`.
    Between(Node, Node, Node),
    /// `0.equals(1)`.
    Equals(Node, Node),
}

impl Relation {
    /// Pairs of which the first is at most the second.
    pub fn sides(&self) -> Vec<(&Node, &Node)> {
        match self {
            Self::AtMost(a, b) | Self::Equals(a, b) => vec![(a, b)],
            Self::AtLeast(a, b) => vec![(b, a)],
            Self::Between(a, low, high) => vec![(low, a), (a, high)],
        }
    }

    /// Whether the pair has to be equal.
    pub fn is_equality(&self) -> bool {
        matches!(self, Self::Equals(..))
    }
}

/// Objective and violation of a point.
#[derive(Debug, Clone, Copy, Default)]
pub struct Worth {
    /// Objective with the prices of the violated soft constraints.
    pub objective: f64,
    /// Sum of the magnitudes of its terms.
    pub size: f64,
    /// Largest violation of a hard constraint, relative to 1 and the magnitudes of its sides.
    pub violation: f64,
}

impl Stated {
    /// The value of every parameter.
    pub fn values(&self) -> Vec<Matrix> {
        self.parameters.iter().map(|given| given.value.clone()).collect()
    }

    /// Number of entries of all variables.
    pub fn length(&self) -> usize {
        self.variables.iter().map(|(rows, columns)| rows * columns).sum()
    }

    /// Variables from their entries by rows, one after the other.
    pub fn point(&self, entries: &[f64]) -> Vec<Matrix> {
        let mut rest = entries;
        let mut take = |&(rows, columns): &(usize, usize)| {
            let (own, after) = rest.split_at(rows * columns);
            rest = after;
            Matrix::from_row_slice(rows, columns, own)
        };
        self.variables.iter().map(&mut take).collect()
    }

    /// Objective and violation, by the definitions alone.
    pub fn worth(&self, entries: &[f64]) -> Worth {
        let (variables, parameters) = (self.point(entries), self.values());
        let point = Point { variables: &variables, parameters: &parameters };
        let mut worth = Worth::default();
        for (factor, node) in &self.objective {
            let term = factor.value(point).sum() * node.value(point).sum();
            worth.objective += term;
            worth.size += term.abs();
        }
        let reach = entries.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
        for constraint in &self.constraints {
            for (small, large) in constraint.relation.sides() {
                let (small, large) = (small.value(point), large.value(point));
                let equality = constraint.relation.is_equality();
                let over =
                    broadcast(
                        &small,
                        &large,
                        |small, large| {
                            if equality { (small - large).abs() } else { (small - large).max(0.0) }
                        },
                    );
                let size = broadcast(&small, &large, |small, large| small.abs() + large.abs());
                match constraint.softness {
                    Some(softness) => {
                        let price = over.norm_squared() / (2.0 * softness);
                        worth.objective += price;
                        worth.size += price;
                    }
                    None => {
                        for (over, size) in over.iter().zip(size.iter()).filter(|(over, _)| **over > 0.0) {
                            worth.violation = worth.violation.max(over / (reach + size));
                        }
                    }
                }
            }
        }
        worth
    }
}

/// One line for each constraint and parameter.
impl Display for Stated {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, (rows, columns)) in self.variables.iter().enumerate() {
            writeln!(f, "x{index} = variable({rows}, {columns})")?;
        }
        for (index, given) in self.parameters.iter().enumerate() {
            let semidefinite = if given.semidefinite { " semidefinite" } else { "" };
            writeln!(f, "p{index} = parameter {:?}{semidefinite} {}", given.sign, text(&given.value))?;
        }
        writeln!(f, "{}", if self.maximized { "maximize the negative of" } else { "minimize" })?;
        self.objective.iter().try_for_each(|(factor, node)| writeln!(f, "  + {factor} * {node}"))?;
        writeln!(f, "subject to")?;
        for Constraint { relation, softness } in &self.constraints {
            match relation {
                Relation::AtMost(a, b) => write!(f, "  {a}.at_most({b})")?,
                Relation::AtLeast(a, b) => write!(f, "  {a}.at_least({b})")?,
                Relation::Between(a, low, high) => write!(f, "  {a}.between({low}, {high})")?,
                Relation::Equals(a, b) => write!(f, "  {a}.equals({b})")?,
            }
            writeln!(f, "{}", softness.map(|softness| format!(".soft({softness})")).unwrap_or_default())?;
        }
        Ok(())
    }
}
