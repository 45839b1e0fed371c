//! Warm-start test: rejects a state that is worse than a cold start.

use super::outcome::Program;

/// Norm of good prices and of a good point, as a multiple of what scores and set suggest: a state beyond is one of
/// another program.
const PRICES: f64 = 100.0;
const POINT: f64 = 1e4;

/// Whether a state whose point and prices have these norms, in the program's units, is worth more than a cold start. NaN
/// is not.
pub(super) fn is_good(point: f64, prices: f64, program: &Program) -> bool {
    let force = program.scores.max(program.curvature * program.point);
    let reach = if program.curvature > 0.0 { program.pull / program.curvature } else { 0.0 };
    prices <= PRICES * force && point <= POINT * program.point.max(reach)
}
