//! Pricing: search of the most violated constraint.

use super::combine::combine_active;
use super::{Active, Qp, Workspace};
use crate::real::{Real, larger};

/// What a careful look at all constraints outside the working set finds.
pub(super) enum Priced<T> {
    /// One is violated by more than the tolerance; by so much in the metric of the row sizes.
    Violated {
        /// The constraint, with its violated bound.
        active: Active,
        /// Violation in the metric of the row sizes.
        violation: T,
    },
    /// All are satisfied; the largest violation relative to its row's scale.
    Satisfied {
        /// At most the tolerance.
        residual: T,
    },
}

impl<T: Real, const N: usize, const M: usize> Workspace<T, N, M> {
    /// A constraint that is clearly violated at the present duals, from products alone: `A x` without x. Nothing where
    /// that needs a closer look. Cost M k.
    pub(super) fn violated_in_products(&mut self, qp: &Qp<T, N, M>, tolerance: T, closely: bool) -> Option<Active> {
        if closely || self.uses_orthogonal {
            return None;
        }
        self.form_free_product(qp);
        let length = self.length();
        let active = (&self.active_dual, &self.working_set[..length]);
        combine_active(&mut self.product, &self.free_product, active, self.columns.products());
        let farthest = self.farthest()?;
        self.clearly_violated(qp, farthest, tolerance)
    }

    /// The constraint if the present product violates it beyond doubt, judged by all that costs nothing.
    pub(super) fn clearly_violated(&mut self, qp: &Qp<T, N, M>, index: usize, tolerance: T) -> Option<Active> {
        let (&product, free) = (self.product.get(index)?, self.free_product_of(qp, index)?);
        let (lower, upper) = self.vectors.interval(index);
        let above = product > upper;
        let (violation, bound) = if above { (product - upper, upper) } else { (lower - product, lower) };
        let (weight, least) = (self.weight.get(index).copied()?, tolerance * self.pull);
        let clear = violation > tolerance * larger(bound.abs(), free.abs()) && violation * weight > least;
        clear.then_some(Active { index: u16::try_from(index).ok()?, upper: above })
    }

    /// The first of the constraints outside the working set whose violation is the largest in the metric of the row
    /// sizes; none where nothing is violated.
    pub(super) fn farthest(&self) -> Option<usize> {
        let (mut worst, mut farthest) = (T::ZERO, None);
        if cfg!(target_arch = "arm") {
            // Most are satisfied: only the others are worth any arithmetic. Two at a time, for loops cost as much.
            let mut look = |index: usize, product: T, (&lower, &upper): (&T, &T), price: &T| {
                if product > upper || product < lower {
                    let violation = if product > upper { product - upper } else { lower - product } * *price;
                    if violation > worst {
                        (worst, farthest) = (violation, Some(index));
                    }
                }
            };
            let (products, rest) = self.product.as_chunks::<2>();
            let (lowers, lower_rest) = self.vectors.lower.as_chunks::<2>();
            let (uppers, upper_rest) = self.vectors.upper.as_chunks::<2>();
            let (prices, price_rest) = self.price.as_chunks::<2>();
            let mut index = 0;
            for ((product, price), (lower, upper)) in products.iter().zip(prices).zip(lowers.iter().zip(uppers)) {
                look(index, product[0], (&lower[0], &upper[0]), &price[0]);
                look(index + 1, product[1], (&lower[1], &upper[1]), &price[1]);
                index += 2;
            }
            for ((&product, price), bounds) in rest.iter().zip(price_rest).zip(lower_rest.iter().zip(upper_rest)) {
                look(M - 1, product, bounds, price);
            }
            return farthest;
        }
        // Nothing below zero: where there are no bounds it is infinite, and times no price not a number.
        let violation = |product: T, lower: T, upper: T, price: T| {
            larger(larger(product - upper, lower - product), T::ZERO) * price
        };
        let (products, rest) = self.product.as_chunks::<8>();
        let (lowers, lower_rest) = self.vectors.lower.as_chunks::<8>();
        let (uppers, upper_rest) = self.vectors.upper.as_chunks::<8>();
        let (prices, price_rest) = self.price.as_chunks::<8>();
        for (block, ((product, price), (lower, upper))) in
            products.iter().zip(prices).zip(lowers.iter().zip(uppers)).enumerate()
        {
            let mut violations = [T::ZERO; 8];
            for i in 0..8 {
                violations[i] = violation(product[i], lower[i], upper[i], price[i]);
            }
            let [a, b, c, d, e, f, g, h] = violations;
            let largest = larger(larger(larger(a, e), larger(c, g)), larger(larger(b, f), larger(d, h)));
            if largest > worst {
                worst = largest;
                let first = violations.iter().position(|&violation| violation == largest);
                farthest = first.map(|first| 8 * block + first);
            }
        }
        let rest = rest.iter().zip(price_rest).zip(lower_rest.iter().zip(upper_rest));
        for (i, ((&product, &price), (&lower, &upper))) in rest.enumerate() {
            let violation = violation(product, lower, upper, price);
            if violation > worst {
                (worst, farthest) = (violation, Some(M - M % 8 + i));
            }
        }
        farthest
    }

    /// The constraint outside the working set that is violated by most in the metric of the row sizes, or, against
    /// cycling, the first one (Bland's rule). Cost M, and N more for each that is violated at all.
    pub(super) fn most_violated(
        &self,
        qp: &Qp<T, N, M>,
        tolerance: T,
        first: bool,
        sizes: &mut Option<[T; N]>,
    ) -> Priced<T> {
        let (mut worst, mut residual) = (T::ZERO, T::ZERO);
        let mut entering = None;
        let bounds = self.vectors.lower.iter().zip(&self.vectors.upper).zip(&self.price);
        for (index, (&product, ((&lower, &upper), &price))) in self.product.iter().zip(bounds).enumerate() {
            let (above, below) = (product - upper, lower - product);
            let (violation, bound) = if above > T::ZERO { (above, upper) } else { (below, lower) };
            if !(violation * price > worst) {
                continue;
            }
            let relative = self.relative(qp, index, (violation, bound, T::ZERO), tolerance, sizes);
            if relative <= tolerance {
                residual = larger(relative, residual);
                continue;
            }
            worst = violation * price;
            entering = u16::try_from(index).ok().map(|index| Active { index, upper: above > T::ZERO });
            if first {
                break;
            }
        }
        match entering {
            Some(active) => Priced::Violated { active, violation: worst },
            None => Priced::Satisfied { residual },
        }
    }

    /// How far the working set's own constraints are from their bounds, in the metric of the row sizes. Cost k.
    pub(super) fn largest_gap(&self, qp: &Qp<T, N, M>) -> T {
        let mut largest = T::ZERO;
        for (&active, &dual) in self.working_set().iter().zip(&self.active_dual) {
            let weight = self.weight.get(active.constraint()).copied().unwrap_or(T::ZERO);
            largest = larger(self.gap(qp, active, dual).abs() * weight, largest);
        }
        largest
    }
}
