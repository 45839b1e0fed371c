//! Training of denoisers.
//!
//! | module | content |
//! |---|---|
//! | `averaging` | mean of the weights of the last steps |
//! | `denoiser` | training of a denoiser |
//! | `settings` | settings of trainings and of the comparison |

pub mod averaging;
pub mod denoiser;
pub mod settings;
