//! Costs of each half of a target's work: median and maximum over the answers.

use crate::connect::Unit;
use convex_edge_hil::qemu::instructions;
use serde::Serialize;

/// The costs of some answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Costs {
    /// Unit of the counts.
    pub unit: &'static str,
    /// Costs of both halves, in their order.
    pub halves: [Cost; 2],
}

/// Cost of one half of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Cost {
    /// Name of the half of the work.
    pub half: &'static str,
    pub median: u32,
    pub most: u32,
}

impl Costs {
    /// Costs from a target's counts for each answer; `None` where it counted nothing.
    pub(crate) fn of(counted: &[Option<[u32; 2]>], unit: Unit, halves: [&'static str; 2]) -> Option<Self> {
        let cost = |place: usize| {
            let counted = counted.iter().flatten().map(|counts| match unit {
                Unit::Cycles => counts[place],
                Unit::Instructions => instructions(counts[place]),
            });
            let mut costs: Vec<u32> = counted.collect();
            costs.sort_unstable();
            Some(Cost { half: halves[place], median: *costs.get(costs.len() / 2)?, most: *costs.last()? })
        };
        let unit = match unit {
            Unit::Cycles => "cycles",
            Unit::Instructions => "instructions",
        };
        Some(Self { unit, halves: [cost(0)?, cost(1)?] })
    }

    /// Prints a line for each half.
    pub(crate) fn print(&self) {
        for Cost { half, median, most } in self.halves {
            println!("{:<36}{median:>10} {most:>10}", format!("{}, {half}", self.unit));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_counted_costs_nothing() {
        let halves = ["reading", "layer"];
        assert_eq!(Costs::of(&[None, None], Unit::Instructions, halves), None);
        let counted = [Some([5, 1]), None, Some([3, 9]), Some([4, 2])];
        let [reading, layer] =
            [("reading", 4, 5), ("layer", 2, 9)].map(|(half, median, most)| Cost { half, median, most });
        assert_eq!(Costs::of(&counted, Unit::Cycles, halves), Some(Costs { unit: "cycles", halves: [reading, layer] }));
    }
}
