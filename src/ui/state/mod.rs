//! State of the window. Panels read it; only [`super::apply`] and [`super::reports`] change it.
//!
//! [`AppState`] (`app_state`) holds one part per file. What belongs to one map:
//! - `map_melodies`: its melodies; `names`: what they are called
//! - `added_melodies`, `generated_set`, `positions` and `projection`: melodies that are added to it, and their positions
//! - `layout`, `summary`, `selection`, `path` and `path_playback`, `undo` and `undo_steps`
//! - `steer`, `steer_goals`, `target_range`, `feasibility`: the sliders, what they ask for, and the results
//! - `attribute_choice`: which attributes are shown at once
//!
//! What belongs to the window:
//! - `model`, `sweep`, `generate`, `import`: the model and its running jobs; `learn`: fine-tuning a model
//! - `landmarks`: the user's melodies on the map; `copies`: whether a melody is a copy of one of them
//! - `model`, `sweep`, `generate`, `import`: the model and its running jobs; `learn`: fine-tuning a model; `mix`: mixing models
//! - `maps` and `map_list`: the maps of the session, and changing between them
//! - `playback`: what plays; `midi_input`; `probes`: requested probes; `slice`: the slice over the map; `kept_melodies`, `kept_entry`, `tray_view` and `tray`: the kept
//!   melodies; `history`: what was heard; `timeline`, `timeline_points` and `timeline_playback`: the piece that is arranged
//! - `taste`, `taste_learning` and `taste_ranking`: what the kept melodies say of new ones; `listening`: how long melodies are heard
//! - `analysis`, `similar`, `filter`, `notices`; `session`: the file of the session; `drag_out`: a melody that is dragged out of the window

mod added_melodies;
mod analysis;
mod app_state;
mod attribute_choice;
mod copies;
mod drag_out;
mod edit_origin;
mod edited_melodies;
mod feasibility;
mod filter;
mod generate;
mod generated_set;
mod history;
mod import;
mod kept_entry;
mod kept_melodies;
mod landmarks;
mod layout;
mod learn;
mod listening;
mod map_list;
mod map_melodies;
mod maps;
mod midi_input;
mod mix;
mod model;
mod names;
mod notes;
mod notices;
mod path;
mod path_playback;
mod pending_library_changes;
mod playback;
mod positions;
mod probes;
mod projection;
mod selection;
mod session;
mod share;
mod similar;
mod slice;
mod sound;
mod steer;
mod steer_goals;
mod summary;
mod sweep;
mod target_range;
mod taste;
mod taste_learning;
mod taste_ranking;
mod timeline;
mod timeline_playback;
mod timeline_points;
mod tray;
mod tray_view;
mod undo;
mod undo_steps;

pub use analysis::{Analysis, AnalysisResult};
pub use app_state::AppState;
pub use attribute_choice::is_study_attribute;
pub use copies::{CopyCheck, MelodyCopy};
pub use drag_out::DragOutState;
pub use edit_origin::EditOrigin;
pub use feasibility::{FeasibilityCache, FeasibilityMeasurement};
pub use filter::{Filter, is_in_scale};
pub use generate::{GenerateState, GenerationSource, RunningGeneration};
pub use generated_set::{GeneratedSet, ImportedVersions};
pub use history::{HeardEntry, History};
pub use import::{ImportedSong, SongReading};
pub use kept_entry::{KeptEntry, Provenance};
pub use kept_melodies::KeptMelodies;
pub use landmarks::{LandmarkState, LearntIndex, RunningLandmarks};
pub use layout::LayoutState;
pub use learn::{LearnDraft, LearnState, MAX_LEARN_MINUTES, RunningLearn};
pub use map_melodies::MapMelodies;
pub use maps::{MAX_STORED_MELODIES, MapEntry, MapIdentity, MapState, Maps};
pub use midi_input::MidiInputState;
pub use mix::{MAX_MIX_PERCENT, MixState};
pub use model::ModelState;
pub use names::{short_noun, steer_description, steer_name};
pub use notes::NotesState;
pub use notices::{Notice, NoticeAction, NoticeKind, Notices};
pub(in crate::ui) use path::PathVisit;
pub use path::{Anchor, DrawnPath, InterpolationWeights, PathState, PathStops, interpolate_latent};
pub use playback::{PlayRequest, PlaybackState};
pub use probes::ProbeState;
pub use selection::Selection;
pub use session::{SessionState, session_name};
pub use share::{PastedMelody, ShareState};
pub use similar::SimilarState;
pub use slice::{OpenSlice, SliceState};
pub use sound::SoundState;
pub use steer::{
    FinishedSteer, HeldValue, RunningSteer, SliderGoal, SteerResult, SteerSettings, SteerState,
};
pub use summary::{Summary, nice_range};
pub use sweep::SweepState;
pub use target_range::{TargetRange, Targets};
pub use taste::{RankedPlace, TasteCounts, TasteState};
pub use timeline::{PlayedPiece, TimelineState};
pub use timeline_playback::PlayingBlock;
pub use tray::TrayState;
pub use tray_view::{KeptOrder, TrayView};
pub(in crate::ui) use undo::StepChange;
pub use undo::{EditedSet, RemovedSteer, ReversibleAction, UndoStep};
