//! The policy's quadratic program, as a program with parameters: what `shared::policy` fills by hand.

use convex_edge::program::{Program, ProgramError, minimize, parameter, variable};
use convex_edge_core::policy::{HORIZON, Parameters, ROWS};
use convex_edge_core::qp::Qp;
use convex_edge_core::safety::ACTION_LIMIT;

/// Minimize `sum 1/2 a_k^2 - q_k a_k` over the actions, subject to their limits, the slew limit (soft), and the safe set:
/// the first step hard, the later ones soft.
///
/// Parameters: q, the rows of the linearized velocities, their bounds, and the last action.
///
/// # Errors
/// None that a checked [`Parameters`] causes.
pub fn program(parameters: &Parameters) -> Result<Program, ProgramError> {
    let (n, slew) = (HORIZON, f64::from(parameters.slew_limit));
    let a = variable("a", n, 1);
    let (q, velocities) = (parameter("q", n, 1), parameter("velocities", n, n));
    let (lower, upper) = (parameter("lower", n, 1), parameter("upper", n, 1));
    let last = parameter("last", 1, 1);
    let within = |from: usize, to: usize| {
        (velocities.slice(from..to, 0..n) * &a).between(lower.entries(from..to), upper.entries(from..to))
    };
    let limit = f64::from(ACTION_LIMIT);
    let constraints = [
        a.between(-limit, limit),
        a.entry(0).between(&last - slew, &last + slew).soft(f64::from(parameters.slew_softness)),
        a.diff().between(-slew, slew).soft(f64::from(parameters.slew_softness)),
        within(0, 1),
        within(1, n).soft(f64::from(parameters.safe_set_softness)),
    ];
    minimize(0.5 * a.sum_squares() - q.dot(&a))
        .subject_to(constraints)
        .program(&[&q, &velocities, &lower, &upper, &last], &[&a])
}

/// The values of the program's parameters in a problem of the policy's.
pub fn values(qp: &Qp<f32, HORIZON, ROWS>, last: f32) -> Vec<f32> {
    let safe = 2 * HORIZON..ROWS;
    let mut values: Vec<f32> = qp.linear.iter().map(|&f| -f).collect();
    values.extend(safe.clone().flat_map(|row| qp.rows.row(row).iter().copied().collect::<Vec<_>>()));
    values.extend(safe.clone().map(|row| qp.lower[row]));
    values.extend(safe.map(|row| qp.upper[row]));
    values.push(last);
    values
}
