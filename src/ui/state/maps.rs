//! The data of the maps of this session.

use std::path::PathBuf;
use std::sync::Arc;

use super::analysis::AnalysisResult;
use super::layout::LayoutState;
use super::map_melodies::MapMelodies;
use super::path::PathState;
use super::selection::Selection;
use super::steer::SteerState;
use super::summary::Summary;
use super::undo::UndoStep;
use crate::worker::{JobId, ModelInfo};

/// Maximum number of melodies of all maps but the shown one; beyond, the oldest map is closed. A sweep of 3,660 melodies took 2.6 KiB of
/// memory for each, so this is about 400 MB.
pub const MAX_STORED_MELODIES: usize = 150_000;

/// The sweep and the model of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct MapIdentity {
    /// Number in the list, from 1; never used twice in a session.
    pub number: u32,
    /// The job of its sweep.
    pub sweep: JobId,
    /// The model that decoded it.
    pub model: ModelInfo,
    /// The file of that model; `None` for the program's own.
    pub model_path: Option<PathBuf>,
}

/// Everything that belongs to one map that is not shown.
pub struct MapState {
    /// Its sweep and model.
    pub identity: MapIdentity,
    /// Its melodies.
    pub melodies: MapMelodies,
    pub(super) summary: Summary,
    /// Its layout.
    pub layout: LayoutState,
    /// Its sliders.
    pub steer: SteerState,
    /// Its selection.
    pub selection: Selection,
    pub(super) undo: Vec<UndoStep>,
    pub(super) redo: Vec<UndoStep>,
    /// Its path.
    pub path: PathState,
    pub(super) study: Option<Arc<AnalysisResult>>,
}

impl MapState {
    /// A map of an earlier run of the program.
    pub fn restored(identity: MapIdentity, melodies: MapMelodies) -> Self {
        Self {
            identity,
            melodies,
            summary: Summary::default(),
            layout: LayoutState {
                restored: true,
                ..LayoutState::default()
            },
            steer: SteerState::default(),
            selection: Selection::default(),
            undo: Vec::new(),
            redo: Vec::new(),
            path: PathState::default(),
            study: None,
        }
    }
}

/// The maps of this session.
#[derive(Default)]
pub struct Maps {
    /// Identity of the shown map; `None` before the first sweep.
    pub shown: Option<MapIdentity>,
    pub(super) stored: Vec<MapState>,
    pub(super) created: u32,
}

impl Maps {
    /// Number of the last map that was made.
    pub fn created(&self) -> u32 {
        self.created
    }

    /// The sweep of the shown map.
    pub fn shown_sweep(&self) -> Option<JobId> {
        self.shown.as_ref().map(|map| map.sweep)
    }
}

/// One map in the list.
pub struct MapEntry<'a> {
    /// Its sweep and model.
    pub identity: &'a MapIdentity,
    /// Its melodies.
    pub melodies: &'a MapMelodies,
    /// Its layout.
    pub layout: &'a LayoutState,
    /// Its sliders.
    pub steer: &'a SteerState,
    /// Its selection.
    pub selection: &'a Selection,
    /// Its path.
    pub path: &'a PathState,
    /// Whether it is the shown map.
    pub shown: bool,
}
