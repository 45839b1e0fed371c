//! Training: search of the cost's weights.
//!
//! | module | content |
//! |---|---|
//! | `discrete_car` | training of the discrete car's polynomial |
//! | `fitness` | worth of a candidate over many plants |
//! | `search` | CMA-ES on the return of domain-randomised episodes |
//! | `settings` | settings of a run, from a checked-in file |

pub mod discrete_car;
pub mod fitness;
pub mod search;
pub mod settings;
