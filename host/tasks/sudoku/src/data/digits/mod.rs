//! Handwritten digits with their labels, apart for training and for the test.
//!
//! | module | content |
//! |---|---|
//! | [`optdigits`] | digits of 8 x 8 pixels that come with the program |
//! | [`idx`] | content of an IDX file |
//! | [`mnist`] | digits of 28 x 28 pixels, downloaded once or read from a folder |

pub mod idx;
pub mod mnist;
pub mod optdigits;

/// Square grey images of single digits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digits {
    /// Lines, and pixels in a line.
    pub side: usize,
    /// `[images, side, side]`: 0 is the paper, 255 is ink.
    pub pixels: Vec<u8>,
    /// One for each image, 0 to 9.
    pub labels: Vec<u8>,
}

/// Images to train with, and others to be judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// To train with.
    pub train: Digits,
    /// None of them is among the others.
    pub test: Digits,
}

impl Split {
    /// What validation has in place of the test: the last sixth of the training images.
    pub fn for_validation(&self) -> Self {
        let Digits { side, pixels, labels } = &self.train;
        let (kept, size) = (labels.len() - labels.len() / 6, side * side);
        let part =
            |pixels: &[u8], labels: &[u8]| Digits { side: *side, pixels: pixels.to_vec(), labels: labels.to_vec() };
        Self {
            train: part(&pixels[..kept * size], &labels[..kept]),
            test: part(&pixels[kept * size..], &labels[kept..]),
        }
    }
}

impl Digits {
    /// Number of digits.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of one, line by line; `index` is below [`Digits::len`].
    pub fn image(&self, index: usize) -> &[u8] {
        let size = self.side * self.side;
        &self.pixels[index * size..(index + 1) * size]
    }

    /// Where the images of each label are, 0 to 9.
    pub fn by_label(&self) -> [Vec<u32>; 10] {
        let mut indices: [Vec<u32>; 10] = Default::default();
        for (index, &label) in self.labels.iter().enumerate() {
            if let Some(indices) = indices.get_mut(usize::from(label)) {
                indices.push(index as u32);
            }
        }
        indices
    }

    /// Half as many lines and columns: the means of 2 x 2 pixels. A last odd line or column is lost.
    pub fn halved(&self) -> Self {
        let (side, half) = (self.side, self.side / 2);
        let mut pixels = Vec::with_capacity(self.len() * half * half);
        for image in self.pixels.chunks_exact(side * side) {
            for (y, x) in (0..half).flat_map(|y| (0..half).map(move |x| (2 * y, 2 * x))) {
                let sum = [(y, x), (y, x + 1), (y + 1, x), (y + 1, x + 1)].map(|(y, x)| u16::from(image[y * side + x]));
                pixels.push(((sum.iter().sum::<u16>() + 2) / 4) as u8);
            }
        }
        Self { side: half, pixels, labels: self.labels.clone() }
    }
}
