//! The two number types that everything numerical is written for.

use crate::math;
use core::fmt::Debug;
use core::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

pub(crate) mod compensated;
#[cfg(test)]
pub(crate) mod counted;

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
    /// Not a number, one bit pattern on every target: 0x7fc00000 in f32, 0x7ff8000000000000 in f64.
    const NAN: Self;
    /// Distance from 1 to the next larger number.
    const EPSILON: Self;
    /// Default tolerance of the KKT test, relative to the scale of each condition: 1e-5 in f32, 1e-9 in f64.
    const KKT_TOLERANCE: Self;
    /// Default magnitude from which on a bound is none: 1e20.
    const INFINITE_BOUND: Self;
    /// Smallest size, beside the largest variable, by which a variable's constraints are measured. Times the default
    /// tolerance it is 16 units in the last place of that largest one, both in units of their curvature.
    const VARIABLE_FLOOR: Self;
    /// Loss of digits by the other variables, relative to 1, above which the Schur complement is not used.
    const SCHUR_LOSS: Self;
    /// Share of a constraint's squared length left beside the working set, below which the Schur complement is in doubt.
    const SCHUR_DOUBT: Self;
    /// Share of a variable's own curvature that is added where there is not enough.
    const PROXIMAL: Self;
    /// 2^s + 1, s half of the digits: what splits a number into two halves.
    const SPLITTER: Self;
    /// A count.
    fn from_count(count: u16) -> Self;
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
    ($type:ident, $nan:expr, $tolerance:expr, $loss:expr, $doubt:expr, $proximal:expr, $splitter:expr, $sqrt:path) => {
        impl Real for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NAN: Self = $type::from_bits($nan);
            const EPSILON: Self = $type::EPSILON;
            const KKT_TOLERANCE: Self = $tolerance;
            const INFINITE_BOUND: Self = 1e20;
            const VARIABLE_FLOOR: Self = 16.0 * $type::EPSILON / $tolerance;
            const SCHUR_LOSS: Self = $loss;
            const SCHUR_DOUBT: Self = $doubt;
            const PROXIMAL: Self = $proximal;
            const SPLITTER: Self = $splitter;
            #[inline]
            fn from_count(count: u16) -> Self {
                Self::from(count)
            }
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

real!(f32, 0x7fc0_0000, 1e-5, 1e-4, 2e-4, 1.0 / 512.0, 4097.0, math::sqrt_f32);
real!(f64, 0x7ff8_0000_0000_0000, 1e-9, 1e-6, 1e-12, 1.0 / 1_048_576.0, 134_217_729.0, math::sqrt_f64);

/// The larger one; the second where the first is NaN.
#[inline]
pub(crate) fn larger<T: Real>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

/// Sum of products: eight partial sums over every eighth index, added in pairs, then the rest in index order. The
/// order is part of the result's bits, and one that vector units can follow.
#[inline]
pub(crate) fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let length = a.len().min(b.len());
    let (a, a_rest) = a[..length].as_chunks::<8>();
    let (b, b_rest) = b[..length].as_chunks::<8>();
    // Written out: where the compiler aims at small code it would unroll nothing.
    let zero = T::ZERO;
    let (mut s, mut t, mut u, mut v, mut w, mut x, mut y, mut z) = (zero, zero, zero, zero, zero, zero, zero, zero);
    for (a, b) in a.iter().zip(b) {
        s += a[0] * b[0];
        t += a[1] * b[1];
        u += a[2] * b[2];
        v += a[3] * b[3];
        w += a[4] * b[4];
        x += a[5] * b[5];
        y += a[6] * b[6];
        z += a[7] * b[7];
    }
    let sum = ((s + w) + (u + y)) + ((t + x) + (v + z));
    a_rest.iter().zip(b_rest).fold(sum, |sum, (&a, &b)| sum + a * b)
}

/// Largest magnitude of the products of two vectors' entries; NaN where one of them is NaN or infinite.
#[inline]
pub(crate) fn largest_product<T: Real, const L: usize>(a: &[T; L], b: &[T; L]) -> T {
    let (mut largest, mut poison) = (T::ZERO, T::ZERO);
    if cfg!(target_arch = "arm") {
        for (&a, &b) in a.iter().zip(b) {
            let size = (a * b).abs();
            largest = larger(size, largest);
            poison += size * T::ZERO;
        }
        return largest + poison;
    }
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    let (mut lanes, mut poisons) = ([T::ZERO; 8], [T::ZERO; 8]);
    for (a, b) in a.iter().zip(b) {
        for (((lane, poison), &a), &b) in lanes.iter_mut().zip(&mut poisons).zip(a).zip(b) {
            let size = (a * b).abs();
            *lane = larger(size, *lane);
            *poison += size * T::ZERO;
        }
    }
    for (&lane, &lane_poison) in lanes.iter().zip(&poisons) {
        largest = larger(lane, largest);
        poison += lane_poison;
    }
    for (&a, &b) in a_rest.iter().zip(b_rest) {
        let size = (a * b).abs();
        largest = larger(size, largest);
        poison += size * T::ZERO;
    }
    largest + poison
}

/// `y += factor * x`, element by element.
#[inline]
pub(crate) fn add_scaled<T: Real>(y: &mut [T], factor: T, x: &[T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}
