//! Reading of problem sets: a set is read as it was written, everything else is rejected.

use convex_edge_core::problem_set::{Answer, Farewell, Greeting, MAGIC, ProblemSet, ProblemSetError, Solver};
use convex_edge_core::qp::Status;

/// Two problems of one variable between 0 and 1: the nearest points to 2 and to one half.
fn bytes(start: u32) -> Vec<u8> {
    let mut bytes: Vec<u8> = [MAGIC, 1, 1, 1, 2, start].into_iter().flat_map(u32::to_le_bytes).collect();
    let matrices: [f32; 2] = [1.0, 0.0];
    for (index, linear) in [-2.0, -0.5].into_iter().enumerate() {
        let own = matrices.into_iter().filter(|_| index == 0 || start == 0);
        bytes.extend(own.chain([linear, 0.0, 1.0]).flat_map(f32::to_le_bytes));
    }
    bytes
}

fn error(bytes: &[u8]) -> Option<ProblemSetError> {
    ProblemSet::<1, 1>::read(bytes).err()
}

#[test]
fn every_start_gives_the_solutions() {
    for start in 0..3 {
        let bytes = bytes(start);
        let set = ProblemSet::<1, 1>::read(&bytes).unwrap();
        let mut solver = Solver::new();
        solver.prepare(&set);
        let mut solutions = Vec::new();
        for index in 0..set.problems {
            solver.load(&set, index);
            let solution = solver.solve();
            solutions.push((solution.status, solution.x[0]));
        }
        assert_eq!(solutions, [(Status::Solved, 1.0), (Status::Solved, 0.5)], "{start}");
    }
}

#[test]
fn what_is_no_set_of_this_size_is_refused() {
    let whole = bytes(1);
    for end in 0..whole.len() {
        let expected = if end < 24 { ProblemSetError::Magic } else { ProblemSetError::Short };
        assert_eq!(error(&whole[..end]), Some(expected), "{end}");
    }
    let with = |word: usize, value: u32| {
        let mut bytes = whole.clone();
        bytes[4 * word..4 * word + 4].copy_from_slice(&value.to_le_bytes());
        error(&bytes)
    };
    assert_eq!(with(0, 7), Some(ProblemSetError::Magic));
    assert_eq!(with(1, 2), Some(ProblemSetError::Size));
    assert_eq!(with(2, 2), Some(ProblemSetError::Size));
    assert_eq!(with(3, 2), Some(ProblemSetError::Field));
    assert_eq!(with(5, 3), Some(ProblemSetError::Field));
    assert_eq!(with(4, u32::MAX), Some(ProblemSetError::Short));
    assert_eq!(with(4, 2), None);
}

#[test]
fn lines_come_back_as_they_went() {
    let greeting = Greeting { problems: 1, problem_bytes: 2, workspace_bytes: 3 };
    assert_eq!(Greeting::from_bytes(greeting.to_bytes()), Some(greeting));
    let answer = Answer { status: 1, iterations: 2, ticks: u32::MAX, checksum: 0x0102_0304 };
    assert_eq!(Answer::from_bytes(answer.to_bytes()), answer);
    let farewell = Farewell { stack_bytes: 5 };
    assert_eq!(Farewell::from_bytes(farewell.to_bytes()), Some(farewell));
    assert_eq!(Farewell::from_bytes([0; 16]), None);
}

#[test]
fn every_bit_of_a_solution_is_in_its_checksum() {
    let bytes = bytes(0);
    let set = ProblemSet::<1, 1>::read(&bytes).unwrap();
    let mut solver = Solver::new();
    let mut checksum = |index| {
        solver.load(&set, index);
        Answer::new(&solver.solve(), 0).checksum
    };
    let first = checksum(0);
    assert_ne!(checksum(1), first);
    assert_eq!(checksum(0), first);
}
