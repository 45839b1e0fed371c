//! Errors of a program, each with its remedy.

/// Why an expression or a problem is refused. Each names the expression.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// Two shapes that do not fit.
    #[error("`{expression}`: {left} does not fit {right}; reshape or transpose one of them, or take a slice")]
    Shapes {
        /// The expression.
        expression: String,
        /// Rows and columns on the left.
        left: String,
        /// Rows and columns on the right.
        right: String,
    },
    /// A constant of other rows and columns than its entries have.
    #[error("`constant({rows}, {columns}, ..)` has entries of {found}; give one array for each row")]
    ConstantShape {
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        columns: usize,
        /// Shape or number of the entries.
        found: String,
    },
    /// A function of an expression without entries.
    #[error("`{expression}` is a function of no entries; take at least one")]
    Empty {
        /// The function.
        expression: String,
    },
    /// An index beyond the end.
    #[error("`{expression}` has {length} entries; take indices below that")]
    Index {
        /// The indexed expression.
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
        /// Curvature that was found.
        found: &'static str,
        /// Curvature that is needed.
        needed: &'static str,
        /// Remedy in words.
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
    /// A quadratic form whose constant matrix is not symmetric positive semidefinite.
    #[error("the matrix of `{expression}` is not symmetric positive semidefinite, so that the form is not convex")]
    NotPositiveSemidefinite {
        /// The quadratic form.
        expression: String,
    },
    /// A quadratic form whose parametric matrix may have negative eigenvalues.
    #[error(
        "`{matrix}` in `{expression}` is not known to be positive semidefinite; declare its parameters \
         `.semidefinite()` and take only sums and nonnegative multiples of them and of semidefinite constants"
    )]
    SemidefinitenessUnknown {
        /// The matrix.
        matrix: String,
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
        /// Name of the parameter.
        name: String,
    },
    /// A sign or semidefiniteness declared of something that is no parameter.
    #[error(
        "`{expression}` is no parameter, and only parameters are declared nonnegative, nonpositive or semidefinite; \
         constrain it by `.at_least(0.0)` or `.at_most(0.0)`"
    )]
    NotDeclarable {
        /// The expression.
        expression: String,
    },
    /// A parameter that is listed with other declarations than it is used with.
    #[error(
        "parameter `{name}` is listed with one sign or semidefiniteness and used with another; \
         declare it once, where it is made, and clone the result"
    )]
    ParameterDeclaredTwice {
        /// Name of the parameter.
        name: String,
    },
    /// Something in a list that is not what the list is for.
    #[error("`{expression}` is no {wanted}; list {wanted}s only")]
    NotListable {
        /// The listed expression.
        expression: String,
        /// Parameter or variable.
        wanted: &'static str,
    },
    /// A parameter or variable that is listed twice.
    #[error("{what} `{name}` is listed twice; list each once")]
    ListedTwice {
        /// Parameter or variable.
        what: &'static str,
        /// Name that is listed twice.
        name: String,
    },
    /// Two parameters or two outputs that no name tells apart.
    #[error("two {what}s are named `{name}`; give each its own name")]
    NameTwice {
        /// Parameter or variable.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An output that neither objective nor constraints have.
    #[error("variable `{name}` is in no constraint and not in the objective; leave it out of the outputs")]
    VariableUnused {
        /// Name of the variable.
        name: String,
    },
    /// A constraint of constants that does not hold.
    #[error("`{expression}` never holds; correct its constants")]
    NeverHolds {
        /// The constraint.
        expression: String,
    },
    /// A softness that is no price in single precision.
    #[error("`{expression}` has softness {softness}; take one from 1e-30 to 1e30, and none for a hard constraint")]
    Softness {
        /// The constraint.
        expression: String,
        /// Softness that was given.
        softness: f64,
    },
    /// A coefficient of the objective or of a constraint that is too large or too small for the solver's numbers.
    #[error(
        "a coefficient of {coefficient:e} is out of the range of {bits} bits; scale its constraint or the objective"
    )]
    OutOfRange {
        /// Its value.
        coefficient: f64,
        /// Bits of the solver's number type.
        bits: usize,
    },
    /// An example for an artefact that has another number of values than the parameters have entries.
    #[error("an example has {given} values, the parameters {wanted} entries; give all of them, in the program's order")]
    Example {
        /// Values that were given.
        given: usize,
        /// Entries of all parameters.
        wanted: usize,
    },
    /// More variables, constraints or parameters than 16 bits count.
    #[error("{count} {what}: more than the 65,534 that a program can have")]
    TooLarge {
        /// Variables, constraints or parameters.
        what: &'static str,
        /// Number of them in the program.
        count: usize,
    },
    /// A program of other sizes than the solver was compiled for.
    #[error(
        "the program has {variables} variables and {constraints} constraints; \
         write its sizes as const parameters: ::<_, {variables}, {constraints}>"
    )]
    Sizes {
        /// Number of variables of the program.
        variables: usize,
        /// Number of constraints of the program.
        constraints: usize,
    },
    /// An artefact that cannot be made.
    #[error("no artefact: {error:?}; take fewer examples, or a smaller program")]
    Artefact {
        /// Fault that the artefact's writer reports.
        error: convex_edge_core::artefact::ArtefactError,
    },
    /// A file that cannot be read as a program.
    #[error("not a program: {reason}; write it as docs/PROGRAMS.md says")]
    Json {
        /// Message of the JSON reader.
        reason: String,
    },
}
