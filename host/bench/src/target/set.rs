//! Problem sets for the microcontroller, and their bytes.

use convex_edge_core::problem_set::{MAGIC, MAXIMUM_BYTES, Start};
use convex_edge_verify::family::{Family, Matrices, Vectors};

/// The sizes that a program was built for, variables and constraints: larger ones do not fit into 96 KiB.
pub const SIZES: [(usize, usize); 5] = [(10, 20), (10, 30), (16, 32), (32, 64), (36, 36)];

/// Problems for the microcontroller.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    /// The family that they are of.
    pub family: &'static str,
    /// Number of variables.
    pub variables: usize,
    /// Number of two-sided constraints, simple bounds included.
    pub constraints: usize,
    /// Number of problems.
    pub problems: usize,
    /// Knowledge before each solve.
    pub start: Start,
    /// The set in the form of [`convex_edge_core::problem_set`].
    pub bytes: Vec<u8>,
}

/// The sets of a family, one for each way to start; none where no program of its size was built, or no flash is large
/// enough.
pub fn sets(family: &Family) -> Vec<Set> {
    let starts: &[Start] = match (family.matrices.len(), family.sequence) {
        (2.., _) => &[Start::New],
        (_, true) => &[Start::Cold, Start::Warm],
        (_, false) => &[Start::Cold],
    };
    let fits = SIZES.contains(&(family.variables, family.constraints));
    let sets = starts.iter().filter(|_| fits).filter_map(|&start| set(family, start));
    sets.filter(|set| set.bytes.len() <= MAXIMUM_BYTES).collect()
}

fn set(family: &Family, start: Start) -> Option<Set> {
    let Family { variables, constraints, bounds, .. } = *family;
    let problems = family.vectors.len();
    let mut bytes = MAGIC.to_le_bytes().to_vec();
    for word in [variables, constraints, bounds, problems, start as usize] {
        bytes.extend(u32::try_from(word).ok()?.to_le_bytes());
    }
    let mut put = |numbers: &mut dyn Iterator<Item = f64>| {
        numbers.for_each(|number| bytes.extend((number as f32).to_le_bytes()));
    };
    for (index, (matrices, Vectors { linear, lower, upper })) in family.problems().enumerate() {
        if index == 0 || start == Start::New {
            put(&mut columns(family, matrices));
        }
        put(&mut linear.iter().chain(lower).chain(upper).copied());
    }
    Some(Set { family: family.name, variables, constraints, problems, start, bytes })
}

/// H and all of A, column by column.
fn columns<'a>(family: &'a Family, matrices: &'a Matrices) -> impl Iterator<Item = f64> + 'a {
    let Family { variables, constraints, bounds, .. } = *family;
    let hessian = (0..variables).flat_map(move |column| matrices.hessian.iter().skip(column).step_by(variables));
    let rows = (0..variables).flat_map(move |column| {
        // The rows of simple bounds are never read.
        let below = matrices.rows.iter().skip(column).step_by(variables).copied();
        std::iter::repeat_n(0.0, bounds).chain(below).take(constraints)
    });
    hessian.copied().chain(rows)
}
