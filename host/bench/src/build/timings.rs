//! Cargo's own report of the time of each crate (`--timings`).

use super::BuildError;
use serde::Deserialize;
use std::path::Path;

/// A unit of cargo's report.
#[derive(Deserialize)]
struct Unit {
    name: String,
    target: String,
    duration: f64,
}

/// The slowest of our crates, and its compile time in seconds.
pub(super) fn slowest_own(report: &Path) -> Result<(String, f64), BuildError> {
    let unreadable = || BuildError::Timings { path: report.to_path_buf() };
    let text = std::fs::read_to_string(report).map_err(|_| unreadable())?;
    slowest(&text).ok_or_else(unreadable)
}

fn slowest(text: &str) -> Option<(String, f64)> {
    let (_, rest) = text.split_once("const UNIT_DATA = ")?;
    // The value ends where its first JSON value does.
    let units = serde_json::Deserializer::from_str(rest).into_iter::<Vec<Unit>>().next()?.ok()?;
    let own = units.into_iter().filter(|unit| unit.name.starts_with("convex-edge") || unit.name == "system-tests");
    let slowest = own.max_by(|a, b| a.duration.total_cmp(&b.duration))?;
    Some((format!("{}{}", slowest.name, slowest.target), slowest.duration))
}

#[cfg(test)]
mod tests {
    use super::slowest;

    #[test]
    fn the_slowest_crate_of_ours_is_found_in_the_report() {
        let text = r#"<script>const UNIT_DATA = [
            {"i": 0, "name": "burn-flex", "version": "0.22.1", "target": "", "duration": 205.1},
            {"i": 1, "name": "convex-edge", "version": "0.1.0", "target": "", "duration": 120.5},
            {"i": 2, "name": "convex-edge", "version": "0.1.0", "target": " bin \"convex-edge\"", "duration": 9.0}
        ];
        const CONCURRENCY_DATA = [];</script>"#;
        assert_eq!(slowest(text), Some(("convex-edge".to_owned(), 120.5)));
        assert_eq!(slowest("<html></html>"), None);
    }
}
