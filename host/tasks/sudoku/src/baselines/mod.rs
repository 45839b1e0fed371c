//! What the layer is compared with: networks from a board's pictures to its solution that know no rules.
//!
//! | module | question |
//! |---|---|
//! | [`network`] | which networks are there, and what do they share? |
//! | [`perceptron`] | what connects everything with everything? |
//! | [`convolutional`] | what sees a board as an image of its cells? |
//! | [`transformer`] | what lets every cell look at every other one? |
//! | [`training`] | how do they learn, and what do they say of a board? |

pub mod convolutional;
pub mod network;
pub mod perceptron;
pub mod training;
pub mod transformer;
