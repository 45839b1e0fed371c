//! The denoiser: a small U-Net (Ronneberger, Fischer and Brox 2015; Ho, Jain and Abbeel 2020) of two resolutions.

pub mod convolution;
pub mod kernel;
pub mod network;
pub mod normalization;

#[cfg(test)]
mod tests;
