//! Text on the page: numbers for readers, and escaped words.

/// Words with what HTML reserves escaped, for content and quoted attributes.
pub fn escape(words: &str) -> String {
    words.chars().fold(String::with_capacity(words.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

/// A number for a reader: thousands grouped, at most three decimals, a dash for what is not finite.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "\u{2013}".to_owned();
    }
    let written = format!("{:.3}", value.abs());
    let (whole, decimals) = written.split_once('.').unwrap_or((&written, ""));
    let decimals = decimals.trim_end_matches('0');
    let mut text = String::new();
    if value < 0.0 && (whole != "0" || !decimals.is_empty()) {
        text.push('\u{2212}');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !decimals.is_empty() {
        text.push('.');
        text.push_str(decimals);
    }
    text
}

/// A return for a column of returns: always three decimals, a dash for what is not finite.
pub fn reward(value: f64) -> String {
    if value.is_finite() { format!("{value:.3}").replace('-', "\u{2212}") } else { number(value) }
}

/// A coordinate in a picture, to a tenth.
pub fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_short() {
        let written = [0.0, -0.0, 7.0, 1234.0, 246_120.0, 98.632_98, 97.5, -1234.5, -1e-9, f64::NAN].map(number);
        assert_eq!(written, ["0", "0", "7", "1,234", "246,120", "98.633", "97.5", "\u{2212}1,234.5", "0", "\u{2013}"]);
    }

    #[test]
    fn nothing_that_html_reserves_is_left() {
        assert_eq!(escape("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
        assert_eq!(escape("1 \u{2265} 0"), "1 \u{2265} 0");
    }

    #[test]
    fn coordinates_are_to_a_tenth() {
        assert_eq!([0.04, -0.04, 12.0, 12.34, -3.26].map(coordinate), ["0", "0", "12", "12.3", "-3.3"]);
    }
}
