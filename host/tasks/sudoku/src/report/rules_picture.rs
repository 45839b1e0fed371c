//! Picture of rules: projectors onto the directions that they leave free, side by side.

use crate::data::grid::Grid;
use crate::data::image::Picture;
use crate::data::puzzle::{Recipe, lists};
use crate::evaluate::run::RunError;
use crate::model::rules::{learn, learn_exchangeable};
use burn::tensor::{Device, Tensor};
use convex_edge_burn::splitting::{AffineSet, Sudoku};
use std::path::Path;

/// Pixels between two matrices.
const GAP: usize = 4;

/// Solved boards of 4x4 that its rules are learned from here.
const BOARDS: usize = 60;

/// Draws the rules of 4x4: as they are known, and as solved boards and solved boards with exchangeable digits give them.
///
/// # Errors
/// [`RunError`].
pub fn write(path: &Path) -> Result<(), RunError> {
    let recipe = Recipe { box_size: 2, givens: 6, train: BOARDS, test: 0, seed: 0 };
    let solutions: Vec<Grid> = lists(&recipe)?.train.into_iter().map(|puzzle| puzzle.solution).collect();
    let (known, learned) = (Sudoku::new(2)?, learn(&solutions, &Device::flex())?);
    let exchangeable = learn_exchangeable(&solutions)?;
    let matrices = [projector(&known), projector(&learned), projector(&exchangeable)];
    Ok(picture(&matrices).write(path)?)
}

/// The projector onto a set's directions, `[dimension, dimension]` by rows; nothing where the device gives no values back.
fn projector(rules: &dyn AffineSet) -> Vec<f32> {
    let unit = Tensor::<2>::eye(rules.dimension(), &Device::flex());
    rules.project_direction(unit).try_to_vec_as::<f32>().unwrap_or_default()
}

/// Square matrices side by side, one pixel an entry: paper is 0, ink the largest magnitude of any.
fn picture(matrices: &[Vec<f32>]) -> Picture {
    let sides: Vec<usize> = matrices.iter().map(|matrix| matrix.len().isqrt()).collect();
    let height = sides.iter().copied().max().unwrap_or(0);
    let width = sides.iter().sum::<usize>() + GAP * sides.len().saturating_sub(1);
    let largest = matrices.iter().flatten().fold(f32::MIN_POSITIVE, |largest, entry| largest.max(entry.abs()));
    let (mut ink, mut left) = (vec![0; width * height], 0);
    for (matrix, side) in matrices.iter().zip(sides) {
        for (row, entries) in matrix.chunks_exact(side.max(1)).enumerate() {
            for (column, entry) in entries.iter().enumerate() {
                ink[row * width + left + column] = (255.0 * (entry.abs() / largest).sqrt()) as u8;
            }
        }
        left += side + GAP;
    }
    Picture { width, height, ink }
}

#[cfg(test)]
mod tests {
    use super::{picture, projector};
    use crate::data::puzzle::{Recipe, lists};
    use crate::model::rules::learn;
    use burn::tensor::Device;
    use convex_edge_burn::splitting::Sudoku;

    #[test]
    fn learned_rules_look_like_the_known_ones() {
        let known = projector(&Sudoku::new(2).unwrap());
        let recipe = Recipe { box_size: 2, givens: 6, train: 60, test: 0, seed: 0 };
        let solutions: Vec<_> = lists(&recipe).unwrap().train.into_iter().map(|puzzle| puzzle.solution).collect();
        let learned = projector(&learn(&solutions, &Device::flex()).unwrap());
        assert_eq!(known.len(), 64 * 64);
        assert!(known.iter().zip(&learned).all(|(a, b)| (a - b).abs() < 1e-5));
        // As many directions as the trace says.
        assert!(((0..64).map(|i| known[65 * i]).sum::<f32>() - 24.0).abs() < 1e-4);
        let drawn = picture(&[known, learned]);
        assert_eq!((drawn.width, drawn.height), (132, 64));
        let part = |left: usize| (0..64).flat_map(|y| &drawn.ink[y * 132 + left..][..64]).collect::<Vec<_>>();
        assert_eq!(part(0).iter().filter(|ink| ***ink > 0).count(), part(68).iter().filter(|ink| ***ink > 8).count());
    }
}
