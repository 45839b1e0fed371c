//! Augmentation of a digit's image on its way into the network: shifts, turns, other sizes, noise.

use crate::data::digits::Digits;
use convex_edge_core::random::Pcg64;
use convex_edge_runs::cma_es::standard_normal;

/// How far images are changed; each image by another draw.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Largest shift along each axis as a share of the side.
    pub shift: f64,
    /// Largest turn either way, in degrees.
    pub rotation: f64,
    /// Largest change of the size as a share of it.
    pub scale: f64,
    /// Standard deviation of normal noise on each pixel, where ink is 1.
    pub noise: f64,
}

impl Augmentation {
    /// Nothing is changed.
    pub const NONE: Self = Self { shift: 0.0, rotation: 0.0, scale: 0.0, noise: 0.0 };

    /// What readers of 9 x 9 boards are trained with.
    pub const TRAINING: Self = Self { shift: 0.05, rotation: 8.0, scale: 0.08, noise: 0.0 };

    /// Turned further than in training: a reader that had 98.8 % of the digits keeps 97.0 %.
    pub const TURNED: Self = Self { rotation: 25.0, ..Self::NONE };

    /// Grain, of which there was none in training: the same reader keeps 92.4 %.
    pub const NOISY: Self = Self { noise: 0.15, ..Self::NONE };

    fn moves(&self) -> bool {
        self.shift > 0.0 || self.rotation > 0.0 || self.scale > 0.0
    }
}

/// Images of digits `[indices, side, side]`, each changed by its own draw, between two pixels by bilinear
/// interpolation; 0 for paper and 1 for ink, which noise may leave. Indices are below the number of digits.
/// Cost: about three microseconds an image of 14 x 14 pixels, six of 28 x 28.
pub fn images(digits: &Digits, indices: &[u32], how: &Augmentation, random: &mut Pcg64) -> Vec<f32> {
    let size = digits.side * digits.side;
    let mut images = vec![0.0; indices.len() * size];
    let mut padded = vec![0.0; (digits.side + 2) * (digits.side + 2)];
    for (&index, image) in indices.iter().zip(images.chunks_exact_mut(size)) {
        let source = digits.image(index as usize);
        if how.moves() {
            let framed = padded.chunks_exact_mut(digits.side + 2).skip(1);
            for (framed, source) in framed.zip(source.chunks_exact(digits.side)) {
                framed[1..].iter_mut().zip(source).for_each(|(to, from)| *to = f32::from(*from) * (1.0 / 255.0));
            }
            place(&padded, digits.side, how, random, image);
        } else {
            image.iter_mut().zip(source).for_each(|(to, from)| *to = f32::from(*from) * (1.0 / 255.0));
        }
        if how.noise > 0.0 {
            image.iter_mut().for_each(|pixel| *pixel += (how.noise * standard_normal(random)) as f32);
        }
    }
    images
}

/// Draws one movement and looks up where each pixel comes from.
fn place(padded: &[f32], side: usize, how: &Augmentation, random: &mut Pcg64, image: &mut [f32]) {
    let angle = random.uniform(-how.rotation, how.rotation).to_radians();
    let scale = 1.0 + random.uniform(-how.scale, how.scale);
    let reach = how.shift * side as f64;
    let shift = [random.uniform(-reach, reach), random.uniform(-reach, reach)];
    let (sine, cosine) = ((angle.sin() / scale) as f32, (angle.cos() / scale) as f32);
    let middle = (side as f32 - 1.0) / 2.0;
    let (row, limit) = (side + 2, side as f32 + 0.999);
    for (y, line) in image.chunks_exact_mut(side).enumerate() {
        let dy = y as f32 - middle - shift[0] as f32;
        for (x, pixel) in line.iter_mut().enumerate() {
            let dx = x as f32 - middle - shift[1] as f32;
            // In the padded image; beyond its frame there is only paper.
            let from_x = (cosine * dx + sine * dy + middle + 1.0).clamp(0.0, limit);
            let from_y = (cosine * dy - sine * dx + middle + 1.0).clamp(0.0, limit);
            let (left, top) = (from_x as usize, from_y as usize);
            let (right_share, lower_share) = (from_x - left as f32, from_y - top as f32);
            let at = top * row + left;
            let upper = padded[at] + right_share * (padded[at + 1] - padded[at]);
            let lower = padded[at + row] + right_share * (padded[at + row + 1] - padded[at + row]);
            *pixel = upper + lower_share * (lower - upper);
        }
    }
}
