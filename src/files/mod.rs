//! Files regardless of their content.
//!
//! - `atomic` writes files atomically, with the errors of `error`
//! - `kind` detects what a file or folder is, `listing` lists folders without the files of the operating system
//! - `sanitise` makes names safe to print

mod atomic;
mod error;
mod kind;
mod listing;
mod sanitise;

pub use atomic::{
    AtomicFile, TEMPORARY_PREFIX, entry_exists, make_folder, rename_to_free, sync_folder,
    write_atomic, write_atomic_synced,
};
pub use error::WriteError;
pub use kind::{FileKind, FolderKind, MIDI_EXTENSIONS, has_midi_extension, has_model_name};
pub use listing::{folder_entries, is_os_file_name, path_has_os_file_name};
pub use sanitise::sanitise;
