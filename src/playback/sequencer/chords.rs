//! Chords under the melody: they follow the bars of the clock that is followed, else the bar lines of what is heard, whatever
//! melody plays; and the transposition of the melody.

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
        // A melody may take over at another place of its bar: the progression moves on to that place, unless a clock says where
        // it is.
        let bar = STEPS_PER_BAR as i64;
        let passed = playing.boundary.saturating_sub(playing.chord_origin);
        let shift = match self.clock.and_then(|clock| clock.step) {
            None => (playing.index() - passed % bar).rem_euclid(bar),
            Some(_) => 0,
        };
        playing.chord_origin -= shift;
        let step = passed + shift;
        let span = backing.progression.at(step);
        let length = i64::from(backing.progression.steps());
        let starts = step.rem_euclid(length) == i64::from(span.start);
        let transpose = self.feel.transpose;
        // An octave changes nothing.
        let goes_on = |chord: HeldChord| (chord.transpose - transpose) % 12 == 0;
        if !starts && shift == 0 && self.chord.is_some_and(goes_on) {
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
        self.end_chord(at, events);
        chord.start(at, events);
        self.chord = Some(chord);
    }

    /// Puts the progression where it would be if it had begun with the song of the clock, if one is followed.
    pub(super) fn place_chords(&mut self, now: Duration, events: &mut Vec<Event>) {
        let (Some(song), Some(playing)) = (self.song_step(now), &mut self.playing) else {
            return;
        };
        let origin = (playing.step_at(now, self.tempo) - song).round() as i64;
        if std::mem::replace(&mut playing.chord_origin, origin) != origin {
            self.end_chord(now, events);
        }
    }

    pub(super) fn end_chord(&mut self, at: Duration, events: &mut Vec<Event>) {
        if let Some(chord) = self.chord.take() {
            chord.end(at, events);
        }
    }
}
