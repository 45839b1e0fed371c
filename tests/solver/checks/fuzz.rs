//! Problems from any bytes: every kind of answer is reached, and none is wrong.

use convex_edge_core::qp::Status;
use convex_edge_core::random::Pcg64;
use convex_edge_verify::fuzz::check;

const STATUSES: [Status; 7] = [
    Status::Solved,
    Status::IterationLimit,
    Status::Infeasible,
    Status::NotFinite,
    Status::NotConvex,
    Status::Inaccurate,
    Status::Unbounded,
];

fn bytes(seed: u64) -> Vec<u8> {
    let mut random = Pcg64::from_seed(seed);
    (0..1000).map(|_| random.next_u64() as u8).collect()
}

#[test]
fn random_bytes_reach_every_answer_and_none_of_them_is_wrong() {
    let mut counts = [0; 7];
    for seed in 0..5000 {
        let ends = check(&bytes(seed)).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        ends.iter().for_each(|end| counts[STATUSES.iter().position(|status| status == end).unwrap()] += 1);
    }
    let [solved, limit, infeasible, not_finite, not_convex, ..] = counts;
    assert!([solved, limit, infeasible, not_finite, not_convex].iter().all(|&count| count > 100), "{counts:?}");
    assert!(solved > 5000, "{counts:?}");
}
