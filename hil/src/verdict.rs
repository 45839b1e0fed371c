//! Machine-readable results of a run: JSON lines and JUnit XML.

use serde::Serialize;
use std::fmt::Write as _;

/// One check and its result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// The scenario.
    pub scenario: &'static str,
    /// The check within it.
    pub name: String,
    /// Duration, s.
    pub seconds: f64,
    /// Reason of the failure; `None`: it passed.
    pub failure: Option<String>,
}

/// One JSON object a line.
pub fn json_lines(cases: &[Case]) -> String {
    // A case holds nothing that JSON cannot express.
    cases
        .iter()
        .filter_map(|case| serde_json::to_string(case).ok())
        .fold(String::new(), |text, line| text + &line + "\n")
}

/// JUnit's XML, one suite for all cases.
pub fn junit(suite: &str, cases: &[Case]) -> String {
    let failures = cases.iter().filter(|case| case.failure.is_some()).count();
    let seconds: f64 = cases.iter().map(|case| case.seconds).sum();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{}\" tests=\"{}\" \
         failures=\"{failures}\" time=\"{seconds:.3}\">\n",
        escape(suite),
        cases.len()
    );
    for Case { scenario, name, seconds, failure } in cases {
        let name = escape(name);
        // Writing to a string cannot fail.
        let _ = write!(xml, "    <testcase classname=\"{scenario}\" name=\"{name}\" time=\"{seconds:.3}\"");
        let _ = match failure {
            Some(failure) => writeln!(xml, "><failure message=\"{}\"/></testcase>", escape(failure)),
            None => writeln!(xml, "/>"),
        };
    }
    xml + "  </testsuite>\n</testsuites>\n"
}

fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML 1.0 has no way to write the others.
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases() -> Vec<Case> {
        let passed = Case { scenario: "protocol", name: "gap".to_owned(), seconds: 0.25, failure: None };
        let failure = Some("expected <1> & \"2\"\u{1}".to_owned());
        vec![passed.clone(), Case { name: "not a \"number\"".to_owned(), failure, ..passed }]
    }

    #[test]
    fn every_line_is_one_json_object() {
        let text = json_lines(&cases());
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["failure"], serde_json::Value::Null);
        assert_eq!(lines[1]["failure"], "expected <1> & \"2\"\u{1}");
    }

    #[test]
    fn junit_counts_failures_and_escapes_what_xml_reserves() {
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites>
  <testsuite name=\"native\" tests=\"2\" failures=\"1\" time=\"0.500\">
    <testcase classname=\"protocol\" name=\"gap\" time=\"0.250\"/>
    <testcase classname=\"protocol\" name=\"not a &quot;number&quot;\" time=\"0.250\">\
            <failure message=\"expected &lt;1&gt; &amp; &quot;2&quot; \"/></testcase>
  </testsuite>
</testsuites>
";
        assert_eq!(junit("native", &cases()), expected);
    }
}
