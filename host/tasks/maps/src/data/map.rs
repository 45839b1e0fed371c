//! A map: which tile lies in each cell of a grid.

/// A grid of tiles, along the rows from the top left.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Map {
    /// Number of rows.
    pub height: usize,
    /// Number of columns.
    pub width: usize,
    /// The class of each cell's tile, `[height, width]`.
    pub tiles: Vec<u8>,
}

impl Map {
    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.tiles.len()
    }

    /// How many tiles are of these classes: bit k for class k.
    pub fn count(&self, classes: u16) -> usize {
        self.tiles.iter().filter(|&&tile| contains(classes, tile)).count()
    }

    /// Number of cells in which two maps of one size differ: their Hamming distance.
    pub fn distance(&self, other: &Self) -> usize {
        self.tiles.iter().zip(&other.tiles).filter(|(a, b)| a != b).count()
    }

    /// Indicators `[height, width, classes]`, the class fastest: 1 for the cell's class, else 0.
    pub fn indicators(&self, classes: usize) -> Vec<f32> {
        let mut indicators = vec![0.0; self.tiles.len() * classes];
        for (cell, &tile) in indicators.chunks_exact_mut(classes.max(1)).zip(&self.tiles) {
            if let Some(indicator) = cell.get_mut(usize::from(tile)) {
                *indicator = 1.0;
            }
        }
        indicators
    }
}

/// Whether a set of classes, bit k for class k, has this one.
pub fn contains(classes: u16, class: u8) -> bool {
    class < 16 && classes & (1 << class) != 0
}

/// The classes of a set, ascending.
pub fn members(mut classes: u16) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let class = (classes != 0).then(|| classes.trailing_zeros() as u8);
        classes &= classes.wrapping_sub(1);
        class
    })
}

/// The classes that each cell has in some of the maps, `[cells]`: what [`Condition::LikeTheGame`] allows.
///
/// [`Condition::LikeTheGame`]: crate::data::condition::Condition::LikeTheGame
pub fn template(maps: &[Map]) -> Vec<u16> {
    let mut template = vec![0; maps.first().map_or(0, Map::cells)];
    for map in maps {
        template.iter_mut().zip(&map.tiles).for_each(|(classes, tile)| *classes |= 1 << tile);
    }
    template
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_and_counts_of_a_small_map() {
        let map = Map { height: 2, width: 2, tiles: vec![0, 2, 2, 1] };
        assert_eq!((map.cells(), map.count(0b100), map.count(0b011)), (4, 2, 2));
        assert_eq!(map.indicators(3), [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
        let other = Map { tiles: vec![0, 2, 1, 2], ..map.clone() };
        assert_eq!(map.distance(&other), 2);
        assert_eq!(template(&[map, other]), [0b001, 0b100, 0b110, 0b110]);
        assert_eq!(members(0b1010).collect::<Vec<u8>>(), [1, 3]);
        assert!(contains(0b100, 2) && !contains(0b100, 3) && !contains(u16::MAX, 16));
    }
}
