//! The window: a playable map of a melody model.
//!
//! Everything the window shows is in [`AppState`]; everything a person can ask
//! is a [`Command`]. Panels are free functions that read the one and push the
//! other, and [`apply`] is the only place where commands take effect. The
//! model lives behind [`crate::worker`], the sound behind [`Sound`].

mod actions;
mod app;
pub mod apply;
mod arrangement;
mod command;
mod curve;
mod dialogs;
mod dropped;
mod export;
mod fonts;
mod geometry;
mod keys;
pub mod map;
mod options;
mod palette;
mod panels;
mod reports;
mod run;
mod services;
mod settings;
mod song;
mod sound;
mod state;
#[cfg(feature = "state-file")]
mod state_file;
mod theme;
mod widget_rects;
mod widgets;
mod window_size;

pub use app::{App, Start};
pub use command::{
    Command, Direction, ExportShape, ExportWhat, GenerateCommand, ImportCommand, Panel,
    PathCommand, SimilarCommand, SpotCommand,
};
pub use dialogs::{
    Answer, Asked, Chosen, DialogRequest, FileDialogs, NativeDialogs, Question, ScriptedDialogs,
    WindowDialogs,
};
pub use export::Exporter;
pub use fonts::SystemFonts;
pub use options::{NeighbourMeasure, Pace, PlayBy, ThemeChoice};
pub use palette::Palette;
pub use run::{UiError, WindowOptions, run};
pub use services::Services;
pub use settings::Settings;
pub use sound::Sound;
pub use state::*;
