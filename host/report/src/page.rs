//! Page of figures and tables: one HTML document.

use super::text::escape;
use convex_edge_runs::promise::Promise;

/// Styles of all pages: light and dark, colours that the colour-blind can tell apart.
pub const STYLE: &str = include_str!("style.css");

/// A part of the page: its heading and what is below it.
pub struct Section {
    /// Text.
    pub heading: &'static str,
    /// HTML.
    pub content: String,
}

/// Content above and below the sections.
pub struct Frame<'a> {
    /// Subject of the page in a few words.
    pub about: &'a str,
    /// The result in a sentence.
    pub headline: String,
    /// All that was promised.
    pub promises: &'a [Promise],
    /// Source of the page's data, as HTML.
    pub footer: String,
}

/// The page, which needs nothing but itself.
pub fn page(frame: &Frame<'_>, sections: &[Section]) -> String {
    let about = escape(frame.about);
    let body: String = sections
        .iter()
        .map(|Section { heading, content }| format!("<section>\n<h2>{heading}</h2>\n{content}\n</section>\n"))
        .collect();
    let (class, verdict) = verdict(frame.promises);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{about} | Convex Edge</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n\
         <p class=\"kind\">Convex Edge: {about}</p>\n\
         <h1>{}</h1>\n<p class=\"{class}\">{verdict}</p>\n</header>\n<main>\n{body}</main>\n<footer>\n\
         <p>{}</p>\n</footer>\n</body>\n</html>\n",
        escape(&frame.headline),
        frame.footer
    )
}

/// Whether all promises were kept, as a class and in words.
fn verdict(promises: &[Promise]) -> (&'static str, String) {
    let broken: Vec<&str> = promises.iter().filter(|promise| !promise.holds).map(|p| p.name.as_str()).collect();
    match (promises.len(), broken.len()) {
        (0, _) => ("broken", "Nothing was promised.".to_owned()),
        (all, 0) => ("kept", format!("\u{2713} All {all} promises hold.")),
        (all, some) => ("broken", format!("\u{2717} {some} of {all} promises broken: {}.", escape(&broken.join(", ")))),
    }
}
