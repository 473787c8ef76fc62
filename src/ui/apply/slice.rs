//! The slice of the latent space over the map.

use super::model::MODEL_NOT_OPEN;
use crate::ui::command::SliceCommand;
use crate::ui::services::Services;
use crate::ui::state::{AppState, OpenSlice};
use crate::worker::{DecodedSlice, SliceRequest};

/// Number of rows of the slice, and of melodies per row.
const SIDE: usize = 24;
/// Distance from the centre of the slice to its edges, in standard deviations of the prior.
const MAX_DISTANCE: f64 = 1.5;

pub(super) fn apply(state: &mut AppState, services: &Services, command: SliceCommand) {
    let Some(worker) = &services.worker else {
        return;
    };
    match command {
        SliceCommand::Open { .. } if !state.can_decode() => state.notices.info(MODEL_NOT_OPEN),
        SliceCommand::Open { at, centre } => {
            state.slice.requests += 1;
            let number = state.slice.requests;
            state.slice.open = Some(OpenSlice {
                number,
                map_position: at,
                slice: None,
            });
            worker.decode_slice(SliceRequest {
                number,
                centre,
                side: SIDE,
                max_distance: MAX_DISTANCE,
            });
        }
        SliceCommand::Close => {
            state.slice.open = None;
            worker.cancel_slice();
        }
    }
}

/// Shows the melodies of a slice that is still open.
pub(in crate::ui) fn receive(state: &mut AppState, decoded: DecodedSlice) {
    let open = state.slice.open.as_mut();
    let Some(open) = open.filter(|open| open.number == decoded.number) else {
        return;
    };
    match decoded.result {
        Ok(slice) => open.slice = Some(slice),
        Err(text) => {
            state.slice.open = None;
            state.notices.error(text);
        }
    }
}
