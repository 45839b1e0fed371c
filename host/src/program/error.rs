//! What can be wrong with a program, and how to mend it.

/// Why an expression or a problem is refused. Each names the expression.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProgramError {
    /// Two shapes that do not fit.
    #[error("`{expression}`: {left} does not fit {right}; reshape one of them or take a slice")]
    Shapes {
        /// The expression.
        expression: String,
        /// Rows and columns on the left.
        left: String,
        /// Rows and columns on the right.
        right: String,
    },
    /// An index beyond the end.
    #[error("`{expression}` has {length} entries; take indices below that")]
    Index {
        /// What was indexed.
        expression: String,
        /// Its number of entries.
        length: usize,
    },
    /// A constant that is not a number, or infinite where only bounds may be.
    #[error("`{expression}` has an entry that is not finite; only bounds may be infinite")]
    NotFinite {
        /// The constant.
        expression: String,
    },
    /// A product of two expressions with variables.
    #[error("`{expression}` multiplies variables by variables; for a convex square write sum_squares or quad_form")]
    VariablesMultiplied {
        /// The product.
        expression: String,
    },
    /// A product that is not affine in the parameters.
    #[error(
        "`{expression}` multiplies parameters by parameters, which is not disciplined parametrized programming; \
         make the product one parameter and compute it outside"
    )]
    ParametersMultiplied {
        /// The product.
        expression: String,
    },
    /// Convex where it must be concave, or concave where it must be convex.
    #[error("`{expression}` is {found} where it must be {needed}; {advice}")]
    Curvature {
        /// The expression.
        expression: String,
        /// What it is.
        found: &'static str,
        /// What it has to be.
        needed: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A convex expression times something of unknown sign.
    #[error(
        "`{expression}` multiplies a convex or concave expression by something of unknown sign; \
         declare the parameter `.nonnegative()` or `.nonpositive()`"
    )]
    UnknownSign {
        /// The product.
        expression: String,
    },
    /// A quadratic where a QP has none.
    #[error("`{expression}` is quadratic in a constraint, which no QP has; bound norm1 or norm_inf, or penalize it")]
    QuadraticConstraint {
        /// The constraint.
        expression: String,
    },
    /// A quadratic form whose matrix is not positive semidefinite.
    #[error("the matrix of `{expression}` is not positive semidefinite, so that the form is not convex")]
    NotPositiveSemidefinite {
        /// The quadratic form.
        expression: String,
    },
    /// An objective that is no scalar.
    #[error("the objective `{expression}` is {shape}; sum it to one number")]
    ObjectiveNotScalar {
        /// The objective.
        expression: String,
        /// Rows and columns.
        shape: String,
    },
    /// A parameter that the program uses and the list does not have.
    #[error("parameter `{name}` is used but not listed; add it to the list of parameters")]
    ParameterMissing {
        /// Its name.
        name: String,
    },
    /// Something in a list that is not what the list is for.
    #[error("`{expression}` is no {wanted}; list {wanted}s only, each once")]
    NotListable {
        /// What was listed.
        expression: String,
        /// Parameter or variable.
        wanted: &'static str,
    },
    /// An output that neither objective nor constraints have.
    #[error("variable `{name}` is in no constraint and not in the objective; leave it out of the outputs")]
    VariableUnused {
        /// Its name.
        name: String,
    },
    /// A constraint of constants that does not hold.
    #[error("`{expression}` never holds; correct its constants")]
    NeverHolds {
        /// The constraint.
        expression: String,
    },
    /// A softness that is not positive.
    #[error(
        "`{expression}` has softness {softness}; a soft constraint has a positive and finite one, an equality none"
    )]
    Softness {
        /// The constraint.
        expression: String,
        /// What was given.
        softness: f64,
    },
    /// More variables, constraints or parameters than 16 bits count.
    #[error("{count} {what}: more than the 65,534 that a program can have")]
    TooLarge {
        /// Variables, constraints or parameters.
        what: &'static str,
        /// How many.
        count: usize,
    },
    /// A program of other sizes than the solver was compiled for.
    #[error(
        "the program has {variables} variables and {constraints} constraints; \
         write its sizes as const parameters: ::<_, {variables}, {constraints}>"
    )]
    Sizes {
        /// Of the program.
        variables: usize,
        /// Of the program.
        constraints: usize,
    },
    /// An artefact that cannot be made.
    #[error("no artefact: {error:?}; take fewer examples, or a smaller program")]
    Artefact {
        /// Why.
        error: convex_edge_core::artefact::ArtefactError,
    },
    /// A file that cannot be read as a program.
    #[error("not a program: {reason}; write it as docs/PROGRAMS.md says")]
    Json {
        /// What the reader says.
        reason: String,
    },
}
