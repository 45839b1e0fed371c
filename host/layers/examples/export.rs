//! A program is exported, and its artefact is solved as the microcontroller solves it: the bits are the same.

use convex_edge::{ProgramError, minimize, parameter, variable};
use convex_edge_core::program::artefact::{Memory, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The nearest point of the simplex.
    let (x, p) = (variable("x", 3, 1), parameter("p", 3, 1));
    let nearest = minimize(0.5 * (&x - &p).sum_squares()).subject_to([x.at_least(0.0), x.sum().equals(1.0)]);
    let program = nearest.program(&[&p], &[&x])?;
    println!("{} variables, {} constraints", program.variables(), program.constraints());

    // Golden vectors: parameters whose solves the target must reproduce before it runs the program.
    let bytes = program.export::<3, 4>(&[vec![1.0, 0.5, -1.0], vec![0.2, 0.2, 0.2]])?;
    println!("an artefact of {} bytes", bytes.len());

    // From here on as on the target, where `bytes` are in flash and the memory is a static.
    let refused = |error| ProgramError::Artefact { error };
    let artefact = read(&bytes).map_err(refused)?;
    let mut memory = Memory::<3, 4>::new();
    artefact.self_test::<3, 3, 4>(&mut memory).map_err(refused)?; // room for 3 parameters, 3 variables, 4 constraints
    let solution = artefact.solve(&mut memory, &[1.0, 0.5, -1.0]).map_err(refused)?;
    println!("{:?}: x = {:?}", solution.status, solution.x.as_slice());
    assert_eq!(solution.x.as_slice(), [0.75, 0.25, 0.0]);
    Ok(())
}
