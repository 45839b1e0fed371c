//! Model: programs as heads of networks.
//!
//! | module | content |
//! |---|---|
//! | `head` | a quadratic program as the head of a network |
//! | `known_plant` | the plant as a controller knows it, with its safe set |
//! | `terminal_value` | predictive control with a terminal value that a network gives |

pub mod head;
pub mod known_plant;
pub mod terminal_value;
