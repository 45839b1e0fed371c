//! Square roots and transcendental functions; no other module calls any. Transcendental functions come from libm, version
//! pinned, so that every side computes the same bits. A square root is correctly rounded everywhere: with the feature
//! `std` it is the processor's instruction. libm's is slower among vector code, since it has the older encoding.
#![allow(clippy::disallowed_methods, reason = "this is the door")]

/// Cosine of an angle in radians, in double precision.
pub fn cos_f64(angle: f64) -> f64 {
    libm::cos(angle)
}

/// Cosine of an angle in radians.
pub fn cos_f32(angle: f32) -> f32 {
    libm::cosf(angle)
}

/// Sine and cosine of an angle in radians, in this order.
pub fn sin_cos_f32(angle: f32) -> (f32, f32) {
    libm::sincosf(angle)
}

/// Square root in double precision, correctly rounded.
#[inline]
pub fn sqrt_f64(value: f64) -> f64 {
    #[cfg(feature = "std")]
    return value.sqrt();
    #[cfg(not(feature = "std"))]
    libm::sqrt(value)
}

/// Square root, correctly rounded.
#[inline]
pub fn sqrt_f32(value: f32) -> f32 {
    #[cfg(feature = "std")]
    return value.sqrt();
    #[cfg(not(feature = "std"))]
    libm::sqrtf(value)
}
