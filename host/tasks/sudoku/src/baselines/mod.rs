//! Baselines of the layer: networks that know no rules, from a board's pictures to its solution.
//!
//! | module | content |
//! |---|---|
//! | [`network`] | the choice of a network, and the parts that all share |
//! | [`perceptron`] | a network that connects every input with every output |
//! | [`convolutional`] | a network that sees a board as an image of its cells |
//! | [`transformer`] | a network in which every cell attends to every other one |
//! | [`training`] | training of a baseline, and its answers to boards |

pub mod convolutional;
pub mod network;
pub mod perceptron;
pub mod training;
pub mod transformer;
