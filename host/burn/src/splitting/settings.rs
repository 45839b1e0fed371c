//! Settings of the splitting: constants of the program, tolerances, and errors of a call.

use super::outcome::Status;
use burn::tensor::DType;
use thiserror::Error;

/// Constants of the program and of the method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Curvature eps of the objective, at least 0. 0 is the linear program, for decoding; the layer's derivative needs
    /// more.
    pub curvature: f64,
    /// Upper bound of every variable, positive; infinity for none.
    pub upper: f64,
    /// First step rho, positive, in the units of the curvature: how fast prices move. A sample's own is no further than a
    /// factor of 1000 from its curvature or scores, and follows the residuals in the first 200 iterations, up to a factor
    /// of 100 either way.
    pub step: f64,
    /// Over-relaxation, above 0 and below 2 (Boyd et al. 2011, section 3.4.3: 1.5 to 1.8).
    pub relaxation: f64,
    /// How far a solved answer may be off. The answer lies in the box exactly, and:
    /// - its distance from the affine set is at most the tolerance times its norm, or that of the set's point nearest to
    ///   the origin if that is larger;
    /// - each condition of the set (a cell's sum, a class's total, an equation) is violated by at most 12 tolerances, times
    ///   the norm of the condition's own terms (sums of cells and totals: at least 1);
    /// - it is the minimizer for right sides that differ by no more than that and scores that differ by at most 2
    ///   tolerances of their norm along the set's directions (or of the curvature times the answer's norm), or by the
    ///   rounding of their own norm. With a
    ///   curvature above 0 it is within 160 tolerances of its norm from the minimizer for those right sides and the given
    ///   scores, 30 where the scores differ by more than 300 times the curvature. Where the set is tight, as with a total
    ///   that all cells together just reach, small changes of the right sides move the minimizer far.
    ///
    /// Of a set through the origin, the origin itself is the answer only where it is the minimizer up to rounding.
    ///
    /// At 1e-3 the entries of a 9x9 sudoku are off by 5e-4 on average and 0.02 at most for curvature 1, by 2e-3 and 0.06
    /// for 0.1.
    pub tolerance: f64,
    /// Iterations after which a sample counts as unsolved.
    pub iterations: usize,
    /// Largest residual of the derivative's linear system, relative to the norm of the incoming gradient.
    pub derivative_tolerance: f64,
    /// Conjugate-gradient iterations after which a sample's derivative counts as not found.
    pub derivative_iterations: usize,
}

impl Default for Settings {
    /// Curvature 1, no upper bound, step 1, relaxation 1.6, tolerance 1e-3 within 2000 iterations, derivative 1e-4
    /// within 500.
    fn default() -> Self {
        Self {
            curvature: 1.0,
            upper: f64::INFINITY,
            step: 1.0,
            relaxation: 1.6,
            tolerance: 1e-3,
            iterations: 2000,
            derivative_tolerance: 1e-4,
            derivative_iterations: 500,
        }
    }
}

/// Errors of a call.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SplittingError {
    /// A constant is out of its range.
    #[error("{name} is {value}: it must be {range}")]
    Setting {
        /// Name of the constant.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Its range in words.
        range: &'static str,
    },
    /// The scores have another number of variables than the set.
    #[error("scores of {given} variables for a set of {needed}: give them as [batch, {needed}]")]
    Dimension {
        /// Variables of the scores.
        given: usize,
        /// Variables of the set.
        needed: usize,
    },
    /// The set was made for another batch, or the start or the targets come from one.
    #[error("{what} of a batch of {given} for scores of {needed}: give one for each sample")]
    Batch {
        /// Argument with the wrong size or number type.
        what: &'static str,
        /// Its samples.
        given: usize,
        /// Samples of the scores.
        needed: usize,
    },
    /// Scores of a number type that the layer does not compute in.
    #[error("scores of {given:?}: cast them to F32 or F64")]
    Scores {
        /// Their type.
        given: DType,
    },
    /// The set, the start or the targets have another number type than the scores.
    #[error("{what} of {given:?} for scores of {needed:?}: cast one of them, or make the set in the scores' type")]
    Precision {
        /// Argument with the wrong size or number type.
        what: &'static str,
        /// Its type.
        given: DType,
        /// Type of the scores.
        needed: DType,
    },
    /// A derivative was asked for where the program has none.
    #[error("a linear program's solution jumps: give curvature above 0, or use the Fenchel-Young loss")]
    NoCurvature,
    /// A sample is unsolved and the caller wants none of those.
    #[error("sample {sample} is {status:?}: relax the program, raise the iterations, or take soft answers or a mask")]
    Unsolved {
        /// The first such sample.
        sample: usize,
        /// Status of that sample.
        status: Status,
    },
    /// The device gave no values back.
    #[error("reading a tensor from its device: {0}")]
    Device(String),
}

impl Settings {
    /// Whether all constants are in their ranges.
    pub(super) fn check(&self) -> Result<(), SplittingError> {
        let finite = |value: f64| value > 0.0 && value < f64::INFINITY;
        let ranges = [
            ("curvature", self.curvature, self.curvature == 0.0 || finite(self.curvature), "finite and at least 0"),
            ("upper", self.upper, self.upper > 0.0, "positive, infinity for none"),
            ("step", self.step, finite(self.step), "finite and positive"),
            ("relaxation", self.relaxation, self.relaxation > 0.0 && self.relaxation < 2.0, "above 0 and below 2"),
            ("tolerance", self.tolerance, finite(self.tolerance), "finite and positive"),
            ("iterations", self.iterations as f64, self.iterations > 0, "at least 1"),
            (
                "derivative_tolerance",
                self.derivative_tolerance,
                finite(self.derivative_tolerance),
                "finite and positive",
            ),
        ];
        let wrong = ranges.into_iter().find(|(_, _, right, _)| !right);
        wrong.map_or(Ok(()), |(name, value, _, range)| Err(SplittingError::Setting { name, value, range }))
    }
}
