//! 4x4 sudoku as a relaxation: 64 indicators at least 0, 40 independent equalities, and `0.05 |x|^2 - givens' x`.
//! After Amos and Kolter (2017), "OptNet: differentiable optimization as a layer in neural networks".

use crate::family::{Family, Matrices, Vectors};
use convex_edge_core::random::Pcg64;

const CELLS: usize = 16;
const VARIABLES: usize = 4 * CELLS;
const PUZZLES: usize = 128;
const SEED: u64 = 4;
const GRID: [usize; CELLS] = [0, 1, 2, 3, 2, 3, 0, 1, 1, 0, 3, 2, 3, 2, 1, 0];

/// Puzzles of about six givens each.
pub(super) fn generate(name: &'static str) -> Family {
    let rows = equalities();
    let mut hessian = vec![0.0; VARIABLES * VARIABLES];
    hessian.iter_mut().step_by(VARIABLES + 1).for_each(|diagonal| *diagonal = 0.1);
    let equal = rows.len() / VARIABLES;
    let mut random = Pcg64::from_seed(SEED);
    let vectors = (0..PUZZLES).map(|_| Vectors {
        linear: puzzle(&mut random),
        lower: [vec![0.0; VARIABLES], vec![1.0; equal]].concat(),
        upper: [vec![f64::INFINITY; VARIABLES], vec![1.0; equal]].concat(),
    });
    Family {
        name,
        variables: VARIABLES,
        constraints: VARIABLES + equal,
        bounds: VARIABLES,
        seed: Some(SEED),
        sequence: false,
        vectors: vectors.collect(),
        matrices: vec![Matrices { hessian, rows }],
    }
}

/// Each cell has one digit; each row, column and block has each digit once: the independent ones of these 64.
fn equalities() -> Vec<f64> {
    let mut rules: Vec<[usize; 4]> = Vec::new();
    for i in 0..4 {
        for j in 0..4 {
            rules.push([0, 1, 2, 3].map(|digit| 4 * (4 * i + j) + digit));
            rules.push([0, 1, 2, 3].map(|column| 4 * (4 * i + column) + j));
            rules.push([0, 1, 2, 3].map(|row| 4 * (4 * row + i) + j));
            rules.push([0, 1, 2, 3].map(|cell| 4 * (4 * (i / 2 * 2 + cell / 2) + i % 2 * 2 + cell % 2) + j));
        }
    }
    let (mut rows, mut basis): (Vec<f64>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
    for rule in rules {
        let mut row = vec![0.0; VARIABLES];
        rule.iter().for_each(|&index| row[index] = 1.0);
        let mut rest = row.clone();
        for direction in &basis {
            let along: f64 = direction.iter().zip(&rest).map(|(a, b)| a * b).sum();
            rest.iter_mut().zip(direction).for_each(|(rest, direction)| *rest -= along * direction);
        }
        let length = rest.iter().map(|rest| rest * rest).sum::<f64>().sqrt();
        if length > 1e-6 {
            rest.iter_mut().for_each(|rest| *rest /= length);
            basis.push(rest);
            rows.extend(row);
        }
    }
    rows
}

/// Minus the indicators of the givens of a random solution.
fn puzzle(random: &mut Pcg64) -> Vec<f64> {
    let mut digits = [0, 1, 2, 3];
    for i in (1..4).rev() {
        digits.swap(i, below(random, i + 1));
    }
    let swaps = [0; 6].map(|_| below(random, 2));
    // Bands are swapped, then lines within each band; all of these keep a solution a solution.
    let line = |index: usize, [bands, first, second]: [usize; 3]| {
        let band = (index / 2 + bands) % 2;
        2 * band + (index % 2 + if band == 0 { first } else { second }) % 2
    };
    let mut linear = vec![0.0; VARIABLES];
    for cell in 0..CELLS {
        let row = line(cell / 4, [swaps[0], swaps[1], swaps[2]]);
        let column = line(cell % 4, [swaps[3], swaps[4], swaps[5]]);
        if random.uniform(0.0, 1.0) < 0.4 {
            linear[4 * cell + digits[GRID[4 * row + column]]] = -1.0;
        }
    }
    linear
}

/// 0 to `end` - 1.
fn below(random: &mut Pcg64, end: usize) -> usize {
    (random.next_u64() % end as u64) as usize
}
