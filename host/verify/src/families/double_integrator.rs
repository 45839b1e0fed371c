//! Mass on a line that one force moves to set points, some of them beyond its limits. 10 inputs, 10 bounds on them, 20
//! rows for position and speed. Many constraints are active at once, some of them degenerate.
//!
//! All data is in single precision, so that every solver sees the same numbers in either precision. The states are
//! those of a closed loop that was driven once, with a reference of 1e-12, and are kept beside this file: solvers for
//! microcontrollers were measured on exactly these problems.

use super::condensed::{Condensed, Plant, diagonal, matrices, matrix};
use crate::family::{Family, Vectors};
use nalgebra::{DMatrix, DVector};

const STEPS: usize = 10;
/// Position and speed of each problem's first state, a line each.
const STATES: &str = include_str!("double_integrator.txt");
/// Wanted positions.
const SET_POINTS: [f64; 8] = [0.9, -0.9, 1.0, 0.0, -1.05, 0.5, -0.5, 1.05];
/// Problems until the next set point.
const STAY: usize = 25;
const PERIOD: f64 = 0.1;
const LIMITS: [f64; 2] = [1.0, 0.8];
/// Weight of the last state: what is left of Riccati's solution for weights larger by 1 once that 1 is taken off the
/// diagonal again, which is the problem that TinyMPC poses with its penalty of 1.
const LAST: [[f64; 2]; 2] =
    [[104.000_427_246_093_75, 34.864_021_301_269_53], [34.864_021_301_269_53, 31.536_226_272_583_008]];

/// The matrices of all problems, and what a first state adds: `slope` to the linear term, `free` to the states.
struct Maps {
    hessian: DMatrix<f64>,
    forced: DMatrix<f64>,
    slope: DMatrix<f64>,
    free: DMatrix<f64>,
}

fn maps() -> Maps {
    let state = matrix([[1.0, PERIOD], [0.0, 1.0]]).map(single);
    let plant = Plant { state, input: matrix([[PERIOD * PERIOD / 2.0], [PERIOD]]).map(single) };
    let (stage, last) = (diagonal(&[10.0, 1.0]), matrix(LAST));
    let mut weights = vec![&stage; STEPS - 1];
    weights.push(&last);
    let condensed = Condensed::new(&plant, &weights);
    let origin = DVector::zeros(2 * STEPS);
    let linear = |state: [f64; 2]| DVector::from(condensed.linear(&DVector::from_row_slice(&state), &origin));
    Maps {
        hessian: (condensed.hessian() + DMatrix::identity(STEPS, STEPS) * 0.1).map(single),
        forced: condensed.forced.map(single),
        slope: DMatrix::from_columns(&[linear([1.0, 0.0]), linear([0.0, 1.0])]).map(single),
        free: condensed.free.map(single),
    }
}

/// The problems of the closed loop; `None` where the file of states is damaged.
pub(super) fn generate(name: &'static str) -> Option<Family> {
    let Maps { hessian, forced, slope, free } = maps();
    let mut family = Family {
        name,
        variables: STEPS,
        constraints: 3 * STEPS,
        bounds: STEPS,
        seed: None,
        sequence: true,
        matrices: vec![matrices(&hessian, &forced)],
        vectors: Vec::with_capacity(SET_POINTS.len() * STAY),
    };
    let mut numbers = STATES.split_whitespace().map(|number| number.parse::<f32>().map(f64::from));
    for set_point in SET_POINTS.iter().flat_map(|&set_point| std::iter::repeat_n(single(set_point), STAY)) {
        let (position, speed) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        let error = DVector::from_row_slice(&[single(position - set_point), speed]);
        let ahead = &free * &error;
        let bounds = |side: f64| {
            let states = ahead.iter().enumerate().map(|(i, ahead)| {
                let wanted = if i % 2 == 0 { set_point } else { 0.0 };
                single(side * LIMITS[i % 2] - wanted - ahead)
            });
            std::iter::repeat_n(side, STEPS).chain(states).collect()
        };
        family.vectors.push(Vectors {
            linear: (&slope * &error).iter().copied().map(single).collect(),
            lower: bounds(-1.0),
            upper: bounds(1.0),
        });
    }
    Some(family)
}

/// Rounded to single precision.
fn single(value: f64) -> f64 {
    f64::from(value as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use convex_edge_core::artefact::crc32;

    #[test]
    fn the_data_is_that_of_the_recorded_measurements() {
        let family = generate("double-integrator").unwrap();
        let mut numbers = [&family.matrices[0].hessian[..], &family.matrices[0].rows].concat();
        for Vectors { linear, lower, upper } in &family.vectors {
            numbers.extend([&linear[..], lower, upper].concat());
        }
        let bytes: Vec<u8> = numbers.iter().flat_map(|&number| (number as f32).to_le_bytes()).collect();
        assert_eq!((numbers.len(), crc32(&bytes)), (14_300, 0x82fe_919c));
    }

    /// Fields of the example's file; its numbers are read alike whether they are written with a fraction or without.
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Example {
        hessian: Vec<Vec<f64>>,
        linear: Vec<f64>,
        linear_map: Vec<Vec<f64>>,
        rows: Vec<Vec<f64>>,
        lower: Vec<f64>,
        lower_map: Vec<Vec<f64>>,
        upper: Vec<f64>,
        upper_map: Vec<Vec<f64>>,
        bounds: usize,
        low: [f64; 2],
        high: [f64; 2],
    }

    /// With the set point 0, any first state within the limits, and one line for each row.
    #[test]
    fn the_example_of_a_parametric_program_is_this_one() {
        let Maps { hessian, forced, slope, free } = maps();
        let rows = |matrix: &DMatrix<f64>| {
            matrix.row_iter().map(|row| row.iter().copied().collect()).collect::<Vec<Vec<f64>>>()
        };
        let limit = |side: f64| -> Vec<f64> {
            let states = (0..2 * STEPS).map(|i| single(side * LIMITS[i % 2]));
            std::iter::repeat_n(side, STEPS).chain(states).collect()
        };
        let map = [vec![vec![0.0; 2]; STEPS], rows(&-free)].concat();
        let expected = Example {
            hessian: rows(&hessian),
            linear: vec![0.0; STEPS],
            linear_map: rows(&slope),
            rows: rows(&forced),
            lower: limit(-1.0),
            lower_map: map.clone(),
            upper: limit(1.0),
            upper_map: map,
            bounds: STEPS,
            low: LIMITS.map(|limit| -limit),
            high: LIMITS,
        };
        let example = include_str!("../../configs/double_integrator.json");
        assert_eq!(serde_json::from_str::<Example>(example).unwrap(), expected);
    }
}
