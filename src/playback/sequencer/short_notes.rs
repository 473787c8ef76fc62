//! Clicks of the metronome and the test note: short notes beside the melody.

use std::time::Duration;

use super::{Sequencer, TEST_PITCH};
use crate::{
    melody::{STEPS_PER_BAR, STEPS_PER_QUARTER},
    playback::message::{Event, Message},
};

const CLICK_LENGTH: Duration = Duration::from_millis(40);

impl Sequencer {
    /// A click on each beat of the melody, if there is to be one.
    pub(super) fn click_on_beat(&mut self, at: Duration, events: &mut Vec<Event>) {
        let Some(playing) = &self.playing else {
            return;
        };
        let index = playing.index();
        let is_wanted = self.metronome_and_clock.metronome || playing.boundary < 0;
        if is_wanted && index % STEPS_PER_QUARTER as i64 == 0 {
            self.end_click(at, events);
            let accent = index % STEPS_PER_BAR as i64 == 0;
            let message = Message::ClickOn { accent };
            events.push(Event { at, message });
            self.click = Some((accent, at + CLICK_LENGTH));
        }
    }

    pub(super) fn end_click(&mut self, at: Duration, events: &mut Vec<Event>) {
        if let Some((accent, _)) = self.click.take() {
            let message = Message::ClickOff { accent };
            events.push(Event { at, message });
        }
    }

    /// The end of a click or test note.
    pub(super) fn short_note_end(&self) -> Option<Duration> {
        let click = self.click.map(|(_, end)| end);
        [click, self.test_note_end].into_iter().flatten().min()
    }

    pub(super) fn end_short_notes(&mut self, at: Duration, events: &mut Vec<Event>) {
        self.last = at;
        if self.click.is_some_and(|(_, end)| end <= at) {
            self.end_click(at, events);
        }
        if self.test_note_end.take_if(|end| *end <= at).is_some() {
            self.end_note(TEST_PITCH, at, events);
        }
    }
}
