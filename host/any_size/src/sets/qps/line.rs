//! One line of a QPS file, cut into its fields.

use super::LineError;

/// First and last columns of the fixed format's six fields.
const FIELDS: [(usize, usize); 6] = [(1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61)];

/// A line with content.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Its number in the file, from 1.
    pub number: usize,
    text: &'a str,
}

/// All lines but comments and empty ones.
pub(super) struct Lines<'a> {
    lines: std::iter::Enumerate<std::str::Lines<'a>>,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { lines: text.lines().enumerate() }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let says = |line: &str| !line.starts_with('*') && !line.trim().is_empty();
        let (index, text) = self.lines.find(|(_, line)| says(line))?;
        Some(Line { number: index + 1, text })
    }
}

impl<'a> Line<'a> {
    /// The section that begins here: the first word of a line that is not indented.
    pub fn header(&self) -> Option<&'a str> {
        if self.text.starts_with([' ', '\t']) { None } else { self.text.split_whitespace().next() }
    }

    /// The words between white space if they make sense, else the fields of the fixed format if those do, else the
    /// words for an error to name.
    pub fn words(&self, sense: impl Fn(&[&str]) -> bool) -> Vec<&'a str> {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        if sense(&words) {
            return words;
        }
        let fields = FIELDS.iter().filter_map(|&(begin, end)| self.text.get(begin..end.min(self.text.len())));
        let fields: Vec<&str> = fields.map(str::trim).filter(|field| !field.is_empty()).collect();
        if sense(&fields) { fields } else { words }
    }
}

/// Names and numbers in turn.
pub(super) fn pairs<'a>(words: &[&'a str]) -> Result<Vec<(&'a str, f64)>, LineError> {
    let (pairs, rest) = words.as_chunks::<2>();
    if !rest.is_empty() || pairs.is_empty() {
        return Err(LineError::Fields);
    }
    pairs.iter().map(|[name, value]| Ok((*name, number(value)?))).collect()
}

/// The words without the optional name of the set of numbers.
pub(super) fn without_set<'a, 'b>(words: &'a [&'b str]) -> &'a [&'b str] {
    if words.len() % 2 == 1 { words.get(1..).unwrap_or_default() } else { words }
}

/// A number, also with Fortran's letter for the exponent; an infinity is one, NaN is not.
pub(super) fn number(text: &str) -> Result<f64, LineError> {
    let value = text.replace(['D', 'd'], "E").parse().ok().filter(|value: &f64| !value.is_nan());
    value.ok_or_else(|| LineError::Number(text.to_owned()))
}
