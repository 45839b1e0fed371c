//! Maps to train on and to be judged by.

use crate::data::game::Game;
use crate::data::map::Map;

/// Maps of one part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split {
    /// The maps, all different.
    pub maps: Vec<Map>,
    /// A label for each map, such as its maze; none where the game has none.
    pub labels: Vec<u8>,
}

/// All maps of a game. No map is in two parts; parts are of different episodes or files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// The game.
    pub game: Game,
    /// To train on.
    pub train: Split,
    /// To choose settings by.
    pub validation: Split,
    /// To judge by.
    pub test: Split,
}

impl Collection {
    /// Without the maps of a label in training and validation, and with them alone in the test.
    pub fn without(&self, label: u8) -> Self {
        Self {
            game: self.game.clone(),
            train: self.train.with_label(label, false),
            validation: self.validation.with_label(label, false),
            test: self.test.with_label(label, true),
        }
    }
}

impl Split {
    /// The maps with a label, or those without it.
    pub fn with_label(&self, label: u8, is_with: bool) -> Self {
        let chosen = self.maps.iter().zip(&self.labels).filter(|(_, of)| (**of == label) == is_with);
        let (maps, labels) = chosen.map(|(map, label)| (map.clone(), *label)).unzip();
        Self { maps, labels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_can_be_held_out() {
        let map = |tile: u8| Map { height: 1, width: 1, tiles: vec![tile] };
        let split = Split { maps: vec![map(0), map(1), map(2)], labels: vec![1, 3, 1] };
        assert_eq!(split.with_label(1, true), Split { maps: vec![map(0), map(2)], labels: vec![1, 1] });
        assert_eq!(split.with_label(1, false), Split { maps: vec![map(1)], labels: vec![3] });
    }
}
