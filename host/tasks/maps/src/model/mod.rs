//! Model: a diffusion network whose last step projects onto conditions, and the decoder.
//!
//! | module | content |
//! |---|---|
//! | `channels` | inputs of the network |
//! | `decode` | the map with the largest sum of scores that satisfies the conditions |
//! | `denoiser_checkpoint` | files of trained denoisers |
//! | `diffusion` | noise on maps, and the way back |
//! | `last_step` | the convex layer as the network's last step |
//! | `polytope` | conditions as a polytope of class probabilities |
//! | `projection` | the nearest point of a polytope, and its gradient |
//! | `reduction` | cells and counts that are left to decide |
//! | `sampling` | maps from noise |
//! | `unet` | the denoising network |

pub mod channels;
pub mod decode;
pub mod denoiser_checkpoint;
pub mod diffusion;
pub mod last_step;
pub mod polytope;
pub mod projection;
pub mod reduction;
pub mod sampling;
pub mod unet;

#[cfg(test)]
mod tests;
