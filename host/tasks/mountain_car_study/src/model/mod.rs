//! Model: programs as heads of networks.
//!
//! | module | content |
//! |---|---|
//! | `head` | a quadratic program as the head of a network |
//! | `terminal_value` | predictive control with a terminal value that a network gives |

pub mod head;
pub mod terminal_value;
