//! Random formulas: affine ones, convex ones, bounds of given values.

use super::node::{Atom, Matrix, Node, Point, by_rows, column, scalar};
use super::stated::Given;
use convex_edge::program::Sign;
use convex_edge_core::random::Pcg64;

/// State of a drawing.
pub struct Drawing {
    random: Pcg64,
    /// Share of numbers that become parameters.
    parametric: f64,
    /// The planted point.
    pub point: Vec<Matrix>,
    /// The parameters so far.
    pub parameters: Vec<Given>,
}

fn boxed(node: Node) -> Box<Node> {
    Box::new(node)
}

fn number(value: f64) -> Node {
    Node::Constant(scalar(value))
}

impl Drawing {
    /// Variables and a point.
    pub fn new(seed: u64, parametric: f64) -> Self {
        let random = Pcg64::from_seed(seed ^ 0x7072_6f67);
        let mut drawing = Self { random, parametric, point: Vec::new(), parameters: Vec::new() };
        for _ in 0..1 + drawing.below(3) {
            let shapes = [(1, 1), (2, 1), (3, 1), (4, 1), (2, 2), (1, 3)];
            let (rows, columns) = shapes[drawing.below(shapes.len())];
            let value = drawing.matrix(rows, columns);
            drawing.point.push(value);
        }
        drawing
    }

    /// Uniform in `0..count`.
    pub fn below(&mut self, count: usize) -> usize {
        (self.random.next_u64() % count as u64) as usize
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.random.uniform(0.0, 1.0) < probability
    }

    /// A multiple of 1/8 within 2, not 0.
    pub fn number(&mut self) -> f64 {
        let size = (1 + self.below(16)) as f64 / 8.0;
        if self.chance(0.5) { -size } else { size }
    }

    /// Scale of a row.
    pub fn factor(&mut self) -> f64 {
        let size = [0.25, 0.5, 2.0, 3.0, 4.0][self.below(5)];
        if self.chance(0.4) { -size } else { size }
    }

    /// A softness.
    pub fn softness(&mut self) -> f64 {
        [0.125, 0.5, 1.0, 2.0][self.below(4)]
    }

    /// How far a bound is from the planted point; of a soft one maybe beyond it.
    pub fn slack(&mut self, soft: bool) -> f64 {
        if soft {
            return self.number();
        }
        if self.chance(0.3) { 0.0 } else { self.number().abs() }
    }

    /// Entries of a vector.
    pub fn length(&mut self) -> usize {
        1 + self.below(4)
    }

    fn matrix(&mut self, rows: usize, columns: usize) -> Matrix {
        Matrix::from_fn(rows, columns, |_, _| if self.chance(0.08) { 0.0 } else { self.number() })
    }

    /// Value at the planted point.
    pub fn value(&self, node: &Node) -> Matrix {
        let parameters: Vec<Matrix> = self.parameters.iter().map(|given| given.value.clone()).collect();
        node.value(Point { variables: &self.point, parameters: &parameters })
    }

    fn parameter(&mut self, value: Matrix) -> Node {
        // The sign of what is always known may be declared.
        let sign = match (value.min() >= 0.0, value.max() <= 0.0) {
            (true, _) if self.chance(0.3) => Sign::Nonnegative,
            (_, true) if self.chance(0.3) => Sign::Nonpositive,
            _ => Sign::Any,
        };
        self.declared(value, sign, false)
    }

    fn declared(&mut self, value: Matrix, sign: Sign, semidefinite: bool) -> Node {
        self.parameters.push(Given { value, sign, semidefinite });
        Node::Parameter(self.parameters.len() - 1)
    }

    /// Numbers: a constant or, if it may be, a parameter.
    fn data(&mut self, value: Matrix, free: bool) -> Node {
        if free && self.chance(self.parametric) { self.parameter(value) } else { Node::Constant(value) }
    }

    /// A product with a number, in either order.
    pub fn times(&mut self, factor: f64, node: Node) -> Node {
        let (factor, node) = (boxed(number(factor)), boxed(node));
        match self.below(3) {
            0 => Node::Product(node, factor),
            1 => Node::Scaled(node, factor),
            _ => Node::Product(factor, node),
        }
    }

    /// A sum with a number, in either order.
    pub fn plus(&mut self, node: Node, shift: f64) -> Node {
        if self.chance(0.5) {
            return Node::Difference(boxed(node), boxed(number(-shift)));
        }
        Node::Sum(boxed(number(shift)), boxed(node))
    }

    /// A variable as a column.
    fn whole(&mut self) -> (Node, usize) {
        let index = self.below(self.point.len());
        let length = self.point[index].len();
        let column = self.point[index].ncols() == 1;
        let variable = Node::Variable(index);
        (if column { variable } else { Node::Entries(boxed(variable), (0..length).collect()) }, length)
    }

    /// Entries of one variable.
    pub fn leaf(&mut self, length: usize) -> Node {
        let index = self.below(self.point.len());
        let count = self.point[index].len();
        let variable = Node::Variable(index);
        if count == length && self.point[index].ncols() == 1 && self.chance(0.5) {
            return variable;
        }
        let source = if self.chance(0.2) { Node::Transpose(boxed(variable)) } else { variable };
        let first = self.below(count);
        Node::Entries(boxed(source), (0..length).map(|offset| (first + offset) % count).collect())
    }

    /// An affine formula of so many entries; `free` to have parameters.
    pub fn affine(&mut self, length: usize, depth: usize, free: bool) -> Node {
        if depth == 0 {
            return self.leaf(length);
        }
        match self.below(11) {
            0 => self.leaf(length),
            1 | 2 => {
                let (whole, columns) = self.whole();
                let matrix = self.matrix(length, columns);
                // One by one is a number.
                Node::Product(boxed(self.data(matrix, free)), boxed(whole))
            }
            3 => {
                let inner = self.affine(length, depth - 1, free);
                let factor = self.factor();
                self.times(factor, inner)
            }
            4 => {
                let factor = scalar(self.number());
                let factor = self.data(factor, free);
                let inner = self.affine(length, depth - 1, free && !matches!(factor, Node::Parameter(_)));
                Node::Product(boxed(factor), boxed(inner))
            }
            5 => {
                let inner = self.affine(length, depth - 1, free);
                let rows = if self.chance(0.5) { 1 } else { length };
                let value = self.matrix(rows, 1);
                Node::Sum(boxed(inner), boxed(self.data(value, free)))
            }
            6 => {
                let scalar = if self.chance(0.3) { 1 } else { length };
                let (a, b) = (self.affine(length, depth - 1, free), self.affine(scalar, depth - 1, free));
                if self.chance(0.5) { Node::Sum(boxed(b), boxed(a)) } else { Node::Difference(boxed(a), boxed(b)) }
            }
            7 => Node::Negative(boxed(self.affine(length, depth - 1, free))),
            8 if length == 1 => {
                let inner = self.length();
                let inner = boxed(self.affine(inner, depth - 1, free));
                if self.chance(0.5) { Node::Total(inner) } else { Node::Dot(inner.clone(), boxed(self.like(&inner))) }
            }
            8 => {
                let factor = self.matrix(length, 1);
                let factor = self.data(factor, free);
                let inner = self.affine(length, depth - 1, free && !matches!(factor, Node::Parameter(_)));
                Node::Scaled(boxed(factor), boxed(inner))
            }
            9 if length == 1 => {
                // A mean of two or four stays a multiple of a power of two.
                let inner = boxed(self.affine(2, depth - 1, free));
                if self.chance(0.5) { Node::Mean(inner) } else { Node::Diff(inner) }
            }
            9 => {
                let kernel = self.matrix(2, 1);
                let kernel = self.data(kernel, free);
                let inner = self.affine(length - 1, depth - 1, free && !matches!(kernel, Node::Parameter(_)));
                Node::Conv(boxed(kernel), boxed(inner))
            }
            _ => Node::Stack((0..length).map(|_| self.affine(1, depth - 1, free)).collect()),
        }
    }

    /// Numbers for an inner product.
    fn like(&mut self, node: &Node) -> Node {
        let rows = self.value(node).len();
        Node::Constant(self.matrix(rows, 1))
    }

    /// Positive weights: one of 0 would leave a variable of the naive translation free.
    fn weights(&mut self, rows: usize) -> Node {
        Node::Constant(column((0..rows).map(|_| self.number().abs()).collect()))
    }

    /// A convex formula without squares, of so many entries.
    pub fn convex(&mut self, length: usize, depth: usize) -> Node {
        let inner = self.length();
        let of = |atom: Atom, node: Node| Node::Atom(atom, boxed(node));
        let node = if length == 1 {
            match self.below(6) {
                0 => of(Atom::Norm1, self.affine(inner, 1, true)),
                1 => of(Atom::NormInf, self.affine(inner, 1, true)),
                2 => of(Atom::Max, self.affine(inner, 1, true)),
                3 => {
                    let parts = vec![of(Atom::Abs, self.affine(inner, 1, true)), self.affine(1, 1, true)];
                    of(Atom::Max, Node::Stack(parts))
                }
                4 => {
                    let weights = self.weights(inner);
                    let inner = of(if self.chance(0.5) { Atom::Abs } else { Atom::Pos }, self.affine(inner, 1, true));
                    Node::Dot(boxed(weights), boxed(inner))
                }
                _ => of(if self.chance(0.5) { Atom::Abs } else { Atom::Pos }, self.affine(1, 1, true)),
            }
        } else {
            match self.below(4) {
                0 => of(Atom::Abs, self.affine(length, 1, true)),
                1 => of(Atom::Pos, self.affine(length, 1, true)),
                2 => {
                    let weights = self.weights(length);
                    Node::Scaled(boxed(of(Atom::Abs, self.affine(length, 1, true))), boxed(weights))
                }
                _ => {
                    let largest = of(Atom::Max, self.affine(inner, 1, true));
                    Node::Sum(boxed(largest), boxed(self.affine(length, 1, true)))
                }
            }
        };
        if depth == 0 {
            return node;
        }
        match self.below(6) {
            0 => Node::Sum(boxed(node), boxed(self.affine(length, 1, true))),
            1 => {
                let factor = self.factor().abs();
                self.times(factor, node)
            }
            2 if matches!(node, Node::Atom(..)) => {
                let weight = self.number().abs();
                let factor = self.declared(scalar(weight), Sign::Nonnegative, false);
                Node::Product(boxed(factor), boxed(node))
            }
            3 => {
                // A concave one, subtracted.
                let minus = Node::Negative(boxed(node));
                Node::Difference(boxed(self.affine(length, 1, true)), boxed(minus))
            }
            _ => node,
        }
    }

    /// A right side of these values. `sign` is that of the infinity that would be no bound, 0 for none.
    pub fn bound(&mut self, values: Vec<f64>, sign: f64) -> Node {
        if self.chance(0.2) {
            let affine = self.affine(values.len(), 1, true);
            let there = by_rows(&self.value(&affine));
            let rest = values.iter().zip(there).map(|(value, there)| value - there).collect();
            return Node::Sum(boxed(affine), boxed(self.given(rest, 0.0)));
        }
        self.given(values, sign)
    }

    /// These values by numbers and parameters alone.
    pub fn given(&mut self, mut values: Vec<f64>, sign: f64) -> Node {
        if sign != 0.0 && self.chance(0.05) {
            let index = self.below(values.len());
            values[index] = sign * f64::INFINITY;
            return Node::Constant(column(values));
        }
        if !self.chance(self.parametric) {
            return Node::Constant(column(values));
        }
        match self.below(4) {
            0 => self.parameter(column(values)),
            1 => {
                let factor = [-1.0, 2.0, -4.0, 0.5][self.below(4)];
                let parameter = self.parameter(column(values.iter().map(|value| value / factor).collect()));
                self.times(factor, parameter)
            }
            2 => {
                let shift = self.number();
                let parameter = self.parameter(column(values.iter().map(|value| value - shift).collect()));
                self.plus(parameter, shift)
            }
            _ => {
                let shift = scalar(self.number());
                let rest = values.iter().map(|value| value - shift.sum()).collect();
                let (shift, rest) = (self.parameter(shift), self.parameter(column(rest)));
                Node::Sum(boxed(shift), boxed(rest))
            }
        }
    }

    /// A positive factor of an objective's term, and whether it is a parameter.
    pub fn weight(&mut self, value: f64) -> (Node, bool) {
        if self.chance(self.parametric) {
            return (self.declared(scalar(value), Sign::Nonnegative, false), true);
        }
        (number(value), false)
    }

    /// Value that a variable is drawn towards.
    pub fn target(&mut self, variable: usize, free: bool) -> Node {
        let (rows, columns) = self.point[variable].shape();
        let value = self.matrix(rows, columns) * 2.0;
        self.data(value, free)
    }

    /// A piecewise linear term of an objective.
    pub fn piecewise(&mut self) -> (Node, Node) {
        let node = self.convex(1, 0);
        if self.chance(0.2) {
            let weight = -self.number().abs();
            let factor = self.declared(scalar(weight), Sign::Nonpositive, false);
            return (factor, Node::Negative(boxed(node)));
        }
        let weight = self.number().abs();
        (self.weight(weight).0, node)
    }

    /// A quadratic term of an objective.
    pub fn squares(&mut self) -> (Node, Node) {
        let weight = self.number().abs();
        let (factor, parametric) = self.weight(weight);
        let length = self.length();
        let inner = self.affine(length, 1, !parametric);
        let node = match self.below(3) {
            0 => Node::Atom(Atom::SumSquares, boxed(inner)),
            1 => {
                let threshold = [0.5, 1.0, 2.0][self.below(3)];
                Node::Total(boxed(Node::Atom(Atom::Huber(threshold), boxed(inner))))
            }
            _ => {
                let matrix = self.semidefinite(length, !parametric);
                Node::Atom(Atom::QuadForm(boxed(matrix)), boxed(inner))
            }
        };
        (factor, node)
    }

    /// A semidefinite matrix: constant, a parameter, or a sum of two.
    fn semidefinite(&mut self, length: usize, free: bool) -> Node {
        let root = self.matrix(length, length);
        let value = &root * root.transpose();
        if !free || !self.chance(0.5) {
            return Node::Constant(value);
        }
        let parameter = self.declared(value, Sign::Any, true);
        match self.below(3) {
            0 => {
                let other = self.semidefinite(length, true);
                Node::Sum(boxed(parameter), boxed(other))
            }
            1 => {
                let factor = self.factor().abs();
                self.times(factor, parameter)
            }
            _ => parameter,
        }
    }
}
