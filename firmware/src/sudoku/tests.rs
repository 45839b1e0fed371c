use super::*;
use crate::parts::tests::Example;
use convex_edge_core::artefact::MAXIMUM_BYTES;
use convex_edge_core::random::Pcg64;
use convex_edge_core::sudoku::artefact::write;
use convex_edge_core::sudoku::reader::PARAMETERS;
use convex_edge_core::wire::{CHUNK, SCORES};

fn images(seed: u64) -> Images {
    let random = &mut Pcg64::from_seed(seed);
    core::array::from_fn(|_| core::array::from_fn(|_| random.uniform(0.0, 255.9) as u8))
}

/// An artefact of random weights and three boards, and a memory that holds it.
fn page() -> (Vec<u8>, sudoku::Memory) {
    let random = &mut Pcg64::from_seed(1);
    let weights: Vec<f32> = (0..PARAMETERS).map(|_| random.uniform(-0.4, 0.4) as f32).collect();
    let (mut page, mut memory) = (vec![0; MAXIMUM_BYTES], sudoku::Memory::new());
    write(&weights, &[1, 2, 3].map(images), &mut memory, &mut page).unwrap();
    (page, memory)
}

impl Example for Memory {
    const PARTS: usize = 64;

    fn empty() -> Self {
        Self::new()
    }

    fn page() -> Vec<u8> {
        page().0
    }

    fn parts(seed: u64) -> (Vec<ToTarget>, u32) {
        let images = images(seed);
        let parts = images.as_flattened().as_chunks::<CHUNK>().0.iter();
        let parts = parts.zip(0..).map(|(&pixels, chunk)| ToTarget::Pixels { chunk, pixels });
        (parts.collect(), crc32(images.as_flattened()))
    }

    fn expected(seed: u64, sequence: u32) -> ToHost {
        let mut solver = page().1;
        solver.read(&images(seed));
        ToHost::Solved(Solved { sequence, solution: solver.solve(), cycles: None })
    }

    fn beyond() -> ToTarget {
        ToTarget::Pixels { chunk: 64, pixels: [1; CHUNK] }
    }

    fn foreign() -> ToTarget {
        ToTarget::Scores { part: 0, scores: [0.0; SCORES] }
    }
}
