//! Commands of actions that depend on the state.

use crate::ui::command::{
    Command, ExportSelection, GenerateCommand, NotesCommand, PathCommand, SelectedCommand,
    SessionCommand, SimilarCommand, SoundCommand, TrayCommand,
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
/// selection, the marks of kept melodies.
pub(super) fn escape(state: &AppState) -> Command {
    if state.help {
        Command::ShowHelp(false)
    } else if state.sound.settings_open {
        Command::Sound(SoundCommand::ShowSettings(false))
    } else if state.tray.renaming.is_some() {
        Command::Tray(TrayCommand::EditName(None))
    } else if state.similar.reference.is_some() {
        Command::Similar(SimilarCommand::Close)
    } else if state.generate.blend_from.is_some() {
        Command::Generate(GenerateCommand::BlendFrom(None))
    } else if state.path.tool_active {
        Command::Path(PathCommand::SetTool(false))
    } else if state.notes.editing {
        Command::Notes(NotesCommand::SetTool(false))
    } else if state.highlights_targets() {
        Command::ClearHighlight
    } else if !state.selection.all.is_empty() || state.kept_melodies.marked().is_empty() {
        Command::Deselect
    } else {
        Command::Tray(TrayCommand::UnmarkAll)
    }
}

/// Copies the selected melodies as files, or the marked ones if nothing is selected.
pub fn copy_selected(state: &AppState) -> Option<Command> {
    let what = selected(state);
    let is_some = what != ExportSelection::Kept || !state.kept_melodies.marked().is_empty();
    is_some.then_some(Command::CopyFiles(what))
}

/// Gives the kept melody that plays or is shown stars.
pub(super) fn stars(stars: u8) -> Option<Command> {
    Some(Command::Tray(TrayCommand::StarCurrent(stars)))
}

/// A command on several selected melodies, if there are several.
pub(super) fn many(state: &AppState, command: SelectedCommand) -> Option<Command> {
    state
        .selection
        .is_many()
        .then_some(Command::Selected(command))
}

/// A command on the marked melodies, if there are any.
pub(super) fn marked(state: &AppState, command: TrayCommand) -> Option<Command> {
    let is_marked = !state.kept_melodies.marked().is_empty();
    is_marked.then_some(Command::Tray(command))
}
