//! Duration of a training step of the reader of sudoku's cells: 324 images, forward, backward and Adam. Run it by
//! `cargo bench -p convex-edge-sudoku --bench reader`; with `RAYON_NUM_THREADS=1` in one thread. It prints the best of
//! some steps.

use burn::tensor::activation::log_softmax;
use convex_edge_core::random::Pcg64;
use convex_edge_sudoku::model::reader::Architecture;
use convex_edge_sudoku::train::trainer::Trainer;
use std::error::Error;
use std::time::Instant;

const IMAGES: usize = 324;
const STEPS: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    for architecture in [Architecture::small(), Architecture::halved(), Architecture::full()] {
        let mut random = Pcg64::from_seed(0);
        let mut trainer = Trainer::new(&architecture, &mut random)?;
        let pixels = IMAGES * architecture.side * architecture.side;
        let images: Vec<f32> = (0..pixels).map(|_| random.uniform(0.0, 1.0) as f32).collect();
        let mut best = f64::INFINITY;
        for _ in 0..STEPS {
            let start = Instant::now();
            let logits = trainer.logits(images.clone(), IMAGES)?;
            let first = log_softmax(logits, 1).slice([0..IMAGES, 0..1]);
            trainer.step(&first.mean().neg(), 1e-3);
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("{0} x {0}: {1:.2} ms a step of {IMAGES} images", architecture.side, 1e3 * best);
    }
    Ok(())
}
