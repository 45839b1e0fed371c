//! Margins and gradients at kinks and ties, known in closed form.

use burn::tensor::{DType, Device, Tensor, TensorData};
use convex_edge::program::{Program, constant, minimize, parameter, variable};
use convex_edge_burn::{ActiveSetLayer, OnFailure, Sample, batched};
use convex_edge_core::qp::{Settings, Status};
use convex_edge_core::random::Pcg64;

/// Outputs of one sample, how it was solved, and the gradient of each parameter.
type Differentiated = (Vec<f64>, Sample, Vec<Vec<f64>>);

/// One sample, with the gradients for these weights of the outputs.
fn differentiated<const N: usize, const M: usize>(
    program: Program,
    parameters: &[&[f64]],
    weights: &[f64],
) -> Differentiated {
    differentiated_or::<N, M>(program, parameters, weights, OnFailure::Error).0
}

/// The same with what stands in place of a solution that there is not; and what is left of the adjoint system.
fn differentiated_or<const N: usize, const M: usize>(
    program: Program,
    parameters: &[&[f64]],
    weights: &[f64],
    on_failure: OnFailure,
) -> (Differentiated, f64) {
    let layer = ActiveSetLayer::<f64, N, M>::with(program, Settings::default(), on_failure).unwrap();
    let device = Device::flex().autodiff();
    let tensor = |values: &[f64]| -> Tensor<2> {
        Tensor::from_data(TensorData::new(values.to_vec(), [1, values.len()]), (&device, DType::F64))
    };
    let arguments: Vec<Tensor<2>> = parameters.iter().map(|values| tensor(values).require_grad()).collect();
    let batch: Vec<_> = arguments.iter().map(|argument| batched(argument.clone())).collect();
    let answer = layer.solve(&batch, None).unwrap();
    let values = answer.values.to_data().try_into_vec().unwrap();
    let found = (answer.values.clone() * tensor(weights)).sum().backward();
    let gradients = arguments.iter().map(|argument| argument.grad(&found).unwrap().to_data().try_into_vec().unwrap());
    ((values, answer.samples[0], gradients.collect()), answer.gradient_residuals()[0])
}

/// The nearest point that is not negative, in the metric of `diag(curvature)`.
fn rectifier(curvature: f64) -> Program {
    let (x, p) = (variable("x", 2, 1), parameter("p", 2, 1));
    let nearest = minimize(0.5 * curvature * (&x - &p).sum_squares()).subject_to([x.at_least(0.0)]);
    nearest.program(&[&p], &[&x]).unwrap()
}

#[test]
fn a_rectifier_s_margin_is_the_distance_from_its_kink() {
    let margin =
        |curvature: f64, p: [f64; 2]| differentiated::<2, 2>(rectifier(curvature), &[&p], &[1.0, 1.0]).1.margin;
    assert_eq!(margin(1.0, [0.0, 0.0]), 0.0);
    assert_eq!(margin(1.0, [5.0, 0.0]), 0.0);
    for (curvature, distance, wanted) in [(1.0, 1e-3, 1e-3), (100.0, 1e-3, 1e-2), (0.01, 1e-3, 1e-4), (1.0, 7.0, 7.0)] {
        for side in [distance, -distance] {
            let found = margin(curvature, [side, 9e3]);
            assert!((found - wanted).abs() < 1e-12, "{curvature}, {side}: {found}");
        }
    }
}

#[test]
fn ties_of_a_linear_program_have_no_margin_and_no_gradient() {
    let simplex = || {
        let (x, cost) = (variable("x", 3, 1), parameter("cost", 3, 1));
        let program = minimize(cost.dot(&x)).subject_to([x.at_least(0.0), x.sum().equals(1.0)]);
        program.program(&[&cost], &[&x]).unwrap()
    };
    for cost in [[0.0, 0.0, 0.0], [1.0, 1.0, 2.0], [-3.0, -3.0, -3.0]] {
        let (x, sample, gradients) = differentiated::<3, 4>(simplex(), &[&cost], &[1.0, -2.0, 0.5]);
        assert_eq!(sample.margin, 0.0, "{cost:?}");
        assert!((x.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(gradients[0].iter().all(|entry| entry.abs() < 1e-9), "{cost:?}: {gradients:?}");
    }
    let (_, sample, gradients) = differentiated::<3, 4>(simplex(), &[&[1.25, 0.75, 3.0]], &[1.0, -2.0, 0.5]);
    assert!((sample.margin - 0.5).abs() < 1e-9, "{sample:?}");
    assert!(gradients[0].iter().all(|entry| entry.abs() < 1e-9));
}

#[test]
fn entries_that_a_linear_program_determines_have_their_gradient_beside_a_tie() {
    let (x, cost, limit) = (variable("x", 2, 1), parameter("cost", 2, 1), parameter("limit", 2, 1));
    let program = minimize(cost.dot(&x)).subject_to([x.between(0.0, &limit)]).program(&[&cost, &limit], &[&x]).unwrap();
    let (x, sample, gradients) = differentiated::<2, 2>(program, &[&[0.0, -1.0], &[1.0, 2.0]], &[3.0, 5.0]);
    assert_eq!((x[1], sample.margin), (2.0, 0.0));
    assert_eq!(gradients[0], [0.0, 0.0]);
    assert!(gradients[1][0].abs() < 1e-9 && (gradients[1][1] - 5.0).abs() < 1e-9, "{gradients:?}");
}

#[test]
fn a_program_without_an_objective_is_solved_and_says_that_nothing_is_determined() {
    let (x, cost) = (variable("x", 2, 1), parameter("cost", 2, 1));
    let rows = constant(1, 2, &[1.0, 2.0]) * &x;
    let program = minimize(cost.dot(&x)).subject_to([rows.between(1.0, 2.0), x.between(0.0, 1.0)]);
    let program = program.program(&[&cost], &[&x]).unwrap();
    let (_, sample, gradients) = differentiated::<2, 3>(program, &[&[0.0, 0.0]], &[1.0, 1.0]);
    assert_eq!((sample.status, sample.margin), (Status::Solved, 0.0));
    assert_eq!(gradients[0], [0.0, 0.0]);
}

#[test]
fn a_row_that_is_there_twice_is_no_kink_and_two_limits_that_are_equal_are_one() {
    let (x, p, a, b) = (variable("x", 2, 1), parameter("p", 2, 1), parameter("a", 1, 1), parameter("b", 1, 1));
    let sum = || constant(1, 2, &[1.0, 1.0]) * &x;
    let nearest = |limits: [&_; 2]| {
        let double = constant(1, 2, &[2.0, 2.0]) * &x;
        let rows = [sum().at_most(limits[0]), double.at_most(2.0 * limits[1])];
        minimize(0.5 * (&x - &p).sum_squares()).subject_to(rows).program(&[&p, &a, &b], &[&x]).unwrap()
    };
    let parameters: [&[f64]; 3] = [&[3.0, 2.0], &[1.0], &[1.0]];
    let (_, sample, _) = differentiated::<2, 2>(nearest([&a, &a]), &parameters, &[1.0, 2.0]);
    assert!(sample.margin > 0.1, "{sample:?}");
    let (_, sample, _) = differentiated::<2, 2>(nearest([&a, &b]), &parameters, &[1.0, 2.0]);
    assert!(sample.margin < 1e-12, "{sample:?}");
}

#[test]
fn a_batch_of_nothing_has_nothing_as_its_solution() {
    let layer = ActiveSetLayer::<f64, 2, 2>::new(rectifier(1.0)).unwrap();
    let device = Device::flex().autodiff();
    let p = Tensor::<2>::from_data(TensorData::new(Vec::<f64>::new(), [0, 2]), (&device, DType::F64)).require_grad();
    for indices in [None, Some(&[][..])] {
        let answer = layer.solve(&[batched(p.clone())], indices).unwrap();
        assert_eq!((answer.values.dims(), answer.samples.len()), ([0, 2], 0));
        let found = answer.values.sum().backward();
        assert!(p.grad(&found).is_some_and(|gradient| gradient.dims() == [0, 2]));
    }
}

/// One share that is not negative, and what a change of it costs.
fn priced_change() -> Program {
    let (w, gain, last) = (variable("w", 1, 1), parameter("gain", 1, 1), parameter("last", 1, 1));
    let cost = 0.5 * w.sum_squares() - gain.dot(&w) + 0.2 * (&w - &last).norm1();
    minimize(cost).subject_to([w.at_least(0.0)]).program(&[&gain, &last], &[&w]).unwrap()
}

#[test]
fn a_constraint_that_enters_for_one_without_effect_is_no_kink() {
    // The price changes its side at 0, where the bound holds the share whatever the price does.
    let (values, sample, gradients) = differentiated::<2, 3>(priced_change(), &[&[-1.0], &[0.0]], &[1.0]);
    assert_eq!(values, [0.0]);
    assert!(sample.margin > 0.1, "{sample:?}");
    assert!(gradients.iter().flatten().all(|entry| entry.abs() < 1e-12), "{gradients:?}");
    // With a gain within the price, the share follows the last one above 0 and stays at 0 below.
    let (_, sample, _) = differentiated::<2, 3>(priced_change(), &[&[0.1], &[0.0]], &[1.0]);
    assert!(sample.margin < 1e-12, "{sample:?}");
}

/// Shares of a budget whose changes have a limit.
fn limited_changes() -> Program {
    let (w, gains, last) = (variable("w", 4, 1), parameter("gains", 4, 1), parameter("last", 4, 1));
    minimize(0.5 * w.sum_squares() - gains.dot(&w))
        .subject_to([w.at_least(0.0), w.sum().equals(1.0), (&w - &last).norm1().at_most(0.6)])
        .program(&[&gains, &last], &[&w])
        .unwrap()
}

#[test]
fn a_change_that_costs_on_both_sides_is_a_kink() {
    // The first share is and was 0: whichever way its last value moves, the other shares may change less.
    for (gains, last) in [
        (
            [-0.305_029_160_211_133_5, 1.066_445_359_912_649_3, -0.397_790_689_464_751, -0.000_163_996_122_221_621_3],
            [0.0, 0.208_668_914_356_880_06, 0.165_776_919_618_987_36, 0.625_554_166_024_132_6],
        ),
        (
            [-0.685_419_434_709_610_8, 0.108_494_086_556_334_08, -0.648_776_771_714_612_9, -0.135_913_913_857_891_53],
            [0.0, 0.528_878_642_615_748, 0.347_855_045_851_288_26, 0.123_266_311_532_963_76],
        ),
    ] {
        let (_, sample, _) = differentiated::<8, 14>(limited_changes(), &[&gains, &last], &[1.0, -2.0, 0.5, 3.0]);
        assert!(sample.margin < 1e-9, "{sample:?}");
    }
}

#[test]
fn a_limit_that_is_not_reached_has_no_kink_where_a_change_changes_its_side() {
    for distance in [1e-6, 1e-7, -1e-6] {
        let last = [0.25 - distance, 0.178, 0.129, 0.443 + distance];
        let found = differentiated::<8, 14>(limited_changes(), &[&[0.0; 4], &last], &[1.0, -2.0, 0.5, 3.0]);
        assert!(found.1.margin > 0.01, "{distance}: {:?}", found.1);
    }
}

#[test]
fn a_soft_bound_s_margin_is_how_far_the_unconstrained_minimizer_is_from_it() {
    let soft = || {
        let (x, p) = (variable("x", 1, 1), parameter("p", 1, 1));
        minimize(0.5 * (&x - &p).sum_squares()).subject_to([x.at_least(0.0).soft(3.0)]).program(&[&p], &[&x]).unwrap()
    };
    for p in [0.5, -0.5] {
        let (_, sample, _) = differentiated::<1, 1>(soft(), &[&[p]], &[1.0]);
        assert!((sample.margin - 0.5).abs() < 1e-12, "{p}: {sample:?}");
    }
    // At least 1 and at most 0, both softened by c: kinks at -1 / c and 1 + 1 / c.
    let reversed = || {
        let (x, p, lower, upper) =
            (variable("x", 1, 1), parameter("p", 1, 1), parameter("lower", 1, 1), parameter("upper", 1, 1));
        let nearest = minimize(0.5 * (&x - &p).sum_squares()).subject_to([x.between(&lower, &upper)]);
        nearest.program(&[&p, &lower, &upper], &[&x]).unwrap()
    };
    for (p, wanted) in [(0.5, 2.5), (0.0, 2.0), (-4.0, 2.0), (-2.0, 0.0), (5.0, 2.0)] {
        let soften = OnFailure::Soften { softness: 0.5 };
        let ((_, sample, _), _) = differentiated_or::<1, 1>(reversed(), &[&[p], &[1.0], &[0.0]], &[1.0], soften);
        assert!(sample.softened && (sample.margin - wanted).abs() < 1e-9, "{p}: {sample:?}");
    }
}

#[test]
fn at_a_kink_the_gradient_is_that_of_the_working_set_in_which_the_solve_ended() {
    let layer = ActiveSetLayer::<f64, 2, 2>::new(rectifier(1.0)).unwrap();
    let device = Device::flex().autodiff();
    let gradient = |p: f64| {
        let p: Tensor<2> =
            Tensor::from_data(TensorData::new(vec![p, 1.0], [1, 2]), (&device, DType::F64)).require_grad();
        let answer = layer.solve(&[batched(p.clone())], Some(&[0])).unwrap();
        let found = answer.values.sum().backward();
        (answer.samples[0].margin, p.grad(&found).unwrap().to_data().iter::<f64>().next().unwrap())
    };
    assert_eq!(gradient(0.0), (0.0, 1.0));
    gradient(-1.0);
    assert_eq!(gradient(0.0), (0.0, 0.0));
}

/// `minimize (x + 1)^2` or so, pulled to `target`, between bounds of their own.
fn between_apart(softness: Option<f64>) -> Program {
    let (x, target) = (variable("x", 1, 1), parameter("target", 1, 1));
    let (low, high) = (parameter("low", 1, 1), parameter("high", 1, 1));
    let between = x.between(&low, &high);
    let between = if let Some(softness) = softness { between.soft(softness) } else { between };
    let nearest = minimize((&x - &target).sum_squares()).subject_to([between]);
    nearest.program(&[&target, &low, &high], &[&x]).unwrap()
}

#[test]
fn bounds_that_meet_pass_the_gradient_to_the_one_that_is_pressed_against() {
    let (x, p, u) = (variable("x", 1, 1), parameter("p", 1, 1), parameter("u", 1, 1));
    let within = |constraint| {
        let nearest = minimize((&x - &p).sum_squares()).subject_to([constraint]);
        nearest.program(&[&p, &u], &[&x]).unwrap()
    };
    for constraint in [x.abs().at_most(&u), x.norm_inf().at_most(&u)] {
        for (at, wanted) in [(-1.0, -1.0), (1.0, 1.0)] {
            let (values, sample, gradients) =
                differentiated::<1, 1>(within(constraint.clone()), &[&[at], &[0.0]], &[1.0]);
            assert!(values[0].abs() < 1e-12 && (gradients[1][0] - wanted).abs() < 1e-9, "{at}: {gradients:?}");
            assert!((sample.margin - 2.0_f64.sqrt()).abs() < 1e-9, "{sample:?}");
        }
        assert_eq!(differentiated::<1, 1>(within(constraint), &[&[0.0], &[0.0]], &[1.0]).1.margin, 0.0);
    }
    for (target, low, high) in [(-5.0, 1.0, 0.0), (5.0, 0.0, 1.0)] {
        let found = differentiated::<1, 1>(between_apart(None), &[&[target], &[0.0], &[0.0]], &[1.0]).2;
        assert!((found[1][0] - low).abs() < 1e-9 && (found[2][0] - high).abs() < 1e-9, "{found:?}");
    }
    // H = 2 and softness 1/2 share what presses: half of the bound's change.
    let (values, _, found) = differentiated::<1, 1>(between_apart(Some(0.5)), &[&[-1.0], &[0.0], &[0.0]], &[1.0]);
    assert!((values[0] + 0.5).abs() < 1e-9 && (found[1][0] - 0.5).abs() < 1e-9 && found[2][0].abs() < 1e-9);
    // Softened, with another row that contradicts.
    let (low, high) = (parameter("low", 1, 1), parameter("high", 1, 1));
    let constraints = [x.between(&low, &high), (2.0 * &x).at_most(-1.0)];
    let program = minimize(0.5 * x.sum_squares()).subject_to(constraints).program(&[&low, &high], &[&x]).unwrap();
    let on_failure = OnFailure::Soften { softness: 0.5 };
    let ((values, sample, found), _) = differentiated_or::<1, 2>(program, &[&[1.0], &[1.0]], &[1.0], on_failure);
    assert!(sample.softened && (values[0] - 0.2).abs() < 1e-9, "{values:?}");
    assert!((found[0][0] - 0.4).abs() < 1e-9 && found[1][0].abs() < 1e-9, "{found:?}");
}

#[test]
fn bounds_that_meet_have_the_gradient_of_those_that_nearly_do() {
    let random = &mut Pcg64::from_seed(7);
    let mut compared = 0;
    for _ in 0..300 {
        let mut numbers = |count: usize| -> Vec<f64> { (0..count).map(|_| random.uniform(-1.0, 1.0)).collect() };
        let (x, target) = (variable("x", 3, 1), parameter("target", 3, 1));
        let (low, high) = (parameter("low", 2, 1), parameter("high", 2, 1));
        let rows = constant(2, 3, &numbers(6)) * &x;
        let nearest = minimize(0.5 * (&x - &target).sum_squares()).subject_to([rows.between(&low, &high)]);
        let program = nearest.program(&[&target, &low, &high], &[&x]).unwrap();
        let (at, bounds, weights) = (numbers(3), numbers(2), numbers(3));
        let far = [bounds[0], bounds[1] + 0.3];
        let nearly = [bounds[0] + 1e-9, bounds[1] + 0.3];
        let solve = |high: &[f64]| differentiated::<3, 2>(program.clone(), &[&at, &bounds, high], &weights);
        let ((_, sample, met), (_, _, parted)) = (solve(&far), solve(&nearly));
        if sample.margin > 1e-3 {
            compared += 1;
            for (met, parted) in met.iter().flatten().zip(parted.iter().flatten()) {
                assert!((met - parted).abs() < 1e-6, "{met} for {parted}: {sample:?}, {at:?}, {bounds:?}");
            }
        }
    }
    assert!(compared > 250, "{compared}");
}

#[test]
fn a_row_of_zeros_that_may_become_one_has_no_margin() {
    let (y, r) = (variable("y", 2, 1), parameter("r", 2, 1));
    let (a, b) = (parameter("a", 1, 2), parameter("b", 1, 1));
    for is_equality in [false, true] {
        let row = &a * &y;
        let row = if is_equality { row.equals(&b) } else { row.at_most(&b) };
        let nearest = minimize((&y - &r).sum_squares()).subject_to([row]);
        let program = nearest.program(&[&r, &a, &b], &[&y]).unwrap();
        let sample = differentiated::<2, 1>(program, &[&[1.0, 1.0], &[0.0, 0.0], &[0.0]], &[1.0, 0.5]).1;
        assert_eq!((sample.margin, sample.dependent), (0.0, is_equality));
    }
}
