//! Own melodies on their way to the map, and what exploring and blending are set to.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::files::printable;
use crate::latent::Interpolation;
use crate::melody::{ImportedPart, MidiSong, SongPart};
use crate::sweep::{Generated, MelodyId};
use crate::worker::JobId;

/// A song that somebody opened, and what is chosen of it.
pub struct ImportedSong {
    /// The file.
    pub path: PathBuf,
    /// What was read.
    pub song: Arc<MidiSong>,
    /// Its parts.
    pub parts: Arc<Vec<SongPart>>,
    /// The chosen part.
    pub part: usize,
    /// The windows of that part, and what was found and left out.
    pub imported: ImportedPart,
    /// Windows that are to be placed.
    pub chosen: BTreeSet<usize>,
    /// The window drawn large.
    pub shown: usize,
    /// What came of encoding all windows, once it has.
    pub measured: Option<Generated>,
    /// The job that encodes them.
    pub job: Option<JobId>,
    /// Share done of it.
    pub progress: f32,
    /// Why it failed, for the user.
    pub trouble: Option<String>,
}

/// A song that is being read.
pub struct Reading {
    /// Number of the request.
    pub request: u64,
    /// The file's name.
    pub name: String,
}

impl ImportedSong {
    /// The file's name without its ending.
    pub fn name(&self) -> String {
        self.path
            .file_stem()
            .map(|name| printable(&name.to_string_lossy()).into_owned())
            .unwrap_or_default()
    }
}

/// What a running job makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pending {
    /// Melodies around one.
    Explore(MelodyId),
    /// A blend from one to another.
    Blend(MelodyId, MelodyId),
}

/// A running job that makes melodies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunningGeneration {
    /// The job.
    pub job: JobId,
    /// The sweep of the map that the melodies belong to.
    pub sweep: JobId,
    /// What it makes.
    pub pending: Pending,
}

/// Exploring and blending.
pub struct GenerateState {
    /// Sets so far; numbers the next one.
    pub sets: u32,
    /// The running jobs, oldest first.
    pub running: Vec<RunningGeneration>,
    /// How near explored melodies stay, 0 to 1.
    pub closeness: f64,
    /// How many melodies are explored at a time.
    pub count: u32,
    /// Melodies of a blend, both ends included.
    pub steps: u32,
    /// Interpolation of a blend.
    pub way: Interpolation,
    /// The next selected melody becomes the other end of a blend from here.
    pub blend_from: Option<MelodyId>,
    /// Own melodies are shown as the model decodes them.
    pub reconstructed: bool,
    /// Why the last one failed, for the user.
    pub trouble: Option<String>,
}

impl Default for GenerateState {
    fn default() -> Self {
        Self {
            sets: 0,
            running: Vec::new(),
            closeness: 0.6,
            count: 16,
            steps: 7,
            way: Interpolation::Spherical,
            blend_from: None,
            reconstructed: false,
            trouble: None,
        }
    }
}

/// Spread of an explored cloud at no closeness at all: the prior's own.
const FARTHEST: f64 = 1.0;
/// Spread at full closeness: hardly any note changes.
const NEAREST: f64 = 0.05;

impl GenerateState {
    /// Standard deviation per dimension that the closeness stands for.
    pub fn sigma(&self) -> f64 {
        FARTHEST + (NEAREST - FARTHEST) * self.closeness
    }

    /// Another map is shown: what runs goes on, what was begun by hand does not.
    pub(in crate::ui) fn change_map(&mut self) {
        self.blend_from = None;
        self.trouble = None;
    }
}
