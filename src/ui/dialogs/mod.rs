//! Choosing files: the system's own dialogs, one drawn in the window where the system has none, or an answer given
//! beforehand. What is done with the answer is decided in `export`.

mod file_dialogs;
mod in_window;
mod native;
mod request;
mod scripted;

pub use file_dialogs::FileDialogs;
pub use in_window::{Asked, WindowDialogs};
pub use native::NativeDialogs;
pub use request::{Answer, Chosen, DialogRequest, Question};
pub use scripted::ScriptedDialogs;
