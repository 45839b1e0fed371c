//! Episodes of many cars at once, for policies whose network likes batches.

use convex_edge_core::episode::{Episode, Scenario};
use convex_edge_mountain_car::data::environment::Environment;

/// What an episode is played on, and whether actions come a step late.
pub type Plant = (Scenario, bool);

/// Plays an episode on each plant to its end. `actions` gives what is applied at the observations of the cars that are
/// still on their way.
///
/// # Errors
/// Those of `actions`.
pub fn play<E>(
    plants: &[Plant],
    mut actions: impl FnMut(&[[f32; 2]]) -> Result<Vec<f32>, E>,
) -> Result<Vec<Episode>, E> {
    let mut cars: Vec<Environment> =
        plants.iter().map(|(scenario, delay)| Environment::start(scenario, *delay)).collect();
    loop {
        let mut moving: Vec<&mut Environment> = cars.iter_mut().filter(|car| !car.episode.over).collect();
        if moving.is_empty() {
            return Ok(cars.into_iter().map(|car| car.episode).collect());
        }
        let observations: Vec<[f32; 2]> = moving.iter_mut().map(|car| car.observe()).collect();
        for (car, action) in moving.iter_mut().zip(actions(&observations)?) {
            car.apply(action);
        }
    }
}
