//! Requests to a target, each repeated until the target answers.

use crate::link::{Link, LinkError};
use convex_edge_core::artefact::crc32;
use convex_edge_core::episode::Scenario;
use convex_edge_core::fault::Fault;
use convex_edge_core::maps::{self, Scores};
use convex_edge_core::policy::Decision;
use convex_edge_core::sudoku::Images;
use convex_edge_core::wire::{self, Decoded, Hello, PROTOCOL_VERSION, Solved, Statistics, Telemetry, ToHost, ToTarget};
use std::time::{Duration, Instant};

/// Waiting times and repetitions.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time between two hellos: those that come before the target's UART is on are lost.
    pub hello: Duration,
    /// Time for one answer; then the request is sent again. An emulator on a busy machine takes 300 ms.
    pub answer: Duration,
    /// Time for a request with all its repetitions.
    pub overall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { hello: Duration::from_millis(250), answer: Duration::from_secs(2), overall: Duration::from_secs(20) }
    }
}

/// A target that has introduced itself and speaks this program's protocol.
pub struct Target {
    /// The line to it, for what the requests below do not cover.
    pub link: Link,
    /// How long it waits for answers; changing it between requests is fine.
    pub limits: Limits,
    hello: Hello,
}

/// Message of the target at the end of an episode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpisodeEnd {
    /// Number of steps.
    pub steps: u32,
    /// Sum of rewards.
    pub episode_return: f64,
    /// Whether the goal was reached.
    pub solved: bool,
}

/// Errors of a request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The line failed.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Nothing but silence or noise.
    #[error(
        "the target does not answer {request} within {seconds} s ({bad_frames} unreadable frames came): \
         is the firmware flashed, the port right, its speed right?"
    )]
    NoAnswer {
        /// Name of the request.
        request: &'static str,
        /// The limit, s.
        seconds: f32,
        /// Frames since the port was opened that could not be read.
        bad_frames: u32,
    },
    /// The firmware is older or newer than this program.
    #[error("the target speaks protocol {found}, this program {PROTOCOL_VERSION}: flash the firmware of this version")]
    Protocol {
        /// The target's version.
        found: u16,
    },
    /// The firmware was built from other message types.
    #[error(
        "the target's messages have schema {found:08x}, this program's {expected:08x}: flash the firmware of this version"
    )]
    Schema {
        /// [`wire::schema`].
        expected: u32,
        /// The target's.
        found: u32,
    },
    /// The target refused or stopped.
    #[error("{}", crate::fault::explain(.0))]
    Fault(Fault),
    /// Steps of self-play got lost on the way.
    #[error("step {found} of self-play came where {expected} was due: the line loses bytes")]
    TelemetryGap {
        /// The step that was due.
        expected: u32,
        /// The step that came.
        found: u32,
    },
}

impl Target {
    /// Sends `Hello` until the target answers, then compares protocol version and schema.
    ///
    /// # Errors
    /// [`TargetError::NoAnswer`], [`TargetError::Protocol`], [`TargetError::Schema`], [`TargetError::Link`], or the
    /// target's last [`TargetError::Fault`] where it sends nothing else.
    pub fn connect(mut link: Link, limits: Limits) -> Result<Self, TargetError> {
        let deadline = Instant::now() + limits.overall;
        let mut last_fault = None;
        let hello = 'hello: loop {
            link.send(&ToTarget::Hello)?;
            let next = deadline.min(Instant::now() + limits.hello);
            while let Some(message) = link.receive(next)? {
                match message {
                    ToHost::Hello(hello) => break 'hello hello,
                    ToHost::Fault(fault) => last_fault = Some(fault),
                    _ => {}
                }
            }
            if Instant::now() >= deadline {
                return Err(last_fault.map_or_else(|| no_answer("hello", limits, &link), TargetError::Fault));
            }
        };
        if hello.protocol != PROTOCOL_VERSION {
            return Err(TargetError::Protocol { found: hello.protocol });
        }
        if hello.schema != wire::schema() {
            return Err(TargetError::Schema { expected: wire::schema(), found: hello.schema });
        }
        Ok(Self { link, limits, hello })
    }

    /// Introduction of the target when the line was opened.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// The board's name as the target gives it.
    pub fn board(&self) -> String {
        let name: Vec<u8> = self.hello.board.iter().copied().take_while(|byte| *byte != 0).collect();
        String::from_utf8_lossy(&name).into_owned()
    }

    /// Asks again who the target is; whether it is armed does not change.
    ///
    /// # Errors
    /// Any but `Protocol`, `Schema` and `TelemetryGap`.
    pub fn hello_again(&mut self) -> Result<Hello, TargetError> {
        self.request("hello", &ToTarget::Hello, |message| match message {
            ToHost::Hello(hello) => Some(hello),
            _ => None,
        })
    }

    /// Resets the policy's memory and arms the target, which must hold the artefact with this CRC-32. It disarms
    /// itself when no observation comes for `observation_timeout` milliseconds of its time; 0: never.
    ///
    /// # Errors
    /// [`TargetError::Fault`] where the target refuses; else as [`Target::hello_again`].
    pub fn arm(&mut self, artefact: u32, observation_timeout: u16) -> Result<(), TargetError> {
        self.arm_as(wire::schema(), artefact, observation_timeout)
    }

    /// [`Target::arm`] on behalf of a host with another schema.
    ///
    /// # Errors
    /// As [`Target::arm`].
    pub(crate) fn arm_as(&mut self, schema: u32, artefact: u32, observation_timeout: u16) -> Result<(), TargetError> {
        let arm = ToTarget::Arm { schema, artefact, observation_timeout };
        self.request("arm", &arm, |message| matches!(message, ToHost::Armed).then_some(()))
    }

    /// Puts the output into the safe state.
    ///
    /// # Errors
    /// As [`Target::hello_again`].
    pub fn disarm(&mut self) -> Result<(), TargetError> {
        self.request("disarm", &ToTarget::Disarm, |message| matches!(message, ToHost::Disarmed).then_some(()))
    }

    /// One step of the control loop; `sequence` counts from 0 after each [`Target::arm`]. A lost answer is asked for
    /// again with the same number, which advances nothing twice.
    ///
    /// # Errors
    /// As [`Target::arm`].
    pub fn observe(&mut self, sequence: u32, observation: [f32; 2]) -> Result<Decision, TargetError> {
        let message = ToTarget::Observation { sequence, observation };
        self.request("an observation", &message, |message| match message {
            ToHost::Action { sequence: answered, decision } if answered == sequence => Some(decision),
            _ => None,
        })
    }

    /// Solves a sudoku of 4 x 4 cells on the target, which must be armed. Where a part of the images is lost on the way, all
    /// of them are sent again.
    ///
    /// # Errors
    /// As [`Target::arm`].
    pub fn solve_sudoku(&mut self, sequence: u32, images: &Images) -> Result<Solved, TargetError> {
        let pixels = images.as_flattened();
        let parts = (0..).zip(pixels.as_chunks().0).map(|(chunk, &pixels)| ToTarget::Pixels { chunk, pixels });
        let solve = ToTarget::Solve { sequence, checksum: crc32(pixels) };
        self.request_of_parts("a sudoku", parts, &solve, sequence, |message| match message {
            ToHost::Solved(solved) if solved.sequence == sequence => Some(solved),
            _ => None,
        })
    }

    /// Finds the map for these scores on the target, which must be armed. Where a part of the scores is lost on the way, all
    /// of them are sent again.
    ///
    /// # Errors
    /// As [`Target::arm`].
    pub fn decode_map(&mut self, sequence: u32, scores: &Scores) -> Result<Decoded, TargetError> {
        let numbers = scores.as_flattened().as_chunks().0;
        let parts = (0..).zip(numbers).map(|(part, &scores)| ToTarget::Scores { part, scores });
        let solve = ToTarget::Solve { sequence, checksum: maps::checksum(scores) };
        self.request_of_parts("a map", parts, &solve, sequence, |message| match message {
            ToHost::Decoded(decoded) if decoded.sequence == sequence => Some(decoded),
            _ => None,
        })
    }

    /// Sends parts and the request that says what they are together, until the target has all of them.
    fn request_of_parts<T>(
        &mut self,
        name: &'static str,
        parts: impl Iterator<Item = ToTarget> + Clone,
        solve: &ToTarget,
        sequence: u32,
        pick: impl Fn(ToHost) -> Option<T>,
    ) -> Result<T, TargetError> {
        let deadline = Instant::now() + self.limits.overall;
        while Instant::now() < deadline {
            for part in parts.clone() {
                self.link.send(&part)?;
            }
            let answer = self.request(name, solve, |message| match message {
                ToHost::PartsDiffer { sequence: answered } if answered == sequence => Some(None),
                message => pick(message).map(Some),
            })?;
            if let Some(answer) = answer {
                return Ok(answer);
            }
        }
        Err(no_answer(name, self.limits, &self.link))
    }

    /// The target's counters.
    ///
    /// # Errors
    /// As [`Target::hello_again`].
    pub fn statistics(&mut self) -> Result<Statistics, TargetError> {
        self.request("statistics", &ToTarget::Statistics, |message| match message {
            ToHost::Statistics(statistics) => Some(statistics),
            _ => None,
        })
    }

    /// Plays an episode on the target, which must be armed, and hands over each step as it comes. Nothing is asked
    /// for twice: a lost step is an error.
    ///
    /// # Errors
    /// [`TargetError::TelemetryGap`]; else as [`Target::arm`].
    pub fn self_play(
        &mut self,
        scenario: Scenario,
        mut on_step: impl FnMut(&Telemetry),
    ) -> Result<EpisodeEnd, TargetError> {
        let Scenario { seed, gravity, power, noise } = scenario;
        self.link.send(&ToTarget::SelfPlay { seed, gravity, power, noise })?;
        let mut expected = 0;
        loop {
            match self.link.receive(Instant::now() + self.limits.answer)? {
                Some(ToHost::Telemetry(telemetry)) if telemetry.sequence == expected => {
                    on_step(&telemetry);
                    expected += 1;
                }
                Some(ToHost::Telemetry(Telemetry { sequence: found, .. })) => {
                    return Err(TargetError::TelemetryGap { expected, found });
                }
                Some(ToHost::EpisodeEnd { seed: ended, steps, episode_return, solved }) if ended == seed => {
                    if steps != expected {
                        return Err(TargetError::TelemetryGap { expected, found: steps });
                    }
                    return Ok(EpisodeEnd { steps, episode_return, solved });
                }
                Some(ToHost::Fault(fault)) => return Err(TargetError::Fault(fault)),
                Some(_) => {}
                None => {
                    let limits = Limits { overall: self.limits.answer, ..self.limits };
                    return Err(no_answer("self-play", limits, &self.link));
                }
            }
        }
    }

    /// Sends a message until `pick` takes something of what comes back. Answers to earlier repetitions are passed
    /// over; the line keeps the order, so nothing sent later overtakes them.
    fn request<T>(
        &mut self,
        name: &'static str,
        message: &ToTarget,
        pick: impl Fn(ToHost) -> Option<T>,
    ) -> Result<T, TargetError> {
        let deadline = Instant::now() + self.limits.overall;
        while Instant::now() < deadline {
            self.link.send(message)?;
            let next = deadline.min(Instant::now() + self.limits.answer);
            while let Some(answer) = self.link.receive(next)? {
                if let ToHost::Fault(fault) = answer {
                    return Err(TargetError::Fault(fault));
                }
                if let Some(picked) = pick(answer) {
                    return Ok(picked);
                }
            }
        }
        Err(no_answer(name, self.limits, &self.link))
    }
}

fn no_answer(request: &'static str, limits: Limits, link: &Link) -> TargetError {
    TargetError::NoAnswer { request, seconds: limits.overall.as_secs_f32(), bad_frames: link.bad_frames() }
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
