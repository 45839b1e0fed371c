//! Differences, intervals and verdicts in words.

use crate::blocks::{Difference, Measure};
use convex_edge_statistics::{Paired, Verdict};

/// A difference with its interval, as a reader takes it: points of a unit, or a factor.
pub(super) fn difference(measure: &Measure, paired: &Paired) -> String {
    let (mean, interval) = (paired.difference.mean, paired.difference.interval());
    let unit = match measure.unit.as_str() {
        "%" => " points",
        "" => "",
        _ => " tiles",
    };
    match (measure.difference, interval) {
        (Difference::SmallerRatio, Some([low, high])) => {
            format!("{:.2} times [{:.2}, {:.2}]", (-mean).exp(), (-high).exp(), (-low).exp())
        }
        (Difference::SmallerRatio, None) => format!("{:.2} times", (-mean).exp()),
        (Difference::Larger, Some([low, high])) => {
            format!("{}{unit} [{}, {}]", signed(mean), signed(low), signed(high))
        }
        (Difference::Larger, None) => format!("{}{unit}", signed(mean)),
        // Scores are negative there: the reader's difference has the other sign.
        (Difference::Smaller, Some([low, high])) => {
            format!("{}{unit} [{}, {}]", signed(-mean), signed(-high), signed(-low))
        }
        (Difference::Smaller, None) => format!("{}{unit}", signed(-mean)),
    }
}

fn signed(value: f64) -> String {
    format!("{value:+.1}").replace('-', "\u{2212}")
}

/// A verdict in a word.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Edge => "edge",
        Verdict::Harm => "harm",
        Verdict::Equivalent => "equivalent",
        Verdict::Open => "open",
    }
}

/// A verdict with a sign that does not need colour.
pub(super) fn marked(found: Verdict) -> String {
    let sign = match found {
        Verdict::Edge => "\u{25b2}",
        Verdict::Harm => "\u{25bc}",
        Verdict::Equivalent => "=",
        Verdict::Open => "?",
    };
    format!("{sign} {}", verdict(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use convex_edge_statistics::Estimate;

    #[test]
    fn a_reader_sees_points_or_factors() {
        let paired = |mean: f64| Paired {
            difference: Estimate { mean, half_width: Some(0.25), seeds: 10 },
            margin: 0.1,
            verdict: Verdict::Edge,
        };
        let measure = |difference, unit: &str| Measure {
            name: String::new(),
            unit: unit.to_owned(),
            scale: 1.0,
            difference,
            margin: 0.1,
        };
        assert_eq!(
            difference(&measure(Difference::Larger, "%"), &paired(-1.0)),
            "\u{2212}1.0 points [\u{2212}1.2, \u{2212}0.8]"
        );
        assert_eq!(difference(&measure(Difference::SmallerRatio, ""), &paired(2_f64.ln())), "0.50 times [0.39, 0.64]");
        // Fewer tiles: better, and negative.
        assert_eq!(
            difference(&measure(Difference::Smaller, "tiles"), &paired(3.0)),
            "\u{2212}3.0 tiles [\u{2212}3.2, \u{2212}2.8]"
        );
    }
}
