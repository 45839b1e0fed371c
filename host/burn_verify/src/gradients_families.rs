//! Families of programs at kinks, at ties and near them, with the known properties of each drawn sample.

use convex_edge::program::{Program, ProgramError, constant, minimize, parameter, variable};
use convex_edge_core::qp::Qp;
use convex_edge_core::random::Pcg64;
use convex_edge_verify::problems::{Recipe, below, chance, feasible_with_point, normal};
use std::ops::Range;

/// Programs of one form.
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) program: fn() -> Result<Program, ProgramError>,
    pub(super) draw: fn(u64) -> Drawn,
}

/// One sample.
pub(super) struct Drawn {
    /// Values of all parameters, in the program's order.
    pub(super) values: Vec<f64>,
    /// Parameters that finite differences leave as they are.
    fixed: Vec<bool>,
    /// From the nearest kink or tie, in the units of a margin; infinite where nothing is known.
    pub(super) distance: f64,
    /// Parameters whose gradient has to be 0.
    pub(super) tied: Range<usize>,
}

impl Drawn {
    fn new(values: Vec<f64>) -> Self {
        let fixed = values.iter().map(|value| !value.is_finite()).collect();
        Self { values, fixed, distance: f64::INFINITY, tied: 0..0 }
    }

    /// A random direction in which the parameters may move.
    pub(super) fn direction(&self, random: &mut Pcg64) -> Vec<f64> {
        self.fixed.iter().map(|&fixed| if fixed { 0.0 } else { normal(random) }).collect()
    }
}

/// All families.
pub(super) const FAMILIES: [Family; 10] = [
    Family { name: "rectifier", program: rectifier, draw: draw_rectifier },
    Family { name: "scaled rectifier", program: scaled_rectifier, draw: draw_scaled_rectifier },
    Family { name: "linear program, simplex", program: simplex, draw: draw_simplex },
    Family { name: "linear program, box", program: cube, draw: draw_cube },
    Family { name: "exact kinks", program: general, draw: draw_exact },
    Family { name: "rank-deficient", program: general, draw: draw_rank_deficient },
    Family { name: "least squares", program: least_squares, draw: draw_least_squares },
    Family { name: "turnover, price", program: priced_turnover, draw: draw_turnover },
    Family { name: "turnover, limit", program: limited_turnover, draw: draw_turnover },
    Family { name: "soft and merged rows", program: merged, draw: draw_merged },
];

fn random(seed: u64) -> Pcg64 {
    Pcg64::from_seed(seed ^ 0x6661_6d69)
}

/// Exactly zero in a third of the cases, close to it in another, anything in the rest.
fn nearly_zero(random: &mut Pcg64) -> f64 {
    match below(random, 3) {
        0 => 0.0,
        1 => normal(random) * 10.0_f64.powf(random.uniform(-9.0, -2.0)),
        _ => normal(random),
    }
}

/// The nearest point of the nonnegative ones: a rectifier in each entry.
fn rectifier() -> Result<Program, ProgramError> {
    let (x, p) = (variable("x", 4, 1), parameter("p", 4, 1));
    minimize(0.5 * (&x - &p).sum_squares()).subject_to([x.at_least(0.0)]).program(&[&p], &[&x])
}

fn draw_rectifier(seed: u64) -> Drawn {
    let random = &mut random(seed);
    // All zero, as a network's first layer is at first.
    let values: Vec<f64> =
        if seed.is_multiple_of(4) { vec![0.0; 4] } else { (0..4).map(|_| nearly_zero(random)).collect() };
    let distance = values.iter().fold(f64::INFINITY, |least, value| value.abs().min(least));
    Drawn { distance, ..Drawn::new(values) }
}

/// Curvatures from 0.01 to 100 in the same.
const CURVATURES: [f64; 4] = [0.01, 1.0, 9.0, 100.0];

fn scaled_rectifier() -> Result<Program, ProgramError> {
    let (x, p) = (variable("x", 4, 1), parameter("p", 4, 1));
    let roots = CURVATURES.map(f64::sqrt);
    let scaled = constant(4, 1, &roots).scaled(&x - &p);
    minimize(0.5 * scaled.sum_squares()).subject_to([x.at_least(0.0)]).program(&[&p], &[&x])
}

fn draw_scaled_rectifier(seed: u64) -> Drawn {
    let random = &mut random(seed);
    let values: Vec<f64> = (0..4).map(|_| nearly_zero(random)).collect();
    let pairs = values.iter().zip(CURVATURES);
    let distance = pairs.fold(f64::INFINITY, |least, (value, curvature)| (value.abs() * curvature.sqrt()).min(least));
    Drawn { distance, ..Drawn::new(values) }
}

/// The cheapest entry takes the whole total.
fn simplex() -> Result<Program, ProgramError> {
    let (x, cost, total) = (variable("x", 4, 1), parameter("cost", 4, 1), parameter("total", 1, 1));
    minimize(cost.dot(&x)).subject_to([x.at_least(0.0), x.sum().equals(&total)]).program(&[&cost, &total], &[&x])
}

fn draw_simplex(seed: u64) -> Drawn {
    let random = &mut random(seed);
    let mut values: Vec<f64> = match seed % 3 {
        0 => vec![0.0; 4],
        1 => {
            let least = normal(random);
            let mut values: Vec<f64> = (0..4).map(|_| least + normal(random).abs()).collect();
            // Two at least share the least cost.
            let first = below(random, 4);
            (values[first], values[(first + 1 + below(random, 3)) % 4]) = (least, least);
            values
        }
        _ => (0..4).map(|_| normal(random)).collect(),
    };
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let distance = if seed % 3 < 2 { 0.0 } else { sorted[1] - sorted[0] };
    values.push(random.uniform(0.5, 2.0));
    // The costs' gradient is 0 at ties and near them.
    Drawn { distance, tied: 0..4, ..Drawn::new(values) }
}

/// Each entry at the bound that its cost prefers.
fn cube() -> Result<Program, ProgramError> {
    let (x, cost) = (variable("x", 3, 1), parameter("cost", 3, 1));
    let (lower, upper) = (parameter("lower", 3, 1), parameter("upper", 3, 1));
    minimize(cost.dot(&x)).subject_to([x.between(&lower, &upper)]).program(&[&cost, &lower, &upper], &[&x])
}

fn draw_cube(seed: u64) -> Drawn {
    let random = &mut random(seed);
    let mut values: Vec<f64> = (0..3).map(|_| if chance(random, 0.3) { 0.0 } else { normal(random) }).collect();
    if seed.is_multiple_of(3) {
        values.fill(0.0);
    }
    let has_tie = values.contains(&0.0);
    values.extend((0..3).map(|_| -normal(random).abs()));
    values.extend((0..3).map(|_| 0.1 + normal(random).abs()));
    Drawn { distance: if has_tie { 0.0 } else { f64::INFINITY }, tied: 0..3, ..Drawn::new(values) }
}

/// Variables and constraints of the general program.
const N: usize = 6;
const M: usize = 10;

fn general() -> Result<Program, ProgramError> {
    let (x, p, q) = (variable("x", N, 1), parameter("P", N, N).semidefinite(), parameter("q", N, 1));
    let (a, lower, upper) = (parameter("A", M, N), parameter("l", M, 1), parameter("u", M, 1));
    let constraints = [(&a * &x).between(&lower, &upper)];
    minimize(0.5 * x.quad_form(&p) + q.dot(&x)).subject_to(constraints).program(&[&p, &q, &a, &lower, &upper], &[&x])
}

/// Values of the general program's parameters; its matrices stay, so that P remains semidefinite.
fn general_values(qp: &Qp<f64, N, M>) -> Drawn {
    let mut values = Vec::new();
    (0..N * N).for_each(|index| values.push(qp.hessian[(index / N, index % N)]));
    values.extend(qp.linear.iter());
    (0..M * N).for_each(|index| values.push(qp.rows[(index / N, index % N)]));
    values.extend(qp.lower.iter());
    values.extend(qp.upper.iter());
    let mut drawn = Drawn::new(values);
    drawn.fixed[..N * N].fill(true);
    drawn.fixed[N * N + N..N * N + N + M * N].fill(true);
    drawn
}

/// Strictly convex programs at a point that is made a solution with one constraint at its kink.
fn draw_exact(seed: u64) -> Drawn {
    let random = &mut random(seed);
    let recipe = Recipe { condition: random.uniform(0.0, 2.0), one_sided: 0.0, ..Recipe::plain(seed ^ 0x6578) };
    let (mut qp, point): (Qp<f64, N, M>, [f64; N]) = feasible_with_point(recipe);
    let product = |row: usize| (0..N).map(|j| qp.rows[(row, j)] * point[j]).sum::<f64>();
    let products: Vec<f64> = (0..M).map(product).collect();
    let mut gradient = [0.0; N];
    for (i, entry) in gradient.iter_mut().enumerate() {
        *entry = (0..N).map(|j| qp.hessian[(i, j)] * point[j]).sum();
    }
    // Up to three constraints press, the next one is met without any force.
    let pressing = below(random, 4);
    for row in 0..=pressing {
        let dual = if row < pressing { 0.1 + normal(random).abs() } else { 0.0 };
        qp.upper[row] = products[row];
        (0..N).for_each(|j| gradient[j] += dual * qp.rows[(row, j)]);
    }
    (0..N).for_each(|i| qp.linear[i] = -gradient[i]);
    Drawn { distance: 0.0, ..general_values(&qp) }
}

/// `P = B'B` with fewer rows than columns; the constraints bound the solutions.
fn draw_rank_deficient(seed: u64) -> Drawn {
    let random = &mut random(seed);
    let recipe = Recipe {
        one_sided: 0.0,
        simple_bounds: true,
        tight: if seed.is_multiple_of(2) { 0.2 } else { 0.0 },
        ..Recipe::plain(seed ^ 0x7261)
    };
    let mut qp: Qp<f64, N, M> = feasible_with_point(recipe).0;
    let rank = 1 + below(random, N - 1);
    let factor: Vec<[f64; N]> = (0..rank).map(|_| std::array::from_fn(|_| normal(random))).collect();
    for i in 0..N {
        for j in 0..N {
            qp.hessian[(i, j)] = factor.iter().map(|row| row[i] * row[j]).sum();
            qp.rows[(i, j)] = f64::from(u8::from(i == j));
        }
        qp.linear[i] = 2.0 * normal(random);
    }
    general_values(&qp)
}

/// Fewer residuals than variables, and bounds: residuals are determined, variables may not be.
fn least_squares() -> Result<Program, ProgramError> {
    let (x, rest) = (variable("x", 6, 1), variable("rest", 3, 1));
    let (a, b, limit) = (parameter("A", 3, 6), parameter("b", 3, 1), parameter("limit", 6, 1));
    minimize(0.5 * rest.sum_squares())
        .subject_to([rest.equals(&a * &x - &b), x.between(0.0, &limit)])
        .program(&[&a, &b, &limit], &[&rest])
}

fn draw_least_squares(seed: u64) -> Drawn {
    let random = &mut random(seed);
    let mut values: Vec<f64> = (0..21).map(|_| normal(random)).collect();
    values.extend((0..6).map(|_| 0.1 + normal(random).abs()));
    Drawn::new(values)
}

/// Shares of a budget that change little from the last ones, at a price.
fn priced_turnover() -> Result<Program, ProgramError> {
    let (w, gains, last) = (variable("w", 4, 1), parameter("gains", 4, 1), parameter("last", 4, 1));
    minimize(0.5 * w.sum_squares() - gains.dot(&w) + 0.2 * (&w - &last).norm1())
        .subject_to([w.at_least(0.0), w.sum().equals(1.0)])
        .program(&[&gains, &last], &[&w])
}

/// The same with a limit in place of the price.
fn limited_turnover() -> Result<Program, ProgramError> {
    let (w, gains, last) = (variable("w", 4, 1), parameter("gains", 4, 1), parameter("last", 4, 1));
    minimize(0.5 * w.sum_squares() - gains.dot(&w))
        .subject_to([w.at_least(0.0), w.sum().equals(1.0), (&w - &last).norm1().at_most(0.6)])
        .program(&[&gains, &last], &[&w])
}

fn draw_turnover(seed: u64) -> Drawn {
    let random = &mut random(seed);
    // Gains of a network that was initialized with zeros, in a fourth.
    let size = if seed.is_multiple_of(4) { 0.0 } else { 0.5 };
    let mut values: Vec<f64> = (0..4).map(|_| size * normal(random)).collect();
    let mut last: Vec<f64> = (0..4).map(|_| 0.01 + normal(random).abs()).collect();
    if seed.is_multiple_of(3) {
        last[below(random, 4)] = 0.0;
    }
    let sum: f64 = last.iter().sum();
    values.extend(last.iter().map(|last| last / sum));
    Drawn::new(values)
}

/// Rows that are repeated, once with the same limit and once with another, and one of them soft.
fn merged() -> Result<Program, ProgramError> {
    let (x, p, a, b) = (variable("x", 2, 1), parameter("p", 2, 1), parameter("a", 1, 1), parameter("b", 1, 1));
    let rows = [x.sum().at_most(&a).soft(0.5), x.sum().at_most(&b), x.sum().at_most(&a), x.at_least(0.0)];
    minimize(0.5 * (&x - &p).sum_squares()).subject_to(rows).program(&[&p, &a, &b], &[&x])
}

fn draw_merged(seed: u64) -> Drawn {
    let random = &mut random(seed);
    let mut values: Vec<f64> = (0..2).map(|_| 1.0 + normal(random)).collect();
    let a = random.uniform(0.2, 1.5);
    // In half of the samples both limits are the same, and press.
    let is_tie = chance(random, 0.5);
    let b = if is_tie { a } else { random.uniform(0.2, 1.5) };
    if is_tie {
        values.iter_mut().for_each(|value| *value = value.abs() + 1.0);
    }
    values.extend([a, b]);
    Drawn { distance: if is_tie { 0.0 } else { f64::INFINITY }, ..Drawn::new(values) }
}
