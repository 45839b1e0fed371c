//! A tensor whose value was computed outside of the graph, with a gradient that is computed outside of it too.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Tensor, TensorData};
use std::fmt::Debug;
use std::sync::Arc;

/// The way back from the gradient of a loss with respect to the value to those with respect to both arguments.
pub trait Derivative: Debug + Send + Sync {
    /// Of the shapes of the arguments; one that is not wanted may be left out.
    fn backward(&self, gradient: TensorData, wanted: [bool; 2]) -> [Option<TensorData>; 2];
}

/// The value as a function of both arguments.
pub fn attach(arguments: [Tensor<2>; 2], value: TensorData, derivative: Arc<dyn Derivative>) -> Tensor<2> {
    let [first, second] = arguments.map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as HostOperation>::host_operation(first, second, value, derivative))
}

#[backend_extension(Flex, Autodiff)]
pub(super) trait HostOperation: Backend {
    fn host_operation(
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        value: TensorData,
        derivative: Arc<dyn Derivative>,
    ) -> FloatTensor<Self>;
}

impl HostOperation for Flex {
    fn host_operation(
        first: FloatTensor<Self>,
        _second: FloatTensor<Self>,
        value: TensorData,
        _derivative: Arc<dyn Derivative>,
    ) -> FloatTensor<Self> {
        <Self as burn::backend::ops::FloatTensorOps<Self>>::float_from_data(value, &first.device())
    }
}

#[derive(Debug)]
struct Computed;

impl<B: Backend + HostOperation> Backward<B, 2> for Computed {
    type State = Arc<dyn Derivative>;

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let device = gradient.device();
        let Ok(Ok(data)) = burn::tensor::try_read_sync(B::float_into_data(gradient)).ok_or(()) else { return };
        let wanted = [ops.parents[0].is_some(), ops.parents[1].is_some()];
        for (parent, data) in ops.parents.into_iter().zip(ops.state.backward(data, wanted)) {
            if let (Some(node), Some(data)) = (parent, data) {
                gradients.register::<B>(node.id, B::float_from_data(data, &device));
            }
        }
    }
}

impl<B: Backend + HostOperation, C: CheckpointStrategy> HostOperation for Autodiff<B, C> {
    fn host_operation(
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        value: TensorData,
        derivative: Arc<dyn Derivative>,
    ) -> FloatTensor<Self> {
        let nodes = [first.node(), second.node()];
        let value = B::host_operation(first.into_primitive(), second.into_primitive(), value, derivative.clone());
        match Computed.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(derivative, value),
            OpsKind::UnTracked(prepared) => prepared.finish(value),
        }
    }
}
