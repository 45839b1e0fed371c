//! Programs with parameters from files: maps, and what is refused by name.

use convex_edge_any_size::worst_case::program::{Description, Parametric, ParametricError, ReadError, read};

/// The nearest point to `p` with every entry at most 1, for `p` in `[low, high]^N`.
pub fn nearest(count: usize, (lower, low): (Option<f64>, f64), high: f64) -> Description {
    let identity = |diagonal: f64| {
        (0..count).map(|i| (0..count).map(|j| if i == j { diagonal } else { 0.0 }).collect()).collect::<Vec<Vec<f64>>>()
    };
    Description {
        hessian: identity(1.0),
        linear: vec![0.0; count],
        linear_map: Some(identity(-1.0)),
        lower: lower.map(|lower| vec![Some(lower); count]),
        upper: Some(vec![Some(1.0); count]),
        bounds: count,
        low: vec![low; count],
        high: vec![high; count],
        ..Description::default()
    }
}

#[test]
fn vectors_move_with_the_parameters_and_what_is_no_bound_stays_none() {
    let description: Description = serde_json::from_str(
        r#"{"hessian": [[2, 0], [0, 2]], "linear": [1, 2], "linear_map": [[3], [4]], "rows": [[1, 1], [1, 0]], "bounds": 1,
            "lower": [null, -1, null], "lower_map": [[5], [6], [7]], "upper": [1, null, null], "upper_map": null,
            "low": [-1], "high": [1]}"#,
    )
    .unwrap();
    let parametric = Parametric::checked(&description).unwrap();
    assert_eq!((parametric.variables(), parametric.constraints()), (2, 3));
    let program = parametric.at(&[0.5]);
    let infinity = f64::INFINITY;
    assert_eq!(program.linear, [2.5, 4.0]);
    assert_eq!((&program.lower[..], &program.upper[..]), (&[-infinity, -infinity][..], &[1.0, infinity][..]));
    let rows: Vec<(f64, f64)> = program.rows.iter().map(|row| (row.lower, row.upper)).collect();
    assert_eq!(rows, [(2.0, infinity), (-infinity, infinity)]);
}

#[test]
fn what_is_unsound_is_named() {
    let sound = nearest(2, (Some(0.0), 0.0), 2.0);
    let changed = |change: fn(&mut Description)| {
        let mut description = sound.clone();
        change(&mut description);
        Parametric::checked(&description).unwrap_err()
    };
    let size = |error: ParametricError| match error {
        ParametricError::Size { field, found, needed, .. } => (field, found, needed),
        other => panic!("{other}"),
    };
    assert_eq!(size(changed(|d| d.hessian.truncate(1))), ("\"hessian\"".to_owned(), 1, 2));
    assert_eq!(size(changed(|d| d.hessian[1].push(0.0))), ("row 1 of \"hessian\"".to_owned(), 3, 2));
    assert_eq!(size(changed(|d| d.rows.push(vec![1.0]))).1, 1);
    assert_eq!(size(changed(|d| d.upper = Some(vec![None]))), ("\"upper\"".to_owned(), 1, 2));
    assert_eq!(size(changed(|d| d.lower_map = Some(Vec::new()))), ("\"lower_map\"".to_owned(), 0, 2));
    assert_eq!(size(changed(|d| d.high = vec![1.0])), ("\"high\"".to_owned(), 1, 2));
    assert_eq!(changed(|d| d.linear.clear()), ParametricError::NoVariables);
    assert_eq!(changed(|d| d.low.clear()), ParametricError::NoParameters);
    assert_eq!(changed(|d| d.bounds = 3), ParametricError::Bounds(3, 2));
    assert_eq!(changed(|d| d.low[1] = 3.0), ParametricError::Box(1, 3.0, 2.0));
    assert_eq!(changed(|d| d.linear[0] = f64::NAN), ParametricError::NotFinite("linear"));
    assert_eq!(changed(|d| d.upper = Some(vec![Some(1e20), None])), ParametricError::NotFinite("upper"));
    assert!(matches!(changed(|d| d.hessian[0][1] = 1.0), ParametricError::Program(_)));
}

#[test]
fn a_file_that_is_missing_damaged_or_unsound_is_named_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program.json");
    let refused = |content: &str| {
        std::fs::write(&path, content).unwrap();
        read(&path).unwrap_err()
    };
    let errors = [
        read(&folder.path().join("none.json")).unwrap_err(),
        refused("{"),
        refused(r#"{"hesian": []}"#),
        refused(r#"{"hessian": [[1e999]], "linear": [0], "low": [0], "high": [1]}"#),
        refused(r#"{"hessian": [[1]], "linear": [0], "low": [1], "high": [0]}"#),
    ];
    for error in &errors {
        let text = error.to_string();
        assert!(text.lines().count() == 1 && text.contains(".json: "), "{text}");
    }
    let [missing, cut, unknown, beyond, nowhere] = errors;
    assert!(matches!(missing, ReadError::File { .. }));
    assert!([cut, unknown, beyond].iter().all(|error| matches!(error, ReadError::Json { .. })));
    assert!(matches!(nowhere, ReadError::Content { content: ParametricError::Box(..), .. }));
}
