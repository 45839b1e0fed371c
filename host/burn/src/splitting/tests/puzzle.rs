use super::super::{Settings, Status, solve};
use super::*;

/// 36 givens: the 30 of a newspaper's puzzle with a unique solution, and six more.
const PUZZLE: &str = "534678000600195000098000060800060003420803001700020006061000280000419005300080079";
const SOLUTION: &str = "534678912672195348198342567859761423426853791713924856961537284287419635345286179";

fn digits(text: &str) -> Vec<usize> {
    text.chars().map(|digit| digit as usize - '0' as usize).collect()
}

#[test]
fn a_linear_program_completes_a_sudoku() {
    let set = sudoku(3).set;
    let mut scores = vec![0.0; 729];
    for (cell, digit) in digits(PUZZLE).into_iter().enumerate().filter(|(_, digit)| *digit > 0) {
        scores[9 * cell + digit - 1] = 1.0;
    }
    let settings = Settings { curvature: 0.0, ..Settings::default() };
    let solution = solve(set.as_ref(), &single(&scores, 729), &settings, None).expect("sound");
    assert_eq!(solution.outcomes[0].status, Status::Solved);
    let x = values(&solution.x);
    let likeliest = |cell: &[f64]| (1..=9).max_by(|a, b| cell[a - 1].total_cmp(&cell[b - 1]));
    let decoded: Vec<usize> = x.chunks_exact(9).filter_map(likeliest).collect();
    assert_eq!(decoded, digits(SOLUTION));
    // A point that is all but integral is its own certificate.
    assert!(x.chunks_exact(9).all(|cell| cell.iter().any(|&x| x > 0.9)));
}
