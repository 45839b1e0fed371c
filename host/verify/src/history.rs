//! Starts of a solve, and what the workspace went through before: the answer must not depend on it.

use super::case::{Kind, recipe};
use super::extremes::range_in_decades;
use super::problems::{below, feasible};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{
    Active, Qp, Settings, Solution, Status, Workspace, solve, solve_updated, solve_warm, update_bounds, update_linear,
};
use convex_edge_core::random::Pcg64;

/// Start of a solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// An empty working set.
    Cold,
    /// The same in a workspace that solved an unrelated problem.
    Used,
    /// The working set of an unrelated problem, whose solve may have ended early.
    Warm,
    /// The working set and the factors of the same matrices with other vectors.
    Updated,
    /// The same after several of them: vectors that are larger by decades, contradictory bounds, a NaN.
    History,
}

impl Start {
    /// As often as they are drawn.
    pub(super) const ALL: [Self; 6] = [Self::Cold, Self::Used, Self::Warm, Self::Warm, Self::Updated, Self::History];
}

/// Solves from such a start. With it, for [`Start::Used`] and [`Start::History`], the working set that the last solve began
/// with.
pub(super) fn answer<'a, T: Number, const N: usize, const M: usize>(
    start: Start,
    qp: &Qp<T, N, M>,
    workspace: &'a mut Workspace<T, N, M>,
    settings: &Settings<T>,
    random: &mut Pcg64,
) -> (Solution<'a, T, N, M>, Option<Vec<Active>>) {
    match start {
        Start::Cold => return (solve(qp, workspace, settings), None),
        Start::Used => {
            unrelated(workspace, random);
            return (solve(qp, workspace, settings), Some(Vec::new()));
        }
        Start::Warm => {
            unrelated(workspace, random);
            return (solve_warm(qp, workspace, settings), None);
        }
        Start::Updated => {
            let mut before = qp.clone();
            before.linear.iter_mut().for_each(|f| *f = T::rounded(f.double() * random.uniform(-1.0, 1.0)));
            solve(&before, workspace, &Settings::default());
        }
        Start::History => {
            solve(&other_vectors(qp, random), workspace, &Settings::default());
            for _ in 0..below(random, 3) {
                let other = other_vectors(qp, random);
                update_linear(qp, workspace, &other.linear);
                update_bounds(qp, workspace, &other.lower, &other.upper);
                solve_updated(qp, workspace, &Settings::default());
            }
        }
    }
    update_linear(qp, workspace, &qp.linear);
    update_bounds(qp, workspace, &qp.lower, &qp.upper);
    let first = (start == Start::History).then(|| workspace.working_set().to_vec());
    (solve_updated(qp, workspace, settings), first)
}

/// The same matrices with other vectors: scaled, shifted, contradictory or not even numbers.
fn other_vectors<T: Number, const N: usize, const M: usize>(qp: &Qp<T, N, M>, random: &mut Pcg64) -> Qp<T, N, M> {
    let mut other = qp.clone();
    let decades = 10.0_f64.powf(random.uniform(-2.0, 2.0) * range_in_decades::<T>());
    let (index, variable) = (below(random, M), below(random, N));
    other.linear.iter_mut().for_each(|f| *f = T::rounded(f.double() * random.uniform(-1.0, 1.0)));
    match below(random, 5) {
        0 => other.linear.iter_mut().for_each(|f| *f = T::rounded(f.double() * decades)),
        1 => other.linear[variable] = T::NAN,
        2 => (other.lower[index], other.upper[index]) = (T::ONE, -T::ONE),
        3 => other.lower.iter_mut().chain(&mut other.upper).for_each(|b| *b = T::rounded(b.double() * decades)),
        _ => {}
    }
    other
}

/// Leaves the working set of another problem behind, of whatever its solve reached under some cap.
fn unrelated<T: Number, const N: usize, const M: usize>(workspace: &mut Workspace<T, N, M>, random: &mut Pcg64) {
    let recipe = recipe(Kind::Mixed, random);
    let iteration_limit = below(random, 200) as u32;
    solve(&feasible(recipe), workspace, &Settings { iteration_limit, ..Settings::default() });
}

/// Returns the difference from the answer of a new workspace with the same working set, in words.
pub(super) fn unlike_a_fresh_workspace<T: Number, const N: usize, const M: usize>(
    qp: &Qp<T, N, M>,
    solution: &Solution<T, N, M>,
    start: Option<&[Active]>,
    settings: &Settings<T>,
) -> Option<String> {
    let mut workspace = Workspace::new();
    workspace.set_working_set(start?);
    let fresh = solve_warm(qp, &mut workspace, settings);
    let flagged = |status: Status| matches!(status, Status::Inaccurate | Status::NotFinite | Status::NotConvex);
    match (solution.status, fresh.status) {
        // Each answer is judged for itself.
        (given, wanted) if given == wanted => None,
        // A cap strikes on one way to the answer and not on another; kept factors may settle what new ones flag.
        (Status::IterationLimit, _) | (_, Status::IterationLimit) => None,
        (Status::Solved | Status::Unbounded, wanted) if flagged(wanted) => None,
        (given, wanted) => Some(format!("{given:?} by history, {wanted:?} by a fresh workspace")),
    }
}
