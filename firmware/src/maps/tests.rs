use super::*;
use crate::board::scripted::ScriptedBoard;
use convex_edge_core::artefact::MAXIMUM_BYTES;
use convex_edge_core::maps::answer::Status;
use convex_edge_core::maps::artefact::write;
use convex_edge_core::maps::program::{Conditions, OUTSIDE, Program, Region};
use convex_edge_core::maps::{CELLS, Scores};
use convex_edge_core::plant::random::Pcg64;
use convex_edge_core::wire::{SCORES, schema};
use proptest::prelude::*;

fn random_scores(seed: u64) -> Scores {
    let random = &mut Pcg64::from_seed(seed);
    core::array::from_fn(|_| core::array::from_fn(|_| random.uniform(-1.0, 1.0) as f32))
}

/// Seven bricks in the first row, 20 to 40 in all, and an artefact of them and the scores of three maps.
fn page() -> (Vec<u8>, Memory) {
    let mut smallest = [1; CELLS];
    smallest[..18].fill(0);
    let regions = [(1, 7, 7), (OUTSIDE, 20, 40)].map(|(parent, least, most)| Region { parent, least, most });
    let regions = regions.into_iter().collect();
    let program = Program::new(Conditions { counted: 0b110, allowed: [0b111; CELLS], smallest, regions }).unwrap();
    let (mut page, mut memory) = (vec![0; MAXIMUM_BYTES], Memory::new());
    write(&program, "some bricks", &[1, 2, 3].map(random_scores), &mut memory, &mut page).unwrap();
    (page, memory)
}

fn arm(app: &App) -> ToTarget {
    ToTarget::Arm { schema: schema(), artefact: app.artefact.unwrap_or(0), observation_timeout: 0 }
}

fn parts(scores: &Scores) -> Vec<ToTarget> {
    let parts = scores.as_flattened().as_chunks::<SCORES>().0.iter();
    parts.zip(0..).map(|(&scores, part)| ToTarget::Scores { part, scores }).collect()
}

/// What the application says to all of these.
fn ask(app: &mut App, board: &mut ScriptedBoard, messages: impl IntoIterator<Item = ToTarget>) -> Vec<ToHost> {
    messages.into_iter().for_each(|message| board.queue(message));
    while app.tick(board) == Next::Now {}
    board.sent()
}

fn with_app(test: impl FnOnce(&mut App, &mut ScriptedBoard, Memory)) {
    let ((page, solver), mut memory, mut board) = (page(), Memory::new(), ScriptedBoard::new());
    test(&mut App::new(&page, &mut memory, &mut board), &mut board, solver)
}

#[test]
fn a_map_is_found_as_the_host_does() {
    with_app(|app, board, mut solver| {
        assert_eq!(ask(app, board, [arm(app)]), [ToHost::Armed]);
        assert!(board.armed);
        for (seed, sequence) in (10..14).zip(0..) {
            let scores = random_scores(seed);
            let solve = ToTarget::Solve { sequence, checksum: checksum(&scores) };
            solver.scores = scores;
            let answer = solver.solve();
            assert_eq!(answer.status, Status::Solved);
            let tiles = answer.map.tiles();
            assert_eq!(tiles[..18].iter().filter(|&&tile| tile > 0).count(), 7);
            let decoded = ToHost::Decoded(Decoded { sequence, answer, cycles: None });
            assert_eq!(ask(app, board, parts(&scores).into_iter().chain([solve])), [decoded]);
            // Asked again because the answer was lost.
            assert_eq!(ask(app, board, [solve]), [decoded]);
        }
        assert_eq!(ask(app, board, [ToTarget::Disarm]), [ToHost::Disarmed]);
        assert!(!board.armed);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_lost_part_is_told_and_its_repetition_mends_it(lost in 0..126_usize, seed: u64) {
        with_app(|app, board, _| {
            let scores = random_scores(seed);
            let (mut most, solve) = (parts(&scores), ToTarget::Solve { sequence: 7, checksum: checksum(&scores) });
            let part = most.remove(lost);
            ask(app, board, [arm(app)]);
            assert_eq!(ask(app, board, most.into_iter().chain([solve])), [ToHost::PartsDiffer { sequence: 7 }]);
            assert!(matches!(ask(app, board, [part, solve])[..], [ToHost::Decoded(Decoded { sequence: 7, .. })]));
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
        let scores = random_scores(5);
        let solve = ToTarget::Solve { sequence: 0, checksum: checksum(&scores) };
        assert_eq!(ask(app, board, [solve]), [ToHost::Fault(Fault::NotArmed)]);
        ask(app, board, [arm(app)]);
        let others = [
            ToTarget::Observation { sequence: 0, observation: [0.0; 2] },
            ToTarget::SelfPlay { seed: 0, gravity: 1.0, power: 1.0, noise: false },
            ToTarget::Pixels { chunk: 0, pixels: [0; _] },
        ];
        for other in others {
            assert_eq!(ask(app, board, [other]), [ToHost::Fault(Fault::OtherTask)]);
            assert!(!board.armed);
        }
        // A part beyond the last one changes nothing.
        ask(app, board, [arm(app)].into_iter().chain(parts(&scores)));
        let beyond = ToTarget::Scores { part: 126, scores: [1.0; SCORES] };
        assert!(matches!(ask(app, board, [beyond, solve])[..], [ToHost::Decoded(_)]));
    });
}
