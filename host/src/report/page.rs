//! How the figures and tables become one page.

use super::text::{escape, number};
use crate::demo::summary::Summary;

const STYLE: &str = include_str!("style.css");

/// A part of the page: its heading and what is below it.
pub(super) struct Section {
    pub heading: &'static str,
    pub content: String,
}

/// The page, which needs nothing but itself.
pub(super) fn page(summary: &Summary, sections: &[Section]) -> String {
    let [target, artefact] = [&summary.target, &summary.artefact].map(|words| escape(words));
    let body: String = sections
        .iter()
        .map(|Section { heading, content }| format!("<section>\n<h2>{heading}</h2>\n{content}\n</section>\n"))
        .collect();
    let (class, verdict) = verdict(summary);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>MountainCar on {target} | Convex Edge</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n\
         <p class=\"kind\">Convex Edge: MountainCar on {target}</p>\n\
         <h1>{}</h1>\n<p class=\"{class}\">{verdict}</p>\n</header>\n<main>\n{body}</main>\n<footer>\n\
         <p>Artefact CRC-32 <code>{artefact}</code>, target <code>{target}</code>. Made by \
         <code>cargo edge report</code> from what <code>cargo edge demo</code> found.</p>\n\
         </footer>\n</body>\n</html>\n",
        headline(summary)
    )
}

fn headline(summary: &Summary) -> String {
    let [solved, episodes] = [summary.solved, summary.episodes].map(|count| number(count as f64));
    let counts = [summary.violations, summary.bit_mismatches, summary.steps_compared];
    let [violations, mismatches, compared] = counts.map(|count| number(count as f64));
    format!(
        "{solved} of {episodes} episodes solved, {violations} violation{}, {mismatches} of {compared} compared steps \
         differ from the host",
        if summary.violations == 1 { "" } else { "s" }
    )
}

/// Whether all promises were kept, as a class and in words.
fn verdict(summary: &Summary) -> (&'static str, String) {
    let broken: Vec<&str> = summary.promises.iter().filter(|promise| !promise.holds).map(|p| p.name.as_str()).collect();
    match (summary.promises.len(), broken.len()) {
        (0, _) => ("broken", "Nothing was promised.".to_owned()),
        (all, 0) => ("kept", format!("\u{2713} All {all} promises hold.")),
        (all, some) => ("broken", format!("\u{2717} {some} of {all} promises broken: {}.", escape(&broken.join(", ")))),
    }
}
