//! What the window shows. Panels read it; only [`super::apply`] and the
//! worker's reports change it.

mod analysis;
mod constellation;
mod filter;
mod keeping;
mod layout;
mod library;
mod listening;
mod made;
mod making;
mod making_of;
mod maps;
mod notices;
mod path;
mod selection;
mod similar;
mod sought;
mod spots;
mod summary;

pub use analysis::{Analysis, Found};
pub use filter::Filter;
pub use keeping::{Kept, Source, Tray};
pub use layout::LayoutState;
pub use library::Library;
pub use listening::{Listening, Sounding};
pub use made::{GeneratedSet, ImportedSides};
pub use making::{ModelState, SteerResult, SteerState, SweepState};
pub use making_of::{GenerateState, ImportedSong, Pending, Reading, RunningGeneration};
pub use maps::{MOST_STORED_MELODIES, MapEntry, MapIdentity, Maps};
pub use notices::{Notice, NoticeAction, NoticeKind, Notices};
pub use path::{Anchor, DrawnPath, PathState, Stations, latent_of};
pub use selection::{Selection, UndoStep, Undone};
pub use similar::SimilarState;
pub use sought::Sought;
pub use spots::SpotState;
pub use summary::{Summary, nice_range};

use super::Settings;
use crate::attributes::ATTRIBUTES;
use crate::sweep::{MelodyEntry, MelodyId};

/// Everything the window shows.
pub struct AppState {
    /// The model, or why there is none.
    pub model: ModelState,
    /// Devices of this machine, by name.
    pub devices: Vec<String>,
    /// The maps of this session.
    pub maps: Maps,
    /// The melodies of the shown map.
    pub library: Library,
    /// Layout of the map.
    pub layout: LayoutState,
    /// Histograms and limits of the library, per attribute.
    pub summary: Summary,
    /// The sweep form, and the running sweep.
    pub sweep: SweepState,
    /// The sliders, and the running steer.
    pub steer: SteerState,
    /// A song that is open, to choose melodies from.
    pub own: Option<ImportedSong>,
    /// A song that is being read.
    pub reading: Option<Reading>,
    /// Exploring and blending.
    pub making: GenerateState,
    /// Which melodies stand out on the map.
    pub filter: Filter,
    /// The list of similar melodies.
    pub similar: SimilarState,
    /// Spots that were asked for.
    pub spots: SpotState,
    /// The path over the map.
    pub path: PathState,
    /// What is selected.
    pub selection: Selection,
    /// What can be taken back, oldest first.
    pub undo: Vec<UndoStep>,
    /// Melodies kept across sweeps.
    pub tray: Tray,
    /// What sounds.
    pub listening: Listening,
    /// What the user should know.
    pub notices: Notices,
    /// The Analysis tab.
    pub analysis: Analysis,
    /// What is remembered between runs.
    pub settings: Settings,
    /// Raised by one whenever the map should be shown whole.
    pub fit_map: u64,
    /// Whether the list of keys is open.
    pub help: bool,
    /// Whether the command search is open.
    pub search: bool,
}

impl AppState {
    /// A window before anything has happened.
    pub fn new(settings: Settings) -> Self {
        Self {
            model: ModelState::Opening,
            devices: Vec::new(),
            maps: Maps::default(),
            library: Library::default(),
            layout: LayoutState::default(),
            summary: Summary::default(),
            sweep: SweepState::default(),
            steer: SteerState::new(),
            own: None,
            reading: None,
            making: GenerateState::default(),
            filter: Filter::default(),
            similar: SimilarState::default(),
            spots: SpotState::default(),
            path: PathState::default(),
            selection: Selection::default(),
            undo: Vec::new(),
            tray: Tray::default(),
            listening: Listening::default(),
            notices: Notices::default(),
            analysis: Analysis::default(),
            settings,
            fit_map: 0,
            help: false,
            search: false,
        }
    }

    /// Index of the attribute that colours the map.
    pub fn colour_attribute(&self) -> usize {
        ATTRIBUTES
            .iter()
            .position(|attribute| attribute.id == self.settings.colour_by)
            .unwrap_or(0)
    }

    /// The melody the inspector shows, if it is decoded.
    pub fn shown(&self) -> Option<&MelodyEntry> {
        self.library.get(self.selection.focus?)
    }

    /// The melody on the map that sounds now.
    pub fn sounding_id(&self) -> Option<MelodyId> {
        let sounding = self.listening.sounding()?;
        let id = match self.listening.step_of_way() {
            Some((id, _)) => Some(id),
            None => sounding.id,
        };
        (sounding.generation == Some(self.library.generation()))
            .then_some(id)
            .flatten()
    }

    /// What a melody is called: by the name it was given, or by where it comes from.
    pub fn title(&self, id: MelodyId) -> String {
        self.library
            .name(id)
            .map_or_else(|| title(id), str::to_owned)
    }
}

/// "Region 41, sample 12": an id as a title.
pub fn title(id: MelodyId) -> String {
    let text = id.to_string();
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
