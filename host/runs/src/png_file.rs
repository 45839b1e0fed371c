//! Pixels in a PNG file.

use crate::store::{StoreError, write_atomically};
use std::path::{Path, PathBuf};

/// Errors when a PNG file is written.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// The pixels cannot be put into the format.
    #[error("{} cannot be encoded: {source}; give a picture with at least one pixel", path.display())]
    Encode {
        /// Path of the file.
        path: PathBuf,
        /// Error of the PNG encoder.
        source: png::EncodingError,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes `[height, width]` pixels of a colour type, 8 bits a channel.
///
/// # Errors
/// [`PngError`].
pub fn write(path: &Path, [width, height]: [usize; 2], colour: png::ColorType, pixels: &[u8]) -> Result<(), PngError> {
    let failed = |source| PngError::Encode { path: path.to_path_buf(), source };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(write_atomically(path, &bytes)?)
}
