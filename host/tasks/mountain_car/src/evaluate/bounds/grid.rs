//! A grid over position and velocity, and how to read values between its points.

use serde::Serialize;

/// Equidistant points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    first: f64,
    step: f64,
    points: usize,
}

impl Axis {
    /// So many points, at least two, from the first to the last.
    pub fn new(first: f64, last: f64, points: usize) -> Self {
        let points = points.max(2);
        Self { first, step: (last - first) / (points - 1) as f64, points }
    }

    /// Number of points, at least 2.
    pub fn points(&self) -> usize {
        self.points
    }

    /// The point with this index.
    pub fn at(&self, index: usize) -> f64 {
        self.first + self.step * index as f64
    }

    /// The point to the left of a value, but not the last one, and the weight of the point to the right of it.
    #[inline]
    pub fn locate(&self, value: f64) -> (usize, f64) {
        let distance = (value - self.first) / self.step;
        // The cast saturates.
        let index = (distance as usize).min(self.points - 2);
        (index, distance - index as f64)
    }
}

/// Number of points of a grid along each axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Number of positions.
    pub positions: usize,
    /// Number of velocities.
    pub velocities: usize,
}

/// Points of position and velocity; values on them are rows of velocities, one row a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Positions.
    pub position: Axis,
    /// Velocities.
    pub velocity: Axis,
}

impl Grid {
    /// Number of points of the whole grid.
    pub fn points(&self) -> usize {
        self.position.points() * self.velocity.points()
    }

    /// Bilinear interpolation, continued beyond the ends.
    #[inline]
    pub fn interpolate(&self, values: &[f32], position: f64, velocity: f64) -> f64 {
        let (row, right) = self.position.locate(position);
        let (column, up) = self.velocity.locate(velocity);
        let start = row * self.velocity.points() + column;
        let next = start + self.velocity.points();
        let along = |start: usize| {
            let (low, high) = (f64::from(values[start]), f64::from(values[start + 1]));
            low + up * (high - low)
        };
        let left = along(start);
        left + right * (along(next) - left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bilinear_function_is_read_exactly() {
        let grid = Grid { position: Axis::new(-1.0, 1.0, 5), velocity: Axis::new(0.0, 3.0, 4) };
        let value = |x: f64, v: f64| 1.0 + 2.0 * x - v + 0.5 * x * v;
        let values: Vec<f32> =
            (0..5).flat_map(|i| (0..4).map(move |j| value(-1.0 + 0.5 * f64::from(i), f64::from(j)) as f32)).collect();
        assert_eq!(values.len(), grid.points());
        for (x, v) in [(-1.0, 0.0), (1.0, 3.0), (-0.3, 2.7), (0.99, 0.01)] {
            assert!((grid.interpolate(&values, x, v) - value(x, v)).abs() < 1e-6, "at {x}, {v}");
        }
    }
}
