use super::*;
use crate::board::scripted::ScriptedBoard;
use crate::{App, Memory};
use convex_edge_core::wire::schema;
use proptest::prelude::*;

/// Data of a task to test with; the task's own tests give them.
pub trait Example: Task {
    /// Number of parts.
    const PARTS: usize;

    /// Memory at the start of a target.
    fn empty() -> Self;

    /// An artefact.
    fn page() -> Vec<u8>;

    /// All parts of data that the seed draws, and their checksum.
    fn parts(seed: u64) -> (Vec<ToTarget>, u32);

    /// Answer of a host with that artefact to the same parts.
    fn expected(seed: u64, sequence: u32) -> ToHost;

    /// A part after the last one.
    fn beyond() -> ToTarget;

    /// A part of the other task.
    fn foreign() -> ToTarget;
}

fn arm(app: &App) -> ToTarget {
    ToTarget::Arm { schema: schema(), artefact: app.artefact.unwrap_or(0), observation_timeout: 0 }
}

/// Answers of the application to all of these messages.
fn ask(app: &mut App, board: &mut ScriptedBoard, messages: impl IntoIterator<Item = ToTarget>) -> Vec<ToHost> {
    messages.into_iter().for_each(|message| board.queue(message));
    while app.tick(board) == Next::Now {}
    board.sent()
}

fn with_app(page: &[u8], test: impl FnOnce(&mut App, &mut ScriptedBoard)) {
    let (mut memory, mut board) = (Memory::empty(), ScriptedBoard::new());
    test(&mut App::new(page, &mut memory, &mut board), &mut board)
}

#[test]
fn the_answer_is_the_hosts() {
    with_app(&Memory::page(), |app, board| {
        assert_eq!(ask(app, board, [arm(app)]), [ToHost::Armed]);
        assert!(board.armed);
        for (seed, sequence) in (10..14).zip(0..) {
            let (parts, checksum) = Memory::parts(seed);
            assert_eq!(parts.len(), Memory::PARTS);
            let solve = ToTarget::Solve { sequence, checksum };
            let answer = Memory::expected(seed, sequence);
            assert_eq!(ask(app, board, parts.into_iter().chain([solve])), [answer]);
            // Asked again because the answer was lost.
            assert_eq!(ask(app, board, [solve]), [answer]);
        }
        assert_eq!(ask(app, board, [ToTarget::Disarm]), [ToHost::Disarmed]);
        assert!(!board.armed);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_lost_part_is_told_and_its_repetition_mends_it(lost in 0..Memory::PARTS, seed: u64) {
        with_app(&Memory::page(), |app, board| {
            let (mut most, checksum) = Memory::parts(seed);
            let (part, solve) = (most.remove(lost), ToTarget::Solve { sequence: 7, checksum });
            ask(app, board, [arm(app)]);
            assert_eq!(ask(app, board, most.into_iter().chain([solve])), [ToHost::PartsDiffer { sequence: 7 }]);
            assert_eq!(ask(app, board, [part, solve]), [Memory::expected(seed, 7)]);
        });
    }

    #[test]
    fn a_damaged_artefact_cannot_be_armed(position in 0.0..1.0, damage in 1_u8..) {
        let mut page = Memory::page();
        let length = page.iter().rposition(|&byte| byte != 0).unwrap() + 1;
        page[(position * length as f64) as usize] ^= damage;
        with_app(&page, |app, board| {
            let refused = ask(app, board, [arm(app)]);
            assert!(matches!(refused[..], [ToHost::Fault(Fault::Artefact(_))]) && !board.armed);
        });
    }
}

#[test]
fn what_is_not_armed_or_of_another_task_is_refused() {
    with_app(&Memory::page(), |app, board| {
        let (parts, checksum) = Memory::parts(5);
        let solve = ToTarget::Solve { sequence: 0, checksum };
        assert_eq!(ask(app, board, [solve]), [ToHost::Fault(Fault::NotArmed)]);
        ask(app, board, [arm(app)]);
        let others = [
            ToTarget::Observation { sequence: 0, observation: [0.0; 2] },
            ToTarget::SelfPlay { seed: 0, gravity: 1.0, power: 1.0, noise: false },
            Memory::foreign(),
        ];
        for other in others {
            assert_eq!(ask(app, board, [other]), [ToHost::Fault(Fault::OtherTask)]);
            assert!(!board.armed);
        }
        ask(app, board, [arm(app)].into_iter().chain(parts));
        assert_eq!(ask(app, board, [Memory::beyond(), solve]), [Memory::expected(5, 0)]);
    });
}

#[test]
fn halves_are_counted_over_a_wrap() {
    assert_eq!(halves([Some(u32::MAX), Some(4), Some(6)]), Some([5, 2]));
    assert_eq!(halves([None; 3]), None);
}
