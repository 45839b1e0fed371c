use super::*;
use crate::parts::tests::Example;
use convex_edge_core::artefact::MAXIMUM_BYTES;
use convex_edge_core::maps::answer::Status;
use convex_edge_core::maps::artefact::write;
use convex_edge_core::maps::program::{Conditions, OUTSIDE, Program, Region};
use convex_edge_core::maps::{CELLS, Scores};
use convex_edge_core::random::Pcg64;
use convex_edge_core::wire::{CHUNK, SCORES};

fn random_scores(seed: u64) -> Scores {
    let random = &mut Pcg64::from_seed(seed);
    core::array::from_fn(|_| core::array::from_fn(|_| random.uniform(-1.0, 1.0) as f32))
}

/// Seven bricks in the first row, 20 to 40 in all; an artefact of that and the scores of three maps, and a memory with it.
fn page() -> (Vec<u8>, Memory) {
    let mut smallest = [1; CELLS];
    smallest[..18].fill(0);
    let regions = [(1, 7, 7), (OUTSIDE, 20, 40)].map(|(parent, least, most)| Region { parent, least, most });
    let regions = regions.into_iter().collect();
    let program = Program::new(Conditions { counted: 0b110, allowed: [0b111; CELLS], smallest, regions }).unwrap();
    let (mut page, mut memory) = (vec![0; MAXIMUM_BYTES], Memory::new());
    write(&program, "some bricks", &[1, 2, 3].map(random_scores), &mut memory, &mut page).unwrap();
    (page, memory)
}

impl Example for Memory {
    const PARTS: usize = 126;

    fn empty() -> Self {
        Self::new()
    }

    fn page() -> Vec<u8> {
        page().0
    }

    fn parts(seed: u64) -> (Vec<ToTarget>, u32) {
        let scores = random_scores(seed);
        let parts = scores.as_flattened().as_chunks::<SCORES>().0.iter();
        let parts = parts.zip(0..).map(|(&scores, part)| ToTarget::Scores { part, scores });
        (parts.collect(), checksum(&scores))
    }

    fn expected(seed: u64, sequence: u32) -> ToHost {
        let mut memory = page().1;
        memory.scores = random_scores(seed);
        ToHost::Decoded(Decoded { sequence, answer: memory.solve(), cycles: None })
    }

    fn beyond() -> ToTarget {
        ToTarget::Scores { part: 126, scores: [1.0; SCORES] }
    }

    fn foreign() -> ToTarget {
        ToTarget::Pixels { chunk: 0, pixels: [0; CHUNK] }
    }
}

#[test]
fn a_map_satisfies_its_conditions() {
    let mut memory = page().1;
    for seed in 10..14 {
        memory.scores = random_scores(seed);
        let answer = memory.solve();
        assert_eq!(answer.status, Status::Solved);
        assert_eq!(answer.map.tiles()[..18].iter().filter(|&&tile| tile > 0).count(), 7);
    }
}
