//! Both ways between the solver's number types and double precision.

use crate::real::Real;

/// `f32` or `f64`, as the solver takes them.
pub trait Number: Real + Send + Sync {
    /// Rounds to nearest.
    fn rounded(value: f64) -> Self;
    /// Exact.
    fn double(self) -> f64;
}

impl Number for f32 {
    fn rounded(value: f64) -> Self {
        value as f32
    }
    fn double(self) -> f64 {
        f64::from(self)
    }
}

impl Number for f64 {
    fn rounded(value: f64) -> Self {
        value
    }
    fn double(self) -> f64 {
        self
    }
}
