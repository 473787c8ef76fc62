//! The commands: every user action.

use std::path::PathBuf;

use super::chord_settings::ChordSettings;
use super::control_map::ControlTarget;
use super::dialogs::ChosenPath;
pub use super::export_selection::ExportSelection;
use super::options::{Motion, NeighbourMeasure, PlayBy, SearchScope, StopDuration, ThemeChoice};
use super::palette::Palette;
pub use super::tray_command::{SelectedCommand, TrayCommand};
use crate::latent::{Interpolation, LatentPoint};
use crate::melody::{Feel, PlayOrder, Scale};
use crate::model::DeviceChoice;
use crate::playback::input::OscSettings;
use crate::playback::{
    AudioFormat, LaunchQuantization, MetronomeAndClock, MidiPatch, OutputChoice, SoundChoice,
    SoundDeviceSettings,
};
pub use crate::session::ExportGrouping;
use crate::sweep::{KeptAspect, LayoutKind, MelodyId, SweepConfig};

mod arguments;
mod drag;
mod history;
mod landmarks;
mod learn;
mod mix;
mod notes;
mod share;
mod slice;
mod taste;
mod timeline;

pub use arguments::{Direction, Panel};
pub use drag::DragCommand;
pub use history::HistoryCommand;
pub use landmarks::LandmarkCommand;
pub use learn::LearnCommand;
pub use mix::MixCommand;
pub use notes::NotesCommand;
pub use share::ShareCommand;
pub use slice::SliceCommand;
pub use taste::TasteCommand;
pub use timeline::{TimelineCommand, TimelineSource};

/// A user action. Panels emit these; [`super::apply`] executes them.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Select a melody and play it.
    Select(MelodyId),
    /// Add a melody to the selection, or remove it.
    ToggleSelected(MelodyId),
    /// Select these melodies instead.
    SelectMany(Vec<MelodyId>),
    /// Select nothing.
    Deselect,
    /// An action on all selected melodies.
    Selected(SelectedCommand),
    /// Select the next (1) or previous (-1) melody of the region, steer or set.
    StepSample(i32),
    /// Undo the last selection, steer, generated set, edit of the path or timeline, kept or removed melody, filter or layout.
    Undo,
    /// Execute the last undone step again.
    Redo,

    /// Play or stop.
    PlayStop,
    /// Set the tempo, beats per minute.
    SetTempo(f64),
    /// Tap the beat, to set the tempo.
    TapTempo,
    /// Repeat the melody, or play it once.
    SetLooping(bool),
    /// Set the volume of the built-in synth, 0 to 1.
    SetVolume(f32),
    /// Choose the output.
    SetOutput(OutputChoice),
    /// Choose channel, program and bank of MIDI ports.
    SetMidiPatch(MidiPatch),
    /// An action on the sound of the built-in synth.
    Sound(SoundCommand),
    /// Choose how melodies are played.
    SetFeel(Feel),
    /// Choose the chords under the melodies.
    SetChords(ChordSettings),
    /// Choose at which beat or bar a melody replaces the one that plays.
    SetLaunch(LaunchQuantization),
    /// Choose metronome, count-in and MIDI clock.
    SetMetronomeAndClock(MetronomeAndClock),
    /// Set by how many milliseconds the notes are later than the clock; earlier if negative.
    SetLatencyOffset(i32),
    /// Export the notes as they are written, or as they are heard.
    SetExportRaw(bool),
    /// An action on the MIDI input.
    MidiInput(MidiInputCommand),
    /// Choose the ports of OSC.
    SetOsc(OscSettings),
    /// Silence every note.
    Panic,
    /// Play one note, to test the output.
    TestNote,

    /// An action on the sliders of steering.
    Steer(SteerCommand),
    /// Stop highlighting the melodies on the map that the sliders ask for.
    ClearHighlight,

    /// Set the configuration of the next sweep.
    SetSweep(SweepConfig),
    /// Start a sweep.
    NewSweep,
    /// Cancel the running sweep, steer and generations.
    Cancel,
    /// Choose weights with a dialog.
    ChooseModel,
    /// Open these weights, or the program's own.
    OpenModel(Option<PathBuf>),
    /// Decode on another device.
    SetDevice(DeviceChoice),

    /// An action on the probes between the points.
    Probe(ProbeCommand),
    /// An action on the slice of the latent space over the map.
    Slice(SliceCommand),
    /// An action on the list of similar melodies.
    Similar(SimilarCommand),
    /// An action on the path over the map.
    Path(PathCommand),
    /// An action of the feature *Learn*, which fine-tunes a model.
    Learn(LearnCommand),
    /// An action on the landmarks of the map.
    Landmarks(LandmarkCommand),
    /// An action on the mix of the open model and the one that it was taught from.
    Mix(MixCommand),
    /// An action on the song that is open.
    Import(ImportCommand),
    /// An action on the notes of the melody in the inspector.
    Notes(NotesCommand),
    /// Exploring or blending.
    Generate(GenerateCommand),
    /// An action on the user's taste.
    Taste(TasteCommand),

    /// Keep the selected melody, or remove it if it is kept.
    ToggleKept,
    /// Keep the melody that plays, or remove it if it is kept.
    ToggleKeptPlaying,
    /// Play a kept melody, by its number.
    PlayKept(u64),
    /// Remove a kept melody.
    RemoveKept(u64),
    /// Mark a kept melody for export, or unmark it.
    ToggleKeptMarked(u64),
    /// An action on the tray of kept melodies.
    Tray(TrayCommand),
    /// Try again to save the kept melodies that could not be saved.
    SaveUnsaved,
    /// Write melodies as MIDI files.
    Export(ExportSelection, ExportGrouping),
    /// Copy melodies as MIDI files to the clipboard.
    CopyFiles(ExportSelection),
    /// Record melodies into a sound file with a dialog.
    Record(ExportSelection, AudioFormat),
    /// Cancel the recording of this notice.
    CancelRecording(u64),
    /// Write the refused files of a notice, replacing the existing ones.
    ReplaceFiles(u64),
    /// Write the refused files of a notice with numbers after the names that exist.
    KeepBothFiles(u64),

    /// An action on the file of the session.
    Session(SessionCommand),
    /// An action on the history of what was heard.
    History(HistoryCommand),
    /// An action on the timeline.
    Timeline(TimelineCommand),
    /// An action on a melody that is dragged.
    Drag(DragCommand),
    /// An action on share texts.
    Share(ShareCommand),
    /// Show another map of this session, by its number.
    ShowMap(u32),
    /// Show the next (1) or previous (-1) map of this session.
    StepMap(i32),
    /// Show the map in another layout.
    SetLayout(LayoutKind),
    /// Colour the map by an attribute (index).
    ColourBy(usize),
    /// Dim the melodies whose attribute (index) is outside of a range in display units; `None` removes the range.
    SetFilter(usize, Option<(f64, f64)>),
    /// Dim the melodies with notes outside a scale; `None` removes the scale from the filter.
    SetScaleFilter(Option<Scale>),
    /// Choose the colours of the map.
    SetPalette(Palette),
    /// Show or hide the colour fill between the points.
    ShowFill(bool),
    /// Show or hide the lines between the levels of the field.
    ShowContours(bool),
    /// Show the whole map.
    FitMap,
    /// Show the analysis in place of the map, or the map again.
    ShowAnalysis(bool),
    /// Write the figures of the analysed attribute.
    ExportFigures,
    /// Choose the theme.
    SetTheme(ThemeChoice),
    /// Choose whether movements are drawn.
    SetMotion(Motion),
    /// Set the size of text and buttons, percent.
    SetUiScale(u16),
    /// Show or hide a panel.
    TogglePanel(Panel),
    /// Set the width or height of a panel, points; `None` sets the default.
    ResizePanel(Panel, Option<f32>),
    /// Show or hide the list of keys.
    ShowHelp(bool),
    /// Open or close the command search.
    ShowSearch(bool),
    /// Close the window.
    CloseWindow,
    /// Remove a notice.
    Dismiss(u64),
}

/// Actions on the file of the session.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionCommand {
    /// Start a new session; the open one stays in its file.
    New,
    /// Choose a session with a dialog.
    ChooseFile,
    /// Open this session.
    Open(PathBuf),
    /// Choose another file for the session with a dialog.
    SaveAs,
    /// Save the session in this file, which becomes the file of the session.
    SaveTo(ChosenPath),
}

/// Actions on the MIDI input.
#[derive(Clone, Debug, PartialEq)]
pub enum MidiInputCommand {
    /// Choose the port, or none.
    Choose(Option<String>),
    /// Follow the MIDI clock of the port, or not.
    FollowClock(bool),
    /// Follow JACK's transport, or not.
    FollowTransport(bool),
    /// Assign the next control that moves to this target; `None` cancels.
    Learn(Option<ControlTarget>),
    /// Remove the assignment of this target.
    Forget(ControlTarget),
}

/// Actions on an open song. Its excerpts are the parts of the model's melody length that it is cut into.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportCommand {
    /// Choose a MIDI file with a dialog.
    ChooseFile,
    /// Open this MIDI file.
    Open(PathBuf),
    /// Choose another part of the song.
    SetPart(usize),
    /// Choose the excerpts to place on the map, by index.
    SetExcerpts(Vec<usize>),
    /// Show an excerpt large.
    ShowExcerpt(usize),
    /// Play an excerpt or its reconstruction.
    Play {
        /// Index of the excerpt.
        excerpt: usize,
        /// Play the reconstruction.
        reconstructed: bool,
    },
    /// Place the chosen excerpts on the map.
    Place,
    /// Close the song.
    Close,
    /// Cancel reading a song.
    CancelReading,
    /// Show, play and export the model's reconstructions of imported melodies, or the melodies as they are in the file.
    ShowReconstructions(bool),
}

/// An action on the sliders. Attributes are indices into the attribute table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SteerCommand {
    /// Set the wanted value of an attribute.
    Want {
        /// The attribute.
        attribute: usize,
        /// The value in display units.
        value: f64,
    },
    /// Hold an attribute at its value in the selected melody, or at the sweep's mean.
    Hold(usize),
    /// Let an attribute have any value.
    Free(usize),
    /// Hold every attribute without a wanted value.
    HoldRest,
    /// Let every attribute have any value.
    FreeAll,
    /// Ask for melodies with every note in a scale; `None` allows all notes.
    SetScale(Option<Scale>),
    /// Choose where to search.
    SetScope(SearchScope),
    /// Show the sliders, to search melodies that resemble this one.
    LikeThis(MelodyId),
    /// Set how close new melodies stay to the one that they resemble: the fraction of its notes that they keep, 0 to 1.
    SetCloseness(f64),
    /// Choose what new melodies take unchanged from the one that they resemble.
    SetKeep(KeptAspect),
    /// Set the number of new melodies.
    SetCount(u32),
    /// Set the decoding temperature.
    SetTemperature(f32),
    /// Choose whether the first new melody is selected and played as soon as it is found.
    SetAudition(bool),
    /// Show the sliders of all attributes, or only those of the study and those that are not free.
    ShowMore(bool),
    /// Search new melodies by all sliders.
    Start,
}

/// Exploring around a melody and blending between two.
#[derive(Clone, Debug, PartialEq)]
pub enum GenerateCommand {
    /// Generate melodies around this one.
    Explore(MelodyId),
    /// Set how near explored melodies stay, 0 to 1.
    SetCloseness(f64),
    /// Set the number of melodies of an exploration.
    SetCount(u32),
    /// Blend from this melody to the one that is selected next; `None` cancels the blend.
    BlendFrom(Option<MelodyId>),
    /// Blend from one melody to another.
    Blend(MelodyId, MelodyId),
    /// Set the number of melodies of a blend, both ends included.
    SetBlendCount(u32),
    /// Set the interpolation of a blend.
    SetInterpolation(Interpolation),
    /// Play the melodies of a set (number) one after another.
    PlaySet(u32),
}

/// Actions on the sound of the built-in synth.
#[derive(Clone, Debug, PartialEq)]
pub enum SoundCommand {
    /// Play with this sound from the next note on.
    Choose(SoundChoice),
    /// Look for the SoundFonts of the system.
    FindSoundFonts,
    /// Choose a SoundFont with a dialog.
    ChooseSoundFont,
    /// Open this SoundFont and play with it.
    OpenSoundFont(PathBuf),
    /// Choose the sound device.
    SetDevice(SoundDeviceSettings),
    /// Open or close the page of settings.
    ShowSettings(bool),
}

/// Actions on the list of similar melodies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SimilarCommand {
    /// List the melodies most similar to this one.
    Find(MelodyId),
    /// Choose the measure.
    SetMeasure(NeighbourMeasure),
    /// The pointer is on the row of a melody, or on none.
    Hover(Option<MelodyId>),
    /// Close the list.
    Close,
}

/// Actions on the probes between the points of the map.
#[derive(Clone, Debug, PartialEq)]
pub enum ProbeCommand {
    /// Play the melody of this probe, in place of an earlier request.
    Play {
        /// Position on the map.
        at: [f64; 2],
        /// Its latent point.
        latent: LatentPoint,
    },
    /// The pointer left the map while it plays by hovering: playing stops at the end of the bar.
    PointerLeft,
    /// Choose how the pointer plays the map.
    SetPlayBy(PlayBy),
}

/// Actions on the path over the map. Positions are in map units; a position on the path is a parameter of its curve.
#[derive(Clone, Debug, PartialEq)]
pub enum PathCommand {
    /// Activate or deactivate the tool.
    SetTool(bool),
    /// Draw a new path through these points.
    Draw {
        /// The points.
        points: Vec<[f64; 2]>,
        /// Whether the path is closed.
        closed: bool,
    },
    /// Append a point.
    Append([f64; 2]),
    /// Insert a point before this index.
    Insert(usize, [f64; 2]),
    /// Move a point.
    Move(usize, [f64; 2]),
    /// Remove a point.
    Remove(usize),
    /// Close the path to its first point, or open it.
    SetClosed(bool),
    /// Remove the path.
    Clear,
    /// Play the path from the marker on, or stop.
    PlayStop,
    /// Drag the marker to this parameter of the curve, and play the melody there.
    DragMarker(f64),
    /// Release the marker.
    ReleaseMarker,
    /// Choose the play order.
    SetPlayOrder(PlayOrder),
    /// Set how long each melody plays.
    SetStopDuration(StopDuration),
    /// Set the number of melodies along the path.
    SetStops(u32),
}
