//! Rules of 4x4 as equalities whose coefficients a gradient finds, as in Amos and Kolter 2017 ("OptNet", section 4.3).
//! The only prior knowledge is that there is a convex program.

use crate::data::grid::{Grid, GridError};
use crate::data::puzzle::Puzzle;
use burn::module::{Module, Param};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge::program::{ProgramError, minimize, parameter, variable};
use convex_edge_burn::{ActiveSetLayer, LayerError, batched, shared};
use convex_edge_core::random::Pcg64;
use convex_edge_runs::interrupt;

/// Variables: a digit's indicator for each of 16 cells.
const VARIABLES: usize = 64;

/// Equalities, as many as the rules' rank.
const EQUALITIES: usize = 40;

/// Bounds and equalities.
const CONSTRAINTS: usize = VARIABLES + EQUALITIES;

/// Curvature of the objective, OptNet's.
const CURVATURE: f64 = 0.1;

/// Boards a step, OptNet's.
const BOARDS: usize = 100;

/// Step length of Adam, OptNet's.
const LEARNING_RATE: f64 = 0.1;

/// Errors of rules by gradient.
#[derive(Debug, thiserror::Error)]
pub enum GradientRulesError {
    /// There is nothing to learn from.
    #[error("no puzzles of 4x4: give at least one")]
    Puzzles,
    /// The program.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The layer.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// A board.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// The device gave no values back.
    #[error("the device gave no values ({0}); run on `Device::flex()`")]
    Device(String),
    /// The user asked to stop.
    #[error("stopped")]
    Interrupted,
}

/// Learned equalities `A x = A z`, which z meets, so that there always is a solution.
#[derive(Module, Debug)]
struct Equalities {
    /// `[EQUALITIES, VARIABLES]`.
    matrix: Param<Tensor<2>>,
    /// Logarithm of z, `[VARIABLES, 1]`.
    point: Param<Tensor<2>>,
}

/// Rules that were learned.
#[derive(Debug)]
pub struct GradientRules {
    layer: ActiveSetLayer<f64, VARIABLES, CONSTRAINTS>,
    equalities: Equalities,
}

impl GradientRules {
    /// Learns from 4x4 puzzles and their solutions in so many steps of a hundred boards each: squared error of the
    /// program's solution, Adam. Cost: a solve and an adjoint one for each board of a step.
    ///
    /// # Errors
    /// [`GradientRulesError`].
    pub fn learn(puzzles: &[Puzzle], steps: usize, seed: u64) -> Result<Self, GradientRulesError> {
        if puzzles.is_empty() || puzzles.iter().any(|puzzle| puzzle.givens.digits() != 4) {
            return Err(GradientRulesError::Puzzles);
        }
        let device = Device::flex().autodiff();
        let (x, p) = (variable("x", VARIABLES, 1), parameter("p", VARIABLES, 1));
        let (a, b) = (parameter("A", EQUALITIES, VARIABLES), parameter("b", EQUALITIES, 1));
        let program = minimize(0.5 * CURVATURE * x.sum_squares() - p.dot(&x))
            .subject_to([x.at_least(0.0), (&a * &x).equals(&b)])
            .program(&[&p, &a, &b], &[&x])?;
        let layer = ActiveSetLayer::new(program)?;
        let mut random = Pcg64::from_seed(seed);
        let matrix: Vec<f64> = (0..EQUALITIES * VARIABLES).map(|_| random.uniform(0.0, 1.0)).collect();
        let options = (&device, burn::tensor::DType::F64);
        let matrix = Tensor::from_data(TensorData::new(matrix, [EQUALITIES, VARIABLES]), options);
        let point = Tensor::zeros([VARIABLES, 1], options);
        let equalities = Equalities { matrix: Param::from_tensor(matrix), point: Param::from_tensor(point) };
        let mut rules = Self { layer, equalities };
        let mut optimizer: ModuleOptimizer = AdamConfig::new().init();
        for _ in 0..steps {
            if interrupt::requested() {
                return Err(GradientRulesError::Interrupted);
            }
            let drawn = (0..BOARDS).map(|_| &puzzles[(random.next_u64() % puzzles.len() as u64) as usize]);
            let (givens, solutions): (Vec<_>, Vec<_>) =
                drawn.map(|puzzle| (puzzle.givens.indicators(), puzzle.solution.indicators())).unzip();
            let tensor = |boards: Vec<Vec<f32>>| {
                let values: Vec<f64> = boards.into_iter().flatten().map(f64::from).collect();
                Tensor::<2>::from_data(TensorData::new(values, [BOARDS, VARIABLES]), options)
            };
            let distance = rules.forward(tensor(givens))? - tensor(solutions);
            let loss = (distance.clone() * distance).mean();
            let gradients = GradientsParams::from_grads(loss.backward(), &rules.equalities);
            rules.equalities = optimizer.step(LEARNING_RATE, rules.equalities.clone(), gradients);
        }
        rules.equalities = rules.equalities.valid();
        Ok(rules)
    }

    /// Solutions `[boards, VARIABLES]` of scores of the same shape.
    fn forward(&self, scores: Tensor<2>) -> Result<Tensor<2>, LayerError> {
        let matrix = self.equalities.matrix.val();
        let sums = matrix.clone().matmul(self.equalities.point.val().exp()).reshape([EQUALITIES]);
        self.layer.forward(&[batched(scores), shared(matrix), shared(sums)])
    }

    /// The rounded solution for each board's scores `[boards, 16, 4]`; nothing where that is no full board.
    ///
    /// # Errors
    /// [`GradientRulesError`].
    pub fn solve(&self, scores: &[f32]) -> Result<Vec<Grid>, GradientRulesError> {
        let values: Vec<f64> = scores.iter().map(|&score| f64::from(score)).collect();
        let shape = [values.len() / VARIABLES, VARIABLES];
        let options = (&Device::flex(), burn::tensor::DType::F64);
        let solved = self.forward(Tensor::from_data(TensorData::new(values, shape), options))?;
        let solved = solved.try_to_vec_as::<f64>().map_err(|error| GradientRulesError::Device(error.to_string()))?;
        let likeliest = |cell: &[f64]| cell.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(d, _)| d);
        let digits: Vec<u8> = solved.chunks_exact(4).map(|cell| likeliest(cell) as u8 + 1).collect();
        Ok(digits.chunks_exact(16).map(|board| Grid::new(2, board)).collect::<Result<_, _>>()?)
    }

    /// The learned matrix, `[EQUALITIES, VARIABLES]` by rows.
    ///
    /// # Errors
    /// [`GradientRulesError::Device`].
    pub fn matrix(&self) -> Result<Vec<f64>, GradientRulesError> {
        let values = self.equalities.matrix.val().try_to_vec_as::<f64>();
        values.map_err(|error| GradientRulesError::Device(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::{GradientRules, GradientRulesError};
    use crate::data::puzzle::{Recipe, lists};

    #[test]
    fn a_gradient_finds_rules_that_solve_unseen_puzzles() {
        let lists = lists(&Recipe { box_size: 2, givens: 6, train: 500, test: 100, seed: 0 }).unwrap();
        let rules = GradientRules::learn(&lists.train, 250, 0).unwrap();
        let scores: Vec<f32> = lists.test.iter().flat_map(|puzzle| puzzle.givens.indicators()).collect();
        let found = rules.solve(&scores).unwrap();
        let right = found.iter().zip(&lists.test).filter(|(found, puzzle)| **found == puzzle.solution).count();
        assert!(right >= 90, "{right}");
        assert_eq!(rules.matrix().unwrap().len(), 40 * 64);
    }

    #[test]
    fn other_boards_are_refused() {
        assert!(matches!(GradientRules::learn(&[], 1, 0).err(), Some(GradientRulesError::Puzzles)));
        let lists = lists(&Recipe { box_size: 3, givens: 36, train: 1, test: 0, seed: 0 }).unwrap();
        assert!(matches!(GradientRules::learn(&lists.train, 1, 0).err(), Some(GradientRulesError::Puzzles)));
    }
}
