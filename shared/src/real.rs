//! The two number types that everything numerical is written for.

use crate::math;
use core::fmt::Debug;
use core::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Range, Sub, SubAssign};

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
    /// Loss of digits by the other variables, relative to 1, above which the Schur complement is not used.
    const SCHUR_LOSS: Self;
    /// Share of a constraint's squared length left beside the working set, below which the Schur complement is in doubt.
    const SCHUR_DOUBT: Self;
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
    ($type:ident, $tolerance:expr, $loss:expr, $doubt:expr, $sqrt:path) => {
        impl Real for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EPSILON: Self = $type::EPSILON;
            const KKT_TOLERANCE: Self = $tolerance;
            const VARIABLE_FLOOR: Self = 16.0 * $type::EPSILON / $tolerance;
            const SCHUR_LOSS: Self = $loss;
            const SCHUR_DOUBT: Self = $doubt;
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

real!(f32, 1e-5, 1e-4, 2e-4, math::sqrt_f32);
real!(f64, 1e-9, 1e-6, 1e-12, math::sqrt_f64);

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
    let mut lanes = [T::ZERO; 8];
    for (a, b) in a.iter().zip(b) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let [first, second, third, fourth, fifth, sixth, seventh, eighth] = lanes;
    let sum = ((first + fifth) + (third + seventh)) + ((second + sixth) + (fourth + eighth));
    a_rest.iter().zip(b_rest).fold(sum, |sum, (&a, &b)| sum + a * b)
}

/// Largest magnitude of the products of two vectors' entries; NaN where one of them is NaN or infinite.
#[inline]
pub(crate) fn largest_product<T: Real, const L: usize>(a: &[T; L], b: &[T; L]) -> T {
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    let (mut lanes, mut poison) = ([T::ZERO; 8], [T::ZERO; 8]);
    for (a, b) in a.iter().zip(b) {
        for (((lane, poison), &a), &b) in lanes.iter_mut().zip(&mut poison).zip(a).zip(b) {
            let size = (a * b).abs();
            *lane = larger(size, *lane);
            *poison += size * T::ZERO;
        }
    }
    let (mut largest, mut sum) = (T::ZERO, T::ZERO);
    for (&lane, &poison) in lanes.iter().zip(&poison) {
        largest = larger(lane, largest);
        sum += poison;
    }
    for (&a, &b) in a_rest.iter().zip(b_rest) {
        let size = (a * b).abs();
        largest = larger(size, largest);
        sum += size * T::ZERO;
    }
    largest + sum
}

/// `y += factor * x`, element by element.
#[inline]
pub(crate) fn add_scaled<T: Real>(y: &mut [T], factor: T, x: &[T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

/// `y += sum of factor * column`, entry by entry in the order of the columns, at least for the entries in `range`: where
/// what is elsewhere is of no use. Sums stay in registers, a block of them at a time; `columns` is told of the block's
/// entries and may leave out columns that are zero there.
#[inline]
pub(crate) fn add_columns<'a, T: Real, const R: usize, I: Iterator<Item = (T, &'a [T; R])>>(
    y: &mut [T; R],
    range: Range<usize>,
    columns: impl Fn(Range<usize>) -> I,
) {
    let (mut start, end) = (range.start - range.start % 8, range.end.min(R));
    if cfg!(target_arch = "arm") || R < 8 {
        while start < end {
            start += match R - start {
                8.. => add_block::<T, R, 8>(y, start, columns(start..start + 8)),
                4.. => add_block::<T, R, 4>(y, start, columns(start..start + 4)),
                2.. => add_block::<T, R, 2>(y, start, columns(start..start + 2)),
                _ => add_block::<T, R, 1>(y, start, columns(start..start + 1)),
            };
        }
        return;
    }
    // The last entries as a whole block that overlaps the one before, from what they were at first.
    let ragged = !R.is_multiple_of(8) && end > R - R % 8;
    let mut last = [T::ZERO; 8];
    if ragged {
        last.copy_from_slice(&y[R - 8..]);
        add_block::<T, 8, 8>(
            &mut last,
            0,
            columns(R - 8..R).filter_map(|(factor, column)| Some((factor, column.last_chunk::<8>()?))),
        );
    }
    while start < end && start + 32 <= R {
        start += add_block::<T, R, 32>(y, start, columns(start..start + 32));
    }
    while start < end && start + 16 <= R {
        start += add_block::<T, R, 16>(y, start, columns(start..start + 16));
    }
    while start < end && start + 8 <= R {
        start += add_block::<T, R, 8>(y, start, columns(start..start + 8));
    }
    if ragged {
        y[R - R % 8..].copy_from_slice(&last[8 - R % 8..]);
    }
}

/// Adds to B entries from `start` on, and says how many they were.
#[inline]
fn add_block<'a, T: Real, const R: usize, const B: usize>(
    y: &mut [T; R],
    start: usize,
    columns: impl Iterator<Item = (T, &'a [T; R])>,
) -> usize {
    if let Some(block) = y.get_mut(start..).and_then(|y| y.first_chunk_mut::<B>()) {
        let mut sums = *block;
        for (factor, column) in columns {
            if let Some(part) = column.get(start..).and_then(|column| column.first_chunk::<B>()) {
                for (sum, &entry) in sums.iter_mut().zip(part) {
                    *sum += factor * entry;
                }
            }
        }
        *block = sums;
    }
    B
}
