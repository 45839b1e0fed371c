//! Tables of a page.

use crate::text::{escape, number};
use convex_edge_runs::promise::Promise;

/// Name, value, unit, target and whether it holds.
pub fn promises(promises: &[Promise]) -> String {
    let row = |promise: &Promise| {
        let Promise { name, value, unit, target, holds, .. } = promise;
        let class = if *holds { "kept" } else { "broken" };
        let word = match promise.word() {
            "holds" => "\u{2713} holds",
            "open" => "? open",
            _ => "\u{2717} missed",
        };
        let [name, unit, target] = [name, unit, &bound(target)].map(|words| escape(words));
        format!(
            "<tr class=\"{class}\"><th scope=\"row\">{name}</th><td class=\"number\">{}</td><td>{unit}</td>\
             <td class=\"number\">{target}</td><td class=\"verdict\">{word}</td></tr>",
            number(*value)
        )
    };
    table(
        "promises",
        "Promises",
        &["promise", "value", "unit", "target", ""],
        &promises.iter().map(row).collect::<String>(),
    )
}

/// A target as a reader writes it.
fn bound(target: &str) -> String {
    let word = |word: &str| match word {
        ">=" => "\u{2265}".to_owned(),
        "<=" => "\u{2264}".to_owned(),
        word => word.parse().map_or_else(|_| word.to_owned(), number),
    };
    target.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A table of rows that are HTML already.
pub fn table(class: &str, caption: &str, head: &[&str], body: &str) -> String {
    let head: String = head
        .iter()
        .map(|name| if name.is_empty() { "<td></td>".to_owned() } else { format!("<th scope=\"col\">{name}</th>") })
        .collect();
    format!(
        "<div class=\"wide\"><table class=\"{class}\"><caption>{caption}</caption><thead><tr>{head}</tr></thead>\
         <tbody>{body}</tbody></table></div>"
    )
}
