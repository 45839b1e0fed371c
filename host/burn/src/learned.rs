//! Parameters of a program that are learned, as a module whose values an optimizer finds.

use super::{Argument, LayerError, shared};
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use convex_edge::program::Program;

/// Learned values of some parameters, the same for all samples: rules (a learned A), weights, costs. A matrix that has to be
/// semidefinite is learned by a factor: give `L L'` as a [`shared`] argument.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use convex_edge_burn::{ActiveSetLayer, Learned, batched};
/// use convex_edge::program::{minimize, parameter, variable};
/// let (x, p, limit) = (variable("x", 2, 1), parameter("p", 2, 1), parameter("limit", 1, 1));
/// let program = minimize((&x - &p).sum_squares()).subject_to([x.sum().at_most(&limit)]);
/// let program = program.program(&[&p, &limit], &[&x])?;
/// let device = Device::flex().autodiff();
/// let learned = Learned::new(&program, [("limit", Tensor::from_floats([1.0], &device))])?;
/// let layer = ActiveSetLayer::<f32, 2, 1>::new(program)?;
/// let p = Tensor::<2>::from_floats([[1.0, 1.0], [0.0, 0.2]], &device);
/// let x = layer.forward(&learned.arguments(&[batched(p)])?)?;
/// assert_eq!(x.to_data().try_into_vec::<f32>()?, [0.5, 0.5, 0.0, 0.2]);
/// let gradients = x.sum().backward();
/// let of_limit = learned.values[0].val().grad(&gradients).unwrap();
/// assert_eq!(of_limit.to_data().try_into_vec::<f32>()?, [1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Module, Debug)]
pub struct Learned {
    /// Values of the learned parameters, entries by rows, in the program's order.
    pub values: Vec<Param<Tensor<1>>>,
    /// Of each parameter of the program, whether it is learned.
    #[module(skip)]
    is_learned: Vec<bool>,
}

impl Learned {
    /// From initial values by the parameters' names.
    ///
    /// # Errors
    /// [`LayerError::NoParameter`] where the program has none of a name; [`LayerError::RepeatedName`] where two of its
    /// parameters have a name, or it is given twice; [`LayerError::Entries`].
    pub fn new<'a>(
        program: &Program,
        initial: impl IntoIterator<Item = (&'a str, Tensor<1>)>,
    ) -> Result<Self, LayerError> {
        let mut found: Vec<Option<Tensor<1>>> = vec![None; program.parameters.len()];
        for (name, values) in initial {
            let index = program.parameters.iter().position(|slot| slot.name == name);
            let index = index.ok_or_else(|| LayerError::NoParameter { name: name.to_owned() })?;
            let is_repeated = program.parameters.iter().skip(index + 1).any(|slot| slot.name == name);
            if is_repeated || found[index].is_some() {
                return Err(LayerError::RepeatedName { name: name.to_owned() });
            }
            let wanted = program.parameters[index].rows * program.parameters[index].columns;
            let given = values.shape().num_elements();
            if given != wanted {
                return Err(LayerError::Entries { name: name.to_owned(), given, wanted });
            }
            found[index] = Some(values);
        }
        let is_learned = found.iter().map(Option::is_some).collect();
        let values = found.into_iter().flatten().map(Param::from_tensor).collect();
        Ok(Self { values, is_learned })
    }

    /// Arguments for all parameters: the learned ones, and the given ones for the others in their order.
    ///
    /// # Errors
    /// [`LayerError::Arguments`] where another number is given than is not learned.
    pub fn arguments(&self, given: &[Argument]) -> Result<Vec<Argument>, LayerError> {
        let wanted = self.is_learned.iter().filter(|learned| !**learned).count();
        if given.len() != wanted {
            return Err(LayerError::Arguments { given: given.len(), wanted });
        }
        let (mut learned, mut given) = (self.values.iter(), given.iter());
        let next = |&is_learned: &bool| match is_learned {
            true => learned.next().map(|values| shared(values.val())),
            false => given.next().cloned(),
        };
        Ok(self.is_learned.iter().filter_map(next).collect())
    }
}
