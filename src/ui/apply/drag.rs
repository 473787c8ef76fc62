//! Melodies that were dragged: to the timeline, to the kept melodies, out of the window.

use super::{export, kept_melodies, timeline};
use crate::ui::command::{DragCommand, TimelineSource};
use crate::ui::services::Services;
use crate::ui::state::AppState;

/// Message where the system cannot drag files out of the window.
const NO_DRAG_OUT: &str = "Melodies cannot be dragged out of the window on this system; Ctrl+C copies the selected one as a MIDI file, to paste it into a folder or a DAW";

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: DragCommand) {
    match command {
        DragCommand::ToTimeline(index, source) => timeline::insert(state, services, index, source),
        DragCommand::Keep(source) => keep(state, services, source),
        DragCommand::OutOfWindow(source) => drag_out_of_window(state, services, source),
    }
}

fn keep(state: &mut AppState, services: &mut Services, source: TimelineSource) {
    let Some(melody) = timeline::source_melody(state, source) else {
        return;
    };
    if state.kept_melodies.will_be_kept(&melody.identity) {
        let text = format!("{} is kept already", melody.name);
        state.notices.info(text);
    } else {
        kept_melodies::toggle_kept_now(state, services, melody);
    }
}

/// Starts to write the file of the melody; the drag continues when it is written.
fn drag_out_of_window(state: &mut AppState, services: &mut Services, source: TimelineSource) {
    if services.exporter.can_drag_files() {
        export::drag_out(state, services, source);
    } else if !std::mem::replace(&mut state.drag_out.has_shown_hint, true) {
        state.notices.info(NO_DRAG_OUT);
    }
}
