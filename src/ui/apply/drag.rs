//! Melodies that were dragged: into the timeline, to the kept melodies, out of the window.

use super::{export, kept_melodies, timeline};
use crate::ui::command::{DragCommand, TimelineSource};
use crate::ui::services::Services;
use crate::ui::state::AppState;

/// What works where nothing can be dragged out of the window.
const NO_DRAG_OUT: &str = "Melodies cannot be dragged out of the window on this system; Ctrl+C copies the selected one as a MIDI file, to paste it into a folder or a DAW";

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: DragCommand) {
    match command {
        DragCommand::ToTimeline(place, source) => timeline::insert(state, services, place, source),
        DragCommand::Keep(source) => keep(state, services, source),
        DragCommand::Out(source) => out(state, services, source),
    }
}

fn keep(state: &mut AppState, services: &mut Services, source: TimelineSource) {
    let Some(melody) = timeline::melody(state, source) else {
        return;
    };
    if state.kept_melodies.will_be_kept(&melody.identity) {
        let text = format!("{} is kept already", melody.name);
        state.notices.info(text);
    } else {
        kept_melodies::toggle_melody(state, services, melody);
    }
}

/// Has the file of the melody written; the drag goes on once it is there.
fn out(state: &mut AppState, services: &mut Services, source: TimelineSource) {
    if services.exporter.drags_files() {
        export::drag_out(state, services, source);
    } else if !std::mem::replace(&mut state.drag_out.told, true) {
        state.notices.info(NO_DRAG_OUT);
    }
}
