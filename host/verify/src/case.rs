//! Random problem, from its seed to the verdict on the solver's answer.

use super::by_hand;
use super::certificate::Size;
use super::curvature::{Extent, flat, indefinite, least_squares, unbounded};
use super::extremes::{flatten, rescale, spoil, stretch_linear_program};
use super::history::{Start, answer, unlike_a_fresh_workspace};
use super::magnitudes::{disparate, tiny_softness};
use super::notation::{ask_the_impossible_of_a_zero_row, nearly_repeat_rows, write_infinities};
use super::oracle::{Reference, Verdict};
use super::problems::{Recipe, below, chance, contradict, feasible_with_point};
use convex_edge_core::number::Number;
use convex_edge_core::qp::{Qp, Settings, Solution, Status, Workspace};
use convex_edge_core::random::Pcg64;
use serde::Serialize;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Clarabel gives its opinion on every case whose seed is a multiple of this.
const SAMPLE: u64 = 100;

/// Number type of the solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Single.
    F32,
    /// Double.
    F64,
}

impl Precision {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

/// Peculiarity of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Rows and simple bounds in general position.
    Inequalities,
    /// With equalities.
    Equalities,
    /// More rows through a point than there are variables.
    DegenerateVertices,
    /// Rows that repeat or combine others, and rows of zeros.
    DependentRows,
    /// Rows that may be violated at a price.
    SoftRows,
    /// All of these at once.
    Mixed,
    /// Rows that contradict each other.
    Infeasible,
    /// Next to no curvature, one-sided rows.
    LooksUnbounded,
    /// Variables, rows and objective in units that differ by decades.
    ExtremeScales,
    /// A cap on the iterations that often strikes.
    SmallCap,
    /// A NaN or an infinity in any field.
    NotFinite,
    /// A Hessian of any rank, down to a linear program, within a box.
    Semidefinite,
    /// A direction along which the objective falls for ever.
    Unbounded,
    /// Clearly negative curvature along some direction.
    Indefinite,
    /// Variables whose magnitudes differ by decades at the solution.
    LargeBesideSmall,
    /// A hard row of zeros that no point satisfies, beside bounds of any size.
    ImpossibleZeroRow,
    /// Large numbers, 1e15 to 1e30, in place of infinite bounds.
    WrittenInfinities,
    /// Rows that repeat others but for a few digits.
    NearlyDependentRows,
    /// Soft rows that are nearly hard, half of them pressing against hard ones.
    TinySoftness,
    /// Neither a quadratic nor a linear term: any feasible point is a solution.
    NoObjective,
    /// Normal equations of least squares, definite only within the rounding of their entries.
    LeastSquares,
    /// Two variables, and numbers as people write them: ones, zeros, thirds, millions.
    ByHand,
}

impl Kind {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 22] = [
        Self::Inequalities,
        Self::Equalities,
        Self::DegenerateVertices,
        Self::DependentRows,
        Self::SoftRows,
        Self::Mixed,
        Self::Infeasible,
        Self::LooksUnbounded,
        Self::ExtremeScales,
        Self::SmallCap,
        Self::NotFinite,
        Self::Semidefinite,
        Self::Unbounded,
        Self::Indefinite,
        Self::LargeBesideSmall,
        Self::ImpossibleZeroRow,
        Self::WrittenInfinities,
        Self::NearlyDependentRows,
        Self::TinySoftness,
        Self::NoObjective,
        Self::LeastSquares,
        Self::ByHand,
    ];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inequalities => "inequalities",
            Self::Equalities => "equalities",
            Self::DegenerateVertices => "degenerate vertices",
            Self::DependentRows => "dependent rows",
            Self::SoftRows => "soft rows",
            Self::Mixed => "mixed",
            Self::Infeasible => "infeasible",
            Self::LooksUnbounded => "looks unbounded",
            Self::ExtremeScales => "extreme scales",
            Self::SmallCap => "small cap",
            Self::NotFinite => "not finite",
            Self::Semidefinite => "semidefinite",
            Self::Unbounded => "unbounded",
            Self::Indefinite => "indefinite",
            Self::LargeBesideSmall => "large beside small",
            Self::ImpossibleZeroRow => "impossible zero row",
            Self::WrittenInfinities => "1e15 to 1e30 as none",
            Self::NearlyDependentRows => "nearly dependent",
            Self::TinySoftness => "tiny softness",
            Self::NoObjective => "no objective",
            Self::LeastSquares => "least squares",
            Self::ByHand => "by hand",
        }
    }
}

/// A problem and how it is solved.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Number type.
    pub precision: Precision,
    /// Peculiarity of the problem.
    pub kind: Kind,
    size: usize,
    recipe: Recipe,
    start: Start,
    iteration_limit: u32,
    sampled: bool,
}

/// Outcome of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Solved, infeasible, unbounded, not finite or not convex, and so it is.
    Right(Status),
    /// The solver said that it could not tell, or that the data are none.
    Flagged(Status),
    /// Called what it is not.
    Wrong(String),
    /// More iterations than allowed.
    AboveCap(u32),
    /// The solver panicked.
    Panicked,
}

impl Case {
    /// The same case for the same seed, always.
    pub fn from_seed(seed: u64) -> Self {
        let random = &mut Pcg64::from_seed(seed);
        let precision = if chance(random, 0.5) { Precision::F32 } else { Precision::F64 };
        let kind = Kind::ALL[below(random, Kind::ALL.len())];
        let size = below(random, 5);
        let recipe = recipe(kind, random);
        let start = Start::ALL[below(random, Start::ALL.len())];
        let iteration_limit =
            if kind == Kind::SmallCap { below(random, 30) as u32 } else { Settings::<f64>::default().iteration_limit };
        Self { precision, kind, size, recipe, start, iteration_limit, sampled: seed.is_multiple_of(SAMPLE) }
    }

    /// Solves it and judges the answer.
    pub fn run(&self) -> Outcome {
        match self.precision {
            Precision::F32 => self.run_in::<f32>(),
            Precision::F64 => self.run_in::<f64>(),
        }
    }

    fn run_in<T: Number>(&self) -> Outcome {
        match self.size {
            _ if self.kind == Kind::ByHand => self.run_by_hand::<T>(),
            0 => self.run_sized::<T, 1, 3>(),
            1 => self.run_sized::<T, 2, 5>(),
            2 => self.run_sized::<T, 4, 10>(),
            3 => self.run_sized::<T, 10, 30>(),
            _ => self.run_sized::<T, 20, 50>(),
        }
    }

    fn run_sized<T: Number, const N: usize, const M: usize>(&self) -> Outcome {
        let random = &mut Pcg64::from_seed(!self.recipe.seed);
        let (mut qp, mut point) = feasible_with_point::<T, N, M>(self.recipe);
        match self.kind {
            Kind::Infeasible => contradict(&mut qp, self.recipe.seed, gap::<T>()),
            Kind::LooksUnbounded => flatten(&mut qp, random),
            Kind::ExtremeScales => rescale(&mut qp, &mut point, random),
            Kind::NotFinite => {
                if self.is_flat() {
                    stretch_linear_program(&mut qp, random);
                }
                spoil(&mut qp, random);
            }
            Kind::Semidefinite => (qp, point) = flat(self.recipe, Extent::Box),
            Kind::Unbounded => qp = unbounded(self.recipe),
            Kind::Indefinite => qp = indefinite(self.recipe),
            Kind::LargeBesideSmall => disparate(&mut qp, &mut point, random),
            Kind::ImpossibleZeroRow => ask_the_impossible_of_a_zero_row(&mut qp, random),
            Kind::WrittenInfinities => {
                if self.is_flat() {
                    (qp, point) = flat(self.recipe, Extent::Open);
                }
                write_infinities(&mut qp, random);
            }
            Kind::NearlyDependentRows => nearly_repeat_rows(&mut qp, &point, random),
            Kind::TinySoftness => tiny_softness(&mut qp, random),
            Kind::NoObjective => {
                qp.hessian.fill(T::ZERO);
                qp.linear.fill(T::ZERO);
            }
            Kind::LeastSquares => least_squares(&mut qp, &point, random),
            _ => {}
        }
        let mut settings = Settings { iteration_limit: self.iteration_limit, ..Settings::default() };
        if self.kind == Kind::ExtremeScales {
            // Its units make large bounds of small ones.
            settings.infinity = T::rounded(f64::INFINITY);
        }
        catch_unwind(AssertUnwindSafe(|| {
            let mut workspace = Workspace::new();
            let (solution, start) = answer(self.start, &qp, &mut workspace, &settings, random);
            if solution.iterations > self.iteration_limit {
                return Outcome::AboveCap(solution.iterations);
            }
            // A cap may strike between two ways to the same answer.
            let start = start.filter(|_| self.kind != Kind::SmallCap);
            if let Some(difference) = unlike_a_fresh_workspace(&qp, &solution, start.as_deref(), &settings) {
                return Outcome::Wrong(format!("{self:?}: {difference}"));
            }
            self.judge(&qp, &point, &solution)
        }))
        .unwrap_or(Outcome::Panicked)
    }

    fn run_by_hand<T: Number>(&self) -> Outcome {
        let random = &mut Pcg64::from_seed(self.recipe.seed);
        let qp = by_hand::draw::<T>(random);
        let settings = Settings::default();
        catch_unwind(AssertUnwindSafe(|| {
            let mut workspace = Workspace::new();
            let (solution, start) = answer(self.start, &qp, &mut workspace, &settings, random);
            if solution.iterations > self.iteration_limit {
                return Outcome::AboveCap(solution.iterations);
            }
            if let Some(difference) = unlike_a_fresh_workspace(&qp, &solution, start.as_deref(), &settings) {
                return Outcome::Wrong(format!("{self:?}: {difference}"));
            }
            let problem = Reference::new(&qp);
            let objection = match solution.status {
                Status::Solved => by_hand::objection(&problem, &solution),
                Status::Unbounded if by_hand::is_unbounded::<T>(&problem) => None,
                Status::Unbounded => Some("it is bounded".to_owned()),
                Status::Infeasible => {
                    by_hand::feasible_point::<T>(&problem).map(|x| format!("{x:?} satisfies all rows"))
                }
                Status::NotConvex => Some("it is convex".to_owned()),
                flagged => return Outcome::Flagged(flagged),
            };
            match objection {
                Some(objection) => {
                    let status = solution.status;
                    Outcome::Wrong(format!("{self:?}: called {status:?}, but {objection}: {problem:?}"))
                }
                None => Outcome::Right(solution.status),
            }
        }))
        .unwrap_or(Outcome::Panicked)
    }

    /// Whether the Hessian of a problem with large numbers for infinity, or with what is no number, is semidefinite: half of
    /// them.
    fn is_flat(&self) -> bool {
        self.recipe.seed.is_multiple_of(2)
    }

    fn judge<T: Number, const N: usize, const M: usize>(
        &self,
        qp: &Qp<T, N, M>,
        point: &[f64],
        solution: &Solution<T, N, M>,
    ) -> Outcome {
        let status = solution.status;
        let wrong = |why: String| Outcome::Wrong(format!("{self:?}: {why}"));
        match (self.kind, status) {
            (Kind::NotFinite, Status::NotFinite) => Outcome::Right(status),
            (Kind::NotFinite, _) => wrong(format!("called {status:?} in spite of a NaN or an infinity")),
            (Kind::Infeasible | Kind::ImpossibleZeroRow, Status::Solved) => {
                wrong("called Solved, but no point satisfies all rows".to_owned())
            }
            (Kind::Infeasible | Kind::ImpossibleZeroRow, Status::Infeasible) => Outcome::Right(status),
            (Kind::Unbounded, Status::Unbounded) | (Kind::Indefinite, Status::NotConvex) => Outcome::Right(status),
            (Kind::Unbounded, Status::Solved) => wrong("called Solved, but is unbounded".to_owned()),
            (Kind::Indefinite, Status::Solved) => wrong("called Solved, but is not convex".to_owned()),
            (_, Status::Unbounded) => wrong("called Unbounded, but has a minimizer".to_owned()),
            (Kind::Semidefinite, Status::NotConvex) => wrong("called NotConvex, but is semidefinite".to_owned()),
            (_, Status::Infeasible) => wrong("called Infeasible, but has a feasible point".to_owned()),
            (_, Status::Solved) => match self.objection(qp, point, solution) {
                Some(objection) => wrong(objection),
                None => Outcome::Right(status),
            },
            _ => Outcome::Flagged(status),
        }
    }

    /// Reason why a claimed solution is none.
    fn objection<T: Number, const N: usize, const M: usize>(
        &self,
        qp: &Qp<T, N, M>,
        point: &[f64],
        solution: &Solution<T, N, M>,
    ) -> Option<String> {
        let problem = Reference::new(qp);
        let is_flat = match self.kind {
            Kind::Semidefinite | Kind::NoObjective | Kind::LeastSquares => true,
            Kind::WrittenInfinities => self.is_flat(),
            _ => false,
        };
        if is_flat {
            return problem.worse_than::<T>(&solution.x.iter().map(|x| x.double()).collect::<Vec<_>>(), point);
        }
        let Some(size) = Size::new(&problem, point) else {
            return Some("called Solved, but the Hessian is not positive definite".to_owned());
        };
        let errors = size.errors(&problem, solution);
        if !errors.are_small::<T>() {
            return Some(format!("called Solved with {errors:?}"));
        }
        // Its absolute tolerances mean nothing in extreme units; the certificate follows them.
        if !self.sampled || matches!(self.kind, Kind::ExtremeScales | Kind::LargeBesideSmall) {
            return None;
        }
        let x: Vec<f64> = solution.x.iter().map(|x| x.double()).collect();
        match problem.clarabel() {
            Verdict::Solved { x: best, prices } => problem
                .compare(&x, &best, &prices, objective_tolerance::<T>())
                .err()
                .map(|why| format!("Clarabel: {why}")),
            // Bounds rounded to single precision may contradict each other by less than the tolerance.
            Verdict::Infeasible if self.precision == Precision::F64 => Some("Clarabel: infeasible".to_owned()),
            _ => None,
        }
    }
}

/// What objectives may differ by, relative to their terms: nearly the root of the solver's tolerance, since an
/// objective is flat around its minimum.
pub fn objective_tolerance<T: Number>() -> f64 {
    if T::EPSILON.double() > 1e-10 { 1e-3 } else { 1e-6 }
}

/// What a contradiction amounts to, relative to its terms: clearly more than tolerance and rounding.
fn gap<T: Number>() -> f64 {
    if T::EPSILON.double() > 1e-10 { 0.02 } else { 1e-4 }
}

/// Recipe of a problem of a kind.
pub(super) fn recipe(kind: Kind, random: &mut Pcg64) -> Recipe {
    let mut pick = |values: &[f64]| values[below(random, values.len())];
    let mut recipe =
        Recipe { simple_bounds: pick(&[0.0, 1.0]) > 0.0, one_sided: pick(&[0.0, 0.5, 1.0]), ..Recipe::plain(0) };
    let integer = pick(&[0.0, 1.0]) > 0.0;
    match kind {
        Kind::Inequalities | Kind::NotFinite | Kind::NearlyDependentRows | Kind::ByHand => {}
        Kind::Equalities => recipe.equalities = pick(&[1.0, 3.0, 9.0, 20.0]) as usize,
        Kind::DegenerateVertices => recipe = Recipe { tight: pick(&[0.5, 1.0]), integer, ..recipe },
        Kind::DependentRows => recipe = Recipe { dependent: pick(&[0.3, 0.7]), integer, ..recipe },
        Kind::SoftRows | Kind::TinySoftness => recipe.soft = pick(&[0.3, 1.0]),
        Kind::LeastSquares => recipe.one_sided = 1.0,
        // Rows that meet at the point contradict each other in the rounding of large bounds.
        Kind::LargeBesideSmall => {
            recipe = Recipe { equalities: pick(&[0.0, 1.0, 9.0]) as usize, soft: pick(&[0.0, 0.3]), ..recipe };
        }
        Kind::Unbounded => recipe = Recipe { dependent: pick(&[0.0, 0.3]), integer, ..recipe },
        Kind::LooksUnbounded => recipe = Recipe { one_sided: 1.0, soft: pick(&[0.0, 0.3]), ..recipe },
        Kind::Mixed
        | Kind::Infeasible
        | Kind::ExtremeScales
        | Kind::SmallCap
        | Kind::Semidefinite
        | Kind::Indefinite
        | Kind::ImpossibleZeroRow
        | Kind::WrittenInfinities
        | Kind::NoObjective => {
            let (equalities, soft) = (pick(&[0.0, 0.0, 1.0, 9.0]) as usize, pick(&[0.0, 0.3]));
            let (tight, dependent) = (pick(&[0.0, 0.5, 1.0]), pick(&[0.0, 0.3, 0.7]));
            recipe = Recipe { equalities, soft, tight, dependent, integer, ..recipe };
            if kind == Kind::NoObjective {
                recipe.soft = 0.0;
            }
            // In an open set, a linear term that is rounded may fall for ever.
            recipe.integer |= kind == Kind::WrittenInfinities;
        }
    }
    Recipe { condition: random.uniform(0.0, 6.0), seed: random.next_u64(), ..recipe }
}
