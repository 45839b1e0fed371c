//! The cheapest circulation through a network, in integers: exact, or a cut that shows that there is none.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An arc with bounds of its flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arc {
    /// Node that it leaves.
    pub from: usize,
    /// Node that it enters.
    pub to: usize,
    /// Least flow.
    pub lower: i64,
    /// Most flow, not below the least.
    pub upper: i64,
    /// Cost of a unit.
    pub cost: i64,
}

/// Nodes on one side of a cut whose arcs cannot carry what they must: whether each node is on the side that has too
/// much (Hoffman 1960).
pub(super) type Cut = Vec<bool>;

/// Flows of least cost that are within their bounds and balanced at every node.
///
/// Successive shortest paths (Ahuja, Magnanti and Orlin 1993, section 9.7): the flows follow the signs of the costs
/// reduced by `potentials`, where those are zero they start at `flows`, and what is then too much at some nodes goes
/// along shortest paths to where it is missing. Good potentials and flows leave little to be moved. Cost: a Dijkstra
/// search for each unit that is moved.
pub(super) fn cheapest(
    nodes: usize,
    arcs: &[Arc],
    mut potentials: Vec<i64>,
    mut flows: Vec<i64>,
) -> Result<Vec<i64>, Cut> {
    let mut excess = vec![0; nodes];
    for (arc, flow) in arcs.iter().zip(&mut flows) {
        let reduced = arc.cost + potentials[arc.from] - potentials[arc.to];
        *flow = match reduced {
            ..0 => arc.upper,
            0 => (*flow).clamp(arc.lower, arc.upper),
            1.. => arc.lower,
        };
        excess[arc.from] -= *flow;
        excess[arc.to] += *flow;
    }
    let incident = Incident::new(nodes, arcs);
    let mut search = Search { distances: vec![i64::MAX; nodes], arrivals: vec![None; nodes], settled: Vec::new() };
    while excess.iter().any(|&excess| excess > 0) {
        let Some(end) = search.run(arcs, &incident, &potentials, &flows, &excess) else {
            return Err(search.distances.iter().map(|&distance| distance < i64::MAX).collect());
        };
        let far = search.distances[end];
        for &node in &search.settled {
            potentials[node] += search.distances[node] - far;
        }
        let mut amount = -excess[end];
        let path = |node: usize| search.arrivals[node].map(|arrival| (arrival / 2, arrival % 2 == 1));
        let mut node = end;
        while let Some((arc, is_backward)) = path(node) {
            let Arc { from, to, lower, upper, .. } = arcs[arc];
            let room = if is_backward { flows[arc] - lower } else { upper - flows[arc] };
            amount = amount.min(room);
            node = if is_backward { to } else { from };
        }
        amount = amount.min(excess[node]);
        excess[node] -= amount;
        excess[end] += amount;
        node = end;
        while let Some((arc, is_backward)) = path(node) {
            flows[arc] += if is_backward { -amount } else { amount };
            node = if is_backward { arcs[arc].to } else { arcs[arc].from };
        }
    }
    Ok(flows)
}

/// The arcs at each node: twice the arc's place, plus one where the node is its end.
struct Incident {
    starts: Vec<usize>,
    arcs: Vec<usize>,
}

impl Incident {
    fn new(nodes: usize, arcs: &[Arc]) -> Self {
        let mut starts = vec![0; nodes + 1];
        arcs.iter().for_each(|arc| {
            starts[arc.from + 1] += 1;
            starts[arc.to + 1] += 1;
        });
        (0..nodes).for_each(|node| starts[node + 1] += starts[node]);
        let mut next = starts.clone();
        let mut places = vec![0; 2 * arcs.len()];
        for (place, arc) in arcs.iter().enumerate() {
            for (node, code) in [(arc.from, 2 * place), (arc.to, 2 * place + 1)] {
                places[next[node]] = code;
                next[node] += 1;
            }
        }
        Self { starts, arcs: places }
    }

    fn at(&self, node: usize) -> &[usize] {
        &self.arcs[self.starts[node]..self.starts[node + 1]]
    }
}

/// Shortest distances from the nodes with too much.
struct Search {
    distances: Vec<i64>,
    /// The arc by which each node is reached, as in [`Incident`].
    arrivals: Vec<Option<usize>>,
    settled: Vec<usize>,
}

impl Search {
    /// The nearest node where flow is missing; `None` where none can be reached.
    fn run(
        &mut self,
        arcs: &[Arc],
        incident: &Incident,
        potentials: &[i64],
        flows: &[i64],
        excess: &[i64],
    ) -> Option<usize> {
        self.distances.fill(i64::MAX);
        self.arrivals.fill(None);
        self.settled.clear();
        let mut heap = BinaryHeap::new();
        for (node, _) in excess.iter().enumerate().filter(|(_, excess)| **excess > 0) {
            self.distances[node] = 0;
            heap.push((Reverse(0), node));
        }
        while let Some((Reverse(distance), node)) = heap.pop() {
            if distance > self.distances[node] {
                continue;
            }
            self.settled.push(node);
            if excess[node] < 0 {
                return Some(node);
            }
            for &code in incident.at(node) {
                let (arc, is_backward) = (&arcs[code / 2], code % 2 == 1);
                let flow = flows[code / 2];
                let has_room = if is_backward { flow > arc.lower } else { flow < arc.upper };
                if !has_room {
                    continue;
                }
                let reduced = arc.cost + potentials[arc.from] - potentials[arc.to];
                let (next, length) = if is_backward { (arc.from, -reduced) } else { (arc.to, reduced) };
                let through = distance + length;
                if through < self.distances[next] {
                    self.distances[next] = through;
                    self.arrivals[next] = Some(code);
                    heap.push((Reverse(through), next));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The cheapest of all circulations.
    fn enumerate(nodes: usize, arcs: &[Arc]) -> Option<i64> {
        fn visit(arcs: &[Arc], balance: &mut [i64], cost: i64, best: &mut Option<i64>) {
            match arcs {
                [] if balance.iter().all(|&balance| balance == 0) => {
                    *best = Some(best.map_or(cost, |best| best.min(cost)))
                }
                [] => {}
                [arc, rest @ ..] => {
                    for flow in arc.lower..=arc.upper {
                        balance[arc.from] -= flow;
                        balance[arc.to] += flow;
                        visit(rest, balance, cost + flow * arc.cost, best);
                        balance[arc.from] += flow;
                        balance[arc.to] -= flow;
                    }
                }
            }
        }
        let mut best = None;
        visit(arcs, &mut vec![0; nodes], 0, &mut best);
        best
    }

    proptest! {
        #[test]
        fn no_circulation_is_cheaper_and_cuts_prove_that_there_is_none(
            arcs in prop::collection::vec((0..4_usize, 0..4_usize, -1..2_i64, 0..3_i64, -5..6_i64), 1..7),
            potentials in prop::collection::vec(-3..4_i64, 4),
        ) {
            let arcs: Vec<Arc> = arcs.into_iter().map(|(from, to, lower, more, cost)| Arc { from, to, lower, upper: lower + more, cost }).collect();
            match cheapest(4, &arcs, potentials, vec![0; arcs.len()]) {
                Ok(flows) => {
                    let mut balance = [0; 4];
                    for (arc, &flow) in arcs.iter().zip(&flows) {
                        prop_assert!((arc.lower..=arc.upper).contains(&flow));
                        balance[arc.from] -= flow;
                        balance[arc.to] += flow;
                    }
                    prop_assert_eq!(balance, [0; 4]);
                    let cost = arcs.iter().zip(&flows).map(|(arc, flow)| arc.cost * flow).sum();
                    prop_assert_eq!(enumerate(4, &arcs), Some(cost));
                }
                Err(inside) => {
                    let enters: i64 = arcs.iter().filter(|arc| !inside[arc.from] && inside[arc.to]).map(|arc| arc.lower).sum();
                    let leaves: i64 = arcs.iter().filter(|arc| inside[arc.from] && !inside[arc.to]).map(|arc| arc.upper).sum();
                    prop_assert!(enters > leaves);
                    prop_assert_eq!(enumerate(4, &arcs), None);
                }
            }
        }
    }
}
