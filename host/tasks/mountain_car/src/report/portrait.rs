//! Phase portrait: episodes in the plane of position and velocity, over the safe set.

use crate::model::safe_set::Kernel;
use convex_edge_core::plant::mountain_car::{CONTINUOUS_GOAL, POSITION_MAX, POSITION_MIN};
use convex_edge_core::safety::{POSITION_LIMIT, SPEED_LIMIT};
use convex_edge_hil::recording::{Recording, Step};
use convex_edge_report::axis::Axis;
use convex_edge_report::plot::{LEFT, Labels, Panel, RIGHT, WIDTH, legend, picture};

const HEIGHT: f64 = 430.0;

/// The phase portrait of the episodes over the viability kernel, one episode drawn out.
pub(super) fn figure(kernel: &Kernel, episodes: &[Recording], chosen: Option<&Recording>) -> String {
    let speed = f64::from(SPEED_LIMIT);
    let panel = Panel {
        left: LEFT,
        top: 30.0,
        width: WIDTH - LEFT - RIGHT,
        height: HEIGHT - 85.0,
        x: Axis::new(POSITION_MIN, POSITION_MAX),
        y: Axis::new(-1.25 * speed, 1.25 * speed),
    };
    let side = |velocities: &ndarray::Array1<f64>| -> Vec<[f64; 2]> {
        kernel.position.iter().zip(velocities).map(|(&position, &velocity)| [position, velocity]).collect()
    };
    let (low, high) = (side(&kernel.low), side(&kernel.high));
    let mut content = panel.area("kernel", &low, &high);
    content += &panel.line("edge", &low);
    content += &panel.line("edge", &high);
    content += &panel.level("limit", speed);
    content += &panel.level("limit", -speed);
    content += &panel.upright("limit", POSITION_LIMIT.into());
    content += &panel.upright("goal", CONTINUOUS_GOAL);
    for episode in episodes {
        content += &panel.line("car", &path(&episode.steps));
    }
    if let Some(chosen) = chosen {
        content += &panel.line("chosen", &path(&chosen.steps));
        for part in
            chosen.steps.chunk_by(|one, next| (one.decision.active.safe_set > 0) == (next.decision.active.safe_set > 0))
        {
            if part.first().is_some_and(|step| step.decision.active.safe_set > 0) {
                content += &panel.line("held", &path(part));
            }
        }
    }
    for first in episodes.iter().filter_map(|episode| episode.steps.first()) {
        content += &panel.dot("start", state(first), 3.0);
    }
    content += &panel.words("hint end", [CONTINUOUS_GOAL, -1.25 * speed], [-6.0, -8.0], "goal");
    content += &panel.words("hint", [POSITION_LIMIT.into(), -1.25 * speed], [6.0, -8.0], "position limit");
    content += &panel.words("hint", [POSITION_LIMIT.into(), speed], [6.0, -7.0], "speed limit");
    let labels = Labels { title: "velocity, position units a step", below: Some("position"), left: 6 };
    let description = format!(
        "Phase portrait of {} episodes over the serial port: the trajectories start near position \u{2212}0.5, swing \
         and end at the goal.",
        episodes.len()
    );
    let keys = legend(&[
        ("kernel", "safe set"),
        ("limit", "limit"),
        ("car", "episodes"),
        ("chosen", "the episode below"),
        ("held", "its safe-set rows active"),
    ]);
    format!(
        "{keys}{}<figcaption>{} From every state of the safe set some action keeps speed and position within the \
         limits for ever, whatever the model error and the noise in the configuration.</figcaption>",
        picture(&description, HEIGHT, &panel.draw(&labels, &content)),
        caption(episodes, chosen)
    )
}

fn caption(episodes: &[Recording], chosen: Option<&Recording>) -> String {
    match chosen {
        Some(chosen) => {
            format!(
                "{} episodes over the serial port; dots are starts, seed {} is drawn out.",
                episodes.len(),
                chosen.scenario.seed
            )
        }
        None => "No episode is there.".to_owned(),
    }
}

fn path(steps: &[Step]) -> Vec<[f64; 2]> {
    steps.iter().map(state).collect()
}

fn state(step: &Step) -> [f64; 2] {
    step.observation.map(f64::from)
}
