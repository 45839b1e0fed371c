//! Page of the study: one HTML document that needs nothing but itself.
//!
//! | module | content |
//! |---|---|
//! | `words` | differences, intervals and verdicts in words |
//! | `answer` | the answer in five lines and one table |
//! | `effects` | pictures of paired differences |
//! | `curves` | pictures of harm curves |
//! | `examples` | boards and maps to look at |
//! | `tasks` | factorial tables of a task |
//! | `costs` | processor seconds of trainings |

mod answer;
mod costs;
mod curves;
mod effects;
mod examples;
mod tasks;
mod words;

use crate::seal::Sealed;
use crate::summary::{Summary, TASKS};
use convex_edge_report::page::STYLE;
use convex_edge_sweep::Timings;
use convex_edge_sweep::finished::Example;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Styles of this page alone.
const OWN_STYLE: &str = include_str!("page/style.css");

/// Data of the page.
pub struct Data<'a> {
    /// The study.
    pub summary: &'a Summary,
    /// Times of its runs.
    pub timings: &'a [Timings],
    /// Answers to look at.
    pub examples: &'a [Example],
    /// Runs that are finished, and all of them.
    pub finished: [usize; 2],
}

/// Name of a task for readers.
pub(crate) fn name(task: &str) -> &'static str {
    match task {
        "sudoku" => "Sudoku from its image",
        "maps" => "Game maps under conditions",
        _ => "MountainCar under limits",
    }
}

/// The page. Every number is a row of the study's results.
pub fn page(data: &Data<'_>) -> String {
    let Data { summary, timings, examples, finished } = data;
    let [done, all] = finished;
    let title = "When does a convex layer have an edge?";
    let sections: Vec<(&str, &str, Markup)> = vec![
        ("inference", "Does the layer help at inference?", effects::inference(summary)),
        ("looks", "What does that look like?", examples::all(examples)),
        ("training", "Does its gradient help in training?", effects::training(summary)),
        ("harm", "When does it harm?", curves::all(summary)),
        ("tasks", "All cells of the study", html! { @for task in TASKS { (tasks::section(summary, task)) } }),
        ("cost", "What does training cost?", costs::table(timings)),
        ("seal", "Do the headlines hold on fresh seeds?", seal(&summary.seal)),
        ("limits", "What this study does not show", limits()),
    ];
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                title { (title) " | Convex Edge" }
                style { (PreEscaped(STYLE)) (PreEscaped(OWN_STYLE)) }
            }
            body {
                a.skip href="#inference" { "Skip to the questions" }
                header {
                    p.kind { "Convex Edge: a factorial study over three tasks" }
                    h1 { (title) }
                    @if done < all { p.broken { (done) " of " (all) " runs are finished: what follows is preliminary." } }
                    (answer::lines(summary))
                    (answer::table(summary))
                    nav aria-label="Questions" {
                        ul { @for (id, heading, _) in &sections { li { a href={ "#" (id) } { (heading) } } } }
                    }
                }
                main { @for (id, heading, content) in &sections { section id=(id) { h2 { (heading) } (content) } } }
                footer {
                    p {
                        "Made by " code { "cargo edge report study" } " from " code { "results/study" } ". The plan, committed before "
                        "the runs: " code { "docs/study_plan.md" } ". Runs: " code { "cargo edge study" } "."
                    }
                }
            }
        }
    }
    .into_string()
}

fn seal(seal: &[Sealed]) -> Markup {
    html! {
        p.note {
            "Each headline figure beside the mean of fresh training seeds, with the interval that should hold that mean in 95 of 100 "
            "cases."
        }
        div.wide tabindex="0" {
            table.results {
                caption { "Headline figures on fresh seeds" }
                thead { tr { th scope="col" { "figure" } @for head in ["seeds", "published", "expected", "fresh", "within"] { th.number scope="col" { (head) } } } }
                tbody {
                    @for Sealed { name, published, prediction, fresh, is_within } in seal {
                        tr {
                            th scope="row" { (name) }
                            td.number { (published.seeds) }
                            td.number { (format!("{published:.3}")) }
                            td.number { (prediction.map_or_else(|| "open".to_owned(), |[low, high]| format!("{low:.3} to {high:.3}"))) }
                            td.number { (fresh.map_or_else(|| "not run yet".to_owned(), |found| format!("{found:.3}"))) }
                            td.number { (match is_within { Some(true) => "yes", Some(false) => "no", None => "open" }) }
                        }
                    }
                }
            }
        }
    }
}

fn limits() -> Markup {
    html! {
        ul.plain {
            li { "Three tasks, chosen by the project's authors, one architecture each. None of them is large." }
            li { "Hyperparameters were chosen earlier, on validation data of the published comparisons, not anew for each cell." }
            li { "Intervals are over training seeds. They say nothing about other data sets, games or plants." }
            li { "Only the three primary contrasts were chosen beforehand. With many contrasts, some intervals miss 0 by chance." }
            li { "SAC has five seeds. A difference that it leaves open may be real." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Cells;
    use crate::summary::summarize;

    #[test]
    fn a_page_without_any_run_says_so_and_is_whole() {
        let none = Cells::new(Vec::new());
        let summary = summarize(&none, &none);
        let page = page(&Data { summary: &summary, timings: &[], examples: &[], finished: [0, 815] });
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
        assert!(page.contains("0 of 815 runs are finished"));
        for forbidden in ["http:", "https:", "src=", "NaN", ">inf", " inf "] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
}
