//! A trained reader in a file: what it was trained on, its architecture, and its weights bit by bit.

use crate::model::convolution::ConvolutionError;
use crate::model::reader::{Architecture, Reader};
use crate::train::settings::Source;
use burn::tensor::Device;
use convex_edge_core::random::Pcg64;
use convex_edge_learn::checkpoint::{self, CheckpointError, restore};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The first bytes of such a file.
const KIND: [u8; 8] = *b"EDGEREAD";

/// Data and settings that a reader was trained with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The problem's name in the settings.
    pub problem: String,
    /// The method's.
    pub method: String,
    /// Images of the digits.
    pub source: Source,
    /// Givens of each board.
    pub givens: u32,
    /// Training boards.
    pub boards: u32,
    /// Processor seconds of the training.
    pub seconds: f64,
    /// Seed of the boards and the weights.
    pub seed: u64,
    /// Share of the test boards' visible digits that it reads right, 0 to 1.
    pub read: f64,
}

/// A reader with its origin.
#[derive(Debug)]
pub struct ReaderCheckpoint {
    /// Data and settings of its training.
    pub origin: Origin,
    /// Architecture of the network.
    pub architecture: Architecture,
    /// The network, outside of burn's graph.
    pub reader: Reader,
}

/// Errors of a reader's checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// The file.
    #[error(transparent)]
    Keep(#[from] CheckpointError),
    /// There is no such network.
    #[error(transparent)]
    Network(#[from] ConvolutionError),
}

/// Keeps a reader, in or outside of burn's graph: 100 kB.
///
/// # Errors
/// [`ReaderError::Keep`].
pub fn save(path: &Path, origin: Origin, architecture: &Architecture, reader: &Reader) -> Result<(), ReaderError> {
    Ok(checkpoint::save(path, KIND, &(origin, architecture), reader)?)
}

/// The saved reader, with the same bits.
///
/// # Errors
/// [`ReaderError`].
pub fn load(path: &Path) -> Result<ReaderCheckpoint, ReaderError> {
    let ((origin, architecture), weights): ((Origin, Architecture), Vec<f32>) = checkpoint::load(path, KIND)?;
    let reader = Reader::new(&architecture, &mut Pcg64::from_seed(0), &Device::flex())?;
    Ok(ReaderCheckpoint { origin, architecture, reader: restore(reader, weights, path)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::augmentation::Augmentation;
    use crate::data::digits::optdigits;
    use crate::train::trainer::Trainer;

    fn origin() -> Origin {
        let (problem, method) = ("4x4".to_owned(), "reader".to_owned());
        let source = Source::Optdigits;
        Origin { problem, method, source, givens: 6, boards: 50, seconds: 0.1, seed: 7, read: 0.99 }
    }

    /// Two steps are enough to leave the drawn weights.
    fn trained() -> Trainer {
        let mut trainer = Trainer::new(&Architecture::small(), &mut Pcg64::from_seed(7)).unwrap();
        for step in 0..2 {
            let logits = trainer.logits(vec![0.1 * step as f32; 3 * 64], 3).unwrap();
            trainer.step(&logits.powf_scalar(2.0).sum(), 0.01);
        }
        trainer
    }

    #[test]
    fn a_kept_reader_says_the_same_to_the_last_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("4x4.reader");
        let trained = trained();
        save(&path, origin(), &Architecture::small(), &trained.reader).unwrap();
        let kept = load(&path).unwrap();
        assert_eq!((kept.origin, &kept.architecture), (origin(), &Architecture::small()));
        let digits = optdigits::load().test;
        let indices: Vec<u32> = (0..digits.len() as u32).collect();
        let random = &mut Pcg64::from_seed(0);
        let expected = trained.log_probabilities(&digits, &indices, &Augmentation::NONE, random).unwrap();
        let found = kept.reader.log_probabilities(&digits, &indices, &Augmentation::NONE, random).unwrap();
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&expected), bits(&found));
        assert!(expected.iter().any(|value| *value != expected[0]));
    }

    #[test]
    fn another_network_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("4x4.reader");
        let larger = Architecture { hidden: 15, ..Architecture::small() };
        save(&path, origin(), &larger, &trained().reader).unwrap();
        assert!(load(&path).err().unwrap().to_string().contains("another number of weights"));
        std::fs::write(&path, b"PNG").unwrap();
        assert!(matches!(load(&path).err(), Some(ReaderError::Keep(CheckpointError::Foreign { .. }))));
    }
}
