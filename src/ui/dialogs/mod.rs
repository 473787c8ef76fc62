//! Choosing files: with the dialogs of the system, with one that the window draws where the system has none, or by paths in
//! environment variables. `export` acts on the answers.

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
