//! Playing in step with the MIDI clock of another program.

use std::time::Duration;

use super::{
    driver::SequencerDriver,
    input::{ClockEstimate, ClockEstimator, ClockSignal},
    message::Sink,
    sequencer::Command,
};

/// Makes a driver follow the MIDI clock of another program: its start, stop and tempo.
#[derive(Default)]
pub(super) struct ClockSync {
    estimator: ClockEstimator,
    /// The last command that played something; a start of the clock repeats it.
    last_play_command: Option<Command>,
    /// Whether the clock was started since the last pulse.
    started_since_pulse: bool,
    /// Followed tempo, quarter notes per minute; `None` before the first pulses and after a loss.
    tempo: Option<f64>,
}

impl ClockSync {
    /// Remembers a command that plays something, so that a start of the clock can repeat it.
    pub fn remember(&mut self, command: &Command) {
        if let Command::Play { .. } | Command::PlayFrom { .. } = command {
            self.last_play_command = Some(command.clone());
        }
    }

    /// The last command that played something.
    pub fn last_play_command(&self) -> Option<&Command> {
        self.last_play_command.as_ref()
    }

    /// The followed tempo, quarter notes per minute; `None` before the first pulses and after a loss.
    pub fn tempo(&self) -> Option<f64> {
        self.tempo
    }

    /// Time of the player's clock at which [`Self::detect_loss`] has to be called next.
    pub fn loss_deadline(&self) -> Option<Duration> {
        self.estimator.loss_deadline()
    }

    /// Stops following the clock if it is lost at `now`, a time of the player's clock. Returns once, at the loss, the tempo at which
    /// the loop goes on, quarter notes per minute.
    pub fn detect_loss<S: Sink>(
        &mut self,
        driver: &mut SequencerDriver<S>,
        now: Duration,
    ) -> Option<f64> {
        if !self.estimator.detect_loss(now) {
            return None;
        }
        driver.apply(now, Command::Follow(None));
        self.tempo.take()
    }

    /// Stops following the clock at `now`, a time of the player's clock.
    pub fn stop<S: Sink>(&mut self, driver: &mut SequencerDriver<S>, now: Duration) {
        if self.tempo.take().is_some() {
            self.estimator = ClockEstimator::default();
            self.started_since_pulse = false;
            driver.apply(now, Command::Follow(None));
        }
    }

    /// Processes a signal that arrived at `arrival`; `now` is the current time, both of the player's clock. Starts and stops what
    /// the driver plays and sets its tempo.
    pub fn process_signal<S: Sink>(
        &mut self,
        driver: &mut SequencerDriver<S>,
        now: Duration,
        arrival: Duration,
        signal: ClockSignal,
    ) {
        match signal {
            ClockSignal::Start | ClockSignal::Continue => self.started_since_pulse = true,
            ClockSignal::Stop => {
                self.started_since_pulse = false;
                driver.apply(now, Command::Stop);
                driver.apply(now, Command::Follow(None));
            }
            ClockSignal::Pulse | ClockSignal::SongPosition(_) => {}
        }
        let estimate = self.estimator.process_signal(arrival, signal);
        if signal != ClockSignal::Pulse {
            return;
        }
        if let Some(estimate) = estimate {
            self.tempo = Some(estimate.tempo);
            let time = estimate.time.saturating_sub(driver.lead_time());
            driver.apply(
                now,
                Command::Follow(Some(ClockEstimate { time, ..estimate })),
            );
        }
        // After `Follow`, so that the melody starts at the clock's position.
        if std::mem::take(&mut self.started_since_pulse)
            && !driver.is_playing()
            && let Some(command) = self.last_play_command.clone()
        {
            driver.apply(now, command);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::sync::Arc;

    use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

    use super::*;
    use crate::{
        melody::{Melody, Note},
        playback::testing::OnsetRecorder,
    };

    /// A simulated DAW whose clock jitters, and a driver that follows it.
    struct ClockFixture {
        clock: ClockSync,
        driver: SequencerDriver<OnsetRecorder>,
        rng: StdRng,
        /// True time of the next pulse, seconds.
        time: f64,
        /// True times of the beats.
        beats: Vec<f64>,
        pulses: u64,
        jitter: f64,
    }

    impl ClockFixture {
        fn new(seed: u64, jitter: f64) -> Self {
            Self {
                clock: ClockSync::default(),
                driver: SequencerDriver::new(OnsetRecorder::default()),
                rng: StdRng::seed_from_u64(seed),
                time: 1.0,
                beats: Vec::new(),
                pulses: 0,
                jitter,
            }
        }

        /// Plays everything that is due until a time.
        fn run_until(&mut self, end: Duration) {
            while let Some(due) = self.driver.next_deadline().filter(|due| *due <= end) {
                self.driver.advance(due);
            }
        }

        fn signal(&mut self, signal: ClockSignal) {
            let error = self.jitter * self.rng.random_range(-1.0..=1.0);
            let arrival = Duration::from_secs_f64(self.time + error);
            self.run_until(arrival);
            self.clock
                .process_signal(&mut self.driver, arrival, arrival, signal);
        }

        fn run_beats(&mut self, beats: u32, tempo: f64) {
            for _ in 0..24 * beats {
                if self.pulses.is_multiple_of(24) {
                    self.beats.push(self.time);
                }
                self.signal(ClockSignal::Pulse);
                self.time += 60.0 / tempo / 24.0;
                self.pulses += 1;
            }
        }

        fn command(&mut self, command: Command) {
            let now = Duration::from_secs_f64(self.time);
            self.run_until(now);
            self.clock.remember(&command);
            self.driver.apply(now, command);
        }

        /// Milliseconds from each beat to the onset nearest to it.
        fn beat_errors_ms(&self) -> Vec<f64> {
            let onsets = &self.driver.sink().0;
            let error = |beat: &f64| {
                let distances = onsets.iter().map(|(_, time)| 1e3 * (time - beat).abs());
                distances.fold(f64::INFINITY, f64::min)
            };
            self.beats.iter().map(error).collect()
        }
    }

    /// A note on each beat of two bars; the pitch identifies the beat.
    fn beats_melody() -> Command {
        let note = |beat: u32| Note {
            pitch: 60 + beat as u8,
            start: 4 * beat,
            end: 4 * beat + 2,
        };
        let notes: Vec<Note> = (0..8).map(note).collect();
        Command::Play {
            melody: Arc::new(Melody::from_notes(&notes, 32).unwrap()),
            tag: 1,
        }
    }

    #[test]
    fn the_beat_is_within_five_milliseconds_two_beats_after_a_jump_of_the_tempo() {
        let (mut max_error, mut max_error_at_jump) = (0.0_f64, 0.0_f64);
        for seed in 0..50 {
            let mut fixture = ClockFixture::new(seed, 0.002);
            fixture.command(beats_melody());
            fixture.signal(ClockSignal::Start);
            fixture.run_beats(16, 120.0);
            fixture.run_beats(32, 128.0);
            let errors = fixture.beat_errors_ms();
            // The last beats may not have been played yet.
            let steady_errors = errors[4..16].iter().chain(&errors[18..46]);
            max_error = steady_errors.copied().fold(max_error, f64::max);
            max_error_at_jump = errors[16..18]
                .iter()
                .copied()
                .fold(max_error_at_jump, f64::max);
        }
        eprintln!(
            "worst beat {max_error:.2} ms off, {max_error_at_jump:.2} ms in the two after the jump"
        );
        assert!(max_error < 5.0, "{max_error}");
        assert!(max_error_at_jump < 20.0, "{max_error_at_jump}");
    }

    #[test]
    fn the_melody_follows_the_song_position_of_the_clock() {
        let mut fixture = ClockFixture::new(1, 0.0);
        fixture.command(beats_melody());
        fixture.time += 0.77;
        fixture.signal(ClockSignal::SongPosition(12));
        fixture.signal(ClockSignal::Continue);
        fixture.run_beats(6, 120.0);
        let pitches: Vec<u8> = fixture
            .driver
            .sink()
            .0
            .iter()
            .map(|(pitch, _)| *pitch)
            .collect();
        let from = pitches.len() - 5;
        assert_eq!(pitches[from..], [64, 65, 66, 67, 60], "{pitches:?}");
    }

    #[test]
    fn start_and_stop_of_the_clock_start_and_stop_the_last_melody() {
        let mut fixture = ClockFixture::new(1, 0.0);
        fixture.command(beats_melody());
        fixture.command(Command::Stop);
        fixture.time += 2.0;
        let onset_count = fixture.driver.sink().0.len();
        fixture.signal(ClockSignal::Start);
        fixture.run_beats(2, 120.0);
        let onsets = fixture.driver.sink().0[onset_count..].to_vec();
        assert_eq!(onsets[0].0, 60);
        assert!((onsets[0].1 - 3.0).abs() < 1e-3, "{onsets:?}");
        fixture.signal(ClockSignal::Stop);
        assert!(!fixture.driver.is_playing());
    }

    #[test]
    fn a_melody_that_is_chosen_while_the_clock_runs_starts_at_the_song_position() {
        let mut fixture = ClockFixture::new(1, 0.0);
        fixture.signal(ClockSignal::Start);
        fixture.run_beats(5, 120.0);
        fixture.time -= 0.2;
        fixture.command(beats_melody());
        fixture.time += 0.2;
        fixture.run_beats(3, 120.0);
        let onsets = fixture.driver.sink().0.clone();
        assert_eq!(onsets[0].0, 65, "the sixth beat is next: {onsets:?}");
        assert!((onsets[0].1 - fixture.beats[5]).abs() < 1e-3, "{onsets:?}");
    }

    #[test]
    fn without_a_clock_the_loop_goes_on_at_its_last_tempo() {
        let mut fixture = ClockFixture::new(1, 0.0);
        fixture.command(beats_melody());
        fixture.signal(ClockSignal::Start);
        fixture.run_beats(8, 90.0);
        let loss_time = Duration::from_secs_f64(fixture.time + 2.0);
        fixture.run_until(loss_time);
        let tempo = fixture.clock.detect_loss(&mut fixture.driver, loss_time);
        assert!(tempo.is_some_and(|tempo| (tempo - 90.0).abs() < 1e-3));
        assert_eq!(
            fixture.clock.detect_loss(&mut fixture.driver, loss_time),
            None
        );
        fixture.run_until(loss_time + Duration::from_secs(4));
        let onsets = &fixture.driver.sink().0;
        let last = onsets.len() - 1;
        assert!((onsets[last].1 - onsets[last - 1].1 - 60.0 / 90.0).abs() < 1e-3);
        assert!(onsets[last].1 > loss_time.as_secs_f64() + 3.0);
    }
}
