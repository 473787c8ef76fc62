//! How the window was left, as a session stores it, and what has to be written when it changes.
//!
//! - `window_view`, `map_view`: what is stored of the window and of a map, as JSON
//! - `restored`: the maps of a session that was read
//! - `recorder`: compares the state with what was written, and makes the changes

mod map_view;
mod recorder;
mod restored;
mod window_view;

pub use recorder::SessionRecorder;
pub use restored::RestoredSession;
