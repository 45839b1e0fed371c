//! Counts over many seeds in batches, on all cores.

use convex_edge_runs::interrupt;
use rayon::prelude::*;

/// Seeds to count.
#[derive(Debug, Clone, Copy)]
pub struct Seeds {
    /// The first one.
    pub first: u64,
    /// Number of seeds.
    pub count: u64,
    /// How many between two looks at Ctrl-C and two calls of `progress`.
    pub batch: u64,
}

/// Counts each seed by `add` and joins the batches' counts by `merge`, in the order of the seeds, so that every run gives
/// the same. `progress` gets the number of seeds that were added. `None` where the user asked to stop.
pub fn count_in_batches<T: Default + Send>(
    seeds: Seeds,
    add: impl Fn(&mut T, u64) + Sync,
    merge: impl Fn(T, T) -> T + Sync,
    progress: impl Fn(u64) + Sync,
) -> Option<T> {
    let one = |index: u64| {
        if interrupt::requested() {
            return None;
        }
        let (start, mut counted) = (index * seeds.batch, T::default());
        let length = seeds.batch.min(seeds.count - start);
        (start..start + length).for_each(|offset| add(&mut counted, seeds.first.wrapping_add(offset)));
        progress(length);
        Some(counted)
    };
    let batches = (0..seeds.count.div_ceil(seeds.batch)).into_par_iter();
    batches.map(one).try_reduce(T::default, |a, b| Some(merge(a, b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn every_seed_is_counted_once_and_in_order() {
        let joined = |a: Vec<u64>, b: Vec<u64>| [a, b].concat();
        for count in [0, 1, 7, 8, 20] {
            let added = AtomicU64::new(0);
            let seeds = Seeds { first: u64::MAX - 3, count, batch: 7 };
            let progress = |length| {
                added.fetch_add(length, Ordering::SeqCst);
            };
            let counted = count_in_batches(seeds, |seen: &mut Vec<u64>, seed| seen.push(seed), joined, progress);
            assert_eq!(counted, Some((0..count).map(|i| (u64::MAX - 3).wrapping_add(i)).collect()));
            assert_eq!(added.into_inner(), count);
        }
    }
}
