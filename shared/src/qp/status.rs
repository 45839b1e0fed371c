//! Status of a solve.

/// How a solve ended. Only [`Status::Solved`] comes with a point. With every other status there are no numbers, and a
/// controller takes its fallback.
///
/// The status depends on the data and on the working set that the solve starts from. Kept factors change the iterations,
/// so that they can change when a cap strikes, and they can settle what new ones flag as [`Status::Inaccurate`]. Where a
/// problem has several solutions, they can also change which one is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "target", derive(serde::Serialize, serde::Deserialize, postcard_schema::Schema))]
pub enum Status {
    /// The point passed the KKT test in the original data:
    /// - every hard simple bound holds exactly, `lower <= x <= upper` by comparison;
    /// - every hard row holds within the tolerance of its own terms and its own bound,
    ///   `violation <= tolerance (sum |a_i x_i| + |bound|)`, whatever other rows and variables are;
    /// - so does every soft row, with the slack that its dual pays for; a violation v within the tolerance still has the price
    ///   v^2 / (2 softness);
    /// - stationarity holds in every variable within the tolerance of its own terms;
    /// - duals are known to the rounding of the largest force, also that of H times a point of this size. That is what their
    ///   slacks, and the stationarity of variables without a linear term, are known to at best;
    /// - every dual has the sign of its bound.
    ///
    /// So the point is the minimizer of data that differ within the tolerance, mostly within rounding. How far that is from
    /// the minimizer of the data themselves depends on their condition: where a direction has 1e-6 of the curvature of
    /// another one, `f32` knows the point along it to a few digits. Where a Hessian is singular, linear terms may be lost in
    /// the rounding of `H x`.
    Solved,
    /// The cap on iterations struck first; raise it or start warm. [`super::anytime`] has the best feasible point so far.
    IterationLimit,
    /// No point satisfies the hard rows; the Farkas certificate was checked in the original data, to the rounding of its
    /// entries. A hard row of zeros whose bounds exclude 0 is one by itself.
    Infeasible,
    /// A NaN in the data, an infinity where a number is needed, or an overflow on the way.
    NotFinite,
    /// The Hessian is not symmetric or not positive semidefinite in this precision.
    NotConvex,
    /// The working set is optimal but the KKT test fails even after refinement: too ill-conditioned for this
    /// precision. Also the state of a workspace before its first solve.
    #[default]
    Inaccurate,
    /// The objective falls for ever along a direction that the hard rows allow to the rounding of their entries, if any point
    /// satisfies them: a contradiction of the rows that is hardly above the tolerance may end so, too. This was checked in the
    /// original data: the curvature along it is 0 in twice the precision, so that a Hessian that is singular only within the
    /// rounding of its entries is flagged instead.
    Unbounded,
    /// The deadline passed first; [`super::anytime`] has the best feasible point so far.
    DeadlinePassed,
}
