//! Both ways between the solver's number types and double precision.

use convex_edge_core::real::Real;

/// `f32` or `f64`, as the solver takes them.
pub trait Number: Real + Send + Sync {
    /// Decades by which [`super::extremes::rescale`] may scale a variable, and twice as many for rows and objective:
    /// what the type's range holds with the squares of all of them.
    const DECADES: f64;
    /// Rounds to nearest.
    fn rounded(value: f64) -> Self;
    /// Exact.
    fn double(self) -> f64;
}

impl Number for f32 {
    const DECADES: f64 = 3.0;
    fn rounded(value: f64) -> Self {
        value as f32
    }
    fn double(self) -> f64 {
        f64::from(self)
    }
}

impl Number for f64 {
    const DECADES: f64 = 10.0;
    fn rounded(value: f64) -> Self {
        value
    }
    fn double(self) -> f64 {
        self
    }
}
