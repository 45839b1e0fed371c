//! Model: the policy's program, its weights, and the safe sets.
//!
//! | module | content |
//! |---|---|
//! | `discrete` | pushes of the discrete car that keep it safe |
//! | `program` | the policy's quadratic program, written as a program with parameters |
//! | `safe_set` | viability kernel under bounded model error and noise |
//! | `slew` | viability kernel where actions may change by at most 0.2 |
//! | `transition` | transition of the car, linear in state and action |
//! | `weights` | weights of the cost, which are trained |

pub mod discrete;
pub mod program;
pub mod safe_set;
pub mod slew;
pub mod transition;
pub mod weights;
