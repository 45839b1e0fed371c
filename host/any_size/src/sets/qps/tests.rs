use super::{LineError, QpsError, read};
use crate::sets::program::Program;

/// Every section, in free format: two variables of three with curvature in both triangles' one.
const FREE: &str = "\
* all sections
NAME example
ROWS
 N cost
 N other
 E sum
 L below
 G above
COLUMNS
 x cost 1 sum 1
 x below 2
 y cost -2 sum 1 other 9
 y above 1
 z above 1.5D0
RHS
 RHS cost -4 sum 1
 RHS below 10
 above 2
RANGES
 RNG sum -0.5 below 4
 RNG above 3
BOUNDS
 UP BND x 4
 FR BND y
 MI z
 UP BND z -1
QUADOBJ
 x x 2
 x y -1
 y y 4
 z z 1
ENDATA
";

#[test]
fn every_section_says_what_it_should() {
    let program = read(FREE).unwrap();
    assert_eq!(program.linear, [1.0, -2.0, 0.0]);
    assert_eq!(program.constant, 4.0);
    let hessian = [(0, 0, 2.0), (0, 1, -1.0), (1, 0, -1.0), (1, 1, 4.0), (2, 2, 1.0)];
    assert_eq!(program.hessian, hessian);
    let rows: Vec<_> = program.rows.iter().map(|row| (row.terms.as_slice(), row.lower, row.upper)).collect();
    let expected: [(&[_], _, _); 3] =
        [(&[(0, 1.0), (1, 1.0)], 0.5, 1.0), (&[(0, 2.0)], 6.0, 10.0), (&[(1, 1.0), (2, 1.5)], 2.0, 5.0)];
    assert_eq!(rows, expected);
    assert_eq!(program.lower, [0.0, f64::NEG_INFINITY, f64::NEG_INFINITY]);
    assert_eq!(program.upper, [4.0, f64::INFINITY, -1.0]);
}

#[test]
fn the_fixed_format_s_names_may_contain_blanks() {
    let fixed = "\
NAME          EXAMPLE
ROWS
 N  OBJ ROW
 L  ROW ONE
COLUMNS
    VAR A     OBJ ROW            1.0   ROW ONE            1.0
    VAR B     ROW ONE           -1.0
RHS
    RHS       ROW ONE            3.0
BOUNDS
 UP BND       VAR A              2.5
 FR BND       VAR B
QUADOBJ
    VAR A     VAR A              2.0
    VAR B     VAR B              2.0
ENDATA
";
    assert_eq!(read(fixed), read(&fixed.replace("VAR ", "V").replace("ROW O", "O").replace("OBJ ROW", "OBJ")));
    assert_eq!(read(fixed).unwrap().upper, [2.5, f64::INFINITY]);
}

#[test]
fn both_triangles_of_a_qmatrix_give_the_same_as_one() {
    let whole = FREE.replace("QUADOBJ", "QMATRIX").replace(" x y -1\n", " x y -1\n y x -1\n");
    assert_eq!(read(&whole), read(FREE));
    let half: Result<Program, QpsError> = read(&FREE.replace("QUADOBJ", "QMATRIX"));
    assert!(matches!(half, Err(QpsError::Program(_))));
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let cases = [
        (" x x 2\n", " x x two\n", LineError::Number("two".to_owned())),
        (" x x 2\n", " x w 2\n", LineError::Name("w".to_owned())),
        (" x y -1\n", " y x -1\n x y -1\n", LineError::Pair("x".to_owned(), "y".to_owned())),
        (" x below 2\n", " x beneath 2\n", LineError::Name("beneath".to_owned())),
        (" MI z\n", " BV BND z\n", LineError::Integer("BV".to_owned())),
        (" MI z\n", " XX BND z\n", LineError::Type("XX".to_owned())),
        (" E sum\n", " E below\n", LineError::Twice("below".to_owned())),
        (" E sum\n", " Q sum\n", LineError::Type("Q".to_owned())),
        (" x below 2\n", " M 'MARKER' 'INTORG'\n", LineError::Integer("MARKER".to_owned())),
        ("RANGES\n", "SOS\n", LineError::Section("SOS".to_owned())),
        (" UP BND x 4\n", " UP BND x\n", LineError::Name("BND".to_owned())),
    ];
    for (good, bad, expected) in cases {
        match read(&FREE.replacen(good, bad, 1)) {
            Err(QpsError::Line(_, error)) => assert_eq!(error, expected),
            other => panic!("{bad}: {other:?}"),
        }
    }
    assert!(matches!(read(FREE.split("ENDATA").next().unwrap()), Err(QpsError::Incomplete(_))));
    assert!(matches!(read(""), Err(QpsError::Incomplete(_))));
}

#[test]
fn no_prefix_and_no_missing_line_makes_it_panic() {
    for end in 0..FREE.len() {
        let _ = read(&FREE[..end]);
    }
    for skipped in 0..FREE.lines().count() {
        let lines: Vec<&str> = FREE.lines().enumerate().filter(|(i, _)| *i != skipped).map(|(_, line)| line).collect();
        let _ = read(&lines.join("\n"));
    }
}
