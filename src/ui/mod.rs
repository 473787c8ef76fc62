//! The window: a playable map of a melody model.
//!
//! Everything it shows is in [`AppState`] (`state`), and every user action is a [`Command`] (`command`). The [`map`], the
//! `panels` and the `keys` are functions that read the state and add commands; [`apply`] executes them, and `reports` applies
//! what the threads have done. `actions` is the table of names, shortcuts and commands. [`App`] (`app`) runs all of this once
//! per frame, and `run` opens the window.
//!
//! The model runs on a thread of [`crate::worker`], and the player behind [`MelodyPlayer`] has its own; both belong to
//! [`Services`]. `export` opens file dialogs (`dialogs`), writes files and reads songs (`song`) in the background.
//! `partial_redraw` draws only what changed where there is no graphics card.
//! `options`, `control_map`, `chord_settings`, `palette`, `curve`, `geometry`, `theme`, `fonts`, `system_motion`, `ui_scale` and `widgets` use nothing of
//! the state. `session_view` is what a session file stores of the window. `state_file` and `widget_rects` are for the end-to-end tests.

mod actions;
mod app;
pub mod apply;
mod chord_settings;
mod chosen_view;
#[cfg(test)]
mod colour_vision;
mod command;
mod control_map;
mod curve;
mod dialogs;
mod dragged_melody;
mod dropped;
mod export;
mod export_selection;
mod file_clipboard;
mod file_drag;
mod fonts;
mod geometry;
mod key_events;
mod keys;
pub mod learning;
pub mod map;
mod melody_player;
mod mixing;
mod options;
mod palette;
mod panel_layout;
mod panels;
mod partial_redraw;
mod paste_key;
mod pasted_files;
mod player_settings;
mod recording;
mod repaint;
mod reports;
mod run;
mod services;
mod session_updates;
mod session_view;
mod settings;
mod settings_file;
mod song;
mod state;
#[cfg(feature = "state-file")]
mod state_file;
mod system_motion;
mod theme;
mod tray_command;
mod ui_scale;
mod widget_rects;
mod widgets;
mod window_panels;
mod window_size;

pub use app::{App, AppOptions, SessionOptions};
pub use chord_settings::ChordSettings;
pub use command::{
    Command, Direction, DragCommand, ExportGrouping, ExportSelection, GenerateCommand,
    HistoryCommand, ImportCommand, LandmarkCommand, LearnCommand, MidiInputCommand, MixCommand,
    NotesCommand, Panel, PathCommand, ProbeCommand, SelectedCommand, SessionCommand, ShareCommand,
    SimilarCommand, SliceCommand, SoundCommand, SteerCommand, TasteCommand, TimelineCommand,
    TimelineSource, TrayCommand,
};
pub use control_map::{ControlMap, ControlTarget, MidiControl};
pub use dialogs::{
    ChosenPath, DialogAnswer, DialogGuard, DialogPurpose, DialogRequest, FileDialogs,
    NativeDialogs, PendingDialog, ScriptedDialogs, WindowDialogs,
};
pub use export::Exporter;
pub use file_clipboard::{FileClipboard, SystemClipboard};
pub use file_drag::FileDragger;
pub use fonts::SystemFonts;
pub use melody_player::MelodyPlayer;
pub use options::{Motion, NeighbourMeasure, PlayBy, SearchScope, StopDuration, ThemeChoice};
pub use palette::Palette;
pub use partial_redraw::{PartialRedraw, PictureTarget};
pub use run::{UiError, WindowOptions, run};
pub use services::Services;
pub use settings::Settings;
pub use state::*;
#[cfg(feature = "state-file")]
pub use theme::{composite_over, contrast};
