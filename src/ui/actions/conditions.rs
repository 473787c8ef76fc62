//! Commands of actions that depend on the state.

use crate::ui::command::{
    Command, ExportSelection, GenerateCommand, PathCommand, SessionCommand, SimilarCommand,
};
use crate::ui::state::AppState;

/// The selected melodies, or the kept ones if nothing is selected.
pub(super) fn selected(state: &AppState) -> ExportSelection {
    if state.selection.is_many() {
        ExportSelection::Selected
    } else if state.selection.focus.is_some() {
        ExportSelection::Shown
    } else {
        ExportSelection::Kept
    }
}

/// A command on the file of the session, if there is one.
pub(super) fn session(state: &AppState, command: SessionCommand) -> Option<Command> {
    let is_there = state.session.file.is_some();
    is_there.then_some(Command::Session(command))
}

pub(super) fn with_path(state: &AppState, command: Command) -> Option<Command> {
    state.path.stops().map(|_| command)
}

/// A command on the timeline, if it has blocks.
pub(super) fn with_timeline(state: &AppState, command: Command) -> Option<Command> {
    (!state.timeline.piece.is_empty()).then_some(command)
}

/// The command of Escape. It ends one state per press: a list over the map, an active tool, the highlight of a slider, the
/// selection.
pub(super) fn escape(state: &AppState) -> Command {
    if state.help {
        Command::ShowHelp(false)
    } else if state.similar.reference.is_some() {
        Command::Similar(SimilarCommand::Close)
    } else if state.generate.blend_from.is_some() {
        Command::Generate(GenerateCommand::BlendFrom(None))
    } else if state.path.tool_active {
        Command::Path(PathCommand::SetTool(false))
    } else if state.highlights_targets() {
        Command::ClearHighlight
    } else {
        Command::Deselect
    }
}
