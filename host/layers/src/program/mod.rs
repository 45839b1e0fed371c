//! Convex programs with parameters, written as mathematics: disciplined parametrized programming (Agrawal et al. 2019,
//! "Differentiable convex optimization layers").
//!
//! Expressions of [`variable`]s, [`parameter`]s and constants become a [`Program`]: affine maps from the parameters to
//! the data of one quadratic program, `(H, f, A, l, u)`, and from its solution back to the variables. All three steps,
//! affine map, solver, affine map, can be differentiated ([`crate::layer`]) and carried to a microcontroller.
//!
//! ```
//! use convex_edge::program::{minimize, parameter, variable};
//! // Least squares with bounds and one equality; A and b are parameters.
//! let (x, a, b) = (variable("x", 3, 1), parameter("A", 4, 3), parameter("b", 4, 1));
//! let program = minimize((&a * &x - &b).sum_squares() + 0.1 * x.sum_squares())
//!     .subject_to([x.at_least(0.0), x.at_most(1.0), x.sum().equals(1.0)])
//!     .program(&[&a, &b], &[&x])?;
//! // A times x is a new variable, since squares of a parameter would not be affine in it.
//! assert_eq!((program.variables(), program.constraints(), program.bounds()), (7, 8, 3));
//! # Ok::<(), convex_edge::program::ProgramError>(())
//! ```
//!
//! | module | content |
//! |---|---|
//! | `expression`, `constant`, `operators`, `atoms` | the language of expressions |
//! | `form` | affine forms: sums of variables, of their products with parameters, and of constants |
//! | `bound` | epigraphs of convex and concave expressions |
//! | `semidefinite` | matrices whose quadratic forms are convex |
//! | `problem`, `constraint` | objective and constraints |
//! | `inequality` | rows of a constraint |
//! | `rows` | sides of constraints that meet in one two-sided row |
//! | `canonical` | rows and columns of one quadratic program |
//! | `export` | bytes for the target |
//! | `json` | a canonical program as JSON |

mod atoms;
mod bound;
mod canonical;
mod constant;
mod constraint;
mod error;
mod export;
mod expression;
mod form;
mod inequality;
mod json;
mod operators;
mod problem;
mod rows;
mod semidefinite;
mod text;

pub use atoms::{conv, stack};
pub use canonical::{AffineMap, Output, ParameterSlot, Program, numbers};
pub use constant::{ConstantEntries, constant};
pub use constraint::Constraint;
pub use error::ProgramError;
pub use expression::{Expression, Sign, parameter, variable};
pub use problem::{Problem, maximize, minimize};
