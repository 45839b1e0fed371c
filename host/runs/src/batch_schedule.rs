//! Schedules of a training: samples of each step, share of the budget used, and the one-cycle learning rate.

use crate::processor_time;
use convex_edge_core::random::Pcg64;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// End of a training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Budget {
    /// After so many gradient steps: the seed fixes the result.
    Steps(u64),
    /// When the process has used so many more seconds of its processors' time, all threads together: fair between
    /// methods, but not the same twice.
    CpuSeconds(f64),
}

/// A training on its way through its samples, which are shuffled anew after each pass.
#[derive(Debug, Clone)]
pub struct BatchSchedule {
    order: Vec<u32>,
    /// Index at which the next batch begins.
    next: usize,
    batch: usize,
    budget: Budget,
    started: Duration,
    steps: u64,
}

impl BatchSchedule {
    /// Begins now; batches of so many samples, all of them where there are fewer.
    pub fn new(samples: usize, batch: usize, budget: Budget) -> Self {
        let batch = batch.clamp(1, samples.max(1));
        let started = processor_time::of_process();
        Self { order: (0..samples as u32).collect(), next: samples, batch, budget, started, steps: 0 }
    }

    /// The share of the training that is over, 0 to 1, and the samples of the next step; nothing at the end, and where
    /// there are no samples.
    pub fn step(&mut self, random: &mut Pcg64) -> Option<(f64, &[u32])> {
        let share = match self.budget {
            Budget::Steps(steps) => self.steps as f64 / steps as f64,
            Budget::CpuSeconds(seconds) => (processor_time::of_process() - self.started).as_secs_f64() / seconds,
        };
        self.steps += 1;
        if self.next + self.batch > self.order.len() {
            shuffle(&mut self.order, random);
            self.next = 0;
        }
        let drawn = self.order.get(self.next..self.next + self.batch)?;
        self.next += self.batch;
        // Neither where it is not a number: a budget of nothing is used up.
        (share < 1.0).then_some((share, drawn))
    }
}

/// R. A. Fisher and F. Yates's, in R. Durstenfeld's form.
fn shuffle(order: &mut [u32], random: &mut Pcg64) {
    for last in (1..order.len()).rev() {
        order.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
    }
}

/// The share of a training in which [`one_cycle`] goes up.
pub const RISE: f64 = 0.3;

/// The learning rate after a share of the training, 0 to 1: a half wave up from a twenty-fifth in three tenths of it,
/// and one down to nearly nothing (Smith and Topin 2017; PyTorch's `OneCycleLR`).
pub fn one_cycle(peak: f64, share: f64) -> f64 {
    let wave = |from: f64, to: f64, share: f64| {
        to + (from - to) * 0.5 * (1.0 + (std::f64::consts::PI * share.clamp(0.0, 1.0)).cos())
    };
    match share < RISE {
        true => wave(peak / 25.0, peak, share / RISE),
        false => wave(peak, peak / 250_000.0, (share - RISE) / (1.0 - RISE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pass_takes_each_sample_once_and_the_budget_ends_it() {
        let (mut schedule, mut random) = (BatchSchedule::new(6, 2, Budget::Steps(6)), Pcg64::from_seed(1));
        let (mut taken, mut shares) = (Vec::new(), Vec::new());
        while let Some((share, drawn)) = schedule.step(&mut random) {
            shares.push(share);
            taken.extend_from_slice(drawn);
        }
        assert_eq!(shares, [0.0, 1.0 / 6.0, 2.0 / 6.0, 3.0 / 6.0, 4.0 / 6.0, 5.0 / 6.0]);
        for pass in taken.chunks_mut(6) {
            pass.sort_unstable();
            assert_eq!(pass, [0, 1, 2, 3, 4, 5]);
        }
        for (samples, budget) in [(0, Budget::Steps(3)), (3, Budget::Steps(0)), (3, Budget::CpuSeconds(0.0))] {
            assert_eq!(BatchSchedule::new(samples, 4, budget).step(&mut random), None);
        }
    }

    #[test]
    fn the_learning_rate_goes_up_and_down() {
        assert!((one_cycle(1.0, 0.0) - 0.04).abs() < 1e-12);
        assert!((one_cycle(1.0, 0.3) - 1.0).abs() < 1e-12);
        assert!((one_cycle(1.0, 1.0) - 4e-6).abs() < 1e-12);
    }
}
