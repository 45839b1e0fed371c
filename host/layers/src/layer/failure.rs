//! Failures of a layer: values in place of a missing solution, and errors for arguments that it rejects.

use crate::program::ProgramError;
use convex_edge_core::qp::Status;

/// What a layer gives for a sample whose program was not solved. The sample's status tells in any case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OnFailure {
    /// No answer for the whole batch: [`LayerError::Unsolved`].
    Error,
    /// The solution where every constraint may be violated by s at the price `s^2 / (2 softness)`, and that one's
    /// gradient; where that is not solved either, zeros.
    Soften {
        /// Of all constraints that are not softer already, in the units of the squared violation over the objective.
        softness: f64,
    },
    /// Zeros, without a gradient: for the caller to mask.
    Zero,
}

/// Errors of a layer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LayerError {
    /// The program.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Another number of arguments than parameters.
    #[error("{given} arguments for {wanted} parameters; give one for each, in the program's order")]
    Arguments {
        /// Number of arguments.
        given: usize,
        /// Number of parameters.
        wanted: usize,
    },
    /// A name that no parameter has.
    #[error("the program has no parameter `{name}`; see Program::parameters for those it has")]
    NoParameter {
        /// Name that was asked for.
        name: String,
    },
    /// A name that several parameters of the program have, or that is given several times.
    #[error("`{name}` names more than one parameter or value; give each parameter its own name, and one value")]
    RepeatedName {
        /// The name.
        name: String,
    },
    /// A smoothing out of its range.
    #[error("smoothing is {value}; give 0 for the exact gradient, or a finite positive number")]
    Smoothing {
        /// Its value.
        value: f64,
    },
    /// A softness out of its range.
    #[error("softness is {value}; give a finite positive number, in squared violation over the objective")]
    Softness {
        /// Its value.
        value: f64,
    },
    /// An argument of another size than its parameter.
    #[error("parameter `{name}` has {wanted} entries, its argument {given} for each sample; reshape it")]
    Entries {
        /// Name of the parameter.
        name: String,
        /// Entries of the argument.
        given: usize,
        /// Entries of the parameter.
        wanted: usize,
    },
    /// An argument that is a matrix of other sizes than its parameter, a transposed one for example.
    #[error(
        "parameter `{name}` is {rows} by {columns}, its argument {given:?} for each sample; transpose or reshape it"
    )]
    Shape {
        /// Name of the parameter.
        name: String,
        /// Sizes of the argument.
        given: Vec<usize>,
        /// Rows of the parameter.
        rows: usize,
        /// Columns of the parameter.
        columns: usize,
    },
    /// Arguments of different batch sizes, or indices of another number.
    #[error("a batch of {first} and one of {second}; give every sample one value of each")]
    Batch {
        /// The first one met.
        first: usize,
        /// The other.
        second: usize,
    },
    /// An argument with another number of values than its shape says.
    #[error("the argument of parameter `{name}` has {given} values, its shape {wanted}; correct one of them")]
    Values {
        /// Name of the parameter.
        name: String,
        /// Values.
        given: usize,
        /// Samples times entries.
        wanted: usize,
    },
    /// Packed values of another length.
    #[error("{given:?} shared and batched values, {wanted:?} are needed; pack one of each entry")]
    Packed {
        /// Shared and batched values.
        given: [usize; 2],
        /// Shared and batched values of the layout.
        wanted: [usize; 2],
    },
    /// A gradient of another length than the values.
    #[error("a gradient of {given} entries for {wanted} values; give one for each value")]
    Gradient {
        /// Entries of the gradient.
        given: usize,
        /// Values.
        wanted: usize,
    },
    /// Tensors whose numbers are not the layer's.
    #[error("the arguments are {given}, the layer computes in {wanted}; cast them or take the other layer")]
    Precision {
        /// Number type of the tensors.
        given: String,
        /// Number type of the layer.
        wanted: &'static str,
    },
    /// A sample without solution, where that is an error.
    #[error("sample {sample} of the batch: {status:?}; choose OnFailure::Soften or OnFailure::Zero to go on")]
    Unsolved {
        /// The first such sample.
        sample: usize,
        /// Status of its solve.
        status: Status,
    },
    /// Tensor values could not be read.
    #[error("the values of a tensor could not be read: {reason}")]
    Unreadable {
        /// Message of the backend.
        reason: String,
    },
}
