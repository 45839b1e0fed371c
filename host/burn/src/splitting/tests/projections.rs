use super::super::{AffineSet, CountedSimplicesError, Dense, DenseError, Sudoku, SudokuError};
use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;

/// Of a point, by the pseudo-inverse.
fn expected(case: &Case, inverse: &DMatrix<f64>, x: &[f64]) -> Vec<f64> {
    let x = DVector::from_column_slice(x);
    (&x - inverse * (&case.a * &x - &case.b)).as_slice().to_vec()
}

fn on_host(set: &dyn AffineSet, x: &[f64]) -> Vec<f64> {
    let host = set.on_host().expect("has one");
    let mut direction: Vec<f32> = x.iter().map(|&x| x as f32).collect();
    let mut point = vec![0.0; x.len()];
    host.project_direction(&mut direction);
    host.nearest_to_origin(0, &mut point);
    direction.iter().zip(&point).map(|(d, p)| f64::from(d + p)).collect()
}

fn compare(case: &Case, inverse: &DMatrix<f64>, x: &[f64]) {
    let expected = expected(case, inverse, x);
    let tensor = values(&case.set.project(double(x, x.len())));
    assert!(largest_difference(&tensor, &expected) < 1e-10);
    assert!(largest_difference(&on_host(case.set.as_ref(), x), &expected) < 1e-4);
    let dense = values(&dense(case).project(double(x, x.len())));
    assert!(largest_difference(&dense, &expected) < 1e-9);
}

fn inverse(case: &Case) -> DMatrix<f64> {
    case.a.clone().pseudo_inverse(1e-9).expect("positive tolerance")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn sudoku_of_4_by_4(x in prop::collection::vec(-10.0..10.0_f64, 64)) {
        static CASE: LazyLock<(Case, DMatrix<f64>)> = LazyLock::new(|| {
            let case = sudoku(2);
            let inverse = inverse(&case);
            (case, inverse)
        });
        compare(&CASE.0, &CASE.1, &x);
    }

    #[test]
    fn counted_simplices(
        (cells, classes) in (1..8_usize, 1..6_usize),
        chosen in prop::collection::vec(any::<bool>(), 6),
        totals in prop::collection::vec(-3.0..9.0_f64, 6),
        x in prop::collection::vec(-10.0..10.0_f64, 48),
    ) {
        let which: Vec<usize> = (0..classes).filter(|&class| chosen[class]).collect();
        let mut totals = totals[..which.len()].to_vec();
        if which.len() == classes {
            totals[0] = cells as f64 - totals[1..].iter().sum::<f64>();
        }
        let case = counted(cells, classes, &which, &totals);
        compare(&case, &inverse(&case), &x[..cells * classes]);
    }
}

#[test]
fn sudoku_of_9_by_9_and_16_by_16() {
    let case = sudoku(3);
    let x = random(729, 5.0, 1);
    let expected = values(&dense(&case).project(double(&x, 729)));
    assert!(largest_difference(&values(&case.set.project(double(&x, 729))), &expected) < 1e-10);
    assert!(largest_difference(&on_host(case.set.as_ref(), &x), &expected) < 1e-4);

    let set = Sudoku::new(4).expect("in range");
    let x = random(4096, 5.0, 2);
    assert!(largest_difference(&on_host(&set, &x), &values(&set.project(double(&x, 4096)))) < 1e-4);
}

#[test]
fn one_of_each_sample_in_a_batch() {
    let totals = [vec![2.0], vec![3.5]];
    let set = CountedSimplices::new(6, 3, &[1], &totals).expect("sound");
    let x = random(36, 2.0, 3);
    let projected = values(&set.project(double(&x, 18)));
    for (sample, total) in totals.iter().enumerate() {
        let alone = counted(6, 3, &[1], total);
        let expected = values(&alone.set.project(double(&x[18 * sample..][..18], 18)));
        assert!(largest_difference(&projected[18 * sample..][..18], &expected) < 1e-12);
    }
}

#[test]
fn rules_learned_from_samples_are_the_rules() {
    // 0 and 1 sum to 1, 2 is their difference.
    let columns: Vec<DVector<f64>> =
        [0.0, 1.0, 0.3].iter().map(|&x| DVector::from_vec(vec![x, 1.0 - x, 2.0 * x - 1.0])).collect();
    let learned = Dense::from_samples(&DMatrix::from_columns(&columns), (&Device::flex(), DType::F64)).expect("sound");
    let a = DMatrix::from_row_slice(2, 3, &[1.0, 1.0, 0.0, 1.0, -1.0, -1.0]);
    let known = Dense::from_equations(&a, &DVector::from_vec(vec![1.0, 0.0]), (&Device::flex(), DType::F64));
    let x = double(&[0.2, -3.0, 5.0], 3);
    let expected = values(&known.expect("consistent").project(x.clone()));
    assert!(largest_difference(&values(&learned.project(x)), &expected) < 1e-12);
}

#[test]
fn what_is_no_set_is_refused() {
    let device = Device::flex();
    assert_eq!(Sudoku::new(1), Err(SudokuError::BoxSize { box_size: 1 }));
    let simplices = |cells, counted: &[usize], totals: &[f64]| {
        CountedSimplices::new(cells, 2, counted, &[totals.to_vec()]).map(|_| ())
    };
    assert_eq!(simplices(0, &[], &[]), Err(CountedSimplicesError::Empty { cells: 0, classes: 2 }));
    assert_eq!(simplices(3, &[2], &[1.0]), Err(CountedSimplicesError::Class { class: 2, classes: 2 }));
    assert_eq!(simplices(3, &[0, 0], &[1.0, 1.0]), Err(CountedSimplicesError::Class { class: 0, classes: 2 }));
    assert_eq!(simplices(3, &[0], &[]), Err(CountedSimplicesError::Totals { sample: 0, given: 0, counted: 1 }));
    assert_eq!(simplices(3, &[0, 1], &[1.0, 1.0]), Err(CountedSimplicesError::Sum { sample: 0, sum: 2.0, cells: 3 }));
    let a = DMatrix::from_row_slice(2, 2, &[1.0, 1.0, 2.0, 2.0]);
    let dense = |b: &[f64]| Dense::from_equations(&a, &DVector::from_column_slice(b), &device).map(|_| ());
    assert_eq!(dense(&[1.0, 2.0]), Ok(()));
    assert!(matches!(dense(&[1.0, 3.0]), Err(DenseError::Inconsistent { .. })));
    assert_eq!(dense(&[1.0]), Err(DenseError::Rows { rows: 2, others: 1 }));
    assert_eq!(
        Dense::from_samples(&DMatrix::zeros(0, 3), &device).map(|_| ()),
        Err(DenseError::Empty { rows: 0, columns: 3 })
    );
}
