//! Values and gradients of a program by its layer, whatever its size.

use super::catalogue::Case;
use burn::tensor::{DType, Device, Tensor, TensorData};
use convex_edge_burn::{ActiveSetLayer, Sample, shared};

/// Answer of the layer.
pub struct Solved {
    pub values: Vec<f64>,
    /// Of each parameter, for the loss `sum of weights times values`.
    pub gradients: Vec<Vec<f64>>,
    pub sample: Sample,
    /// Residual of the adjoint system.
    pub residual: f64,
}

/// Solves and differentiates in double precision.
pub fn solved(case: &Case, values: &[Vec<f64>], weights: &[f64]) -> Solved {
    macro_rules! by_size {
        ($($n:literal x $m:literal),*) => {
            match (case.program.variables(), case.program.constraints()) {
                $(($n, $m) => of::<$n, $m>(case, values, weights),)*
                (n, m) => panic!("{}: add {n} x {m} to the sizes", case.name),
            }
        };
    }
    by_size!(
        5 x 6, 3 x 3, 8 x 9, 2 x 2, 2 x 1, 8 x 8, 3 x 10, 4 x 4, 9 x 12, 14 x 12, 3 x 4, 3 x 7, 11 x 10, 10 x 10, 4 x 8,
        6 x 11, 4 x 5, 8 x 13, 9 x 9, 3 x 5
    )
}

fn of<const N: usize, const M: usize>(case: &Case, values: &[Vec<f64>], weights: &[f64]) -> Solved {
    let layer = ActiveSetLayer::<f64, N, M>::new(case.program.clone()).unwrap();
    let device = Device::flex().autodiff();
    let tensor = |values: &Vec<f64>| {
        let data = TensorData::new(values.clone(), [values.len()]);
        Tensor::<1>::from_data(data, (&device, DType::F64))
    };
    let parameters: Vec<Tensor<1>> = values.iter().map(|values| tensor(values).require_grad()).collect();
    let arguments: Vec<_> = parameters.iter().map(|tensor| shared(tensor.clone())).collect();
    let answer = layer.solve(&arguments, None).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let data = answer.values.to_data().try_into_vec().unwrap();
    let weights = tensor(&weights.to_vec()).reshape([1, weights.len()]);
    let gradients = (answer.values.clone() * weights).sum().backward();
    let gradient = |tensor: &Tensor<1>| tensor.grad(&gradients).unwrap().to_data().try_into_vec().unwrap();
    Solved {
        values: data,
        gradients: parameters.iter().map(gradient).collect(),
        sample: answer.samples[0],
        residual: answer.gradient_residuals()[0],
    }
}
