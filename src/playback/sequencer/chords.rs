//! Chords under the melody. They follow the bars of the followed clock, else those of the melodies that play, and are transposed
//! like the melody.

use std::{sync::Arc, time::Duration};

use super::{Sequencer, held_chord::HeldChord};
use crate::{
    melody::{Backing, STEPS_PER_BAR},
    playback::{active_notes::ActiveNotes, message::Event},
};

impl Sequencer {
    /// Sets the chords that are played from the next step on, or none.
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
    pub(super) fn play_chord(&mut self, time: Duration, events: &mut Vec<Event>) {
        let (Some(backing), Some(playing)) = (&self.backing, &mut self.playing) else {
            return;
        };
        // Not in the count-in.
        if playing.boundary < 0 {
            return;
        }
        // A melody may take over at another step of its bar: the progression moves on to that step, unless a clock determines its
        // position.
        let bar_steps = STEPS_PER_BAR as i64;
        let steps_since_origin = playing.boundary.saturating_sub(playing.chord_origin);
        let shift = match self.clock.and_then(|clock| clock.step) {
            None => (playing.index() - steps_since_origin % bar_steps).rem_euclid(bar_steps),
            Some(_) => 0,
        };
        playing.chord_origin -= shift;
        let step = steps_since_origin + shift;
        let span = backing.progression.span_at(step);
        let progression_steps = i64::from(backing.progression.steps());
        let chord_starts = step.rem_euclid(progression_steps) == i64::from(span.start);
        let transpose = self.feel.transpose;
        // Pitch classes decide: transposed by an octave, a chord stays the same.
        let is_same_chord = |chord: HeldChord| (chord.transpose - transpose) % 12 == 0;
        if !chord_starts && shift == 0 && self.chord.is_some_and(is_same_chord) {
            return;
        }
        let chord = span.chord.map(|chord| chord.transposed(transpose));
        let mut notes = ActiveNotes::default();
        for pitch in chord.into_iter().flat_map(|chord| chord.pitches()) {
            notes.note_on(pitch);
        }
        let chord = HeldChord {
            notes,
            transpose,
            velocity: backing.velocity.clamp(1, 127),
            channel: backing.zero_based_channel(),
        };
        self.end_chord(time, events);
        chord.start(time, events);
        self.chord = Some(chord);
    }

    /// Moves the progression to where it would be if it had started with the song of the followed clock, if any.
    pub(super) fn align_chords_to_clock(&mut self, now: Duration, events: &mut Vec<Event>) {
        let (Some(song), Some(playing)) = (self.song_step(now), &mut self.playing) else {
            return;
        };
        let origin = (playing.step_at(now, self.tempo) - song).round() as i64;
        if std::mem::replace(&mut playing.chord_origin, origin) != origin {
            self.end_chord(now, events);
        }
    }

    pub(super) fn end_chord(&mut self, time: Duration, events: &mut Vec<Event>) {
        if let Some(chord) = self.chord.take() {
            chord.end(time, events);
        }
    }
}
