//! The page from made-up demonstrations: whole, readable by an HTML parser, and true to its data.

use super::{Data, render};
use crate::evaluate::episodes::{EpisodeResult, summarize};
use crate::target::promises::promises;
use crate::target::summary::{Comparison, Corner, Summary};
use crate::train::search::Metrics;
use crate::train::settings::{Config, PUBLISHED};
use convex_edge_core::episode::Scenario;
use convex_edge_core::policy::{ActiveConstraints, Decision};
use convex_edge_core::qp::Status;
use convex_edge_hil::recording::{Recording, Step};

fn metrics(config: &Config) -> Vec<Metrics> {
    let training = &config.training;
    let one_step = training.restarts * training.one_step_generations;
    (1..=one_step + training.horizon_generations)
        .map(|generation| {
            let best = 99.0 - 60.0 / generation as f64;
            let horizon = if generation > one_step { 10 } else { 1 };
            // The search may meet candidates that never end well.
            let mean = if generation == 3 { f64::NEG_INFINITY } else { best - 2.0 };
            Metrics { generation, horizon, episodes: generation, best, mean, step_size: 0.1, seconds: 1.0 }
        })
        .collect()
}

/// An episode that swings, with so many steps of each kind of constraint active.
fn episode(seed: u64, length: u16, active: u16) -> Recording {
    let step = |index: u16| {
        let phase = f32::from(index) * 0.05;
        let on = u8::from(index < active);
        let decision = Decision {
            action: phase.sin(),
            status: Status::Solved,
            iterations: 3,
            active: ActiveConstraints { limits: on, slew: 2 * on, safe_set: on },
            margin: 0.5,
            intervened: false,
        };
        Step { observation: [-0.5 + 0.3 * phase.sin(), 0.04 * phase.cos()], decision, cycles: None }
    };
    Recording {
        scenario: Scenario::nominal(seed),
        steps: (0..length).map(step).collect(),
        episode_return: 98.5,
        solved: true,
        violations: 0,
        mismatches: 0,
    }
}

fn summary() -> Summary {
    let result = EpisodeResult {
        seed: 0,
        episode_return: 98.25,
        steps: 120,
        solved: true,
        violations: 0,
        constrained: 60,
        fallbacks: 0,
        interventions: 0,
        furthest: 0.5,
        iterations_max: 9,
        ..EpisodeResult::default()
    };
    let result = summarize(&[result, result]);
    let corner = |played_on: &str| Corner { gravity: 0.95, power: 1.05, played_on: played_on.to_owned(), result };
    let mut summary = Summary {
        mean_return: 98.5,
        min_return: 98.125,
        solved: 320,
        configuration: "0123abcd".to_owned(),
        seed: 0,
        nominal: result,
        episodes: 320,
        violations: 0,
        bit_mismatches: 0,
        steps_compared: 246_120,
        training_seconds: 104.2,
        processor: "a processor".to_owned(),
        target: "native <host>".to_owned(),
        instructions_p50: 40_000,
        instructions_max: 90_000,
        horizon: 10,
        variables: 10,
        rows: 30,
        artefact: "0123abcd".to_owned(),
        artefact_bytes: 1234,
        stack_free: Some(20_000),
        seconds: 280.0,
        corners: vec![corner("host"), corner("native <host>")],
        comparisons: vec![Comparison { policy: "horizon 1".to_owned(), plant: "nominal".to_owned(), result }],
        promises: Vec::new(),
    };
    summary.promises = promises(&summary);
    summary
}

/// What every page must be: tags closed in the order of their opening, no number missing, nothing from elsewhere.
fn assert_sound(page: &str) {
    const VOID: [&str; 2] = ["meta", "!DOCTYPE"];
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or("");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}> closes nothing");
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
        }
        assert!(tag.matches('"').count() % 2 == 0, "<{tag}>");
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    for wrong in ["NaN", "inf", "http", "<script", "url(", "@import"] {
        assert!(!page.contains(wrong), "{wrong}");
    }
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
}

#[test]
fn the_page_shows_the_figures_and_every_promise() {
    let config = Config::parse(PUBLISHED).unwrap();
    let (summary, metrics) = (summary(), metrics(&config));
    let episodes = [episode(0, 200, 3), episode(1, 150, 40), episode(2, 180, 40)];
    let page = render(&Data { summary: &summary, metrics: &metrics, episodes: &episodes, config: &config }).unwrap();
    assert_sound(&page);
    let promised = summary.promises.iter().map(|promise| promise.name.as_str());
    let shown = [
        "320 of 320 episodes solved, 0 violations, 0 of 246,120 compared steps differ from the host",
        "All 7 promises hold",
        "native &lt;host&gt;",
        "gravity \u{2212}5 %, power +5 %",
        "0123abcd",
        "cargo edge report",
        "horizon 10",
        // The first of those with most constrained steps.
        "Episode with seed 1: 150 steps",
    ];
    for words in promised.chain(shown) {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn a_broken_promise_is_named_at_the_top() {
    let config = Config::parse(PUBLISHED).unwrap();
    let mut summary = Summary { violations: 1, ..summary() };
    summary.promises = promises(&summary);
    let page = render(&Data { summary: &summary, metrics: &[], episodes: &[], config: &config }).unwrap();
    assert_sound(&page);
    assert!(page.contains("1 of 7 promises broken: violations."));
    assert!(page.contains("1 violation,"));
}

#[test]
fn whatever_is_missing_leaves_a_whole_page() {
    let config = Config::parse(PUBLISHED).unwrap();
    let whole = metrics(&config);
    let bare = Summary {
        corners: Vec::new(),
        comparisons: Vec::new(),
        promises: Vec::new(),
        stack_free: None,
        mean_return: f64::NAN,
        ..summary()
    };
    let no_steps = [episode(7, 0, 0)];
    let single = [episode(0, 1, 0)];
    let cases: [(&[Metrics], &[Recording]); 4] =
        [(&[], &[]), (&whole[..1], &single), (&whole[2..3], &no_steps), (&whole[..50], &[])];
    for (metrics, episodes) in cases {
        assert_sound(&render(&Data { summary: &bare, metrics, episodes, config: &config }).unwrap());
    }
}
