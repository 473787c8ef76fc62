//! The MIDI input: its state, and what its controls are about to do.

use std::time::{Duration, Instant};

use crate::playback::input::InputState;
use crate::ui::control_map::ControlTarget;

/// How long a knob has to rest before new melodies are made.
const REST: Duration = Duration::from_millis(400);

/// The MIDI input.
#[derive(Default)]
pub struct MidiInputState {
    /// State of the chosen port.
    pub port: InputState,
    /// Names of the ports.
    pub ports: Vec<String>,
    /// What the next control that moves is learnt for.
    pub learning: Option<ControlTarget>,
    /// Tempo of the clock that is followed.
    pub followed_tempo: Option<f64>,
    /// Where the controls are on the map, each 0 to 1 from the left and the bottom.
    pub(in crate::ui) on_map: Option<[f64; 2]>,
    /// The attribute whose slider a knob moved, and when.
    turned: Option<(usize, Instant)>,
}

impl MidiInputState {
    /// A knob moved the slider of an attribute.
    pub(in crate::ui) fn turn(&mut self, attribute: usize, now: Instant) {
        self.turned = Some((attribute, now));
    }

    /// The attribute whose knob has come to rest, once.
    pub(in crate::ui) fn take_rested(&mut self, now: Instant) -> Option<usize> {
        let (attribute, since) = self.turned?;
        (now.saturating_duration_since(since) >= REST).then(|| {
            self.turned = None;
            attribute
        })
    }

    /// How long until a knob may have come to rest.
    pub fn rests_in(&self) -> Option<Duration> {
        let (_, since) = self.turned?;
        Some(REST.saturating_sub(since.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_knob_asks_for_melodies_once_when_it_rests() {
        let mut input = MidiInputState::default();
        let start = Instant::now();
        input.turn(2, start);
        input.turn(2, start + REST / 2);
        assert_eq!(input.take_rested(start + REST), None);
        assert_eq!(input.take_rested(start + 2 * REST), Some(2));
        assert_eq!(input.take_rested(start + 3 * REST), None);
    }
}
