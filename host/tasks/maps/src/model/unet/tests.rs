use super::convolution::{Convolution, ConvolutionError};
use super::kernel::Size;
use super::network::{Network, Shape};
use super::normalization::normalize;
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::random::Pcg64;
use proptest::prelude::*;

fn uniform(count: usize, random: &mut Pcg64) -> Vec<f32> {
    (0..count).map(|_| random.uniform(-1.0, 1.0) as f32).collect()
}

fn tensor(values: &[f32], width: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len() / width, width]), device)
}

fn values(tensor: &Tensor<2>) -> Vec<f32> {
    tensor.try_to_vec_as::<f32>().unwrap()
}

/// The sums as the definition has them.
fn by_definition(size: &Size, weights: &[f32], map: &[f32]) -> Vec<f32> {
    let Size { height, width, inputs, outputs } = *size;
    let mut output = Vec::new();
    for (y, x, o) in (0..height)
        .flat_map(|y| (0..width).map(move |x| (y, x)))
        .flat_map(|(y, x)| (0..outputs).map(move |o| (y, x, o)))
    {
        let mut sum = weights[9 * inputs * outputs + o];
        for (tap, input) in (0..9).flat_map(|tap| (0..inputs).map(move |input| (tap, input))) {
            let (from_y, from_x) = ((y + tap / 3).wrapping_sub(1), (x + tap % 3).wrapping_sub(1));
            if from_y < height && from_x < width {
                let weight = weights[(tap * inputs + input) * outputs + o];
                sum += map[(from_y * width + from_x) * inputs + input] * weight;
            }
        }
        output.push(sum);
    }
    output
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_convolution_is_its_definition_and_its_gradients_are_the_differences(
        height in 1_usize..5, width in 1_usize..14, inputs in 1_usize..6, outputs in 1_usize..6, seed in 0_u64..1000,
    ) {
        let size = Size { height, width, inputs: 16 * inputs, outputs: 16 * outputs };
        let (mut random, device) = (Pcg64::from_seed(seed), Device::flex().autodiff());
        let layer = Convolution::new(size, 1.0, &mut random, &device).unwrap();
        let maps = uniform(2 * size.cells() * size.inputs, &mut random);
        let input = tensor(&maps, size.inputs, &device).require_grad();
        let output = layer.forward(input.clone()).unwrap();
        let weights = values(&layer.weights.val());
        let expected: Vec<f32> = maps
            .chunks(size.cells() * size.inputs)
            .flat_map(|map| by_definition(&size, &weights, map))
            .collect();
        for (found, expected) in values(&output).iter().zip(&expected) {
            prop_assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
        // Linear in both: its differences are its derivatives.
        let direction = uniform(expected.len(), &mut random);
        let gradients = (output * tensor(&direction, size.outputs, &device)).sum().backward();
        let of_maps = values(&input.grad(&gradients).unwrap());
        let of_weights = values(&layer.weights.val().grad(&gradients).unwrap());
        let along = |values: &[f32]| values.iter().zip(&direction).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        for _ in 0..4 {
            let place = (random.next_u64() % maps.len() as u64) as usize;
            let mut unit = vec![0.0; maps.len()];
            unit[place] = 1.0;
            let mut plain = weights.clone();
            plain[9 * size.inputs * size.outputs..].fill(0.0);
            let moved: Vec<f32> = unit
                .chunks(size.cells() * size.inputs)
                .flat_map(|map| by_definition(&size, &plain, map))
                .collect();
            prop_assert!((along(&moved) - f64::from(of_maps[place])).abs() < 1e-3);
            let place = (random.next_u64() % weights.len() as u64) as usize;
            let mut unit = vec![0.0; weights.len()];
            unit[place] = 1.0;
            let moved: Vec<f32> =
                maps.chunks(size.cells() * size.inputs).flat_map(|map| by_definition(&size, &unit, map)).collect();
            prop_assert!((along(&moved) - f64::from(of_weights[place])).abs() < 1e-3);
        }
    }

    #[test]
    fn normalizations_gradients_are_the_differences(seed in 0_u64..1000) {
        const CHANNELS: usize = 16;
        let (mut random, device) = (Pcg64::from_seed(seed), Device::flex().autodiff());
        let (features, modulation) = (uniform(2 * 3 * CHANNELS, &mut random), uniform(2 * 2 * CHANNELS, &mut random));
        let direction = uniform(features.len(), &mut random);
        let value = |features: &[f32], modulation: &[f32]| {
            let plain = Device::flex();
            let found = normalize(tensor(features, CHANNELS, &plain), tensor(modulation, 2 * CHANNELS, &plain)).unwrap();
            values(&found).iter().zip(&direction).map(|(a, b)| f64::from(a * b)).sum::<f64>()
        };
        let inputs = [tensor(&features, CHANNELS, &device), tensor(&modulation, 2 * CHANNELS, &device)];
        let [first, second] = inputs.map(Tensor::require_grad);
        let output = normalize(first.clone(), second.clone()).unwrap();
        let gradients = (output * tensor(&direction, CHANNELS, &device)).sum().backward();
        let step = 2e-3;
        let (of_features, of_modulation) =
            (values(&first.grad(&gradients).unwrap()), values(&second.grad(&gradients).unwrap()));
        let moved = |values: &[f32], place: usize, change: f32| {
            let mut moved = values.to_vec();
            moved[place] += change;
            moved
        };
        let mut decided = 0;
        for place in [1, 20, 57] {
            let by_feature = |change| value(&moved(&features, place, change), &modulation);
            let by_modulation = |change| value(&features, &moved(&modulation, place, change));
            let both: [(&dyn Fn(f32) -> f64, f32); 2] =
                [(&by_feature, of_features[place]), (&by_modulation, of_modulation[place])];
            for (by, gradient) in both {
                let (after, before) = (by(step) - by(0.0), by(0.0) - by(-step));
                let (after, before) = (after / f64::from(step), before / f64::from(step));
                // The activation has two kinks; slopes to both sides of one disagree, and are no derivative.
                if (after - before).abs() < 2e-2 {
                    decided += 1;
                    let slope = f64::midpoint(after, before);
                    prop_assert!((slope - f64::from(gradient)).abs() < 2e-2, "{place}: {slope} {gradient}");
                }
            }
        }
        prop_assert!(decided > 0);
    }
}

#[test]
fn what_is_said_of_a_map_does_not_depend_on_the_others_and_a_seed_fixes_it() {
    let shape = Shape { height: 4, width: 6, inputs: 16, demands: 3, classes: 5 };
    let network = |seed| Network::new(shape, &mut Pcg64::from_seed(seed), &Device::flex()).unwrap();
    let (one, again, other) = (network(1), network(1), network(2));
    let random = &mut Pcg64::from_seed(3);
    let (cells, whole) = (uniform(3 * 24 * 16, random), uniform(3 * 35, random));
    let said = |network: &Network, maps: std::ops::Range<usize>| {
        let device = Device::flex();
        let cells = tensor(&cells[maps.start * 24 * 16..maps.end * 24 * 16], 16, &device);
        values(&network.forward(cells, tensor(&whole[maps.start * 35..maps.end * 35], 35, &device)).unwrap())
    };
    let together = said(&one, 0..3);
    assert_eq!((together.len(), &together), (3 * 24 * 5, &said(&again, 0..3)));
    assert_ne!(together, said(&other, 0..3));
    let alone = said(&one, 1..2);
    assert!(together[24 * 5..][..24 * 5].iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-5));
    assert!((150_000..250_000).contains(&one.num_params()));
}

#[test]
fn what_no_network_takes_is_refused() {
    let size = Size { height: 4, width: 6, inputs: 16, outputs: 24 };
    let refused = Convolution::new(size, 1.0, &mut Pcg64::from_seed(0), &Device::flex()).err();
    assert_eq!(refused, Some(ConvolutionError::Channels { channels: 24 }));
    let layer = Convolution::new(Size { outputs: 16, ..size }, 1.0, &mut Pcg64::from_seed(0), &Device::flex()).unwrap();
    let found = layer.forward(Tensor::zeros([23, 16], &Device::flex())).err();
    assert_eq!(found, Some(ConvolutionError::Values { expected: 24 * 16, found: 23 * 16 }));
}
