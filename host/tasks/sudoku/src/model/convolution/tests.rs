use super::{Convolution, Size};
use burn::nn::pool::MaxPool2dConfig;
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::random::Pcg64;

const BATCH: usize = 21;

fn uniform<const D: usize>(random: &mut Pcg64, shape: [usize; D], device: &Device) -> Tensor<D> {
    let values = (0..shape.iter().product()).map(|_| random.uniform(-1.0, 1.0) as f32).collect::<Vec<_>>();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Largest difference.
fn distance<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> f32 {
    (a - b).abs().max().into_scalar::<f32>()
}

/// Output and gradients are those of burn's convolution, rectifier and pooling.
fn agrees_with_burn(size: Size) {
    let device = Device::flex().autodiff();
    let mut random = Pcg64::from_seed(5);
    let Size { height, width, inputs, outputs } = size;
    let layer = Convolution::new(size, &mut random, &device).unwrap();
    let images = uniform(&mut random, [BATCH, size.pixels()], &device).require_grad();
    let slope = uniform(&mut random, [BATCH, size.values()], &device);

    let output = layer.forward(images.clone()).unwrap();
    let gradients = (output.clone() * slope.clone()).sum().backward();

    let weights = layer.weights.val().detach().require_grad();
    let planes = images.clone().reshape([BATCH, height, width, inputs]).permute([0, 3, 1, 2]);
    let [taps, bias] = weights.clone().split_with_sizes(vec![9 * inputs, 1], 0).try_into().unwrap();
    let kernel = taps.reshape([3, 3, inputs, outputs]).permute([3, 2, 0, 1]);
    let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
    let sums = relu(conv2d(planes, kernel, Some(bias.reshape([outputs])), options));
    let pooled = MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init().forward(sums);
    let expected = pooled.permute([0, 2, 3, 1]).reshape([BATCH, size.values()]);
    let theirs = (expected.clone() * slope).sum().backward();

    assert!(distance(output, expected) < 1e-5);
    assert!(distance(images.grad(&gradients).unwrap(), images.grad(&theirs).unwrap()) < 1e-4);
    assert!(distance(layer.weights.val().grad(&gradients).unwrap(), weights.grad(&theirs).unwrap()) < 1e-3);
}

#[test]
fn every_pair_of_channels_agrees_with_burn() {
    agrees_with_burn(Size { height: 8, width: 8, inputs: 1, outputs: 8 });
    agrees_with_burn(Size { height: 14, width: 14, inputs: 1, outputs: 16 });
    agrees_with_burn(Size { height: 14, width: 12, inputs: 8, outputs: 16 });
    agrees_with_burn(Size { height: 7, width: 7, inputs: 16, outputs: 32 });
}

#[test]
fn constant_images_give_the_same_gradient_of_the_weights() {
    let device = Device::flex().autodiff();
    let mut random = Pcg64::from_seed(7);
    let size = Size { height: 14, width: 14, inputs: 1, outputs: 16 };
    let layer = Convolution::new(size, &mut random, &device).unwrap();
    let images = uniform(&mut random, [BATCH, size.pixels()], &device);
    let slope = uniform(&mut random, [BATCH, size.values()], &device);
    let gradient = |images: Tensor<2>| {
        let gradients = (layer.forward(images).unwrap() * slope.clone()).sum().backward();
        layer.weights.val().grad(&gradients).unwrap()
    };
    assert!(distance(gradient(images.clone()), gradient(images.require_grad())) < 1e-4);
}
