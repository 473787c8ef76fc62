//! [`AppState`], everything the window shows.

use super::analysis::Analysis;
use super::drag_out::DragOutState;
use super::filter::Filter;
use super::generate::GenerateState;
use super::history::History;
use super::import::{ImportedSong, SongReading};
use super::kept_entry::KeptEntry;
use super::kept_melodies::KeptMelodies;
use super::landmarks::LandmarkState;
use super::layout::LayoutState;
use super::learn::LearnState;
use super::map_melodies::MapMelodies;
use super::maps::Maps;
use super::midi_input::MidiInputState;
use super::mix::MixState;
use super::model::ModelState;
use super::notes::NotesState;
use super::notices::Notices;
use super::path::PathState;
use super::playback::PlaybackState;
use super::probes::ProbeState;
use super::selection::Selection;
use super::session::SessionState;
use super::share::ShareState;
use super::similar::SimilarState;
use super::slice::SliceState;
use super::sound::SoundState;
use super::steer::SteerState;
use super::summary::Summary;
use super::sweep::SweepState;
use super::taste::TasteState;
use super::timeline::TimelineState;
use super::tray::TrayState;
use super::undo::UndoStep;
use crate::attributes::{ATTRIBUTES, STUDY_ATTRIBUTES};
use crate::session::library::{Annotations, KeptMelody, MelodyIdentity, now_ms};
use crate::sweep::{MelodyEntry, MelodyId};
use crate::ui::options::Motion;
use crate::ui::settings::Settings;

/// Everything the window shows.
#[derive(Default)]
pub struct AppState {
    /// The model, or why there is none.
    pub model: ModelState,
    /// Devices of this machine, by name.
    pub devices: Vec<String>,
    /// The maps of this session.
    pub maps: Maps,
    /// The melodies of the shown map.
    pub melodies: MapMelodies,
    /// Layout of the shown map.
    pub layout: LayoutState,
    /// Histograms and limits of the melodies, per attribute.
    pub summary: Summary,
    /// The sweep form and the running sweep.
    pub sweep: SweepState,
    /// The sliders and the running steer.
    pub steer: SteerState,
    /// SoundFonts and sound devices.
    pub sound: SoundState,
    /// A song that is open to import melodies from.
    pub imported_song: Option<ImportedSong>,
    /// A song that is being read.
    pub song_reading: Option<SongReading>,
    /// Fine-tuning a model, the feature *Learn*.
    pub learn: LearnState,
    /// The user's melodies that the open model has learnt from.
    pub landmarks: LandmarkState,
    /// Mixing models.
    pub mix: MixState,
    /// Exploring and blending.
    pub generate: GenerateState,
    /// The melodies that are not dimmed on the map.
    pub filter: Filter,
    /// Editing the notes of the melody in the inspector.
    pub notes: NotesState,
    /// The list of similar melodies.
    pub similar: SimilarState,
    /// Requested probes between the points of the map.
    pub probes: ProbeState,
    /// The path over the map.
    pub path: PathState,
    /// The selection on the map.
    pub selection: Selection,
    /// Steps to undo, oldest first.
    pub undo: Vec<UndoStep>,
    /// Steps that were undone and can be done again, the next one last.
    pub redo: Vec<UndoStep>,
    /// Number of steps on kept melodies that can no longer be undone, because there were too many steps.
    pub dropped_kept_steps: usize,
    /// The kept melodies, which belong to no map.
    pub kept_melodies: KeptMelodies,
    /// State of the tray of kept melodies.
    pub tray: TrayState,
    /// The history of heard melodies.
    pub history: History,
    /// What the kept melodies say of new ones.
    pub taste: TasteState,
    /// The slice of the latent space over the map.
    pub slice: SliceState,
    /// The timeline.
    pub timeline: TimelineState,
    /// What plays, and on which output.
    pub playback: PlaybackState,
    /// The file of the session.
    pub session: SessionState,
    /// Share texts that are being made or read.
    pub share: ShareState,
    /// A melody that is dragged out of the window.
    pub drag_out: DragOutState,
    /// The MIDI input.
    pub midi_input: MidiInputState,
    /// Messages to the user.
    pub notices: Notices,
    /// The Analysis tab.
    pub analysis: Analysis,
    /// The settings, which are stored between runs.
    pub settings: Settings,
    /// Whether the processor draws, in place of a graphics card: every pixel that is filled takes time.
    pub draws_on_cpu: bool,
    /// Whether the system asks for reduced motion.
    pub system_reduces_motion: bool,
    /// Number of requests so far that the camera should show the whole map.
    pub fit_map_requests: u64,
    /// Number of times that the points have moved so far. Each time the camera shows all of them, unless the user has moved the camera since it last did.
    pub point_movements: u64,
    /// Number of requests so far that the side panel should scroll to the choice of the melody that new ones are to resemble.
    pub show_steer_requests: u64,
    /// Whether the window has to close.
    pub close_window: bool,
    /// Whether the list of keys is open.
    pub help: bool,
    /// Whether the command search is open.
    pub search: bool,
}

impl AppState {
    /// The state of a new window.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// Whether movements are left out.
    pub fn reduces_motion(&self) -> bool {
        match self.settings.motion {
            Motion::System => self.system_reduces_motion,
            Motion::Full => false,
            Motion::Reduced => true,
        }
    }

    /// Index of the attribute that colours the map.
    pub fn colour_attribute(&self) -> usize {
        ATTRIBUTES
            .iter()
            .position(|attribute| attribute.id == self.settings.colour_by)
            .unwrap_or(0)
    }

    /// Index of the attribute that the analysis shows: the one that colours the map, or the first if a study does not have it.
    pub fn studied_attribute(&self) -> usize {
        let coloured = Some(self.colour_attribute());
        let studied = coloured.filter(|index| *index < STUDY_ATTRIBUTES.len());
        studied.unwrap_or_default()
    }

    /// The melody in the inspector, if it is decoded: the selected one, or the one that plays while none is selected.
    pub fn inspector_melody(&self) -> Option<&MelodyEntry> {
        let id = self.selection.focus.or_else(|| self.playing_id());
        self.melodies.get(id?)
    }

    /// The melody on the shown map that plays now.
    pub fn playing_id(&self) -> Option<MelodyId> {
        let playing = self.playback.now_playing()?;
        let id = match self.playback.sequence_position() {
            Some((id, _)) => Some(id),
            None => playing.id,
        };
        (playing.generation == Some(self.melodies.generation()))
            .then_some(id)
            .flatten()
    }

    /// Decoding temperature of the shown map's sweep.
    pub fn sweep_temperature(&self) -> f32 {
        let plan = self.melodies.plan();
        plan.map_or(0.0, |plan| plan.config.temperature)
    }

    /// Seed of the shown map's sweep, or of the form while there is no map.
    pub fn seed(&self) -> u64 {
        self.melodies
            .plan()
            .map_or(self.sweep.form.seed, |plan| plan.config.seed)
    }

    /// First 12 hex digits of the SHA-256 of the weights that the shown map was decoded with; without a map, of the open
    /// weights; empty without either.
    pub fn weights_hash(&self) -> &str {
        let map = self.maps.shown.as_ref().map(|map| &map.model);
        map.or_else(|| self.model.info())
            .map_or("", |info| info.weights_hash.as_str())
    }

    /// The kept melody that is this melody of the map, whichever run of the program kept it.
    pub fn kept(&self, entry: &MelodyEntry) -> Option<&KeptEntry> {
        self.kept_melodies
            .find(self.seed(), self.weights_hash(), entry)
    }

    /// Whether a melody of the map is kept.
    pub fn is_kept(&self, id: MelodyId) -> bool {
        !self.kept_melodies.is_empty()
            && self
                .melodies
                .get(id)
                .is_some_and(|entry| self.kept(entry).is_some())
    }

    /// The kept melody that keys act on: the one that plays, else the shown one, if that is kept.
    pub fn current_kept(&self) -> Option<&KeptEntry> {
        let playing = self.playback.melody_to_keep();
        let playing = playing.and_then(|melody| self.kept_melodies.find_identity(&melody.identity));
        playing.or_else(|| self.kept(self.inspector_melody()?))
    }

    /// The melody on the shown map that this kept melody is, if it is there.
    pub fn map_id_of(&self, kept: &KeptEntry) -> Option<MelodyId> {
        let entry = self.melodies.get(kept.stored.identity.id)?;
        let kept_entry = self.kept(entry)?;
        (kept_entry.number == kept.number).then_some(entry.id)
    }

    /// A melody of the map as the library of kept melodies stores it.
    pub(in crate::ui) fn kept_melody_of(&self, entry: &MelodyEntry) -> KeptMelody {
        KeptMelody {
            identity: MelodyIdentity {
                weights_hash: self.weights_hash().to_owned(),
                seed: self.seed(),
                id: entry.id,
                tokens: entry.melody.tokens().clone(),
            },
            name: self.title(entry.id),
            latent: self.melodies.latent(entry.id),
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            marked: false,
            kept_at_ms: now_ms(),
            annotations: Annotations {
                origin: self.edit_origin_text(entry.id),
                ..Annotations::default()
            },
        }
    }

    /// Deselects melodies that are no longer on the map.
    pub(in crate::ui) fn deselect_missing(&mut self) {
        let is_there = |id: &MelodyId| self.melodies.get(*id).is_some();
        self.selection.all.retain(is_there);
        self.selection.focus = self.selection.focus.filter(is_there);
    }
}
