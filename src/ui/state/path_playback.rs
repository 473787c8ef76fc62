//! Position of the playhead and of the marker on the path.

use std::sync::Arc;

use super::app_state::AppState;
use super::path::PathStops;
use crate::sweep::MelodyId;

impl AppState {
    /// The path's melodies, while they play.
    pub fn playing_path(&self) -> Option<&Arc<PathStops>> {
        let set = self.playback.now_playing()?.path_set()?;
        let stops = self.path.stops()?;
        (stops.set_number == set).then_some(stops)
    }

    /// Position of the marker on the path's curve: where it is dragged, at the playhead, or at rest.
    pub fn path_marker(&self) -> Option<f64> {
        self.path.stops()?;
        if self.path.dragged_parameter.is_some() {
            return self.path.dragged_parameter;
        }
        Some(
            self.marker_from_playhead()
                .unwrap_or(self.path.marker_parameter),
        )
    }

    /// Position of the playhead on the path's curve, while the path plays.
    pub fn marker_from_playhead(&self) -> Option<f64> {
        let stops = self.playing_path()?;
        let playing = self.playback.now_playing()?;
        let (visit, fraction) = playing.visit(self.playback.playhead.step)?;
        let stop = |visit: usize| match playing.sequence.get(visit)?.0 {
            MelodyId::Generated { index, .. } => Some(index as usize),
            _ => None,
        };
        let stop_index = stop(visit)?;
        let stop_parameter = *stops.parameters.get(stop_index)?;
        let next_stop = stop((visit + 1) % playing.sequence.len())?;
        let closed = self.path.drawn.as_ref().is_some_and(|path| path.closed);
        let next_parameter = match next_stop {
            // Round a closed path.
            0 if closed && stop_index + 1 == stops.parameters.len() => {
                let path = self.path.drawn.as_ref()?;
                path.curve(&self.melodies).segments() as f64
            }
            next if next.abs_diff(stop_index) == 1 => *stops.parameters.get(next)?,
            // At an open end the next melody is the first one: the marker waits there.
            _ => stop_parameter,
        };
        Some(stop_parameter + fraction * (next_parameter - stop_parameter))
    }
}
