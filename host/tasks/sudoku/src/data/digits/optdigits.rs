//! The 1797 digits of 8 x 8 pixels of E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits" (UCI 1998,
//! CC BY 4.0; the part that scikit-learn's `load_digits` has), which the crate `smartcore` carries.

use super::{Digits, Split};

/// Pixels of a side.
pub const SIDE: usize = 8;

/// The largest value of a pixel in the source.
const INK: f32 = 16.0;

/// Of five images of a label, in the source's order, three are for training and two for the test: 60 and 40 in a
/// hundred of each label. Writers are in both parts.
pub fn load() -> Split {
    let source = smartcore::dataset::digits::load_dataset();
    let empty = Digits { side: SIDE, ..Digits::default() };
    let mut split = Split { train: empty.clone(), test: empty };
    let mut seen = [0_usize; 10];
    for (image, label) in source.data.chunks_exact(SIDE * SIDE).zip(&source.target) {
        let label = *label as u8;
        let Some(seen) = seen.get_mut(usize::from(label)) else { continue };
        let part = if *seen % 5 < 3 { &mut split.train } else { &mut split.test };
        part.pixels.extend(image.iter().map(|grey| (grey * 255.0 / INK).round() as u8));
        part.labels.push(label);
        *seen += 1;
    }
    split
}

#[cfg(test)]
mod tests {
    use super::{SIDE, load};
    use std::collections::HashSet;

    #[test]
    fn the_parts_are_disjoint_complete_and_stratified() {
        let split = load();
        assert_eq!(split.train.len() + split.test.len(), 1797);
        assert_eq!(split.train.pixels.len(), split.train.len() * SIDE * SIDE);
        let images =
            |digits: &super::Digits| (0..digits.len()).map(|i| digits.image(i).to_vec()).collect::<HashSet<_>>();
        assert!(images(&split.train).is_disjoint(&images(&split.test)));
        for (train, test) in split.train.by_label().iter().zip(split.test.by_label()) {
            let share = train.len() as f64 / (train.len() + test.len()) as f64;
            assert!((0.595..0.612).contains(&share), "{share}");
        }
        assert_eq!(split.train.pixels.iter().max(), Some(&255));
    }
}
