//! A trained reader in a file: what it was trained on, its architecture, and its weights bit by bit.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `EDGEREAD` |
//! | 4 | version of the form, little-endian |
//! | 4 | CRC-32 of what follows, little-endian |
//! | rest | [`Origin`], [`Architecture`] and the weights, in postcard's wire format |

use super::compare::settings::Source;
use super::convolution::ConvolutionError;
use super::reader::{Architecture, Reader};
use crate::store::{StoreError, write_atomically};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge_core::artefact::crc32;
use convex_edge_core::plant::random::Pcg64;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The first bytes of such a file.
const MAGIC: [u8; 8] = *b"EDGEREAD";

/// Of the form above.
const VERSION: u32 = 1;

/// What a reader was trained on.
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
pub struct KeptReader {
    /// What it was trained on.
    pub origin: Origin,
    /// Which network it is.
    pub architecture: Architecture,
    /// The network, outside of burn's graph.
    pub reader: Reader,
}

/// What the checksum is of.
#[derive(Serialize, Deserialize)]
struct Body {
    origin: Origin,
    architecture: Architecture,
    /// In the order of burn's modules.
    weights: Vec<f32>,
}

/// Why a reader was not kept or is not there.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// It cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such file.
    #[error("there is no reader {}; name another one, or leave --reader out to have one trained", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("cannot read {}: {source}; check its permissions", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is another kind of file.
    #[error("{} is no reader of sudoku cells; name one that `cargo edge train sudoku` kept", path.display())]
    Foreign {
        /// Which.
        path: PathBuf,
    },
    /// It is of another version of this program.
    #[error("{} is a reader in form {found}, this program reads form {VERSION}; delete it and train again", path.display())]
    Version {
        /// Which.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// Its bytes are not those that were written.
    #[error("{} is damaged ({what}); delete it and train again", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is not as it should be.
        what: &'static str,
    },
    /// There is no such network, or it gives no weights.
    #[error(transparent)]
    Network(#[from] ConvolutionError),
}

/// Keeps a reader, in or outside of burn's graph: 100 kB.
///
/// # Errors
/// [`KeepError::Network`], [`KeepError::Store`].
pub fn save(path: &Path, origin: Origin, architecture: &Architecture, reader: &Reader) -> Result<(), KeepError> {
    let mut collected = Collected { weights: Vec::new(), failed: None };
    reader.visit(&mut collected);
    if let Some(error) = collected.failed {
        return Err(error.into());
    }
    let body = Body { origin, architecture: architecture.clone(), weights: collected.weights };
    let unwritten = |_| KeepError::Damaged { path: path.to_path_buf(), what: "it has no bytes" };
    let body = postcard::to_allocvec(&body).map_err(unwritten)?;
    let head = [&MAGIC[..], &VERSION.to_le_bytes(), &crc32(&body).to_le_bytes()].concat();
    Ok(write_atomically(path, &[head, body].concat())?)
}

/// The reader that was kept, with the same bits.
///
/// # Errors
/// All but [`KeepError::Store`].
pub fn load(path: &Path) -> Result<KeptReader, KeepError> {
    let bytes = std::fs::read(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => KeepError::Missing { path: path.to_path_buf() },
        _ => KeepError::Read { path: path.to_path_buf(), source },
    })?;
    let foreign = || KeepError::Foreign { path: path.to_path_buf() };
    let damaged = |what| KeepError::Damaged { path: path.to_path_buf(), what };
    let rest = bytes.strip_prefix(&MAGIC).ok_or_else(foreign)?;
    let (version, rest) = rest.split_first_chunk().ok_or_else(|| damaged("it is cut short"))?;
    let found = u32::from_le_bytes(*version);
    if found != VERSION {
        return Err(KeepError::Version { path: path.to_path_buf(), found });
    }
    let (checksum, body) = rest.split_first_chunk().ok_or_else(|| damaged("it is cut short"))?;
    if u32::from_le_bytes(*checksum) != crc32(body) {
        return Err(damaged("its checksum is another"));
    }
    let Body { origin, architecture, weights } =
        postcard::from_bytes(body).map_err(|_| damaged("its parts do not fit"))?;
    if architecture.parameters() != weights.len() {
        return Err(damaged("it has another number of weights than its architecture"));
    }
    let reader = Reader::new(&architecture, &mut Pcg64::from_seed(0), &Device::flex())?;
    let reader = reader.map(&mut Given { weights: weights.into_iter() });
    Ok(KeptReader { origin, architecture, reader })
}

/// All weights, one parameter after the other.
struct Collected {
    weights: Vec<f32>,
    failed: Option<ConvolutionError>,
}

impl ModuleVisitor for Collected {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        match parameter.val().try_to_vec_as::<f32>() {
            Ok(values) => self.weights.extend(values),
            Err(error) => self.failed = Some(ConvolutionError::Device(error.to_string())),
        }
    }
}

/// Weights for the parameters, of which each takes as many as it has.
struct Given {
    weights: std::vec::IntoIter<f32>,
}

impl ModuleMapper for Given {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        parameter.map(|tensor| {
            let values: Vec<f32> = self.weights.by_ref().take(tensor.shape().num_elements()).collect();
            Tensor::from_data(TensorData::new(values, tensor.shape()), &tensor.device())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::sudoku::augmentation::Augmentation;
    use crate::tasks::sudoku::digits::optdigits;
    use crate::tasks::sudoku::training::Trainer;

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
    fn what_is_wrong_with_a_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("4x4.reader");
        assert!(matches!(load(&path), Err(KeepError::Missing { .. })));
        save(&path, origin(), &Architecture::small(), &trained().reader).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let loaded = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            load(&path).err()
        };
        assert!(loaded(&bytes).is_none());
        assert!(matches!(loaded(b"PNG"), Some(KeepError::Foreign { .. })));
        let mut other = bytes.clone();
        other[8] = 9;
        assert!(matches!(loaded(&other), Some(KeepError::Version { found: 9, .. })));
        for at in [14, 40, bytes.len() - 1] {
            let mut other = bytes.clone();
            other[at] ^= 4;
            assert!(matches!(loaded(&other), Some(KeepError::Damaged { what: "its checksum is another", .. })));
        }
        for length in [9, 13] {
            assert!(matches!(loaded(&bytes[..length]), Some(KeepError::Damaged { what: "it is cut short", .. })));
        }
        let larger = Architecture { hidden: 15, ..Architecture::small() };
        save(&path, origin(), &larger, &trained().reader).unwrap();
        assert!(load(&path).err().unwrap().to_string().contains("another number of weights"));
    }
}
