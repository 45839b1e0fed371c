use super::judge::judge;
use super::program::{Known, exact_matrices, exact_vectors};
use super::stream::Stream;
use convex_edge_core::qp::{Qp, Settings, Status, Workspace, solve};
use convex_edge_core::random::Pcg64;

fn bytes(seed: u64) -> Vec<u8> {
    let mut random = Pcg64::from_seed(seed);
    (0..1000).map(|_| random.next_u64() as u8).collect()
}

/// Bytes at random, so that next to all planted points are far from the minimizer.
#[test]
fn what_would_be_wrong_is_found_so() {
    let mut found = [0; 4];
    for seed in 0..500 {
        let (bytes, mut qp) = (bytes(seed), Qp::<f64, 4, 10>::new());
        let stream = &mut Stream::new(&bytes);
        let units = exact_matrices(&mut qp, stream);
        let known = exact_vectors(&mut qp, &units, stream);
        let mut workspace = Workspace::new();
        let solution = solve(&qp, &mut workspace, &Settings::default());
        judge(&qp, &known, &solution, 200).unwrap();
        let (Known::Point(_), Status::Solved) = (&known, solution.status) else { continue };
        found[0] += 1;
        found[1] += i32::from(judge(&qp, &Known::Contradiction, &solution, 200).is_err());
        found[2] +=
            i32::from(solution.iterations == 0 || judge(&qp, &known, &solution, solution.iterations - 1).is_err());
        // The answer to one problem is none to that with another linear term.
        let mut other = qp.clone();
        other.linear[0] += 0.001 * qp.hessian[(0, 0)];
        found[3] += i32::from(judge(&other, &known, &solution, 200).is_err());
        let denied = convex_edge_core::qp::Solution { status: Status::Infeasible, ..solution };
        assert!(judge(&qp, &known, &denied, 200).is_err());
    }
    let [solved, ..] = found;
    assert!(solved > 300 && found.iter().all(|&count| count == solved), "{found:?}");
}
