//! Chords under the melody: they follow the bar lines of what is heard, whatever melody plays.

use std::{sync::Arc, time::Duration};

use super::{Sequencer, held_chord::HeldChord};
use crate::{
    melody::{Backing, STEPS_PER_BAR},
    playback::{active_notes::ActiveNotes, message::Event},
};

impl Sequencer {
    /// Plays other chords from the next step on, or none.
    pub(super) fn set_chords(
        &mut self,
        now: Duration,
        backing: Option<Arc<Backing>>,
        events: &mut Vec<Event>,
    ) {
        self.end_chord(now, events);
        self.backing = backing;
    }

    /// Plays the chord of the step boundary that is due, if one starts there.
    pub(super) fn play_chord(&mut self, at: Duration, events: &mut Vec<Event>) {
        let (Some(backing), Some(playing)) = (&self.backing, &mut self.playing) else {
            return;
        };
        // Not in the count-in.
        if playing.boundary < 0 {
            return;
        }
        // A melody may take over at another place of its bar: the progression moves on to that place.
        let bar = STEPS_PER_BAR as i64;
        let passed = playing.boundary - playing.chord_origin;
        let shift = (playing.index() - passed).rem_euclid(bar);
        playing.chord_origin -= shift;
        let step = passed + shift;
        let span = backing.progression.at(step);
        let length = i64::from(backing.progression.steps());
        let starts = step.rem_euclid(length) == i64::from(span.start);
        if !starts && shift == 0 && self.chord.is_some() {
            return;
        }
        let mut notes = ActiveNotes::default();
        for pitch in span.chord.into_iter().flat_map(|chord| chord.pitches()) {
            notes.note_on(pitch);
        }
        let chord = HeldChord {
            notes,
            velocity: backing.velocity.clamp(1, 127),
            channel: backing.channel_bits(),
        };
        self.end_chord(at, events);
        chord.start(at, events);
        self.chord = Some(chord);
    }

    pub(super) fn end_chord(&mut self, at: Duration, events: &mut Vec<Event>) {
        if let Some(chord) = self.chord.take() {
            chord.end(at, events);
        }
    }
}
