//! The parts of the window around the map. Each panel is a function that reads the state and adds commands.

mod analysis;
mod analysis_map;
mod analysis_plots;
mod analysis_tables;
mod feel;
mod file_dialog;
mod generate;
mod help;
mod import;
mod inspector;
mod kept_melodies;
mod maps;
mod midi_input;
mod obtained_plot;
mod output;
mod search;
mod settings;
mod similar;
mod sound_menu;
mod steer;
mod sweep;
mod top_bar;
mod transport;

pub use analysis::analysis_ui;
pub use file_dialog::{FileDialogView, file_dialog_ui};
pub use help::help_ui;
pub use import::import_ui;
pub use inspector::inspector_ui;
pub use kept_melodies::kept_melodies_ui;
pub use search::{SearchView, search_ui};
pub use settings::settings_ui;
pub use similar::similar_ui;
pub use steer::steer_ui;
pub use sweep::sweep_ui;
pub use top_bar::top_bar_ui;
pub use transport::transport_ui;
