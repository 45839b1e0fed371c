//! Replay memory: the latest transitions, drawn at random for learning.

use convex_edge_core::random::Pcg64;

/// A step as soft actor-critic learns from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// Before it.
    pub observation: [f32; 2],
    /// Action as sampled, before the controller changed it.
    pub action: f32,
    /// Reward of the applied action.
    pub reward: f64,
    /// After it.
    pub next: [f32; 2],
    /// Whether the car arrived; the time limit is no end.
    pub terminal: bool,
}

/// The latest transitions.
#[derive(Debug, Clone)]
pub struct Replay {
    transitions: Vec<Transition>,
    capacity: usize,
    /// The oldest, once full.
    oldest: usize,
}

impl Replay {
    /// Room for so many, at least 1.
    pub fn new(capacity: usize) -> Self {
        Self { transitions: Vec::with_capacity(capacity), capacity, oldest: 0 }
    }

    /// Keeps one more in place of the oldest.
    pub fn add(&mut self, transition: Transition) {
        let is_full = self.transitions.len() == self.capacity;
        match self.transitions.get_mut(self.oldest) {
            Some(oldest) if is_full => {
                *oldest = transition;
                self.oldest = (self.oldest + 1) % self.capacity;
            }
            _ => self.transitions.push(transition),
        }
    }

    /// So many, each drawn from all; none from an empty memory.
    pub fn sample(&self, count: usize, random: &mut Pcg64) -> Vec<Transition> {
        let all = self.transitions.len() as u64;
        let draw = |_| self.transitions.get((random.next_u64() % all) as usize).copied();
        if all == 0 { Vec::new() } else { (0..count).filter_map(draw).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept_and_all_of_them_drawn() {
        let mut replay = Replay::new(3);
        let mut random = Pcg64::from_seed(0);
        assert!(replay.sample(4, &mut random).is_empty());
        for step in 0..8 {
            let observation = [step as f32, 0.0];
            replay.add(Transition { observation, action: 0.0, reward: 0.0, next: observation, terminal: false });
        }
        let drawn = replay.sample(300, &mut random);
        assert_eq!(drawn.len(), 300);
        for kept in [5.0, 6.0, 7.0] {
            let count = drawn.iter().filter(|transition| transition.observation[0] == kept).count();
            assert!((60..140).contains(&count), "{kept}: {count}");
        }
    }
}
