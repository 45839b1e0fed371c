//! Compensated sums in about twice the precision of their numbers, by additions and multiplications alone. They give
//! the same bits on every target; a fused multiplication would be faster on some targets and emulated on others.

use super::Real;

/// A sum and its rounding error (Ogita, Rump and Oishi 2005, "Accurate sum and dot product").
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sum<T> {
    rounded: T,
    lost: T,
}

/// A factor in two halves, each short enough for products without rounding (Veltkamp); with what it was rounded from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Factor<T> {
    value: T,
    high: T,
    low: T,
    lost: T,
}

impl<T: Real> Factor<T> {
    /// A number that is rounded from `value + lost`.
    #[inline]
    pub(crate) fn new(value: T, lost: T) -> Self {
        let scaled = T::SPLITTER * value;
        let high = scaled - (scaled - value);
        Self { value, high, low: value - high, lost }
    }
}

impl<T: Real> Sum<T> {
    /// A sum of one number so far.
    #[inline]
    pub(crate) fn new(value: T) -> Self {
        Self { rounded: value, lost: T::ZERO }
    }

    /// Adds a product. Cost 7 multiplications.
    #[inline]
    pub(crate) fn add_product(&mut self, a: T, factor: &Factor<T>) {
        let product = a * factor.value;
        let half = Factor::new(a, T::ZERO);
        // Its rounding error, exactly (Dekker).
        let product_lost = half.low * factor.low
            - (((product - half.high * factor.high) - half.low * factor.high) - half.high * factor.low);
        let (sum, sum_lost) = add(self.rounded, product);
        self.rounded = sum;
        self.lost += (sum_lost + product_lost) + a * factor.lost;
    }

    /// The rounded sum, and what that is short of.
    #[inline]
    pub(crate) fn parts(self) -> (T, T) {
        (self.rounded, self.lost)
    }

    /// The sum, rounded once.
    #[inline]
    pub(crate) fn value(self) -> T {
        let value = self.rounded + self.lost;
        // Halves overflow before their number does.
        if value.is_finite() { value } else { self.rounded }
    }
}

/// The rounded sum of two numbers, and its rounding error, exactly (Knuth).
#[inline]
pub(crate) fn add<T: Real>(a: T, b: T) -> (T, T) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}

#[cfg(test)]
mod tests;
