//! Convex dense quadratic programs of fixed size, solved exactly and warm-started.
//!
//! ```text
//! minimize  1/2 x' H x + f' x    subject to    lower <= A x <= upper
//! ```
//!
//! The first [`Qp::bounds`] constraints are simple bounds on the first variables; an equality is a constraint with
//! equal bounds; a soft row may be violated by `s` at the price `s^2 / (2 softness)`.
//!
//! The method is the dual active set of Goldfarb and Idnani (1983, "A numerically stable dual method for solving
//! strictly convex quadratic programs"): dual ascent over working sets from the unconstrained minimizer. What a
//! constraint does to point and constraints, `H^-1 a` and `A H^-1 a`, is formed when it first enters and kept while the
//! matrices stay; the working set's Schur complement is kept by its inverse, changed by rank one. Where its digits do not
//! suffice, an orthogonal factorization `M' = Q R` of the rows in the metric of the Hessian takes over: R loses only as
//! many digits as M itself has condition. Nothing is called solved before the KKT conditions were tested in the original
//! data, and nothing infeasible before Farkas' certificate was. What is not solved exactly is corrected, in this order:
//! refinement with the original data's residuals, orthogonal vectors, from the empty working set, a little more curvature;
//! then it is flagged. With a semidefinite Hessian, zero for a linear program, the same core solves a few strictly convex
//! problems in a row, whose minimizers end in one of the given problem (proximal iterations).
//!
//! ```
//! use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve};
//! // Nearest point to (2, 2) with x0 + x1 <= 1 and both in [0, 3].
//! let mut qp = Qp::<f32, 2, 3>::new();
//! qp.linear = [-2.0, -2.0].into();
//! qp.bounds = 2;
//! qp.lower = [0.0, 0.0, f32::NEG_INFINITY].into();
//! qp.upper = [3.0, 3.0, 1.0].into();
//! qp.rows.row_mut(2).copy_from_slice(&[1.0, 1.0]);
//! let mut workspace = Workspace::new();
//! let solution = solve(&qp, &mut workspace, &Settings::default());
//! assert_eq!(solution.status, Status::Solved);
//! assert_eq!(solution.x.as_slice(), [0.5, 0.5]);
//! assert_eq!(solution.dual.as_slice(), [0.0, 0.0, 1.5]);
//! ```
//!
//! With matrices that stay, as in model predictive control, the problem may lie in flash and only vectors are handed in:
//!
//! ```
//! use convex_edge_core::qp::{Qp, Settings, Workspace, solve_updated, update_bounds, update_linear};
//! static MATRICES: Qp<f32, 1, 1> = {
//!     let mut qp = Qp::zero();
//!     qp.hessian.data.0[0][0] = 2.0;
//!     qp.rows.data.0[0][0] = 1.0;
//!     qp
//! };
//! let mut workspace = Workspace::new();
//! for (linear, solution) in [(-2.0, 1.0), (-8.0, 3.0)] {
//!     update_linear(&MATRICES, &mut workspace, &[linear].into());
//!     update_bounds(&MATRICES, &mut workspace, &[0.0].into(), &[3.0].into());
//!     assert_eq!(solve_updated(&MATRICES, &mut workspace, &Settings::default()).x[0], solution);
//! }
//! ```

mod anytime;
mod columns;
mod combine;
mod elimination;
mod feasible;
mod inverse;
mod margin;
pub mod operations;
mod orthogonal;
mod pricing;
mod problem;
mod proximal;
mod refinement;
mod schur;
mod sensitivity;
mod settle;
mod solve;
mod status;
mod triangle;
mod vectors;
mod verify;
mod working_set;
mod workspace;

pub use anytime::{Anytime, anytime};
pub use problem::{Qp, Settings};
pub use sensitivity::Sensitivity;
pub use solve::{Solution, solve, solve_updated, solve_warm, update_bounds, update_linear};
pub use status::Status;
pub use workspace::{Active, Workspace};
