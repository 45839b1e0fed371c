//! Double precision that counts its multiplications, divisions and roots.

extern crate std;

use super::{Real, sealed::Sealed};
use core::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};
use std::cell::Cell;

std::thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// How many this thread has taken since it was last asked.
pub(crate) fn taken() -> u64 {
    COUNT.replace(0)
}

fn count() {
    COUNT.set(COUNT.get() + 1);
}

#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub(crate) struct Counted(pub(crate) f64);

impl Sealed for Counted {}

impl Add for Counted {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Counted {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul for Counted {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        count();
        Self(self.0 * other.0)
    }
}

impl Div for Counted {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        count();
        Self(self.0 / other.0)
    }
}

impl Neg for Counted {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Counted {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Counted {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl MulAssign for Counted {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl Real for Counted {
    const ZERO: Self = Self(0.0);
    const ONE: Self = Self(1.0);
    const NAN: Self = Self(f64::NAN);
    const INFINITE_BOUND: Self = Self(1e20);
    const EPSILON: Self = Self(f64::EPSILON);
    const KKT_TOLERANCE: Self = Self(f64::KKT_TOLERANCE);
    const VARIABLE_FLOOR: Self = Self(f64::VARIABLE_FLOOR);
    const SCHUR_LOSS: Self = Self(f64::SCHUR_LOSS);
    const SCHUR_DOUBT: Self = Self(f64::SCHUR_DOUBT);
    const PROXIMAL: Self = Self(f64::PROXIMAL);
    const SPLITTER: Self = Self(f64::SPLITTER);
    fn from_count(count: u16) -> Self {
        Self(f64::from(count))
    }
    fn sqrt(self) -> Self {
        count();
        Self(Real::sqrt(self.0))
    }
    fn abs(self) -> Self {
        Self(self.0.abs())
    }
    fn is_finite(self) -> bool {
        self.0.is_finite()
    }
    fn is_nan(self) -> bool {
        self.0.is_nan()
    }
}
