//! Figure of one episode: state, action and active constraints over its steps.

use convex_edge_core::plant::mountain_car::CONTINUOUS_GOAL;
use convex_edge_core::policy::ActiveConstraints;
use convex_edge_core::safety::{ACTION_LIMIT, Interval, POSITION_LIMIT, SPEED_LIMIT, SafeSet};
use convex_edge_hil::recording::{Recording, Step};
use convex_edge_report::axis::Axis;
use convex_edge_report::plot::{LEFT, Labels, Panel, RIGHT, WIDTH, legend, picture};
use convex_edge_report::text::number;

/// Class of the colour, short name, and count of active rows.
type Kind = (&'static str, &'static str, fn(&ActiveConstraints) -> u8);

const KINDS: [Kind; 3] = [
    ("limits", "action", |active| active.limits),
    ("slew", "slew", |active| active.slew),
    ("safe-set", "safe set", |active| active.safe_set),
];

/// The episode with most steps in which some constraint was active; the first of them.
pub(super) fn choose(episodes: &[Recording]) -> Option<&Recording> {
    episodes.iter().rev().max_by_key(|episode| episode.steps.iter().filter(|step| constrained(step)).count())
}

fn constrained(step: &Step) -> bool {
    KINDS.iter().any(|(_, _, count)| count(&step.decision.active) > 0)
}

/// Active constraints, action, position, velocity and margin of one episode over its steps.
pub(super) fn figure(episode: Option<&Recording>, safe_set: &SafeSet) -> String {
    let Some(episode) = episode else {
        return "<p class=\"empty\">No episode is there.</p>".to_owned();
    };
    let steps = &episode.steps;
    let panel = |top: f64, height: f64, y: Axis| Panel {
        left: LEFT,
        top,
        width: WIDTH - LEFT - RIGHT,
        height,
        x: Axis::new(0.0, steps.len() as f64),
        y,
    };
    let series = |value: fn(&Step) -> f32| -> Vec<[f64; 2]> {
        steps.iter().enumerate().map(|(index, step)| [index as f64, value(step).into()]).collect()
    };
    let labels = |title| Labels { title, below: None, left: 4 };

    let lanes = panel(28.0, 66.0, Axis::new(0.0, 1.0));
    let mut svg = lanes.draw(&Labels { title: "active constraints", ..Labels::default() }, &rows(&lanes, steps));
    for (index, (_, name, _)) in KINDS.iter().enumerate() {
        let y = 28.0 + 22.0 * (index as f64 + 0.5);
        svg += &convex_edge_report::plot::words("end", [LEFT - 7.0, y + 5.0], name);
    }

    let action = panel(130.0, 120.0, Axis::new(-1.15, 1.15));
    let safe = |bound: fn(&Interval) -> f32| -> Vec<[f64; 2]> {
        let bounds = steps.iter().map(|step| bound(&safe_set.actions(step.observation)));
        bounds.enumerate().map(|(index, bound)| [index as f64, bound.into()]).collect()
    };
    let mut content = action.area("kernel", &safe(|interval| interval.lower), &safe(|interval| interval.upper));
    content += &(bands(&action, steps, KINDS[0]) + &bands(&action, steps, KINDS[1]));
    content += &(action.level("limit", ACTION_LIMIT.into()) + &action.level("limit", (-ACTION_LIMIT).into()));
    content += &action.line("best", &series(|step| step.decision.action));
    svg += &action.draw(&labels("action"), &content);

    let position = panel(286.0, 90.0, Axis::new(-1.25, 0.6));
    let content = position.level("limit", POSITION_LIMIT.into())
        + &position.level("goal", CONTINUOUS_GOAL)
        + &position.line("best", &series(|step| step.observation[0]));
    svg += &position.draw(&labels("position"), &content);

    let speed = f64::from(SPEED_LIMIT);
    let velocity = panel(412.0, 110.0, Axis::new(-1.25 * speed, 1.25 * speed));
    let content = bands(&velocity, steps, KINDS[2])
        + &velocity.level("limit", speed)
        + &velocity.level("limit", -speed)
        + &velocity.line("best", &series(|step| step.observation[1]));
    svg += &velocity.draw(&labels("velocity"), &content);

    let margins = series(|step| step.decision.margin);
    let margin = panel(558.0, 80.0, Axis::around(margins.iter().map(|[_, margin]| *margin).chain([0.0]), 0.08));
    let content = bands(&margin, steps, KINDS[2]) + &margin.level("limit", 0.0) + &margin.line("best", &margins);
    let last = Labels { below: Some("step"), ..labels("margin: action to nearer end of safe actions") };
    svg += &margin.draw(&last, &content);

    let constrained = steps.iter().filter(|step| constrained(step)).count();
    let description = format!(
        "Episode with seed {}: {} steps, return {}; some constraint was active in {} of them.",
        episode.scenario.seed,
        number(steps.len() as f64),
        number(episode.episode_return),
        number(constrained as f64)
    );
    let keys = legend(&[
        ("limits", "action limit active"),
        ("slew", "slew row active"),
        ("safe-set", "safe-set row active"),
        ("kernel", "safe actions"),
        ("limit", "limit"),
    ]);
    format!(
        "{keys}{}<figcaption>{description} A constraint is active where any step of the horizon touches it: now or \
         planned.</figcaption>",
        picture(&description, 690.0, &svg)
    )
}

/// Three lanes, one for each kind of constraint, filled where it is active.
fn rows(panel: &Panel, steps: &[Step]) -> String {
    let lane = |(index, &(class, _, count)): (usize, &Kind)| {
        let top = index as f64 / 3.0;
        let across = (top + 0.05, top + 1.0 / 3.0 - 0.05);
        stretches(steps, count).map(|stretch| panel.band(&format!("fill {class}"), stretch, across)).collect::<String>()
    };
    KINDS.iter().enumerate().map(lane).collect()
}

/// The panel's whole height, tinted where a kind of constraint is active.
fn bands(panel: &Panel, steps: &[Step], (class, _, count): Kind) -> String {
    stretches(steps, count).map(|stretch| panel.band(&format!("tint {class}"), stretch, (0.0, 1.0))).collect()
}

/// From which step until before which step a kind of constraint was active without a break.
fn stretches(steps: &[Step], count: fn(&ActiveConstraints) -> u8) -> impl Iterator<Item = (f64, f64)> {
    let active = move |step: &Step| count(&step.decision.active) > 0;
    let mut from = 0;
    steps.chunk_by(move |one, next| active(one) == active(next)).filter_map(move |stretch| {
        let start = from;
        from += stretch.len();
        stretch.first().is_some_and(active).then_some((start as f64, from as f64))
    })
}
