//! Linear combinations of columns: nearly all that the solver computes.

use super::Active;
use crate::real::{Real, add_scaled};
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

/// `y = base + sum of factor * column`, no base being zero, entry by entry in the order of the columns, at least for the
/// entries in `range`: what is elsewhere is of no use. Cost one multiplication for each entry that may not be zero.
#[cfg_attr(target_arch = "arm", inline(never))]
pub(super) fn combine<T: Real, const R: usize>(
    y: &mut [T; R],
    base: Option<&[T; R]>,
    range: Range<usize>,
    (factors, columns): (&[T], &[[T; R]]),
    shape: Shape,
) {
    if !cfg!(target_arch = "arm") && shape == Shape::Full {
        in_blocks(y, base, range, |_| factors.iter().copied().zip(columns));
        return;
    }
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

/// One of two combinations of the same columns.
pub(super) struct Combined<'a, T, const R: usize> {
    pub(super) y: &'a mut [T; R],
    pub(super) base: Option<&'a [T; R]>,
    pub(super) factors: &'a [T],
}

/// [`combine`] of the same columns twice, which are loaded once. Of 16 entries and more.
pub(super) fn combine_two<T: Real, const R: usize>(
    mut pair: [Combined<'_, T, R>; 2],
    range: Range<usize>,
    columns: &[[T; R]],
    shape: Shape,
) {
    let (mut start, end) = (range.start - range.start % 8, range.end.min(R));
    let used = |first: usize| if shape == Shape::Upper { columns.get(first..) } else { Some(columns) };
    while start < end {
        if end - start > 8 {
            let first = start.min(R.saturating_sub(16));
            start = two_blocks::<T, R, 16>(&mut pair, first, used(first).unwrap_or_default());
        } else {
            let first = start.min(R.saturating_sub(8));
            start = two_blocks::<T, R, 8>(&mut pair, first, used(first).unwrap_or_default());
        }
    }
}

/// B entries of both from `start` on, with the last factors; returns their end.
#[inline]
fn two_blocks<T: Real, const R: usize, const B: usize>(
    [first, second]: &mut [Combined<'_, T, R>; 2],
    start: usize,
    columns: &[[T; R]],
) -> usize {
    let (factors, others) = (first.factors, second.factors);
    let sums = part_of::<T, R, B>(first.base, start).zip(part_of::<T, R, B>(second.base, start));
    let targets = first.y.get_mut(start..).and_then(|y| y.first_chunk_mut::<B>());
    let targets = targets.zip(second.y.get_mut(start..).and_then(|y| y.first_chunk_mut::<B>()));
    let last = |factors: &[T]| factors.len().saturating_sub(columns.len());
    let (factors, others) = (factors.get(last(factors)..), others.get(last(others)..));
    let factors = factors.unwrap_or_default().iter().zip(others.unwrap_or_default());
    if let (Some((y, z)), Some((mut sums, mut more))) = (targets, sums) {
        for (column, (&factor, &other)) in columns.iter().zip(factors) {
            if let Some(part) = column.get(start..).and_then(|column| column.first_chunk::<B>()) {
                for ((sum, more), &entry) in sums.iter_mut().zip(&mut more).zip(part) {
                    *sum += factor * entry;
                    *more += other * entry;
                }
            }
        }
        (*y, *z) = (sums, more);
    }
    start + B
}

/// `y = base - sum of dual * column` with the columns of the active constraints.
#[cfg_attr(target_arch = "arm", inline(never))]
pub(super) fn combine_active<T: Real, const R: usize, const M: usize>(
    y: &mut [T; R],
    base: &[T; R],
    (duals, active): (&[T; M], &[Active]),
    columns: &[[T; R]; M],
) {
    in_blocks(y, Some(base), 0..R, |_| {
        let active = active.iter().filter_map(|active| columns.get(active.constraint()));
        duals.iter().map(|&dual| -dual).zip(active)
    });
}

/// Block by block, whose sums stay in registers together: as many as a vector unit needs to be busy, or as there are
/// registers.
#[inline]
fn in_blocks<'a, T: Real, const R: usize, I: Iterator<Item = (T, &'a [T; R])>>(
    y: &mut [T; R],
    base: Option<&[T; R]>,
    range: Range<usize>,
    columns: impl Fn(Range<usize>) -> I,
) {
    if cfg!(target_arch = "arm") || R < 8 {
        let (mut start, end) = (range.start, range.end.min(R));
        let width = const { width(R) };
        while start < end {
            // Some of them once more cost less than the last ones by themselves.
            let first = if R < width { start } else { start.min(R - width) };
            match width {
                10 => ten(y, base, first, columns(first..first + 10)),
                8 => eight(y, base, first, columns(first..first + 8)),
                _ => few(y, base, first, columns(first..R.min(first + 2))),
            }
            start = first + width;
        }
        return;
    }
    let (mut start, end) = (range.start - range.start % 8, range.end.min(R));
    while start < end {
        // The last block may overlap the one before, from what its entries were at first.
        if end - start > 16 && R >= 32 {
            let first = start.min(R - 32);
            start = block::<T, R, 32>(y, base, first, columns(first..first + 32));
        } else if end - start > 8 && R >= 16 {
            let first = start.min(R - 16);
            start = block::<T, R, 16>(y, base, first, columns(first..first + 16));
        } else {
            let first = start.min(R - 8);
            start = block::<T, R, 8>(y, base, first, columns(first..first + 8));
        }
    }
}

/// `column -= factor * vector` for each of the first columns, all of which and the vector are zero from entry `length` on.
#[cfg_attr(target_arch = "arm", inline(never))]
pub(super) fn subtract_multiples<T: Real, const R: usize>(
    columns: &mut [[T; R]],
    factors: &[T],
    vector: &[T; R],
    length: usize,
) {
    if cfg!(target_arch = "arm") && R >= 8 {
        let width = const { width(R) };
        let whole = R - R % width;
        for start in (0..length.min(whole)).step_by(width) {
            match width {
                10 => subtract_ten(columns, factors, vector, start),
                _ => subtract_eight(columns, factors, vector, start),
            }
        }
        for (column, &factor) in columns.iter_mut().zip(factors) {
            let (rest, of_vector) = (column.get_mut(whole..length), vector.get(whole..length));
            add_scaled(rest.unwrap_or_default(), -factor, of_vector.unwrap_or_default());
        }
        return;
    }
    // In whole eights, zeros included: that costs less than what would be left of the last eight.
    let whole = length.next_multiple_of(8).min(R - R % 8);
    let (parts, _) = vector[..whole].as_chunks::<8>();
    for (column, &factor) in columns.iter_mut().zip(factors) {
        let (targets, _) = column[..whole].as_chunks_mut::<8>();
        for (target, part) in targets.iter_mut().zip(parts) {
            for (entry, &of_vector) in target.iter_mut().zip(part) {
                *entry -= factor * of_vector;
            }
        }
        let (rest, of_vector) = (column.get_mut(whole..length), vector.get(whole..length));
        add_scaled(rest.unwrap_or_default(), -factor, of_vector.unwrap_or_default());
    }
}

/// How many sums fit the registers and leave the least over.
const fn width(entries: usize) -> usize {
    match entries {
        0..8 => 2,
        _ if entries.div_ceil(10) * 12 < entries.div_ceil(8) * 10 => 10,
        _ => 8,
    }
}

/// What B sums start with.
#[inline]
fn part_of<T: Real, const R: usize, const B: usize>(base: Option<&[T; R]>, start: usize) -> Option<[T; B]> {
    match base {
        Some(base) => base.get(start..).and_then(|base| base.first_chunk::<B>()).copied(),
        None => Some([T::ZERO; B]),
    }
}

/// B entries from `start` on; returns their end.
#[inline]
fn block<'a, T: Real, const R: usize, const B: usize>(
    y: &mut [T; R],
    base: Option<&[T; R]>,
    start: usize,
    columns: impl Iterator<Item = (T, &'a [T; R])>,
) -> usize {
    let target = y.get_mut(start..).and_then(|y| y.first_chunk_mut::<B>());
    if let (Some(target), Some(mut sums)) = (target, part_of::<T, R, B>(base, start)) {
        for (factor, column) in columns {
            if let Some(part) = column.get(start..).and_then(|column| column.first_chunk::<B>()) {
                for (sum, &entry) in sums.iter_mut().zip(part) {
                    *sum += factor * entry;
                }
            }
        }
        *target = sums;
    }
    start + B
}

/// So many entries, written out: where the compiler aims at small code it would unroll nothing.
macro_rules! written_out {
    ($name:ident, $subtract_name:ident, $count:literal, $($sum:ident $place:literal),+) => {
        #[inline]
        fn $subtract_name<T: Real, const R: usize>(columns: &mut [[T; R]], factors: &[T], vector: &[T; R], start: usize) {
            let Some(&[$($sum),+]) = vector.get(start..).and_then(|vector| vector.first_chunk::<$count>()) else {
                return;
            };
            for (column, &factor) in columns.iter_mut().zip(factors) {
                if let Some(part) = column.get_mut(start..).and_then(|column| column.first_chunk_mut::<$count>()) {
                    $(part[$place] -= factor * $sum;)+
                }
            }
        }

        #[inline]
        fn $name<'a, T: Real, const R: usize>(
            y: &mut [T; R],
            base: Option<&[T; R]>,
            start: usize,
            columns: impl Iterator<Item = (T, &'a [T; R])>,
        ) {
            let target = y.get_mut(start..).and_then(|y| y.first_chunk_mut::<$count>());
            if let (Some(target), Some([$(mut $sum),+])) = (target, part_of::<T, R, $count>(base, start)) {
                for (factor, column) in columns {
                    if let Some(part) = column.get(start..).and_then(|column| column.first_chunk::<$count>()) {
                        $($sum += factor * part[$place];)+
                    }
                }
                *target = [$($sum),+];
            }
        }
    };
}

written_out!(eight, subtract_eight, 8, a 0, b 1, c 2, d 3, e 4, f 5, g 6, h 7);
written_out!(ten, subtract_ten, 10, a 0, b 1, c 2, d 3, e 4, f 5, g 6, h 7, i 8, j 9);

/// The last entries, two at a time.
#[inline]
fn few<'a, T: Real, const R: usize>(
    y: &mut [T; R],
    base: Option<&[T; R]>,
    start: usize,
    columns: impl Iterator<Item = (T, &'a [T; R])>,
) {
    let Some(target) = y.get_mut(start..) else { return };
    if let (Some([mut a, mut b]), [first, second, ..]) = (part_of(base, start), &mut *target) {
        for (factor, column) in columns {
            if let Some(&[p, q, ..]) = column.get(start..) {
                a += factor * p;
                b += factor * q;
            }
        }
        (*first, *second) = (a, b);
    } else if let (Some([mut a]), [first]) = (part_of(base, start), target) {
        for (factor, column) in columns {
            if let Some(&p) = column.get(start) {
                a += factor * p;
            }
        }
        *first = a;
    }
}
