//! Playing in step with the transport of other programs.

use std::time::Duration;

use super::{
    driver::SequencerDriver,
    input::ClockEstimate,
    message::Sink,
    sequencer::{Command, DEFAULT_TEMPO},
    transport::{SongPosition, Transport, TransportReading},
};

/// Time between two looks at a transport.
const INTERVAL: Duration = Duration::from_millis(10);

/// The transport that is followed, if any.
#[derive(Debug)]
pub(super) struct FollowedTransport {
    source: Option<Box<dyn Transport>>,
    next_look: Duration,
    rolling: bool,
    /// Tempo of the user, for a transport without one.
    own_tempo: f64,
    tempo: Option<f64>,
}

impl Default for FollowedTransport {
    fn default() -> Self {
        Self {
            source: None,
            next_look: Duration::ZERO,
            rolling: false,
            own_tempo: DEFAULT_TEMPO,
            tempo: None,
        }
    }
}

impl FollowedTransport {
    /// Follows another transport, or none from now on. Returns the one before.
    pub fn set<S: Sink>(
        &mut self,
        driver: &mut SequencerDriver<S>,
        now: Duration,
        source: Option<Box<dyn Transport>>,
    ) -> Option<Box<dyn Transport>> {
        self.stop_following(driver, now);
        self.next_look = now;
        std::mem::replace(&mut self.source, source)
    }

    /// Remembers the tempo that is set.
    pub fn remember(&mut self, command: &Command) {
        if let Command::Tempo(tempo) = command
            && tempo.is_finite()
        {
            self.own_tempo = *tempo;
        }
    }

    /// The followed tempo, while the transport rolls.
    pub fn tempo(&self) -> Option<f64> {
        self.tempo
    }

    /// When [`Self::look`] has to be called next.
    pub fn deadline(&self) -> Option<Duration> {
        self.source.is_some().then_some(self.next_look)
    }

    /// Looks at the transport if it is due: starts and stops what the driver plays and sets its tempo; `last` is what was played last.
    /// Returns the transport if it is gone.
    pub fn look<S: Sink>(
        &mut self,
        driver: &mut SequencerDriver<S>,
        now: Duration,
        last: Option<&Command>,
    ) -> Option<Box<dyn Transport>> {
        let source = self.source.as_mut().filter(|_| now >= self.next_look)?;
        self.next_look = now + INTERVAL;
        match source.read() {
            Some(reading) => {
                self.take(driver, now, &reading, last);
                None
            }
            None => {
                self.stop_following(driver, now);
                self.source.take()
            }
        }
    }

    fn take<S: Sink>(
        &mut self,
        driver: &mut SequencerDriver<S>,
        now: Duration,
        reading: &TransportReading,
        last: Option<&Command>,
    ) {
        let started = reading.rolling && !self.rolling;
        let stopped = self.rolling && !reading.rolling;
        self.rolling = reading.rolling;
        if stopped {
            driver.apply(now, Command::Stop);
            self.stop_following(driver, now);
        }
        if !reading.rolling {
            return;
        }
        let song = reading.song.unwrap_or(SongPosition {
            step: reading.seconds * self.own_tempo / 15.0,
            tempo: self.own_tempo,
        });
        self.tempo = Some(song.tempo);
        let estimate = ClockEstimate {
            tempo: song.tempo,
            at: reading.at.saturating_sub(driver.lead_time()),
            step: Some(song.step),
        };
        driver.apply(now, Command::Follow(Some(estimate)));
        // After it, so that it begins at the transport's place.
        if started
            && !driver.is_playing()
            && let Some(last) = last
        {
            driver.apply(now, last.clone());
        }
    }

    /// Stops following the transport; what plays goes on at its tempo.
    fn stop_following<S: Sink>(&mut self, driver: &mut SequencerDriver<S>, now: Duration) {
        self.rolling = false;
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
        playback::testing::Onsets,
    };

    /// A transport that a test moves; `None` when it is gone.
    #[derive(Clone, Debug, Default)]
    struct Fake(Arc<Mutex<Option<TransportReading>>>);

    impl Transport for Fake {
        fn read(&mut self) -> Option<TransportReading> {
            *self.0.lock().unwrap()
        }
    }

    /// A program with a transport of 1,024 frames at 48 kHz, and what follows it.
    struct TransportFixture {
        followed: FollowedTransport,
        driver: SequencerDriver<Onsets>,
        fake: Fake,
        now: f64,
        position: f64,
        tempo: Option<f64>,
        last: Command,
    }

    impl TransportFixture {
        fn new(tempo: Option<f64>) -> Self {
            let mut driver = SequencerDriver::new(Onsets::default());
            let mut followed = FollowedTransport::default();
            let fake = Fake::default();
            followed.set(&mut driver, Duration::ZERO, Some(Box::new(fake.clone())));
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
                last: Command::Play { melody, tag: 1 },
            }
        }

        /// Lets so many seconds pass.
        fn pass(&mut self, seconds: f64, rolling: bool) {
            let end = self.now + seconds;
            while self.now < end {
                let song = self.tempo.map(|tempo| SongPosition {
                    step: self.position * tempo / 15.0,
                    tempo,
                });
                *self.fake.0.lock().unwrap() = Some(TransportReading {
                    at: Duration::from_secs_f64(self.now),
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
                    self.followed.look(&mut self.driver, due, Some(&self.last));
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
    fn what_was_played_last_starts_with_the_transport_at_its_place_and_stops_with_it() {
        let mut studio = TransportFixture::new(Some(90.0));
        studio.pass(1.0, false);
        assert!(studio.onsets().is_empty());
        // Five beats into the song.
        studio.position = 5.0 * 60.0 / 90.0;
        let begin = studio.now;
        studio.pass(3.0, true);
        let onsets = studio.onsets().to_vec();
        let pitches: Vec<u8> = onsets.iter().map(|(pitch, _)| *pitch).collect();
        assert_eq!(pitches, [65, 66, 67, 60, 61]);
        for (beat, (_, at)) in onsets.iter().enumerate() {
            let due = begin + beat as f64 * 60.0 / 90.0;
            // It is seen at the next look.
            assert!((at - due).abs() < 0.011, "{onsets:?}");
        }
        assert_eq!(studio.followed.tempo(), Some(90.0));
        studio.pass(0.1, false);
        assert!(!studio.driver.is_playing());
        assert_eq!(studio.followed.tempo(), None);
    }

    #[test]
    fn a_transport_that_is_moved_takes_the_loop_along_and_one_without_tempo_has_ours() {
        let mut studio = TransportFixture::new(None);
        studio.followed.remember(&Command::Tempo(60.0));
        studio.pass(2.5, true);
        studio.position = 6.0;
        let moved = studio.now;
        studio.pass(1.5, true);
        let after: Vec<_> = studio
            .onsets()
            .iter()
            .filter(|(_, at)| *at >= moved)
            .collect();
        assert_eq!(after[0].0, 66, "the seventh beat: {after:?}");
        assert!((after[0].1 - moved).abs() < 0.011, "{after:?}");
        assert!((after[1].1 - moved - 1.0).abs() < 1e-3, "{after:?}");
    }

    #[test]
    fn when_the_transport_is_gone_the_loop_goes_on_at_its_tempo() {
        let mut studio = TransportFixture::new(Some(150.0));
        studio.pass(2.0, true);
        *studio.fake.0.lock().unwrap() = None;
        let now = Duration::from_secs_f64(studio.now + 0.1);
        let gone = studio
            .followed
            .look(&mut studio.driver, now, Some(&studio.last));
        assert!(gone.is_some() && studio.followed.deadline().is_none());
        let before = studio.onsets().len();
        for tenth in 1..30_u32 {
            studio
                .driver
                .advance(now + Duration::from_millis(100) * tenth);
        }
        let onsets = &studio.onsets()[before..];
        assert!(onsets.len() >= 6);
        assert!((onsets[1].1 - onsets[0].1 - 0.4).abs() < 1e-3, "{onsets:?}");
    }
}
