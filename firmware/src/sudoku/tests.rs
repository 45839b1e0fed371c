use super::*;
use crate::board::scripted::ScriptedBoard;
use convex_edge_core::artefact::MAXIMUM_BYTES;
use convex_edge_core::plant::random::Pcg64;
use convex_edge_core::sudoku::artefact::write;
use convex_edge_core::sudoku::reader::PARAMETERS;
use convex_edge_core::wire::{CHUNK, schema};
use proptest::prelude::*;

fn images(seed: u64) -> Images {
    let random = &mut Pcg64::from_seed(seed);
    core::array::from_fn(|_| core::array::from_fn(|_| random.uniform(0.0, 255.9) as u8))
}

/// An artefact of random weights and three boards, and a memory that holds it.
fn page() -> (Vec<u8>, sudoku::Memory) {
    let random = &mut Pcg64::from_seed(1);
    let weights: Vec<f32> = (0..PARAMETERS).map(|_| random.uniform(-0.4, 0.4) as f32).collect();
    let (mut page, mut memory) = (vec![0; MAXIMUM_BYTES], sudoku::Memory::new());
    write(&weights, &[1, 2, 3].map(images), &mut memory, &mut page).unwrap();
    (page, memory)
}

fn arm(app: &App) -> ToTarget {
    ToTarget::Arm { schema: schema(), artefact: app.artefact.unwrap_or(0), observation_timeout: 0 }
}

fn parts(images: &Images) -> Vec<ToTarget> {
    let parts = images.as_flattened().as_chunks::<CHUNK>().0.iter();
    parts.zip(0..).map(|(&pixels, chunk)| ToTarget::Pixels { chunk, pixels }).collect()
}

/// What the application says to all of these.
fn ask(app: &mut App, board: &mut ScriptedBoard, messages: impl IntoIterator<Item = ToTarget>) -> Vec<ToHost> {
    messages.into_iter().for_each(|message| board.queue(message));
    while app.tick(board) == Next::Now {}
    board.sent()
}

fn with_app(test: impl FnOnce(&mut App, &mut ScriptedBoard, sudoku::Memory)) {
    let ((page, solver), mut memory, mut board) = (page(), Memory::new(), ScriptedBoard::new());
    test(&mut App::new(&page, &mut memory, &mut board), &mut board, solver)
}

#[test]
fn a_board_is_solved_as_the_host_does() {
    with_app(|app, board, mut solver| {
        assert_eq!(ask(app, board, [arm(app)]), [ToHost::Armed]);
        assert!(board.armed);
        for (seed, sequence) in (10..14).zip(0..) {
            let images = images(seed);
            let solve = ToTarget::Solve { sequence, checksum: crc32(images.as_flattened()) };
            solver.read(&images);
            let solved = ToHost::Solved(Solved { sequence, solution: solver.solve(), cycles: None });
            assert_eq!(ask(app, board, parts(&images).into_iter().chain([solve])), [solved]);
            // Asked again because the answer was lost.
            assert_eq!(ask(app, board, [solve]), [solved]);
        }
        assert_eq!(ask(app, board, [ToTarget::Disarm]), [ToHost::Disarmed]);
        assert!(!board.armed);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_lost_part_is_told_and_its_repetition_mends_it(lost in 0..64_usize, seed: u64) {
        with_app(|app, board, _| {
            let images = images(seed);
            let (mut most, solve) = (parts(&images), ToTarget::Solve { sequence: 7, checksum: crc32(images.as_flattened()) });
            let part = most.remove(lost);
            ask(app, board, [arm(app)]);
            assert_eq!(ask(app, board, most.into_iter().chain([solve])), [ToHost::PartsDiffer { sequence: 7 }]);
            assert!(matches!(ask(app, board, [part, solve])[..], [ToHost::Solved(Solved { sequence: 7, .. })]));
        });
    }

    #[test]
    fn a_damaged_artefact_cannot_be_armed(position in 0.0..1.0, damage in 1_u8..) {
        let (mut page, _) = page();
        let length = page.iter().rposition(|&byte| byte != 0).unwrap() + 1;
        page[(position * length as f64) as usize] ^= damage;
        let (mut memory, mut board) = (Memory::new(), ScriptedBoard::new());
        let mut app = App::new(&page, &mut memory, &mut board);
        let request = arm(&app);
        let refused = ask(&mut app, &mut board, [request]);
        assert!(matches!(refused[..], [ToHost::Fault(Fault::Artefact(_))]) && !board.armed);
    }
}

#[test]
fn what_is_not_armed_or_of_another_task_is_refused() {
    with_app(|app, board, _| {
        let images = images(5);
        let solve = ToTarget::Solve { sequence: 0, checksum: crc32(images.as_flattened()) };
        assert_eq!(ask(app, board, [solve]), [ToHost::Fault(Fault::NotArmed)]);
        ask(app, board, [arm(app)]);
        let others = [
            ToTarget::Observation { sequence: 0, observation: [0.0; 2] },
            ToTarget::SelfPlay { seed: 0, gravity: 1.0, power: 1.0, noise: false },
        ];
        for other in others {
            assert_eq!(ask(app, board, [other]), [ToHost::Fault(Fault::OtherTask)]);
            assert!(!board.armed);
        }
        // A part beyond the last one changes nothing.
        ask(app, board, [arm(app)].into_iter().chain(parts(&images)));
        let beyond = ToTarget::Pixels { chunk: 64, pixels: [1; CHUNK] };
        assert!(matches!(ask(app, board, [beyond, solve])[..], [ToHost::Solved(_)]));
    });
}
