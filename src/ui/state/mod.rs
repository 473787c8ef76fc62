//! What the window shows. Panels read it; only [`super::apply`] and [`super::reports`] change it.
//!
//! [`AppState`] (`app_state`) holds one part per file. What belongs to one map:
//! - `library`: its melodies; `generated_set`, `positions` and `projection`: those that are added to it, and where
//! - `layout`, `summary`, `selection`, `steer`, `path` and `path_playback`, `undo`
//!
//! What belongs to the window:
//! - `model`, `sweep`, `generate`, `import`: the model and its running jobs
//! - `maps` and `map_list`: the maps of the session, and changing between them
//! - `playback`: what plays; `spots`: what is previewed; `tray`: the kept melodies
//! - `analysis`, `similar`, `filter`, `notices`

mod analysis;
mod app_state;
mod filter;
mod generate;
mod generated_set;
mod import;
mod layout;
mod library;
mod map_list;
mod maps;
mod model;
mod notices;
mod path;
mod path_playback;
mod playback;
mod positions;
mod projection;
mod selection;
mod similar;
mod spots;
mod steer;
mod summary;
mod sweep;
mod tray;
mod undo;

pub use analysis::{Analysis, AnalysisResult};
pub use app_state::AppState;
pub use filter::Filter;
pub use generate::{GenerateState, Pending, RunningGeneration};
pub use generated_set::{GeneratedSet, ImportedVersions};
pub use import::{ImportedSong, SongReading};
pub use layout::LayoutState;
pub use library::Library;
pub use maps::{MAX_STORED_MELODIES, MapEntry, MapIdentity, Maps};
pub use model::ModelState;
pub use notices::{Notice, NoticeAction, NoticeKind, Notices};
pub use path::{Anchor, DrawnPath, PathState, PathStops, Weights, interpolate_latent};
pub use playback::{PlayRequest, PlaybackState};
pub use selection::Selection;
pub use similar::SimilarState;
pub use spots::SpotState;
pub use steer::{SteerResult, SteerState, TargetRange};
pub use summary::{Summary, nice_range};
pub use sweep::SweepState;
pub use tray::{Kept, Provenance, Tray};
pub use undo::{UndoAction, UndoStep};
