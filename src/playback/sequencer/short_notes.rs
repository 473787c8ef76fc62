//! Short notes besides the melody: clicks of the metronome, and the test note.

use std::time::Duration;

use super::{Sequencer, TEST_PITCH};
use crate::{
    melody::{STEPS_PER_BAR, STEPS_PER_QUARTER},
    playback::message::{Event, Message},
};

const CLICK_LENGTH: Duration = Duration::from_millis(40);

impl Sequencer {
    /// Starts a click if the due step boundary is a beat, and the metronome is on or this is the count-in.
    pub(super) fn click_on_beat(&mut self, time: Duration, events: &mut Vec<Event>) {
        let Some(playing) = &self.playing else {
            return;
        };
        let index = playing.index();
        let is_wanted = self.metronome_and_clock.metronome || playing.boundary < 0;
        if is_wanted && index % STEPS_PER_QUARTER as i64 == 0 {
            self.end_click(time, events);
            let accent = index % STEPS_PER_BAR as i64 == 0;
            let message = Message::ClickOn { accent };
            events.push(Event { time, message });
            self.click = Some((accent, time + CLICK_LENGTH));
        }
    }

    pub(super) fn end_click(&mut self, time: Duration, events: &mut Vec<Event>) {
        if let Some((accent, _)) = self.click.take() {
            let message = Message::ClickOff { accent };
            events.push(Event { time, message });
        }
    }

    /// Time at which the sounding click or test note ends; the earlier one of both.
    pub(super) fn short_note_end(&self) -> Option<Duration> {
        let click = self.click.map(|(_, end)| end);
        [click, self.test_note_end].into_iter().flatten().min()
    }

    pub(super) fn end_short_notes(&mut self, time: Duration, events: &mut Vec<Event>) {
        self.min_event_time = time;
        if self.click.is_some_and(|(_, end)| end <= time) {
            self.end_click(time, events);
        }
        if self.test_note_end.take_if(|end| *end <= time).is_some() {
            self.end_note(TEST_PITCH, time, events);
        }
    }
}
