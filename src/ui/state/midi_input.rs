//! The inputs by MIDI and OSC: their state, and what their controls are about to do.

use std::time::{Duration, Instant};

use crate::playback::{
    TransportState,
    input::{InputState, OscState},
};
use crate::sweep::MelodyId;
use crate::ui::control_map::ControlTarget;

/// How long a control must not move before new melodies are made.
const SETTLE_TIME: Duration = Duration::from_millis(400);

/// The inputs.
#[derive(Default)]
pub struct MidiInputState {
    /// State of the chosen port.
    pub port: InputState,
    /// Names of the ports.
    pub ports: Vec<String>,
    /// What the next control that moves is learnt for.
    pub learning: Option<ControlTarget>,
    /// Whether JACK's transport is followed.
    pub transport: TransportState,
    /// Tempo of the clock or transport that is followed.
    pub followed_tempo: Option<f64>,
    /// State of the ports of OSC.
    pub osc: OscState,
    /// Number of commands by OSC that named a melody or attribute that is not there.
    pub osc_unknown_item_count: u64,
    /// The selected melody that other programs were last told of.
    pub(in crate::ui) osc_selection: Option<MelodyId>,
    /// Position on the map that the controls chose, each 0 to 1 from the left and the bottom.
    pub(in crate::ui) map_position: Option<[f64; 2]>,
    /// The attribute whose slider a control moved, and when.
    moved_slider: Option<(usize, Instant)>,
}

impl MidiInputState {
    /// A control moved the slider of an attribute.
    pub(in crate::ui) fn control_moved(&mut self, attribute: usize, now: Instant) {
        self.moved_slider = Some((attribute, now));
    }

    /// The attribute whose control no longer moves, once.
    pub(in crate::ui) fn take_settled_attribute(&mut self, now: Instant) -> Option<usize> {
        let (attribute, moved_at) = self.moved_slider?;
        (now.saturating_duration_since(moved_at) >= SETTLE_TIME).then(|| {
            self.moved_slider = None;
            attribute
        })
    }

    /// How long until a control may count as no longer moving.
    pub fn time_until_settled(&self) -> Option<Duration> {
        let (_, moved_at) = self.moved_slider?;
        Some(SETTLE_TIME.saturating_sub(moved_at.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_asks_for_melodies_once_when_it_no_longer_moves() {
        let mut input = MidiInputState::default();
        let start = Instant::now();
        input.control_moved(2, start);
        input.control_moved(2, start + SETTLE_TIME / 2);
        assert_eq!(input.take_settled_attribute(start + SETTLE_TIME), None);
        assert_eq!(
            input.take_settled_attribute(start + 2 * SETTLE_TIME),
            Some(2)
        );
        assert_eq!(input.take_settled_attribute(start + 3 * SETTLE_TIME), None);
    }
}
