//! Everything a person can ask of the window.

use std::path::PathBuf;

use super::options::{NeighbourMeasure, Pace, PlayBy, ThemeChoice};
use super::palette::Palette;
use crate::latent::{Interpolation, LatentPoint};
use crate::melody::PlayOrder;
use crate::model::DeviceChoice;
use crate::playback::OutputChoice;
pub use crate::session::ExportShape;
use crate::sweep::{Layout, MelodyId, SweepConfig};

/// A user action. Panels emit these; [`super::apply`] executes them.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Select a melody and play it.
    Select(MelodyId),
    /// Add a melody to the selected ones, or take it out.
    ToggleSelected(MelodyId),
    /// Select these instead of what was selected.
    SelectMany(Vec<MelodyId>),
    /// Select nothing.
    Deselect,
    /// Go to the region's next (1) or previous (-1) sample.
    StepSample(i32),
    /// Take back the last selection, steer, set of melodies, edit of the path, kept or removed melody.
    Undo,

    /// Play or stop.
    PlayStop,
    /// Set the tempo, beats per minute.
    SetTempo(f64),
    /// A tap of the tempo button at this time, seconds.
    TapTempo(f64),
    /// Repeat the melody, or play it once.
    SetLooping(bool),
    /// Loudness of the built-in synth, 0 to 1.
    SetVolume(f32),
    /// Send notes elsewhere.
    SetOutput(OutputChoice),
    /// Silence everything at once.
    Panic,
    /// Play one note to hear whether the output works.
    TestNote,

    /// Move the knob of an attribute (index), in shown units.
    SetWanted {
        /// Index into the attribute table.
        attribute: usize,
        /// Wanted value in shown units.
        value: f64,
    },
    /// Ask for new melodies with the wanted value of an attribute.
    Steer(usize),
    /// Light the whole map again, not only what a slider asks for.
    LightAll,
    /// How many melodies a steer makes.
    SetSteerCount(u32),

    /// Change what the next sweep will be.
    SetSweep(SweepConfig),
    /// Start the sweep that the form describes.
    NewSweep,
    /// Stop the running sweep or steer.
    Cancel,
    /// Choose weights with a dialog.
    ChooseModel,
    /// Open these weights, or the program's own.
    OpenModel(Option<PathBuf>),
    /// Decode on another device.
    SetDevice(DeviceChoice),

    /// Something about the spots between the points.
    Spot(SpotCommand),
    /// Something about the list of similar melodies.
    Similar(SimilarCommand),
    /// Something about the path over the map.
    Path(PathCommand),
    /// Something about a melody of one's own.
    Import(ImportCommand),
    /// Something about exploring and blending.
    Generate(GenerateCommand),

    /// Keep the selected melody, or remove it if it is kept.
    ToggleKept,
    /// Play a kept melody, by its number.
    PlayKept(u64),
    /// Remove a kept melody.
    RemoveKept(u64),
    /// Mark a kept melody for export, or unmark it.
    ToggleKeptMarked(u64),
    /// Try again to save the kept melodies that could not be saved.
    SaveUnsaved,
    /// Write melodies as MIDI files.
    Export(ExportWhat, ExportShape),
    /// Write the refused files of a notice after all, over the ones that are there.
    ReplaceFiles(u64),
    /// Write the refused files of a notice with numbers behind the names that are taken.
    KeepBothFiles(u64),

    /// Show another map of this session, by its number.
    ShowMap(u32),
    /// Show the next (1) or previous (-1) map of this session.
    StepMap(i32),
    /// Show the map in another layout.
    SetLayout(Layout),
    /// Colour the map by an attribute (index).
    ColourBy(usize),
    /// Let only melodies with an attribute (index) in a range of shown units stand out, or any again.
    SetFilter(usize, Option<(f64, f64)>),
    /// Colours of the map.
    SetPalette(Palette),
    /// Show or hide the field between the points.
    ShowField(bool),
    /// Show or hide the lines between the levels of the field.
    ShowContours(bool),
    /// Show the whole map.
    FitMap,
    /// Show the analysis in place of the map, or the map.
    ShowAnalysis(bool),
    /// Write the figures of the attribute that is analysed.
    ExportFigures,
    /// Dark, light, or as the system has it.
    SetTheme(ThemeChoice),
    /// Show or hide a panel.
    TogglePanel(Panel),
    /// Show or hide the list of keys.
    ShowHelp(bool),
    /// Open or close the command search.
    ShowSearch(bool),
    /// Put a notice away.
    Dismiss(u64),
}

/// Actions on a song that is open.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportCommand {
    /// Choose a MIDI file with a dialog.
    Choose,
    /// Open this MIDI file.
    Open(PathBuf),
    /// Take another part of the song.
    SetPart(usize),
    /// Choose these windows instead of those that were chosen.
    SetWindows(Vec<usize>),
    /// Draw a window large.
    Show(usize),
    /// Play a window as it is, or as the model decodes it.
    Play {
        /// The window.
        window: usize,
        /// As the model decodes it.
        reconstructed: bool,
    },
    /// Place the chosen windows on the map.
    Place,
    /// Close the song.
    Close,
    /// Stop waiting for the song that is being read.
    CancelReading,
    /// Show, play and export own melodies as the model decodes them, or as they were played.
    Reconstructed(bool),
}

/// Actions on melodies near and between others.
#[derive(Clone, Debug, PartialEq)]
pub enum GenerateCommand {
    /// Make melodies around this one.
    Explore(MelodyId),
    /// How near explored melodies stay, 0 to 1.
    SetCloseness(f64),
    /// How many melodies are explored at a time.
    SetCount(u32),
    /// Blend from this melody to the one that is selected next; `None` forgets it.
    BlendFrom(Option<MelodyId>),
    /// Blend from one melody to another.
    Blend(MelodyId, MelodyId),
    /// Melodies of a blend, both ends included.
    SetSteps(u32),
    /// Interpolation of a blend.
    SetInterpolation(Interpolation),
    /// Play a whole set, one melody after another.
    PlaySet(u32),
}

/// A direction on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards smaller x.
    Left,
    /// Towards larger x.
    Right,
    /// Up the screen.
    Up,
    /// Down the screen.
    Down,
}

/// A part of the window that can be hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// Steer and sweep.
    Left,
    /// The inspector.
    Right,
    /// Transport and tray.
    Bottom,
}

/// Which melodies to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportWhat {
    /// The melody in the inspector.
    Shown,
    /// All selected melodies.
    Selected,
    /// The tray: its marked melodies, or all of them.
    Kept,
    /// The melodies along the path; as one piece, as they are heard.
    Path,
}

/// Actions on the list of similar melodies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SimilarCommand {
    /// List the melodies that are most like this one.
    Find(MelodyId),
    /// List them by sound, or by latent point.
    By(NeighbourMeasure),
    /// The pointer is on the row of a melody, or on none.
    Point(Option<MelodyId>),
    /// Close the list.
    Close,
}

/// Actions on the spots between the points of the map.
#[derive(Clone, Debug, PartialEq)]
pub enum SpotCommand {
    /// Play what lies here. The newest request counts.
    Ask {
        /// Where on the map.
        at: [f64; 2],
        /// Where in the latent space.
        latent: LatentPoint,
    },
    /// The hovering pointer has left the map: what it plays ends with its bar.
    Leave,
    /// Choose what the pointer does to play.
    PlayBy(PlayBy),
}

/// Actions on the path over the map. Places are in map units, places on the path are those of its curve.
#[derive(Clone, Debug, PartialEq)]
pub enum PathCommand {
    /// Take the tool up, or put it down.
    Tool(bool),
    /// A path through these places instead of the one that is there.
    Draw {
        /// The places.
        points: Vec<[f64; 2]>,
        /// It leads back to the first.
        closed: bool,
    },
    /// One more point at its end.
    Append([f64; 2]),
    /// A point before the one with this number.
    Insert(usize, [f64; 2]),
    /// Another place for a point.
    Move(usize, [f64; 2]),
    /// One point less.
    Remove(usize),
    /// Lead it back to its first point, or not.
    Close(bool),
    /// No path any more.
    Clear,
    /// Play it from where the puck is, or stop.
    PlayStop,
    /// A hand has the puck here: play what lies there.
    Hold(f64),
    /// The hand lets go.
    LetGo,
    /// How it is walked.
    SetPlayOrder(PlayOrder),
    /// How long each melody is heard.
    SetPace(Pace),
    /// How many melodies lie on it.
    SetStations(u32),
}
