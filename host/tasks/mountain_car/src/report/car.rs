//! Animation of the car: one episode, played by the browser itself.

use convex_edge_core::plant::mountain_car::{CONTINUOUS_GOAL, POSITION_MAX, POSITION_MIN};
use convex_edge_hil::recording::Recording;
use convex_edge_report::axis::Axis;
use convex_edge_report::plot::{LEFT, Labels, Panel, RIGHT, WIDTH, picture};
use convex_edge_report::text::{coordinate, number};

const HEIGHT: f64 = 260.0;
/// Every so many steps the animation has a place of the car; between them it moves evenly.
const STRIDE: usize = 3;
/// Steps that a second of the animation shows.
const STEPS_PER_SECOND: f64 = 60.0;

/// The car on its hill, again and again.
pub(super) fn figure(chosen: Option<&Recording>) -> String {
    let Some(chosen) = chosen else { return String::new() };
    let panel = Panel {
        left: LEFT,
        top: 12.0,
        width: WIDTH - LEFT - RIGHT,
        height: HEIGHT - 67.0,
        x: Axis::new(POSITION_MIN, POSITION_MAX),
        y: Axis::new(-1.1, 1.3),
    };
    let height = |position: f64| (3.0 * position).sin();
    let hill: Vec<[f64; 2]> = (0..=180)
        .map(|i| POSITION_MIN + (POSITION_MAX - POSITION_MIN) * f64::from(i) / 180.0)
        .map(|position| [position, height(position)])
        .collect();
    let positions = chosen.steps.iter().map(|step| f64::from(step.observation[0]));
    let last = positions.clone().next_back().unwrap_or(CONTINUOUS_GOAL);
    let places = positions.step_by(STRIDE).chain([last]).map(|position| [position, height(position)]);
    let seconds = chosen.steps.len() as f64 / STEPS_PER_SECOND;
    let content = panel.line("edge", &hill)
        + &panel.upright("goal", CONTINUOUS_GOAL)
        + &panel.moving("held", &places.collect::<Vec<_>>(), 7.0, seconds);
    let labels = Labels { title: "", below: Some("position"), left: 0 };
    let description = format!(
        "The car of seed {} swings until it has the energy for the hill: {} steps in {} s, {} a second.",
        chosen.scenario.seed,
        number(chosen.steps.len() as f64),
        coordinate(seconds.round()),
        number(STEPS_PER_SECOND)
    );
    let drawn = picture(&description, HEIGHT, &panel.draw(&labels, &content));
    format!("{drawn}<figcaption>{description}</figcaption>")
}
