//! Convex programs with parameters, and layers that solve batches of them and give the derivatives.
//!
//! A program is written with variables, parameters and atoms ([`program`]); the rules of disciplined parametrized
//! programming keep it convex for all values of its parameters. A layer solves it for a batch of values and gives the
//! gradients with respect to the parameters ([`layer`]), both on slices: bindings to a framework need nothing else. The crate
//! `convex-edge-burn` has the same layer on burn's tensors. [`program::Program::export`] writes the artefact that a
//! microcontroller solves with the same bits.
//!
//! ```
//! use convex_edge::{ActiveSetLayer, batched, minimize, parameter, variable};
//! // The nearest point of the simplex.
//! let (x, p) = (variable("x", 3, 1), parameter("p", 3, 1));
//! let nearest = minimize(0.5 * (&x - &p).sum_squares()).subject_to([x.at_least(0.0), x.sum().equals(1.0)]);
//! let layer = ActiveSetLayer::<f64, 3, 4>::new(nearest.program(&[&p], &[&x])?)?;
//! let answer = layer.solve(&[batched(&[1.0, 0.5, -1.0, 0.0, 0.0, 3.0], &[2, 3])], None)?;
//! assert!(answer.values.iter().zip([0.75, 0.25, 0.0, 0.0, 0.0, 1.0]).all(|(x, wanted)| (x - wanted).abs() < 1e-9));
//! // The derivative of the first sample's first entry.
//! let gradients = answer.backward(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0])?;
//! let (of_p, wanted) = (gradients.of_argument(0).unwrap_or_default(), [0.5, -0.5, 0.0, 0.0, 0.0, 0.0]);
//! assert!(of_p.iter().zip(wanted).all(|(of_p, wanted)| (of_p - wanted).abs() < 1e-9));
//! # Ok::<(), convex_edge::LayerError>(())
//! ```

pub mod layer;
pub mod program;

pub use layer::{ActiveSetLayer, Answer, Argument, Gradients, LayerError, OnFailure, Sample, batched, shared};
pub use program::{Expression, Problem, Program, ProgramError, maximize, minimize, parameter, variable};
