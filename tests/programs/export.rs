//! An exported program gives the same bits by `shared` alone as the layer it was trained in, and on the microcontroller.

use crate::catalogue::{Case, all};
use crate::numbers::numbers;
use burn::tensor::{Device, Tensor, TensorData};
use convex_edge::program::{Program, ProgramError};
use convex_edge_burn::{ActiveSetLayer, shared};
use convex_edge_core::artefact::{ADDRESS, ArtefactError};
use convex_edge_core::episode::{Episode, Scenario};
use convex_edge_core::policy::{Cost, HORIZON, Horizon10, Parameters, ROWS};
use convex_edge_core::problem_set::{Answer, Greeting, LINE_BYTES};
use convex_edge_core::program::artefact::{Memory, read};
use convex_edge_core::qp::{Settings, Workspace, solve_warm};
use convex_edge_hil::batch::{self, Batch};
use convex_edge_hil::board;
use convex_edge_mountain_car::model::{program, safe_set, weights};
use convex_edge_mountain_car::train::settings::Config;
use convex_edge_runs::interrupt;
use convex_edge_setup::thumb;

fn case(name: &str) -> Case {
    all().into_iter().find(|case| case.name == name).unwrap()
}

/// Values of the case, moved a little differently each time.
fn moved(case: &Case, count: u64) -> Vec<Vec<f32>> {
    let one = |seed: u64| {
        let values = case.values.concat();
        let moves = numbers(500 + seed, values.len());
        values.iter().zip(moves).map(|(value, by)| (value + 0.05 * by) as f32).collect()
    };
    (0..count).map(one).collect()
}

/// The layer's outputs for one sample.
fn by_layer<const N: usize, const M: usize>(layer: &ActiveSetLayer<f32, N, M>, values: &[f32]) -> Vec<u32> {
    let mut start = 0;
    let arguments: Vec<_> = layer
        .program()
        .parameters
        .iter()
        .map(|slot| {
            let length = slot.rows * slot.columns;
            let data = TensorData::new(values[start..start + length].to_vec(), [length]);
            start += length;
            shared(Tensor::<1>::from_data(data, &Device::flex()))
        })
        .collect();
    let values: Vec<f32> = layer.forward(&arguments).unwrap().to_data().try_into_vec().unwrap();
    values.into_iter().map(f32::to_bits).collect()
}

fn same_bits<const N: usize, const M: usize>(name: &str) {
    let case = case(name);
    let examples = moved(&case, 40);
    let layer = ActiveSetLayer::<f32, N, M>::new(case.program.clone()).unwrap();
    let bytes = layer.export(&examples).unwrap();
    let artefact = read(&bytes).unwrap();
    let mut memory = Box::new(Memory::<N, M>::new());
    assert_eq!(artefact.self_test::<64, N, M>(&mut memory), Ok(()));
    for values in &examples {
        memory.reset();
        let solution = artefact.solve(&mut memory, values).unwrap();
        let outputs: Vec<u32> = artefact.outputs_of(&solution).map(f32::to_bits).collect();
        assert_eq!(outputs, by_layer(&layer, values), "{name}");
    }
}

#[test]
fn a_program_with_parametric_vectors_has_the_layers_bits() {
    same_bits::<4, 8>("control");
}

#[test]
fn a_program_with_parametric_matrices_has_the_layers_bits() {
    same_bits::<3, 5>("parametric_rows");
    same_bits::<10, 10>("deconvolution");
}

fn policy() -> Parameters {
    let config = Config::load(None).unwrap();
    let safe_set = safe_set::tables(&config.safe_set).unwrap();
    let parameters = weights::parameters(&config.policy, &safe_set, &[1.0; Cost::WEIGHTS]);
    // So slow that the slew limit binds in most steps.
    Parameters { slew_limit: 0.05, ..parameters }
}

/// The policy's program, and the values of its parameters in the steps of an episode; what was solved then is solved by
/// it with the same bits.
fn policy_program(steps: usize) -> (Program, Vec<Vec<f32>>) {
    let parameters = policy();
    let program = program::program(&parameters).unwrap();
    assert_eq!((program.variables(), program.constraints(), program.bounds()), (HORIZON, ROWS, HORIZON));
    let (mut memory, mut episode) = (Box::new(Horizon10::new()), Episode::start(&Scenario::nominal(3)));
    let mut workspace = Box::new(Workspace::<f32, HORIZON, ROWS>::new());
    let (mut last, mut values, mut binding) = (0.0, Vec::new(), 0);
    for _ in 0..steps {
        let decision = episode.step(&parameters, &mut memory).decision;
        let by_hand = memory.qp();
        let theta = program::values(by_hand, last);
        let filled = program.qp::<f32, HORIZON, ROWS>(&theta).unwrap();
        assert_eq!(filled.hessian, by_hand.hessian);
        assert_eq!(filled.linear, by_hand.linear);
        assert_eq!(filled.rows.rows(HORIZON, 2 * HORIZON), by_hand.rows.rows(HORIZON, 2 * HORIZON));
        assert_eq!((filled.lower, filled.upper), (by_hand.lower, by_hand.upper));
        assert_eq!(filled.softness, by_hand.softness);
        let solution = solve_warm(&filled, &mut workspace, &Settings::default());
        assert_eq!(solution.iterations, u32::from(decision.iterations));
        binding += solution.working_set.len();
        last = decision.action;
        values.push(theta);
    }
    assert!(binding > steps / 4, "hardly anything binds: {binding}");
    (program, values)
}

#[test]
fn the_policy_is_a_program_with_the_same_bits_on_the_emulated_microcontroller() {
    let (program, values) = policy_program(60);
    let bytes = program.export::<HORIZON, ROWS>(&values).unwrap();
    let artefact = read(&bytes).unwrap();
    let mut memory = Box::new(Memory::<HORIZON, ROWS>::new());
    let checksum = |theta: &Vec<f32>| Answer::new(&artefact.solve(&mut memory, theta).unwrap(), 0).checksum;
    let native: Vec<u32> = values.iter().map(checksum).collect();

    let board = board::find("b-l475e-iot01a").unwrap();
    let microcontroller = board.microcontroller.as_ref().unwrap();
    let elf = thumb::program_elf(HORIZON, ROWS).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let answer_bytes = (values.len() + 2) * LINE_BYTES;
    let data = file.path();
    let batch = Batch { microcontroller, program: &elf, data, address: ADDRESS, shift: 6, answer_bytes };
    let said = batch::run(&batch, &interrupt::REQUESTED).unwrap();
    let lines: Vec<[u8; LINE_BYTES]> = said.as_chunks().0.to_vec();
    let greeting = Greeting::from_bytes(lines[0]).unwrap();
    assert_eq!(greeting.problems as usize, values.len());
    let target: Vec<u32> = lines[1..=values.len()].iter().map(|line| Answer::from_bytes(*line).checksum).collect();
    assert_eq!(target, native);
}

#[test]
fn what_is_damaged_or_of_another_size_is_refused() {
    let case = case("control");
    let bytes = case.program.export::<4, 8>(&moved(&case, 2)).unwrap();
    for index in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[index] ^= 0x10;
        assert!(read(&damaged).is_err(), "byte {index}");
    }
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "{length} bytes");
    }
    assert!(matches!(case.program.export::<5, 8>(&[]), Err(ProgramError::Sizes { variables: 4, constraints: 8 })));
    let artefact = read(&bytes).unwrap();
    let mut other = Box::new(Memory::<5, 8>::new());
    let refused = artefact.solve(&mut other, &[0.0; 2]);
    assert!(matches!(refused, Err(ArtefactError::WrongDimensions { found: [2, 4, 8, 4] })));
    let mut memory = Box::new(Memory::<4, 8>::new());
    assert!(matches!(artefact.solve(&mut memory, &[0.0]), Err(ArtefactError::InvalidParameters)));
}
