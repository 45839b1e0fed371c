//! Plants that are off: constraints of the nominal plant beside those of the plant that was identified.

use super::{Learned, PLANT_EPISODES, is_safe, mean_return, on};
use crate::baselines::controller::{Control, Controller};
use crate::baselines::evaluation::play;
use crate::compare::run::RunError;
use crate::compare::settings::Settings as Published;
use crate::model::known_plant::KnownPlant;
use convex_edge_core::episode::Scenario;
use convex_edge_core::math::cos_f32;
use convex_edge_core::plant::mountain_car::{GRAVITY, POWER};
use convex_edge_core::random::Pcg64;
use convex_edge_mountain_car::data::environment::Environment;
use convex_edge_runs::measured::Measured;
use nalgebra::{Matrix2, Vector2};

/// Share by which gravity is larger and power smaller than nominal.
const OFF: [f64; 7] = [0.0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15];

/// Steps that a plant is identified from: pushes of random strength in the direction of motion, which see most of the track.
const STEPS: usize = 1000;

/// Added to a run's seed for the pushes.
const SEED: u64 = 1 << 36;

/// Figures `harm/SHARE/WAY/NAME` with the ways `alone`, `fixed` and `learned`; NAME is `safe`, `solved`, `return` or
/// `violations`, the share of episodes that exceed a limit.
pub(super) fn plants(
    learned: &Learned,
    controller: &Controller,
    published: &Published,
    seed: u64,
    measured: &mut Measured,
) -> Result<(), RunError> {
    for off in OFF {
        let (gravity, power) = (1.0 + off as f32, 1.0 - off as f32);
        let plants = on(0, PLANT_EPISODES, (gravity, power), true);
        let [gravity, power] = identified(gravity, power, seed);
        let identified = KnownPlant::new(gravity, power, &published.safe_set)?;
        let ways = [
            ("alone", controller.with(Control::Clip)),
            ("fixed", controller.with(Control::Projection)),
            ("learned", controller.with(Control::Projection).on(identified)),
        ];
        for (way, controller) in ways {
            let played = play(&plants, |observations| learned.actions(&controller, observations))?;
            let share = |count: usize| count as f64 / played.len().max(1) as f64;
            let mut figure = |name: &str, value: f64| measured.figure(format!("harm/{off}/{way}/{name}"), value);
            figure("safe", share(played.iter().filter(|episode| is_safe(episode)).count()));
            figure("solved", share(played.iter().filter(|episode| episode.solved).count()));
            figure("violations", share(played.iter().filter(|episode| episode.violations > 0).count()));
            figure("return", mean_return(&played));
        }
    }
    Ok(())
}

/// Gravity and power relative to the nominal ones, by least squares over steps that are seen through sensor noise.
fn identified(gravity: f32, power: f32, seed: u64) -> [f32; 2] {
    let scenario = Scenario { seed: SEED + seed, gravity, power, noise: true };
    let random = &mut Pcg64::from_seed(SEED + seed);
    let mut environment = Environment::start(&scenario, false);
    let (mut products, mut changes) = (Matrix2::zeros(), Vector2::zeros());
    let mut strength = 0.0;
    for step in 0..STEPS {
        if environment.episode.over {
            environment = Environment::start(&Scenario { seed: SEED + seed + step as u64, ..scenario }, false);
        }
        let [position, velocity] = environment.observe();
        // Ten steps of one strength move the car more than one does.
        if step % 10 == 0 {
            strength = random.uniform(0.0, 1.0) as f32;
        }
        let push = if velocity < 0.0 { -strength } else { strength };
        environment.apply(push);
        let [reached, next] = environment.observe();
        // The wall and the largest speed are no dynamics.
        if reached < -1.15 || next.abs() > 0.065 {
            continue;
        }
        let features = Vector2::new(-f64::from(cos_f32(3.0 * position)) * GRAVITY, f64::from(push) * POWER);
        products += features * features.transpose();
        changes += features * f64::from(next - velocity);
    }
    // Pushes are drawn anew a hundred times: the products have an inverse.
    let found = products.cholesky().map_or(Vector2::new(1.0, 1.0), |factor| factor.solve(&changes));
    [found[0] as f32, found[1] as f32]
}

#[cfg(test)]
mod tests {
    use super::identified;

    #[test]
    fn a_plant_is_identified_through_the_noise() {
        for (gravity, power) in [(1.0, 1.0), (1.15, 0.85), (0.9, 1.1)] {
            for seed in 0..5 {
                let [found_gravity, found_power] = identified(gravity, power, seed);
                assert!((found_gravity - gravity).abs() < 0.02, "{found_gravity} {gravity}");
                assert!((found_power - power).abs() < 0.03, "{found_power} {power}");
            }
        }
    }
}
