//! The playhead, read by the window in every frame without a lock.

use std::{
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    time::Duration,
};

use super::{
    active_notes::ActiveNotes,
    sequencer::{Position, Sequencer},
};

/// What plays at one moment: the melody, the position in it, and the sounding pitches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Playhead {
    /// Whether a melody plays.
    pub playing: bool,
    /// The tag of the playing melody.
    pub tag: Option<u64>,
    /// Position inside the melody in 16th steps, with fraction: `0.0..steps`. Zero while stopped.
    pub step: f64,
    /// MIDI pitches that sound, lowest first.
    pub active_pitches: Vec<u8>,
}

const FLAG_PLAYING: u64 = 1;
const FLAG_LOOPING: u64 = 2;

/// Written by the clock thread and read by any thread, without locks.
///
/// A sequence lock of atomics: the version is odd during a write, and a reader that sees it change reads again. Positions
/// between two writes are computed from the anchor, so that one write per step is enough.
#[derive(Debug, Default)]
pub(super) struct PlayheadCell {
    version: AtomicU64,
    flags: AtomicU64,
    tag: AtomicU64,
    steps: AtomicU64,
    anchor_nanos: AtomicU64,
    anchor_step: AtomicU64,
    step_nanos: AtomicU64,
    active_notes: [AtomicU64; 2],
}

impl PlayheadCell {
    /// Writes the state. Only for the clock thread.
    pub fn write(&self, sequencer: &Sequencer) {
        self.version.fetch_add(1, SeqCst);
        match sequencer.position() {
            Some(position) => {
                self.flags.store(
                    FLAG_PLAYING | if position.looping { FLAG_LOOPING } else { 0 },
                    SeqCst,
                );
                self.tag.store(position.tag, SeqCst);
                self.steps.store(position.steps as u64, SeqCst);
                self.anchor_nanos.store(nanos(position.anchor.0), SeqCst);
                self.anchor_step.store(position.anchor.1.to_bits(), SeqCst);
                self.step_nanos.store(nanos(position.step_duration), SeqCst);
            }
            None => self.flags.store(0, SeqCst),
        }
        let halves = sequencer.active_notes().halves();
        for (cell, half) in self.active_notes.iter().zip(halves) {
            cell.store(half, SeqCst);
        }
        self.version.fetch_add(1, SeqCst);
    }

    /// The playhead at `now`.
    pub fn read(&self, now: Duration) -> Playhead {
        loop {
            let before = self.version.load(SeqCst);
            let position = self.position();
            let active_notes = ActiveNotes::from_halves([
                self.active_notes[0].load(SeqCst),
                self.active_notes[1].load(SeqCst),
            ]);
            if before.is_multiple_of(2) && self.version.load(SeqCst) == before {
                return Playhead {
                    playing: position.is_some(),
                    tag: position.map(|position| position.tag),
                    step: position.map_or(0.0, |position| step_at(&position, now)),
                    active_pitches: active_notes.pitches().collect(),
                };
            }
            std::hint::spin_loop();
        }
    }

    fn position(&self) -> Option<Position> {
        let flags = self.flags.load(SeqCst);
        (flags & FLAG_PLAYING != 0).then(|| Position {
            tag: self.tag.load(SeqCst),
            anchor: (
                Duration::from_nanos(self.anchor_nanos.load(SeqCst)),
                f64::from_bits(self.anchor_step.load(SeqCst)),
            ),
            step_duration: Duration::from_nanos(self.step_nanos.load(SeqCst)),
            steps: self.steps.load(SeqCst) as usize,
            looping: flags & FLAG_LOOPING != 0,
        })
    }
}

/// The step at `now`, also beyond the end of a loop.
fn step_at(position: &Position, now: Duration) -> f64 {
    let steps = position.steps as f64;
    let elapsed = now.saturating_sub(position.anchor.0).as_secs_f64()
        / position.step_duration.as_secs_f64().max(1e-9);
    let step = (position.anchor.1 + elapsed).max(0.0);
    if position.looping {
        step % steps.max(1.0)
    } else {
        step.min(steps)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::sync::Arc;

    use super::*;
    use crate::{
        melody::{Melody, Note},
        playback::sequencer::Command,
    };

    fn play(pitch: u8, tag: u64) -> Command {
        let note = Note {
            pitch,
            start: 0,
            end: 16,
        };
        Command::Play {
            melody: Arc::new(Melody::from_notes(&[note], 16).unwrap()),
            tag,
        }
    }

    fn playing_sequencer() -> Sequencer {
        let mut sequencer = Sequencer::default();
        let start = Duration::from_secs(10);
        sequencer.apply(start, play(100, 42), &mut Vec::new());
        sequencer
    }

    #[test]
    fn the_playhead_moves_between_writes_and_wraps_at_the_loop() {
        let cell = PlayheadCell::default();
        cell.write(&playing_sequencer());
        let head = cell.read(Duration::from_millis(10_000 + 1_000 + 31));
        assert_eq!(
            (head.playing, head.tag, head.active_pitches),
            (true, Some(42), vec![100])
        );
        assert!((head.step - 8.248).abs() < 1e-9, "{}", head.step);
        let wrapped = cell.read(Duration::from_millis(12_250));
        assert!((wrapped.step - 2.0).abs() < 1e-9, "{}", wrapped.step);
    }

    #[test]
    fn a_silent_player_reads_as_stopped() {
        let cell = PlayheadCell::default();
        assert_eq!(cell.read(Duration::from_secs(5)), Playhead::default());
        let mut sequencer = playing_sequencer();
        cell.write(&sequencer);
        sequencer.apply(Duration::from_secs(11), Command::Stop, &mut Vec::new());
        cell.write(&sequencer);
        assert_eq!(cell.read(Duration::from_secs(12)), Playhead::default());
    }

    #[test]
    fn readers_never_see_half_a_write() {
        let cell = Arc::new(PlayheadCell::default());
        let writer = Arc::clone(&cell);
        let thread = std::thread::spawn(move || {
            let mut sequencer = playing_sequencer();
            for k in 0..20_000 {
                let command = if k % 2 == 0 {
                    Command::Stop
                } else {
                    play(30, 1)
                };
                sequencer.apply(Duration::from_secs(20), command, &mut Vec::new());
                writer.write(&sequencer);
            }
        });
        while !thread.is_finished() {
            let head = cell.read(Duration::from_secs(20));
            assert_eq!(
                head.playing,
                !head.active_pitches.is_empty(),
                "both change in the same write"
            );
        }
        thread.join().unwrap();
    }
}
