//! Commands of actions that depend on the state.

use crate::ui::command::{
    Command, ExportSelection, GenerateCommand, NotesCommand, PathCommand, SelectedCommand,
    SessionCommand, SimilarCommand, SoundCommand, TrayCommand,
};
use crate::ui::state::AppState;

/// Which melodies an export writes: the selected ones, or the kept ones if nothing is selected.
pub(super) fn export_selection(state: &AppState) -> ExportSelection {
    if state.selection.is_many() {
        ExportSelection::Selected
    } else if state.selection.focus.is_some() {
        ExportSelection::Shown
    } else {
        ExportSelection::Kept
    }
}

/// A command on the file of the session, if there is one.
pub(super) fn require_session_file(state: &AppState, command: SessionCommand) -> Option<Command> {
    let has_file = state.session.file.is_some();
    has_file.then_some(Command::Session(command))
}

/// A command on the path, if its melodies are decoded.
pub(super) fn require_path(state: &AppState, command: Command) -> Option<Command> {
    state.path.stops().map(|_| command)
}

/// A command on the timeline, if it has blocks.
pub(super) fn require_timeline(state: &AppState, command: Command) -> Option<Command> {
    (!state.timeline.piece.is_empty()).then_some(command)
}

/// The command of Escape. It ends one state per press: a list over the map, an active tool, the highlight of a slider, the
/// selection, the marks of kept melodies.
pub(super) fn escape_command(state: &AppState) -> Command {
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
    let selection = export_selection(state);
    let has_melodies =
        selection != ExportSelection::Kept || !state.kept_melodies.marked().is_empty();
    has_melodies.then_some(Command::CopyFiles(selection))
}

/// The command that gives stars to the kept melody that plays or is shown.
pub(super) fn star_command(stars: u8) -> Option<Command> {
    Some(Command::Tray(TrayCommand::StarCurrent(stars)))
}

/// A command on several selected melodies, if there are several.
pub(super) fn require_several_selected(
    state: &AppState,
    command: SelectedCommand,
) -> Option<Command> {
    state
        .selection
        .is_many()
        .then_some(Command::Selected(command))
}

/// A command on the marked melodies, if there are any.
pub(super) fn require_marked(state: &AppState, command: TrayCommand) -> Option<Command> {
    let is_marked = !state.kept_melodies.marked().is_empty();
    is_marked.then_some(Command::Tray(command))
}
