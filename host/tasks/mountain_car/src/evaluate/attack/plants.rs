//! The plants of the study, each with the margins that its filter is made with.

use crate::evaluate::episodes::CORNERS;
use crate::model::safe_set::{Margins, NO_MARGINS};
use convex_edge_core::plant::noise::{POSITION_NOISE, VELOCITY_NOISE};

/// Gravity and power off by 10 %.
const FAR_CORNERS: [(f32, f32); 4] = [(0.9, 0.9), (0.9, 1.1), (1.1, 0.9), (1.1, 1.1)];

/// The model itself.
const NOMINAL: [(f32, f32); 1] = [(1.0, 1.0)];

/// What the adversaries drive, and what it is filtered with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plant {
    /// Name in tables.
    pub name: &'static str,
    /// Gravity and power relative to nominal, in turn by episode.
    pub corners: &'static [(f32, f32)],
    /// Whether there is sensor noise.
    pub noise: bool,
    /// Whether actions come a step late; what is seen is then the prediction over the one on its way.
    pub delay: bool,
    /// Whether the action may change by 0.2 a step only.
    pub slew: bool,
    /// Errors that its filter withstands.
    pub margins: Margins,
}

const FIVE_PERCENT: Margins = Margins { gravity_error: 0.05, power_error: 0.05, ..NO_MARGINS };

const PLAIN: Plant =
    Plant { name: "nominal", corners: &NOMINAL, noise: false, delay: false, slew: false, margins: NO_MARGINS };

const fn noisy(margins: Margins, position_noise: f64, velocity_noise: f64) -> Margins {
    Margins { position_noise, velocity_noise, ..margins }
}

/// Every plant. With a delay, the prediction over an action on a plant off by 5 % errs by at most 2e-4, in velocity
/// and position: that counts as noise, on top of the sensor's.
pub const PLANTS: [Plant; 9] = [
    PLAIN,
    Plant { name: "5 %", corners: &CORNERS, margins: FIVE_PERCENT, ..PLAIN },
    Plant {
        name: "10 %",
        corners: &FAR_CORNERS,
        margins: Margins { gravity_error: 0.1, power_error: 0.1, ..NO_MARGINS },
        ..PLAIN
    },
    Plant { name: "noise", noise: true, margins: noisy(NO_MARGINS, POSITION_NOISE, VELOCITY_NOISE), ..PLAIN },
    Plant {
        name: "5 %, noise",
        corners: &CORNERS,
        noise: true,
        margins: noisy(FIVE_PERCENT, POSITION_NOISE, VELOCITY_NOISE),
        ..PLAIN
    },
    Plant { name: "delay", delay: true, ..PLAIN },
    Plant { name: "delay, 5 %", corners: &CORNERS, delay: true, margins: noisy(FIVE_PERCENT, 2e-4, 2e-4), ..PLAIN },
    Plant {
        name: "delay, 5 %, noise",
        corners: &CORNERS,
        noise: true,
        delay: true,
        margins: noisy(FIVE_PERCENT, 1.4e-3, 4e-4),
        ..PLAIN
    },
    Plant { name: "slew limit 0.2", slew: true, ..PLAIN },
];
