//! The state of the window as a session stores it, and the changes that have to be written.
//!
//! - `window_view`, `map_view`: the stored view of the window and of a map, as JSON
//! - `restored`: the maps that are built from a session that was read
//! - `recorder`: compares the state with what was written, and lists the changes

mod map_view;
mod recorder;
mod restored;
mod window_view;

pub use recorder::SessionRecorder;
pub use restored::RestoredSession;
