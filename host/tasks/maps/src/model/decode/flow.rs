//! Conditions of a proven structure as a network whose cheapest circulation is the best map.

use super::circulation::{Arc, cheapest};
use crate::data::map::{contains, members};
use crate::model::polytope::integrality::Structure;
use crate::model::polytope::laminar::Forest;
use crate::model::reduction::{Reduction, Row};

/// The node where everything starts and ends; the rows' sets are the nodes after it.
const ROOT: usize = 0;

/// The best classes of the orbits for weights `[orbits, 16]`, or rows that contradict each other: all rows where the
/// structure is not proven.
pub(super) fn best(reduction: &Reduction, structure: &Structure, weights: &[i64]) -> Result<Vec<u8>, Vec<usize>> {
    let each = reduction.orbits.iter().zip(weights.chunks_exact(16));
    let greedy: Vec<u8> = each.map(|(orbit, weights)| heaviest(orbit.allowed, weights)).collect();
    match structure {
        _ if reduction.rows.is_empty() => Ok(greedy),
        Structure::Nested { is_other, forest } => nested(reduction, is_other, forest, weights, greedy),
        Structure::TwoFamilies { is_other, classes, family, forests } => {
            two_families(reduction, is_other, classes, family, forests, weights, greedy)
        }
        Structure::Unproven => Err((0..reduction.rows.len()).collect()),
    }
}

/// Each orbit is a node with an arc for each class to the smallest set that counts the class there, and each set has an
/// arc to the next larger one. What flows through a set is its count.
fn nested(
    reduction: &Reduction,
    is_other: &[bool],
    forest: &Forest,
    weights: &[i64],
    greedy: Vec<u8>,
) -> Result<Vec<u8>, Vec<usize>> {
    let rows = reduction.rows.len();
    let node = |set: Option<usize>| set.map_or(ROOT, |set| 1 + set);
    let to_parent = |(row, of): (usize, &Row)| {
        let (lower, upper) = bounds(of, is_other[row]);
        Arc { from: node(Some(row)), to: node(forest.parents[row]), lower, upper, cost: 0 }
    };
    let mut arcs: Vec<Arc> = reduction.rows.iter().enumerate().map(to_parent).collect();
    let mut flows = greedy_flows(reduction, is_other, &greedy);
    let mut potentials = vec![0; 1 + rows];
    let mut choices = Vec::new();
    for (orbit, (weights, &best)) in weights.chunks_exact(16).zip(&greedy).enumerate() {
        let from = potentials.len();
        potentials.push(weights[usize::from(best)]);
        arcs.push(Arc { from: ROOT, to: from, lower: 1, upper: 1, cost: 0 });
        flows.push(1);
        for class in members(reduction.orbits[orbit].allowed) {
            let to = node(forest.smallest[16 * orbit + usize::from(class)]);
            choices.push((orbit, class, arcs.len()));
            arcs.push(Arc { from, to, lower: 0, upper: 1, cost: -weights[usize::from(class)] });
            flows.push(i64::from(class == best));
        }
    }
    let flows = cheapest(potentials.len(), &arcs, potentials, flows).map_err(|cut| crossing(&arcs[..rows], &cut))?;
    let mut chosen = greedy;
    choices.into_iter().filter(|choice| flows[choice.2] == 1).for_each(|(orbit, class, _)| chosen[orbit] = class);
    Ok(chosen)
}

/// Each orbit is an arc from the smallest set of the first family to the smallest of the second one: it flows where
/// the orbit has one of the counted classes.
fn two_families(
    reduction: &Reduction,
    is_other: &[bool],
    classes: &[u16],
    family: &[usize],
    forests: &[Forest; 2],
    weights: &[i64],
    greedy: Vec<u8>,
) -> Result<Vec<u8>, Vec<usize>> {
    let rows = reduction.rows.len();
    let node = |set: Option<usize>| set.map_or(ROOT, |set| 1 + set);
    let to_or_from_parent = |(row, of): (usize, &Row)| {
        let (lower, upper) = bounds(of, is_other[row]);
        let (own, parent) = (node(Some(row)), node(forests[family[row]].parents[row]));
        let (from, to) = if family[row] == 0 { (parent, own) } else { (own, parent) };
        Arc { from, to, lower, upper, cost: 0 }
    };
    let mut arcs: Vec<Arc> = reduction.rows.iter().enumerate().map(to_or_from_parent).collect();
    let mut flows = greedy_flows(reduction, is_other, &greedy);
    let mut choices = Vec::new();
    for (orbit, weights) in weights.chunks_exact(16).enumerate().filter(|(orbit, _)| classes[*orbit] != 0) {
        let without = heaviest(reduction.orbits[orbit].allowed & !classes[orbit], weights);
        let with = heaviest(classes[orbit], weights);
        let cost = weights[usize::from(without)] - weights[usize::from(with)];
        let [from, to] = [0, 1].map(|family| node(forests[family].smallest[orbit]));
        choices.push((orbit, [without, with], arcs.len()));
        arcs.push(Arc { from, to, lower: 0, upper: 1, cost });
        flows.push(i64::from(greedy[orbit] == with));
    }
    let flows = cheapest(1 + rows, &arcs, vec![0; 1 + rows], flows).map_err(|cut| crossing(&arcs[..rows], &cut))?;
    let mut chosen = greedy;
    choices.into_iter().for_each(|(orbit, classes, arc)| chosen[orbit] = classes[usize::from(flows[arc] == 1)]);
    Ok(chosen)
}

/// The rows whose arcs cross a cut.
fn crossing(arcs: &[Arc], cut: &[bool]) -> Vec<usize> {
    (0..arcs.len()).filter(|&row| cut[arcs[row].from] != cut[arcs[row].to]).collect()
}

/// The heaviest of some classes, the first of equals; there is at least one.
fn heaviest(classes: u16, weights: &[i64]) -> u8 {
    let weight = |class: u8| weights[usize::from(class)];
    members(classes).reduce(|best, class| if weight(class) > weight(best) { class } else { best }).unwrap_or(0)
}

/// Bounds of a row's flow: of the orbits that it counts, or of the others.
fn bounds(row: &Row, is_other: bool) -> (i64, i64) {
    let (least, most, all) = (row.least as i64, row.most as i64, row.members.len() as i64);
    if is_other { (all - most, all - least) } else { (least, most) }
}

/// What each row counts, or the others, where every orbit has its heaviest class.
fn greedy_flows(reduction: &Reduction, is_other: &[bool], greedy: &[u8]) -> Vec<i64> {
    let counted = |(row, &is_other): (&Row, &bool)| {
        let count = row.members.iter().filter(|member| contains(row.classes, greedy[member.0]) != is_other).count();
        count as i64
    };
    reduction.rows.iter().zip(is_other).map(counted).collect()
}
