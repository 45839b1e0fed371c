//! Margins of layers at kinks, at ties and near them, judged by one-sided finite differences in several directions. The
//! derivatives of the random programs do not exist, or exist although the program is degenerate.

use super::gradients::{GradientError, MARGIN, RESIDUAL};
use super::gradients_families::{Drawn, FAMILIES, Family};
use burn::tensor::{DType, Device, Tensor, TensorData};
use convex_edge::program::{Program, ProgramError};
use convex_edge_burn::{ActiveSetLayer, Answer, OnFailure, batched};
use convex_edge_core::qp::{Settings, Status};
use convex_edge_core::random::Pcg64;
use convex_edge_runs::promise::Promise;
use convex_edge_verify::problems::normal;
use serde::Serialize;

/// Programs that are solved at once.
const BATCH: u64 = 64;

/// Directions in which all parameters move, each forwards and backwards.
const DIRECTIONS: usize = 4;

/// Lengths of the steps: the first one goes beyond what [`MARGIN`] flags, the others stay within an unflagged sample's
/// piece.
const STEPS: [f64; 3] = [3e-5, 1e-6, 1e-7];

/// Both sides differ at a kink by more than [`KINK`], elsewhere by less than [`SMOOTH`], relative to the terms.
const KINK: f64 = 1e-2;
const SMOOTH: f64 = 1e-4;

/// Both sides of the longest step differ by more than that where a kink is close.
const CLOSE: f64 = 1e-3;

/// What a margin that has to be 0 may be, and a gradient that has to be.
const ZERO: f64 = 1e-9;

/// Counts of the check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Kinks {
    /// Programs.
    pub programs: u64,
    /// Those that were not solved, with a status that says so.
    pub unsolved: u64,
    /// Those that were solved, but not at every point of their finite differences: these decide nothing.
    pub undecided: u64,
    /// Those whose margin is larger than their distance from a kink or tie, as they were drawn or as both sides show.
    pub wrong_margins: u64,
    /// Those whose outputs have a derivative, as all directions agree, and whose gradient is that.
    pub smooth: u64,
    /// Those of them that are flagged although no kink is close, neither as they were drawn nor as the longest step shows.
    pub needless: u64,
    /// Those whose outputs have a derivative, whose gradient is another one, and that are not flagged.
    pub wrong_gradients: u64,
    /// Ties whose gradient is not 0.
    pub gradients_at_ties: u64,
    /// Those that a start from the working set of other parameters flags or differentiates otherwise.
    pub warm: u64,
    /// Empty batches that were refused.
    pub empty_refused: u64,
}

/// Counts of one family of programs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FamilyKinks {
    /// Name of the family.
    pub family: &'static str,
    /// Counts of this family.
    pub counts: Kinks,
}

/// Promises on the counts.
pub fn promises(families: &[FamilyKinks]) -> Vec<Promise> {
    let total = total(families);
    let share = 100.0 * total.needless as f64 / total.smooth.max(1) as f64;
    vec![
        Promise::at_most("wrong margins at kinks and ties", total.wrong_margins as f64, "programs", 0.0),
        Promise::at_most("gradients at ties, not 0", total.gradients_at_ties as f64, "programs", 0.0),
        Promise::at_most("wrong gradients near kinks", total.wrong_gradients as f64, "programs", 0.0),
        Promise::at_most("warm starts that differ", total.warm as f64, "programs", 0.0),
        Promise::at_most("empty batches refused", total.empty_refused as f64, "batches", 0.0),
        Promise::at_most("needless flags", share, "%", 1.0),
    ]
}

/// The sum over all families.
pub fn total(families: &[FamilyKinks]) -> Kinks {
    let mut total = Kinks::default();
    families.iter().for_each(|family| total.add(&family.counts));
    total
}

/// Counts over about as many programs as asked for, an equal share of each family, from the seed on; `progress` is told
/// of each batch.
///
/// # Errors
/// The layer refuses its arguments: a fault of this check.
pub fn check(seed: u64, count: u64, progress: &dyn Fn(u64)) -> Result<Vec<FamilyKinks>, GradientError> {
    let share = count.div_ceil(FAMILIES.len() as u64);
    FAMILIES.iter().map(|family| check_family(family, seed, share, &progress)).collect()
}

fn check_family(family: &Family, seed: u64, count: u64, progress: &dyn Fn(u64)) -> Result<FamilyKinks, GradientError> {
    let program = (family.program)()?;
    macro_rules! by_size {
        ($($n:literal x $m:literal),*) => {
            match (program.variables(), program.constraints()) {
                $(($n, $m) => check_sized::<$n, $m>(family, program, seed, count, progress)?,)*
                (variables, constraints) => return Err(ProgramError::Sizes { variables, constraints }.into()),
            }
        };
    }
    let counts = by_size!(4 x 4, 4 x 5, 3 x 3, 6 x 10, 8 x 13, 8 x 14, 9 x 9, 2 x 4, 2 x 5);
    Ok(FamilyKinks { family: family.name, counts })
}

fn check_sized<const N: usize, const M: usize>(
    family: &Family,
    program: Program,
    seed: u64,
    count: u64,
    progress: &dyn Fn(u64),
) -> Result<Kinks, GradientError> {
    // Finite differences need solutions that are closer than a user needs them.
    let settings = Settings { tolerance: 1e-11, ..Settings::default() };
    let layer = ActiveSetLayer::<f64, N, M>::with(program, settings, OnFailure::Zero)?;
    let sampler = Sampler { family, layer };
    let mut counts = Kinks { empty_refused: u64::from(!sampler.takes_empty()), ..Kinks::default() };
    let mut first = 0;
    while first < count {
        let batch = BATCH.min(count - first);
        counts.add(&sampler.check_batch(seed + first, batch)?);
        progress(batch);
        first += batch;
    }
    Ok(counts)
}

/// A family's layer.
struct Sampler<'a, const N: usize, const M: usize> {
    family: &'a Family,
    layer: ActiveSetLayer<f64, N, M>,
}

/// A batch's answer: outputs, margins and gradients by sample.
struct Differentiated {
    answer: Answer,
    residuals: Vec<f64>,
    /// Loss by sample.
    losses: Vec<f64>,
    /// Gradients of all parameters, by sample.
    gradients: Vec<Vec<f64>>,
}

impl Differentiated {
    fn is_flagged(&self, i: usize) -> bool {
        let sample = &self.answer.samples[i];
        sample.margin < MARGIN
            || sample.dependent
            || self.residuals.get(i).is_none_or(|&residual| !(residual < RESIDUAL))
    }
}

impl<const N: usize, const M: usize> Sampler<'_, N, M> {
    fn lengths(&self) -> impl Iterator<Item = usize> {
        self.layer.program().parameters.iter().map(|slot| slot.rows * slot.columns)
    }

    /// One tensor for each parameter.
    fn tensors(&self, values: &[Vec<f64>]) -> Vec<Tensor<2>> {
        let device = Device::flex().autodiff();
        let mut start = 0;
        let tensors = self.lengths().map(|length| {
            let data: Vec<f64> = values.iter().flat_map(|values| values[start..start + length].to_vec()).collect();
            start += length;
            Tensor::from_data(TensorData::new(data, [values.len(), length]), (&device, DType::F64))
        });
        tensors.collect()
    }

    fn takes_empty(&self) -> bool {
        let solved = |indices: Option<&[usize]>| {
            let tensors: Vec<Tensor<2>> = self.tensors(&[]).into_iter().map(Tensor::require_grad).collect();
            let arguments: Vec<_> = tensors.iter().map(|tensor| batched(tensor.clone())).collect();
            let Ok(answer) = self.layer.solve(&arguments, indices) else { return false };
            let found = answer.values.sum().backward();
            let is_empty = |tensor: &Tensor<2>| tensor.grad(&found).is_some_and(|gradient| gradient.dims()[0] == 0);
            answer.samples.is_empty() && tensors.iter().all(is_empty)
        };
        solved(None) && solved(Some(&[]))
    }

    fn differentiate(
        &self,
        values: &[Vec<f64>],
        weights: &[Vec<f64>],
        indices: Option<&[usize]>,
    ) -> Result<Differentiated, GradientError> {
        let tensors: Vec<Tensor<2>> = self.tensors(values).into_iter().map(Tensor::require_grad).collect();
        let arguments: Vec<_> = tensors.iter().map(|tensor| batched(tensor.clone())).collect();
        let answer = self.layer.solve(&arguments, indices)?;
        let losses = losses(&answer, weights)?;
        let shape = [values.len(), weights.first().map_or(0, Vec::len)];
        let weight = TensorData::new(weights.concat(), shape);
        let weight = Tensor::<2>::from_data(weight, (&Device::flex().autodiff(), DType::F64));
        let found = (answer.values.clone() * weight).sum().backward();
        let residuals = answer.gradient_residuals();
        let mut gradients = vec![Vec::new(); values.len()];
        for (tensor, length) in tensors.iter().zip(self.lengths()) {
            let gradient = tensor.grad(&found).ok_or(GradientError::NoGradient)?;
            let gradient: Vec<f64> = gradient.to_data().try_into_vec().map_err(|_| GradientError::NoGradient)?;
            gradients.iter_mut().zip(gradient.chunks(length)).for_each(|(all, part)| all.extend_from_slice(part));
        }
        Ok(Differentiated { answer, residuals, losses, gradients })
    }

    /// NaN where a sample was not solved.
    fn losses_at(&self, values: &[Vec<f64>], weights: &[Vec<f64>]) -> Result<Vec<f64>, GradientError> {
        let arguments: Vec<_> = self.tensors(values).into_iter().map(batched).collect();
        let answer = self.layer.solve(&arguments, None)?;
        let mut losses = losses(&answer, weights)?;
        for (loss, sample) in losses.iter_mut().zip(&answer.samples) {
            *loss = if sample.status == Status::Solved { *loss } else { f64::NAN };
        }
        Ok(losses)
    }

    fn check_batch(&self, seed: u64, batch: u64) -> Result<Kinks, GradientError> {
        let drawn: Vec<Drawn> = (seed..seed + batch).map(|seed| (self.family.draw)(seed)).collect();
        let random = &mut Pcg64::from_seed(seed ^ 0x6b69_6e6b);
        let outputs = self.layer.program().output_length();
        let weights: Vec<Vec<f64>> = drawn.iter().map(|_| (0..outputs).map(|_| normal(random)).collect()).collect();
        let values: Vec<Vec<f64>> = drawn.iter().map(|drawn| drawn.values.clone()).collect();
        let found = self.differentiate(&values, &weights, None)?;
        let mut directions = Vec::new();
        // By direction, step and side: the loss's change for each unit of the step.
        let mut changes = Vec::new();
        for _ in 0..DIRECTIONS {
            let direction: Vec<Vec<f64>> = drawn.iter().map(|drawn| drawn.direction(random)).collect();
            let mut by_step = Vec::new();
            for step in STEPS {
                let side = |step: f64| -> Result<Vec<f64>, GradientError> {
                    let losses = self.losses_at(&moved(&values, &direction, step), &weights)?;
                    Ok(losses.iter().zip(&found.losses).map(|(after, before)| (after - before) / step).collect())
                };
                by_step.push([side(step)?, side(-step)?]);
            }
            changes.push(by_step);
            directions.push(direction);
        }
        let mut counts = Kinks { programs: batch, ..Kinks::default() };
        for (i, drawn) in drawn.iter().enumerate() {
            let sample = &found.answer.samples[i];
            if sample.status != Status::Solved {
                counts.unsolved += 1;
                continue;
            }
            let is_flagged = found.is_flagged(i);
            // Twice: rounding, and distances that are not along a coordinate.
            let is_far = sample.margin > 2.0 * drawn.distance + ZERO;
            counts.wrong_margins += u64::from(is_far);
            let at_tie = drawn.tied.clone();
            let gradient = found.gradients[i].get(at_tie).unwrap_or_default();
            counts.gradients_at_ties += u64::from(gradient.iter().any(|entry| !(entry.abs() <= ZERO)));
            if changes.iter().flatten().flatten().any(|side| side[i].is_nan()) {
                counts.undecided += 1;
                continue;
            }
            // In the units of a margin, a kink may be closer than the longest step of a parameter shows.
            let (mut has_kink, mut is_close) = (false, drawn.distance < MARGIN);
            let (mut is_smooth, mut is_right) = (true, true);
            for (direction, by_step) in directions.iter().zip(&changes) {
                let terms = found.gradients[i].iter().zip(&direction[i]).map(|(gradient, by)| gradient * by);
                let (mut derivative, mut scale) = (0.0, weights[i].iter().map(|weight| weight.abs()).sum::<f64>());
                terms.for_each(|term| (derivative, scale) = (derivative + term, scale + term.abs()));
                let jump = |sides: &[Vec<f64>; 2]| (sides[0][i] - sides[1][i]).abs() / scale;
                let error = |side: &Vec<f64>| (side[i] - derivative).abs() / scale;
                let Some((longest, short)) = by_step.split_first() else { continue };
                has_kink |= short.iter().all(|sides| jump(sides) > KINK);
                is_close |= jump(longest) > CLOSE;
                is_smooth &= short.iter().all(|sides| jump(sides) < SMOOTH);
                is_right &= short.iter().flatten().all(|side| error(side) < SMOOTH);
            }
            counts.wrong_margins += u64::from(has_kink && !is_flagged && !is_far);
            counts.smooth += u64::from(is_smooth && is_right);
            counts.needless += u64::from(is_smooth && is_right && !is_close && is_flagged);
            counts.wrong_gradients += u64::from(is_smooth && !is_right && !is_flagged);
        }
        counts.warm = self.warm_differences(&drawn, &found, (&values, &weights), random)?;
        Ok(counts)
    }

    /// Samples that a start from another sample's working set changes. By index, as an epoch does it.
    fn warm_differences(
        &self,
        drawn: &[Drawn],
        found: &Differentiated,
        (values, weights): (&[Vec<f64>], &[Vec<f64>]),
        random: &mut Pcg64,
    ) -> Result<u64, GradientError> {
        let indices: Vec<usize> = (0..drawn.len()).collect();
        let direction: Vec<Vec<f64>> = drawn.iter().map(|drawn| drawn.direction(random)).collect();
        self.differentiate(&moved(values, &direction, 0.1), weights, Some(&indices))?;
        let warm = self.differentiate(values, weights, Some(&indices))?;
        let differs = |i: &usize| {
            let i = *i;
            let both = [found, &warm].map(|found| (found.answer.samples[i], &found.gradients[i]));
            let is_clear = both.iter().all(|(sample, _)| sample.status == Status::Solved)
                && both.iter().any(|(sample, _)| sample.margin > 10.0 * MARGIN);
            let scale: f64 = both[0].1.iter().map(|entry| entry.abs()).sum::<f64>() + 1.0;
            let gap = both[0].1.iter().zip(both[1].1).fold(0.0, |gap: f64, (a, b)| gap.max((a - b).abs()));
            is_clear && (gap > SMOOTH * scale || found.is_flagged(i) != warm.is_flagged(i))
        };
        Ok(indices.iter().filter(|i| differs(i)).count() as u64)
    }
}

fn losses(answer: &Answer, weights: &[Vec<f64>]) -> Result<Vec<f64>, GradientError> {
    let values: Vec<f64> = answer.values.to_data().try_into_vec().map_err(|_| GradientError::NoGradient)?;
    let width = weights.first().map_or(1, Vec::len);
    let sums = values.chunks(width).zip(weights);
    Ok(sums.map(|(x, weights)| x.iter().zip(weights).map(|(x, weight)| x * weight).sum()).collect())
}

fn moved(values: &[Vec<f64>], direction: &[Vec<f64>], step: f64) -> Vec<Vec<f64>> {
    let pairs = values.iter().zip(direction);
    pairs.map(|(values, by)| values.iter().zip(by).map(|(value, by)| value + step * by).collect()).collect()
}

impl Kinks {
    /// Takes other programs' counts in.
    pub fn add(&mut self, other: &Self) {
        self.programs += other.programs;
        self.unsolved += other.unsolved;
        self.undecided += other.undecided;
        self.wrong_margins += other.wrong_margins;
        self.smooth += other.smooth;
        self.needless += other.needless;
        self.wrong_gradients += other.wrong_gradients;
        self.gradients_at_ties += other.gradients_at_ties;
        self.warm += other.warm;
        self.empty_refused += other.empty_refused;
    }
}
