//! The actions of the window: name, input, description and command of each.
//!
//! This one table drives the keyboard (`keys`), the command search (Ctrl+K), the list of keys (F1) and the table of keys in
//! the README.

use eframe::egui::os::OperatingSystem;
use eframe::egui::{Context, Key, ModifierNames, Modifiers};

use super::command::{
    Command, ExportGrouping, ExportSelection, GenerateCommand, HistoryCommand, ImportCommand,
    LandmarkCommand, LearnCommand, NotesCommand, Panel, PathCommand, SelectedCommand,
    SessionCommand, ShareCommand, SimilarCommand, SoundCommand, SteerCommand, TasteCommand,
    TimelineCommand, TimelineSource, TrayCommand,
};
use super::options::{Motion, ThemeChoice};
use crate::model::DeviceChoice;
use crate::playback::{AudioFormat, OutputChoice};

mod action;
mod conditions;

pub use action::{Action, Input, Scope};
use action::{gesture, named};
pub use conditions::copy_selected;
use conditions::{
    escape_command, export_selection, require_marked, require_path, require_session_file,
    require_several_selected, require_timeline, star_command,
};

/// All actions: first those with a key or gesture, in the order of the list of keys.
pub static ACTIONS: &[Action] = &[
    gesture("Click", "play a melody, or the position between melodies"),
    gesture("Drag", "play every position on the way"),
    gesture("Ctrl click, Shift drag", "select several melodies"),
    gesture("Ctrl drag", "select the melodies inside the line that is drawn; with Shift, add them to the selection"),
    gesture(
        "Drag of the selected melody",
        "take it to the timeline or the kept melodies; on Windows and macOS, to another program too",
    ),
    gesture("Right click, long touch", "menu of a melody"),
    gesture("Wheel, pinch", "zoom at the pointer or the fingers"),
    gesture("Right drag, Space drag", "move the map"),
    gesture("Two fingers", "move the map, on a trackpad or touch screen"),
    Action {
        name: "Show the whole map",
        command: |_| Some(Command::FitMap),
        ..gesture("Double click", "show the whole map")
    },
    gesture(
        "Arrows",
        "go to the nearest melody in that direction and play it",
    ),
    gesture(
        "Hold G",
        "show the melodies around the pointer as a grid and play them by moving",
    ),
    named("Play or stop", |_| Some(Command::PlayStop)).key(Key::Space, "play or stop"),
    named("Keep or remove", |state| {
        let keep_several = require_several_selected(state, SelectedCommand::Keep);
        keep_several.or(Some(Command::ToggleKept))
    })
    .key(
        Key::F,
        "keep, or remove from the library; keep all of several selected melodies",
    ),
    gesture("0 to 5", "give the kept melody so many stars; 1 to 5 keep one that is not kept"),
    named("Stars: none", |_| star_command(0)).key(Key::Num0, ""),
    named("Stars: 1", |_| star_command(1)).key(Key::Num1, ""),
    named("Stars: 2", |_| star_command(2)).key(Key::Num2, ""),
    named("Stars: 3", |_| star_command(3)).key(Key::Num3, ""),
    named("Stars: 4", |_| star_command(4)).key(Key::Num4, ""),
    named("Stars: 5", |_| star_command(5)).key(Key::Num5, ""),
    named("Rename the kept melody", |_| {
        Some(Command::Tray(TrayCommand::EditCurrentName))
    })
    .key(Key::F2, "rename the kept melody"),
    named("Compare with what was heard before", |_| {
        Some(Command::History(HistoryCommand::Compare))
    })
    .key(Key::A, "play what was heard before; again to come back (A/B)"),
    named("Find melodies similar to the selected one", |state| {
        let id = state.selection.focus?;
        Some(Command::Similar(SimilarCommand::Find(id)))
    })
    .key(Key::S, "list similar melodies"),
    named("Steer: new melodies like the selected one", |state| {
        let id = state.inspector_melody().filter(|entry| !entry.melody.is_empty())?.id;
        Some(Command::Steer(SteerCommand::LikeThis(id)))
    })
    .key(Key::L, "steer: new melodies like the selected one"),
    named("Explore around the selected melody", |state| {
        let id = state.selection.focus?;
        Some(Command::Generate(GenerateCommand::Explore(id)))
    })
    .key(Key::X, "explore: new melodies around the selected one"),
    named(
        "Blend from the selected melody to the next one clicked",
        |state| {
            let from = state.selection.focus?;
            Some(Command::Generate(GenerateCommand::BlendFrom(Some(from))))
        },
    )
    .key(Key::B, "blend to another melody")
    .then_input(", then click"),
    named("Draw a path over the map", |state| {
        let active = state.path.tool_active;
        Some(Command::Path(PathCommand::SetTool(!active)))
    })
    .key(Key::D, "draw a path; again to stop drawing")
    .then_input(", then click or drag"),
    gesture("Delete", "remove the point of the path under the pointer"),
    named("", |state| Some(escape_command(state))).key(
        Key::Escape,
        "step back: close a list, leave a tool, light the whole map, select nothing, unmark all",
    ),
    named("New session", |state| require_session_file(state, SessionCommand::New))
        .ctrl(Key::N, "start a new session"),
    // Before Ctrl+O, which acts with Shift too.
    named("Open session…", |state| require_session_file(state, SessionCommand::ChooseFile)).shortcut(
        Modifiers::COMMAND.plus(Modifiers::SHIFT),
        Key::O,
        "open a session; or drop it on the window",
    ),
    named("Save session as…", |state| require_session_file(state, SessionCommand::SaveAs)).shortcut(
        Modifiers::COMMAND.plus(Modifiers::SHIFT),
        Key::S,
        "save the session as another file",
    ),
    named("Open melody…", |_| {
        Some(Command::Import(ImportCommand::ChooseFile))
    })
    .ctrl(Key::O, "open a MIDI file; or drop it on the window"),
    // Before Ctrl+Z, which acts with Shift too.
    named("Redo", |_| Some(Command::Redo)).shortcut(
        Modifiers::COMMAND.plus(Modifiers::SHIFT),
        Key::Z,
        "do again what was undone; or Ctrl+Y",
    ),
    named("", |_| Some(Command::Redo)).ctrl(Key::Y, ""),
    named("Undo", |_| Some(Command::Undo)).ctrl(
        Key::Z,
        "undo what was selected, steered, placed, kept, marked, renamed, moved, removed or edited, a filter, a layout, a reset of the taste",
    ),
    named("Back to what was heard before", |_| {
        Some(Command::History(HistoryCommand::Step(-1)))
    })
    .shortcut(
        Modifiers::ALT,
        Key::ArrowLeft,
        "go back to what was heard before; or mouse button 4",
    ),
    named("Forward to what was heard after", |_| {
        Some(Command::History(HistoryCommand::Step(1)))
    })
    .shortcut(
        Modifiers::ALT,
        Key::ArrowRight,
        "go forward to what was heard after; or mouse button 5",
    ),
    named("History of what was heard", |state| {
        Some(Command::History(HistoryCommand::Show(!state.history.shown)))
    })
    .ctrl(Key::H, "show what was heard in place of the kept melodies, or these again"),
    named("Edit the notes of the selected melody", |state| {
        Some(Command::Notes(NotesCommand::SetTool(!state.notes.editing)))
    })
    .key(Key::E, "edit the notes of the selected melody; again to stop"),
    gesture(
        "Arrows, Tab, Delete on a note",
        "move and transpose it (with Shift by an octave), go to the next one, erase it",
    ),
    named("Add the selected melody to the timeline", |state| {
        state.inspector_melody()?;
        Some(Command::Timeline(TimelineCommand::Add(TimelineSource::Shown)))
    })
    .key(Key::I, "add the selected melody to the timeline"),
    named("Timeline", |state| {
        Some(Command::Timeline(TimelineCommand::Show(!state.timeline.shown)))
    })
    .ctrl(Key::T, "show the timeline in place of the kept melodies, or these again"),
    gesture(
        "Arrows, + and -, V, Delete on a block",
        "move and transpose (with Shift by an octave), repeat, vary, remove a block of the timeline",
    ),
    // The newest map is on top of the list.
    named("Show the next map", |_| Some(Command::StepMap(1)))
        .ctrl(Key::PageUp, "show the next map of this session"),
    named("Show the previous map", |_| Some(Command::StepMap(-1)))
        .ctrl(Key::PageDown, "show the previous map of this session"),
    named("Export the selected melody…", |state| {
        Some(Command::Export(export_selection(state), ExportGrouping::Folder))
    })
    .ctrl(Key::E, "export the selected melodies, or the kept ones"),
    Action {
        name: "Copy the selected melody as a MIDI file",
        command: copy_selected,
        ..gesture("Ctrl+C", "copy the melody as a MIDI file, to paste it into a folder or a DAW")
    },
    named("Copy the melody as a share text", |state| {
        let id = state.inspector_melody()?.id;
        Some(Command::Share(ShareCommand::Copy(id)))
    })
    .shortcut(
        Modifiers::COMMAND.plus(Modifiers::SHIFT),
        Key::C,
        "copy the melody as a share text: one line that gives it on another machine",
    ),
    Action {
        name: "Paste",
        command: |_| Some(Command::Share(ShareCommand::PasteFromClipboard)),
        ..gesture("Ctrl+V", "open files that were copied, or place the melody of a share text on the map and play it")
    },
    named("", |state| Some(Command::ShowSearch(!state.search)))
        .ctrl(Key::K, "search commands")
        .scope(Scope::OutsideDialogs),
    named("Help: all keys", |state| {
        Some(Command::ShowHelp(!state.help))
    })
    .key(Key::F1, "show all keys"),
    gesture(
        "Ctrl with + or -, or 0",
        "larger or smaller text and buttons, or as large as at first",
    ),
    named("Tap the tempo", |_| Some(Command::TapTempo)).key(Key::T, "tap the tempo"),
    named("Panic: every note off", |_| Some(Command::Panic)).key(Key::P, "panic: every note off"),
    named("Close the window", |_| Some(Command::CloseWindow))
        .ctrl(Key::Q, "close the window")
        .scope(Scope::Always),
    named("Export the selected melody as a score…", |state| {
        Some(Command::Export(export_selection(state), ExportGrouping::Score))
    }),
    named("Export the library as a score…", |_| {
        Some(Command::Export(ExportSelection::Kept, ExportGrouping::Score))
    }),
    named("Record the selected melody as sound…", |state| {
        Some(Command::Record(export_selection(state), AudioFormat::Wav))
    }),
    named("Record the library as sound…", |_| {
        Some(Command::Record(ExportSelection::Kept, AudioFormat::Wav))
    }),
    named("Record the path as sound…", |state| {
        require_path(state, Command::Record(ExportSelection::Path, AudioFormat::Wav))
    }),
    named("Settings", |_| {
        Some(Command::Sound(SoundCommand::ShowSettings(true)))
    })
    .ctrl(Key::Comma, "open the settings"),
    named("Open a SoundFont…", |_| {
        Some(Command::Sound(SoundCommand::ChooseSoundFont))
    }),
    named("Export the library as a folder…", |_| {
        Some(Command::Export(ExportSelection::Kept, ExportGrouping::Folder))
    }),
    named("Export the library as one file…", |_| {
        Some(Command::Export(ExportSelection::Kept, ExportGrouping::Tracks))
    }),
    named("Keep what plays, or remove it", |state| {
        let playing = state.playback.melody_to_keep();
        playing.map(|_| Command::ToggleKeptPlaying)
    }),
    named("Select nothing", |_| Some(Command::Deselect)),
    named("Play the selected melodies in turn", |state| {
        require_several_selected(state, SelectedCommand::Play)
    }),
    named("Keep the selected melodies", |state| {
        require_several_selected(state, SelectedCommand::Keep)
    }),
    named("Remove the selected melodies from the library", |state| {
        require_several_selected(state, SelectedCommand::RemoveKept)
    }),
    named("Mark all kept melodies that the tray shows", |_| {
        Some(Command::Tray(TrayCommand::MarkShown))
    }),
    named("Unmark all kept melodies", |state| require_marked(state, TrayCommand::UnmarkAll)),
    named("Play the marked melodies in turn", |state| {
        require_marked(state, TrayCommand::PlayMarked)
    }),
    named("Remove the marked melodies from the library", |state| {
        require_marked(state, TrayCommand::RemoveMarked)
    }),
    named("New sweep", |_| Some(Command::NewSweep)),
    named("Steer: search with the sliders as they are", |_| {
        Some(Command::Steer(SteerCommand::Start))
    }),
    named("Steer: free all sliders and the key", |_| {
        Some(Command::Steer(SteerCommand::FreeAll))
    }),
    named("Rank by my taste, on or off", |state| {
        Some(Command::Taste(TasteCommand::SetOn(!state.settings.rank_by_taste)))
    }),
    named("Forget my taste", |_| Some(Command::Taste(TasteCommand::Forget))),
    named("Cancel the sweep or steer", |_| Some(Command::Cancel)),
    named("Show the analysis", |_| Some(Command::ShowAnalysis(true))),
    named("Show the map instead of the analysis", |_| {
        Some(Command::ShowAnalysis(false))
    }),
    named("Half the tempo", |state| {
        Some(Command::SetTempo(state.settings.tempo / 2.0))
    }),
    named("Double the tempo", |state| {
        Some(Command::SetTempo(state.settings.tempo * 2.0))
    }),
    named("Metronome, on or off", |state| {
        let mut metronome_and_clock = state.settings.metronome_and_clock;
        metronome_and_clock.metronome = !metronome_and_clock.metronome;
        Some(Command::SetMetronomeAndClock(metronome_and_clock))
    }),
    named("Play a test note", |_| Some(Command::TestNote)),
    named("Learn from a folder…", |_| {
        Some(Command::Learn(LearnCommand::ChooseFolder))
    }),
    named("Learn from the kept melodies", |state| {
        let any = !state.kept_melodies.is_empty();
        any.then_some(Command::Learn(LearnCommand::ExamineKept))
    }),
    named("Teach it your music", |_| {
        Some(Command::Learn(LearnCommand::Show(true)))
    }),
    named("Open a model…", |_| Some(Command::ChooseModel)),
    named("Dark theme", |_| Some(Command::SetTheme(ThemeChoice::Dark))),
    named("Light theme", |_| {
        Some(Command::SetTheme(ThemeChoice::Light))
    }),
    named("Theme of the system", |_| {
        Some(Command::SetTheme(ThemeChoice::System))
    }),
    named("Reduce motion", |_| {
        Some(Command::SetMotion(Motion::Reduced))
    }),
    named("Full motion", |_| Some(Command::SetMotion(Motion::Full))),
    named("Motion of the system", |_| {
        Some(Command::SetMotion(Motion::System))
    }),
    named("Show or hide steering", |_| {
        Some(Command::TogglePanel(Panel::Left))
    }),
    named("Show or hide the inspector", |_| {
        Some(Command::TogglePanel(Panel::Right))
    }),
    named("Show or hide the transport", |_| {
        Some(Command::TogglePanel(Panel::Bottom))
    }),
    named("Fill between the points, on or off", |state| {
        Some(Command::ShowFill(!state.settings.show_fill))
    }),
    named("Your melodies on the map, on or off", |state| {
        let any = state.melodies.landmark_count() > 0;
        let shown = state.settings.show_landmarks;
        any.then_some(Command::Landmarks(LandmarkCommand::Show(!shown)))
    }),
    named("Lines between the levels, on or off", |state| {
        Some(Command::ShowContours(!state.settings.contours))
    }),
    named("Output: built-in synth", |_| {
        Some(Command::SetOutput(OutputChoice::Synth))
    }),
    named("Output: no sound", |_| {
        Some(Command::SetOutput(OutputChoice::Silent))
    }),
    named("Device: automatic", |_| {
        Some(Command::SetDevice(DeviceChoice::Auto))
    }),
    named("Device: GPU", |_| {
        Some(Command::SetDevice(DeviceChoice::Gpu))
    }),
    named("Device: CPU", |_| {
        Some(Command::SetDevice(DeviceChoice::Cpu))
    }),
    named("Play the path, or stop it", |state| {
        require_path(state, Command::Path(PathCommand::PlayStop))
    }),
    named("Export the path as one long piece…", |state| {
        require_path(state, Command::Export(ExportSelection::Path, ExportGrouping::Piece))
    }),
    named("Export the path as separate files…", |state| {
        require_path(
            state,
            Command::Export(ExportSelection::Path, ExportGrouping::Folder),
        )
    }),
    named("Play the timeline, or stop it", |state| {
        require_timeline(state, Command::Timeline(TimelineCommand::PlayStop))
    }),
    named("Export the timeline as one file with markers…", |state| {
        require_timeline(state, Command::Export(ExportSelection::Timeline, ExportGrouping::Blocks))
    }),
    named("Record the timeline as sound…", |state| {
        require_timeline(state, Command::Record(ExportSelection::Timeline, AudioFormat::Wav))
    }),
    named("Remove the path", |state| {
        require_path(state, Command::Path(PathCommand::Clear))
    }),
];

/// Whether the platform's command key is Cmd.
pub fn is_mac(ctx: &Context) -> bool {
    matches!(ctx.os(), OperatingSystem::Mac | OperatingSystem::IOS)
}

/// Name of the platform's command key.
pub fn command_key(ctx: &Context) -> &'static str {
    let names = ModifierNames::NAMES;
    if is_mac(ctx) {
        names.mac_cmd
    } else {
        names.ctrl
    }
}

/// The shortcut of the action with this key, named as on this platform.
pub fn shortcut_text(ctx: &Context, key: Key) -> String {
    let has_key = |action: &&Action| matches!(action.input, Input::Key(shortcut, _) if shortcut.logical_key == key);
    let mut actions = ACTIONS.iter();
    actions
        .find(has_key)
        .map_or_else(String::new, |action| action.key_text(is_mac(ctx)))
}

/// The key or gesture of the action with this name, and the input that follows it, named as on this platform.
pub fn input_text_of(ctx: &Context, name: &str) -> String {
    let action = ACTIONS.iter().find(|action| action.name == name);
    action.map_or_else(String::new, |action| action.input_text(is_mac(ctx)))
}

#[cfg(test)]
mod tests;
