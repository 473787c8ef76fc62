//! Playing in step with the transport of other programs.

use std::time::Duration;

use super::{
    driver::SequencerDriver,
    input::ClockEstimate,
    message::Sink,
    sequencer::{Command, DEFAULT_TEMPO},
    transport::{SongPosition, Transport, TransportReading},
};

/// Time between two readings of a transport.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The transport that is followed, if any.
#[derive(Debug)]
pub(super) struct FollowedTransport {
    source: Option<Box<dyn Transport>>,
    next_poll: Duration,
    is_rolling: bool,
    /// Tempo that the user set, for a transport without one.
    user_tempo: f64,
    /// The followed tempo; `None` while the transport stands still.
    tempo: Option<f64>,
}

impl Default for FollowedTransport {
    fn default() -> Self {
        Self {
            source: None,
            next_poll: Duration::ZERO,
            is_rolling: false,
            user_tempo: DEFAULT_TEMPO,
            tempo: None,
        }
    }
}

impl FollowedTransport {
    /// Follows another transport, or none from now on. Returns the previous one.
    pub fn set_source<S: Sink>(
        &mut self,
        driver: &mut SequencerDriver<S>,
        now: Duration,
        source: Option<Box<dyn Transport>>,
    ) -> Option<Box<dyn Transport>> {
        self.stop_following(driver, now);
        self.next_poll = now;
        std::mem::replace(&mut self.source, source)
    }

    /// Remembers the tempo that is set.
    pub fn remember(&mut self, command: &Command) {
        if let Command::Tempo(tempo) = command
            && tempo.is_finite()
        {
            self.user_tempo = *tempo;
        }
    }

    /// The followed tempo, while the transport rolls.
    pub fn tempo(&self) -> Option<f64> {
        self.tempo
    }

    /// When [`Self::poll`] has to be called next.
    pub fn deadline(&self) -> Option<Duration> {
        self.source.is_some().then_some(self.next_poll)
    }

    /// Reads the transport if that is due: starts and stops what the driver plays and sets its tempo. Returns the transport if it is
    /// lost.
    pub fn poll<S: Sink>(
        &mut self,
        driver: &mut SequencerDriver<S>,
        now: Duration,
        last_play_command: Option<&Command>,
    ) -> Option<Box<dyn Transport>> {
        let source = self.source.as_mut().filter(|_| now >= self.next_poll)?;
        self.next_poll = now + POLL_INTERVAL;
        match source.read() {
            Some(reading) => {
                self.process_reading(driver, now, &reading, last_play_command);
                None
            }
            None => {
                self.stop_following(driver, now);
                self.source.take()
            }
        }
    }

    fn process_reading<S: Sink>(
        &mut self,
        driver: &mut SequencerDriver<S>,
        now: Duration,
        reading: &TransportReading,
        last_play_command: Option<&Command>,
    ) {
        let started = reading.rolling && !self.is_rolling;
        let stopped = self.is_rolling && !reading.rolling;
        self.is_rolling = reading.rolling;
        if stopped {
            driver.apply(now, Command::Stop);
            self.stop_following(driver, now);
        }
        if !reading.rolling {
            return;
        }
        let song = reading.song.unwrap_or(SongPosition {
            step: reading.seconds * self.user_tempo / 15.0,
            tempo: self.user_tempo,
        });
        self.tempo = Some(song.tempo);
        let estimate = ClockEstimate {
            tempo: song.tempo,
            time: reading.time.saturating_sub(driver.lead_time()),
            step: Some(song.step),
        };
        driver.apply(now, Command::Follow(Some(estimate)));
        // After `Follow`, so that the melody starts at the transport's position.
        if started
            && !driver.is_playing()
            && let Some(command) = last_play_command
        {
            driver.apply(now, command.clone());
        }
    }

    /// Stops following the transport; a playing melody goes on at its tempo.
    fn stop_following<S: Sink>(&mut self, driver: &mut SequencerDriver<S>, now: Duration) {
        self.is_rolling = false;
        if self.tempo.take().is_some() {
            driver.apply(now, Command::Follow(None));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{
        melody::{Melody, Note},
        playback::testing::OnsetRecorder,
    };

    /// A transport that a test controls; it reads as lost while it is `None`.
    #[derive(Clone, Debug, Default)]
    struct FakeTransport(Arc<Mutex<Option<TransportReading>>>);

    impl Transport for FakeTransport {
        fn read(&mut self) -> Option<TransportReading> {
            *self.0.lock().unwrap()
        }
    }

    /// A simulated transport with cycles of 1,024 frames at 48 kHz, and a driver that follows it.
    struct TransportFixture {
        followed: FollowedTransport,
        driver: SequencerDriver<OnsetRecorder>,
        fake: FakeTransport,
        now: f64,
        position: f64,
        tempo: Option<f64>,
        play_command: Command,
    }

    impl TransportFixture {
        fn new(tempo: Option<f64>) -> Self {
            let mut driver = SequencerDriver::new(OnsetRecorder::default());
            let mut followed = FollowedTransport::default();
            let fake = FakeTransport::default();
            followed.set_source(&mut driver, Duration::ZERO, Some(Box::new(fake.clone())));
            let note = |beat: u32| Note {
                pitch: 60 + beat as u8,
                start: 4 * beat,
                end: 4 * beat + 2,
            };
            let notes: Vec<Note> = (0..8).map(note).collect();
            let melody = Arc::new(Melody::from_notes(&notes, 32).unwrap());
            Self {
                followed,
                driver,
                fake,
                now: 1.0,
                position: 0.0,
                tempo,
                play_command: Command::Play { melody, tag: 1 },
            }
        }

        /// Runs for `seconds`.
        fn run(&mut self, seconds: f64, rolling: bool) {
            let end = self.now + seconds;
            while self.now < end {
                let song = self.tempo.map(|tempo| SongPosition {
                    step: self.position * tempo / 15.0,
                    tempo,
                });
                *self.fake.0.lock().unwrap() = Some(TransportReading {
                    time: Duration::from_secs_f64(self.now),
                    rolling,
                    seconds: self.position,
                    song,
                });
                let cycle = 1_024.0 / 48_000.0;
                let next = self.now + cycle;
                loop {
                    let deadlines = [self.driver.next_deadline(), self.followed.deadline()];
                    let due = deadlines.into_iter().flatten().min().unwrap();
                    if due.as_secs_f64() >= next {
                        break;
                    }
                    self.driver.advance(due);
                    self.followed
                        .poll(&mut self.driver, due, Some(&self.play_command));
                }
                self.now = next;
                self.position += if rolling { cycle } else { 0.0 };
            }
        }

        fn onsets(&self) -> &[(u8, f64)] {
            &self.driver.sink().0
        }
    }

    #[test]
    fn the_last_melody_starts_and_stops_with_the_transport_at_its_position() {
        let mut fixture = TransportFixture::new(Some(90.0));
        fixture.run(1.0, false);
        assert!(fixture.onsets().is_empty());
        // Five beats into the song.
        fixture.position = 5.0 * 60.0 / 90.0;
        let start = fixture.now;
        fixture.run(3.0, true);
        let onsets = fixture.onsets().to_vec();
        let pitches: Vec<u8> = onsets.iter().map(|(pitch, _)| *pitch).collect();
        assert_eq!(pitches, [65, 66, 67, 60, 61]);
        for (beat, (_, time)) in onsets.iter().enumerate() {
            let due = start + beat as f64 * 60.0 / 90.0;
            // The start is noticed at the next poll.
            assert!((time - due).abs() < 0.011, "{onsets:?}");
        }
        assert_eq!(fixture.followed.tempo(), Some(90.0));
        fixture.run(0.1, false);
        assert!(!fixture.driver.is_playing());
        assert_eq!(fixture.followed.tempo(), None);
    }

    #[test]
    fn a_jump_of_the_transport_moves_the_loop_and_without_its_own_tempo_the_users_counts() {
        let mut fixture = TransportFixture::new(None);
        fixture.followed.remember(&Command::Tempo(60.0));
        fixture.run(2.5, true);
        fixture.position = 6.0;
        let jump_time = fixture.now;
        fixture.run(1.5, true);
        let onsets_after_jump: Vec<_> = fixture
            .onsets()
            .iter()
            .filter(|(_, time)| *time >= jump_time)
            .collect();
        assert_eq!(
            onsets_after_jump[0].0, 66,
            "the seventh beat: {onsets_after_jump:?}"
        );
        assert!(
            (onsets_after_jump[0].1 - jump_time).abs() < 0.011,
            "{onsets_after_jump:?}"
        );
        assert!(
            (onsets_after_jump[1].1 - jump_time - 1.0).abs() < 1e-3,
            "{onsets_after_jump:?}"
        );
    }

    #[test]
    fn when_the_transport_is_lost_the_loop_goes_on_at_its_tempo() {
        let mut fixture = TransportFixture::new(Some(150.0));
        fixture.run(2.0, true);
        *fixture.fake.0.lock().unwrap() = None;
        let now = Duration::from_secs_f64(fixture.now + 0.1);
        let lost = fixture
            .followed
            .poll(&mut fixture.driver, now, Some(&fixture.play_command));
        assert!(lost.is_some() && fixture.followed.deadline().is_none());
        let onset_count = fixture.onsets().len();
        for tenth in 1..30_u32 {
            fixture
                .driver
                .advance(now + Duration::from_millis(100) * tenth);
        }
        let onsets = &fixture.onsets()[onset_count..];
        assert!(onsets.len() >= 6);
        assert!((onsets[1].1 - onsets[0].1 - 0.4).abs() < 1e-3, "{onsets:?}");
    }
}
