//! Choosing files: the system's own dialogs, one drawn in the window where the system has none, or paths
//! given in environment variables. `export` acts on the answers.

mod file_dialogs;
mod guard;
mod native;
mod request;
mod scripted;
mod window_dialogs;

pub use file_dialogs::FileDialogs;
pub use guard::DialogGuard;
pub use native::NativeDialogs;
pub use request::{ChosenPath, DialogAnswer, DialogPurpose, DialogRequest};
pub use scripted::ScriptedDialogs;
pub use window_dialogs::{PendingDialog, WindowDialogs};
