//! Control application of the target: obeys the host's messages, runs control loop and self-play, reports faults.

#[cfg(test)]
mod tests;

use crate::board::Board;
use crate::conversation::{Conversation, Next, check_arm, hello};
use convex_edge_core::artefact::{self, Artefact, ArtefactError};
use convex_edge_core::episode::{Episode, Scenario};
use convex_edge_core::fault::Fault;
use convex_edge_core::policy::{Decision, Horizon10};
use convex_edge_core::wire::{TO_HOST_FRAME, Telemetry, ToHost, ToTarget};

/// Self-play steps only with this much room, so that the last step's two frames are never dropped.
const STEP_ROOM: usize = 2 * TO_HOST_FRAME;

/// What self-play may scale gravity and power by; a range holds no NaN.
const SCALES: core::ops::RangeInclusive<f32> = 0.5..=2.0;

/// The application's whole state except the policy's memory.
pub struct App<'a> {
    artefact: Result<Artefact<'a>, ArtefactError>,
    memory: &'a mut Horizon10,
    conversation: Conversation,
    armed: Option<Armed>,
}

struct Armed {
    /// Sequence number of the next observation.
    next: u32,
    /// The answer to the one before.
    last: Option<Decision>,
    /// Ticks without an observation after which the target disarms; 0: never.
    timeout: u16,
    /// Tick at which the time-out began to run.
    since: u32,
    self_play: Option<SelfPlay>,
}

struct SelfPlay {
    seed: u64,
    episode: Episode,
}

impl<'a> App<'a> {
    /// Reads and tests the artefact; a request to arm the target is answered with its error.
    pub fn new(page: &'a [u8], memory: &'a mut Horizon10, board: &mut impl Board) -> Self {
        board.set_armed(false);
        let artefact = artefact::read(page).and_then(|artefact| artefact.self_test(memory).map(|()| artefact));
        Self { artefact, memory, conversation: Conversation::new(), armed: None }
    }

    /// Takes at most one message, watches the time-out and plays at most one step.
    pub fn tick(&mut self, board: &mut impl Board) -> Next {
        if let Some(message) = self.conversation.next_message(board) {
            match self.obey(message, board) {
                Ok(Some(answer)) => self.conversation.send(&answer, board),
                Ok(None) => {}
                Err(fault) => self.fail(fault, board),
            }
        }
        if let Some(milliseconds) = self.expired(board.ticks()) {
            self.fail(Fault::ObservationTimeout { milliseconds }, board);
        }
        self.play(board)
    }

    fn obey(&mut self, message: ToTarget, board: &mut impl Board) -> Result<Option<ToHost>, Fault> {
        match message {
            ToTarget::Hello => {
                let crc = self.artefact.as_ref().ok().map(|artefact| artefact.crc);
                Ok(Some(hello(crc, board)))
            }
            ToTarget::Arm { schema, artefact, observation_timeout } => {
                self.arm(schema, artefact, observation_timeout, board).map(Some)
            }
            ToTarget::Disarm => {
                self.disarm(board);
                Ok(Some(ToHost::Disarmed))
            }
            ToTarget::Observation { sequence, observation } => {
                self.observe(sequence, observation, board.ticks()).map(Some)
            }
            ToTarget::SelfPlay { seed, gravity, power, noise } => {
                let armed = self.armed.as_mut().ok_or(Fault::NotArmed)?;
                if !SCALES.contains(&gravity) || !SCALES.contains(&power) {
                    return Err(Fault::PlantOutOfRange);
                }
                armed.restart(self.memory);
                let episode = Episode::start(&Scenario { seed, gravity, power, noise });
                armed.self_play = Some(SelfPlay { seed, episode });
                Ok(None)
            }
            ToTarget::Statistics => Ok(Some(ToHost::Statistics(self.conversation.statistics(board)))),
            ToTarget::Pixels { .. } | ToTarget::Scores { .. } | ToTarget::Solve { .. } => Err(Fault::OtherTask),
        }
    }

    fn arm(&mut self, schema: u32, crc: u32, timeout: u16, board: &mut impl Board) -> Result<ToHost, Fault> {
        let own = self.artefact.as_ref().map(|artefact| artefact.crc).map_err(|&error| error);
        check_arm(schema, crc, own)?;
        self.memory.reset();
        self.armed = Some(Armed { next: 0, last: None, timeout, since: board.ticks(), self_play: None });
        board.set_armed(true);
        Ok(ToHost::Armed)
    }

    fn observe(&mut self, sequence: u32, observation: [f32; 2], now: u32) -> Result<ToHost, Fault> {
        let artefact = self.artefact.as_ref().map_err(|&error| Fault::Artefact(error))?;
        let armed = self.armed.as_mut().ok_or(Fault::NotArmed)?;
        if armed.self_play.is_some() {
            armed.restart(self.memory);
        }
        armed.since = now;
        if let Some(decision) = armed.last.filter(|_| sequence.wrapping_add(1) == armed.next) {
            return Ok(ToHost::Action { sequence, decision });
        }
        if sequence != armed.next {
            return Err(Fault::SequenceGap { expected: armed.next, found: sequence });
        }
        if !observation.iter().all(|value| value.is_finite()) {
            return Err(Fault::ObservationNotFinite);
        }
        let decision = artefact.decide(self.memory, observation);
        armed.next = sequence.wrapping_add(1);
        armed.last = Some(decision);
        Ok(ToHost::Action { sequence, decision })
    }

    /// The time-out's length if it has run out. It does not run during self-play.
    fn expired(&self, now: u32) -> Option<u16> {
        let armed = self.armed.as_ref().filter(|armed| armed.timeout > 0 && armed.self_play.is_none())?;
        (now.wrapping_sub(armed.since) >= u32::from(armed.timeout)).then_some(armed.timeout)
    }

    fn play(&mut self, board: &mut impl Board) -> Next {
        let Ok(artefact) = &self.artefact else { return Next::Rest };
        let Some(armed) = &mut self.armed else { return Next::Rest };
        let Some(SelfPlay { seed, episode }) = armed.self_play.as_mut().filter(|_| board.transmit_room() >= STEP_ROOM)
        else {
            return Next::Rest;
        };
        let (sequence, observation) = (episode.steps, episode.observe());
        let before = board.cycles();
        let decision = artefact.decide(self.memory, observation);
        let cycles = board.cycles().zip(before).map(|(after, before)| after.wrapping_sub(before));
        episode.apply(decision.action);
        let end = episode.over.then_some(ToHost::EpisodeEnd {
            seed: *seed,
            steps: episode.steps,
            episode_return: episode.episode_return,
            solved: episode.solved,
        });
        if end.is_some() {
            armed.restart(self.memory);
            armed.since = board.ticks();
        }
        self.conversation.send(&ToHost::Telemetry(Telemetry { sequence, observation, decision, cycles }), board);
        if let Some(end) = end {
            self.conversation.send(&end, board);
        }
        Next::Now
    }

    fn fail(&mut self, fault: Fault, board: &mut impl Board) {
        self.disarm(board);
        self.conversation.send(&ToHost::Fault(fault), board);
    }

    fn disarm(&mut self, board: &mut impl Board) {
        self.armed = None;
        board.set_armed(false);
    }
}

impl Armed {
    /// As after `Arm`: whatever ends self-play leaves nothing of it behind.
    fn restart(&mut self, memory: &mut Horizon10) {
        memory.reset();
        self.next = 0;
        self.last = None;
        self.self_play = None;
    }
}
