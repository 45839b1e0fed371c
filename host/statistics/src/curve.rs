//! Curves of points with ascending abscissas.

/// Mean height, by trapezoids. The first height for a single point, 0 for none.
pub fn mean_height(points: &[(f64, f64)]) -> f64 {
    let area: f64 = points.windows(2).map(|pair| (pair[1].0 - pair[0].0) * 0.5 * (pair[0].1 + pair[1].1)).sum();
    match (points.first(), points.last()) {
        (Some(first), Some(last)) if last.0 > first.0 => area / (last.0 - first.0),
        (Some(first), _) => first.1,
        _ => 0.0,
    }
}

/// The first abscissa at which the curve falls from above zero to zero or below, by linear interpolation. `None` where
/// it does not begin above zero, or stays there.
pub fn falls_to_zero(points: &[(f64, f64)]) -> Option<f64> {
    let (_, first) = points.first()?;
    if !(*first > 0.0) {
        return None;
    }
    let fall = points.windows(2).find(|pair| pair[1].1 <= 0.0)?;
    let [(from, above), (to, below)] = [fall[0], fall[1]];
    Some(from + (to - from) * above / (above - below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_height_of_a_line_is_its_middle() {
        assert_eq!(mean_height(&[(0.0, 0.0), (1.0, 2.0), (3.0, 6.0)]), 3.0);
    }

    #[test]
    fn the_fall_lies_between_its_neighbours() {
        assert_eq!(falls_to_zero(&[(0.0, 3.0), (10.0, 1.0), (20.0, -1.0), (30.0, 5.0)]), Some(15.0));
        assert_eq!(falls_to_zero(&[(0.0, 3.0), (5.0, 0.0)]), Some(5.0));
        assert_eq!(falls_to_zero(&[(0.0, 3.0), (5.0, 1.0)]), None);
        assert_eq!(falls_to_zero(&[(0.0, -3.0), (5.0, 1.0)]), None);
        assert_eq!(falls_to_zero(&[]), None);
    }
}
