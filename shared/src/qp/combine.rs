//! Linear combinations of columns: nearly all that the solver computes.

use super::Active;
use crate::real::Real;
use core::ops::Range;

/// Where the columns of a square matrix have their entries; those elsewhere are zero.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Anywhere.
    Full,
    /// Column j from row j on.
    Lower,
    /// Column j up to row j.
    Upper,
}

/// `y = base + sum of factor * column`, entry by entry in the order of the columns, at least for the entries in `range`:
/// what is elsewhere is of no use. Cost one multiplication for each entry that may not be zero.
#[cfg_attr(target_arch = "arm", inline(never))]
pub(super) fn combine<T: Real, const R: usize>(
    y: &mut [T; R],
    base: &[T; R],
    range: Range<usize>,
    (factors, columns): (&[T], &[[T; R]]),
    shape: Shape,
) {
    let count = factors.len().min(columns.len());
    in_blocks(y, base, range, |rows| {
        let used = match shape {
            Shape::Full => 0..count,
            Shape::Lower => 0..rows.end.min(count),
            Shape::Upper => rows.start.min(count)..count,
        };
        let (factors, columns) = (factors.get(used.clone()), columns.get(used));
        factors.unwrap_or_default().iter().copied().zip(columns.unwrap_or_default())
    });
}

/// `y = base - sum of dual * column` with the columns of the active constraints.
#[cfg_attr(target_arch = "arm", inline(never))]
pub(super) fn combine_active<T: Real, const R: usize, const M: usize>(
    y: &mut [T; R],
    base: &[T; R],
    (duals, active): (&[T; M], &[Active]),
    columns: &[[T; R]; M],
) {
    in_blocks(y, base, 0..R, |_| {
        let active = active.iter().filter_map(|active| columns.get(active.constraint()));
        duals.iter().map(|&dual| -dual).zip(active)
    });
}

/// Block by block, whose sums stay in registers together: as many as a vector unit needs to be busy, or as there are
/// registers.
#[inline]
fn in_blocks<'a, T: Real, const R: usize, I: Iterator<Item = (T, &'a [T; R])>>(
    y: &mut [T; R],
    base: &[T; R],
    range: Range<usize>,
    columns: impl Fn(Range<usize>) -> I,
) {
    let (mut start, end) = (range.start - range.start % 8, range.end.min(R));
    if cfg!(target_arch = "arm") || R < 8 {
        while start < end {
            start += match R - start {
                8.. => eight(y, base, start, columns(start..start + 8)),
                // Some of them once more cost less than the last ones two by two.
                4.. if R >= 8 => eight(y, base, R - 8, columns(R - 8..R)),
                left => few(y, base, start, columns(start..start + left.min(2))),
            };
        }
        return;
    }
    // The last entries as a whole block that overlaps the one before, from what they were at first.
    let ragged = !R.is_multiple_of(8) && end > R - R % 8;
    if ragged {
        block::<T, R, 8>(y, base, R - 8, columns(R - 8..R));
    }
    while start < end && start + 32 <= R {
        start += block::<T, R, 32>(y, base, start, columns(start..start + 32));
    }
    while start < end && start + 16 <= R {
        start += block::<T, R, 16>(y, base, start, columns(start..start + 16));
    }
    while start < end && start + 8 <= R {
        start += block::<T, R, 8>(y, base, start, columns(start..start + 8));
    }
}

/// B entries from `start` on; says how many they were.
#[inline]
fn block<'a, T: Real, const R: usize, const B: usize>(
    y: &mut [T; R],
    base: &[T; R],
    start: usize,
    columns: impl Iterator<Item = (T, &'a [T; R])>,
) -> usize {
    let target = y.get_mut(start..).and_then(|y| y.first_chunk_mut::<B>());
    if let (Some(target), Some(base)) = (target, base.get(start..).and_then(|base| base.first_chunk::<B>())) {
        let mut sums = *base;
        for (factor, column) in columns {
            if let Some(part) = column.get(start..).and_then(|column| column.first_chunk::<B>()) {
                for (sum, &entry) in sums.iter_mut().zip(part) {
                    *sum += factor * entry;
                }
            }
        }
        *target = sums;
    }
    B
}

/// Eight entries, written out: where the compiler aims at small code it would unroll nothing.
#[inline]
fn eight<'a, T: Real, const R: usize>(
    y: &mut [T; R],
    base: &[T; R],
    start: usize,
    columns: impl Iterator<Item = (T, &'a [T; R])>,
) -> usize {
    let target = y.get_mut(start..).and_then(|y| y.first_chunk_mut::<8>());
    if let (Some(target), Some(base)) = (target, base.get(start..).and_then(|base| base.first_chunk::<8>())) {
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *base;
        for (factor, column) in columns {
            if let Some(part) = column.get(start..).and_then(|column| column.first_chunk::<8>()) {
                a += factor * part[0];
                b += factor * part[1];
                c += factor * part[2];
                d += factor * part[3];
                e += factor * part[4];
                f += factor * part[5];
                g += factor * part[6];
                h += factor * part[7];
            }
        }
        *target = [a, b, c, d, e, f, g, h];
    }
    8
}

/// The last entries, two at a time.
#[inline]
fn few<'a, T: Real, const R: usize>(
    y: &mut [T; R],
    base: &[T; R],
    start: usize,
    columns: impl Iterator<Item = (T, &'a [T; R])>,
) -> usize {
    let (Some(base), Some(target)) = (base.get(start..), y.get_mut(start..)) else { return 2 };
    if let (&[mut a, mut b, ..], [first, second, ..]) = (base, &mut *target) {
        for (factor, column) in columns {
            if let Some(&[p, q, ..]) = column.get(start..) {
                a += factor * p;
                b += factor * q;
            }
        }
        (*first, *second) = (a, b);
    } else if let (&[mut a], [first]) = (base, target) {
        for (factor, column) in columns {
            if let Some(&p) = column.get(start) {
                a += factor * p;
            }
        }
        *first = a;
    }
    2
}
