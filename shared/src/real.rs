//! The two number types that everything numerical is written for.

use crate::math;
use core::fmt::Debug;
use core::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`. Arithmetic is IEEE 754 and never contracted, so both give the same bits on every target.
pub trait Real:
    sealed::Sealed
    + nalgebra::Scalar
    + Copy
    + Default
    + Debug
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Distance from 1 to the next larger number.
    const EPSILON: Self;
    /// Default tolerance of the KKT test, relative to the scale of each condition: 1e-5 in f32, 1e-9 in f64.
    const KKT_TOLERANCE: Self;
    /// Smallest size, beside the largest variable, by which a variable's constraints are measured. Times the default
    /// tolerance it is 16 units in the last place of that largest one, both in units of their curvature.
    const VARIABLE_FLOOR: Self;
    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// Absolute value.
    fn abs(self) -> Self;
    /// Neither NaN nor infinite.
    fn is_finite(self) -> bool;
    /// NaN.
    fn is_nan(self) -> bool;
}

macro_rules! real {
    ($type:ident, $tolerance:expr, $sqrt:path) => {
        impl Real for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EPSILON: Self = $type::EPSILON;
            const KKT_TOLERANCE: Self = $tolerance;
            const VARIABLE_FLOOR: Self = 16.0 * $type::EPSILON / $tolerance;
            #[inline]
            fn sqrt(self) -> Self {
                $sqrt(self)
            }
            #[inline]
            fn abs(self) -> Self {
                $type::abs(self)
            }
            #[inline]
            fn is_finite(self) -> bool {
                $type::is_finite(self)
            }
            #[inline]
            fn is_nan(self) -> bool {
                $type::is_nan(self)
            }
        }
    };
}

real!(f32, 1e-5, math::sqrt_f32);
real!(f64, 1e-9, math::sqrt_f64);

/// The larger one; the second where the first is NaN.
#[inline]
pub(crate) fn larger<T: Real>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

/// Sum of products: four partial sums over every fourth index, added in pairs, then the rest in index order. The
/// order is part of the result's bits, and one that vector units can follow.
#[inline]
pub(crate) fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let length = a.len().min(b.len());
    let (a, a_rest) = a[..length].as_chunks::<4>();
    let (b, b_rest) = b[..length].as_chunks::<4>();
    let mut lanes = [T::ZERO; 4];
    for (a, b) in a.iter().zip(b) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let [first, second, third, fourth] = lanes;
    a_rest.iter().zip(b_rest).fold((first + second) + (third + fourth), |sum, (&a, &b)| sum + a * b)
}

/// `y += factor * x`, element by element.
#[inline]
pub(crate) fn add_scaled<T: Real>(y: &mut [T], factor: T, x: &[T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}
