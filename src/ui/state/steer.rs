//! The steer sliders, the running steer and its results.

use std::sync::Arc;

use super::feasibility::FeasibilityCache;
use crate::attributes::ATTRIBUTES;
use crate::melody::Scale;
use crate::sweep::{KeptAspect, MelodyId, SteerGoals};
use crate::ui::options::SearchScope;
use crate::worker::JobId;

/// The goal for an attribute: any value, a target, or the value that it has. Values are in display units.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SliderGoal {
    /// Any value will do.
    #[default]
    Free,
    /// The target is the value of the knob.
    Wanted(f64),
    /// The target is the value that it had when it was held.
    Held(HeldValue),
}

/// The value that a slider is held at.
#[derive(Clone, Debug, PartialEq)]
pub enum HeldValue {
    /// The mean of the sweep.
    SweepMean,
    /// The value of the melody that was selected.
    Melody {
        /// In display units.
        value: f64,
        /// Title of the melody.
        title: Arc<str>,
    },
}

/// Outcome of a steer for one attribute, in display units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SteerResult {
    /// Index into the attribute table.
    pub attribute: usize,
    /// The target: the wanted or held value.
    pub target: f64,
    /// Mean over the new melodies.
    pub mean: f64,
    /// Standard deviation over the new melodies.
    pub sd: f64,
    /// Minimum, lower quartile, median, upper quartile and maximum of the new melodies.
    pub five_number_summary: [f64; 5],
    /// Number of new melodies within the attribute's tolerance of the target.
    pub matching_count: usize,
}

/// A steer that is done.
#[derive(Clone, Debug)]
pub struct FinishedSteer {
    /// Its number, as in the ids of its melodies.
    pub number: u32,
    /// What was asked of the attributes.
    pub goals: SteerGoals,
    /// The scale that was asked for.
    pub scale: Option<Scale>,
    /// The outcome for each attribute that was not free.
    pub results: Vec<SteerResult>,
    /// Number of new melodies with every value within its tolerance.
    pub matching_count: usize,
    /// New melodies with every note in the scale.
    pub in_scale: usize,
    /// Number of new melodies.
    pub count: usize,
    /// What the melodies are, as "32 melodies with 6 notes per bar, range held".
    pub description: String,
}

/// The running steer.
#[derive(Clone, Debug)]
pub struct RunningSteer {
    /// Its job.
    pub job: JobId,
    /// Its number, as in the ids of its melodies.
    pub number: u32,
    /// What is asked of the attributes.
    pub goals: SteerGoals,
    /// The scale that every note is to be in.
    pub scale: Option<Scale>,
    /// Common name of its melodies.
    pub name: String,
    /// What the melodies are, after their number: "with 6 notes per bar, range held".
    pub description: String,
    /// The melody that the new ones are to resemble.
    pub source: Option<MelodyId>,
    /// Whether some of its melodies are on the map already; undo then removes them in one step.
    pub has_melodies: bool,
    /// Whether one of its melodies was newly decoded, and not only found on the map.
    pub decoded: bool,
}

/// What is asked of a steer, in the panel: what undoing a steer restores.
#[derive(Clone, Debug, PartialEq)]
pub struct SteerSettings {
    /// What is asked of each attribute.
    pub goals: Vec<SliderGoal>,
    /// The scale that every note is to be in.
    pub scale: Option<Scale>,
    /// Where to search.
    pub scope: SearchScope,
    /// Fraction of the notes of the melody to resemble that stay, 0 to 1.
    pub closeness: f64,
    /// What of that melody stays exactly as it is.
    pub keep: KeptAspect,
}

/// First position of the density knob, notes per bar: a medium density.
const FIRST_DENSITY: f64 = 6.0;
/// First closeness to a melody.
const FIRST_CLOSENESS: f64 = 0.7;

/// The sliders and the running steer.
pub struct SteerState {
    /// What is asked of each attribute.
    pub goals: Vec<SliderGoal>,
    /// The scale that every note is to be in.
    pub scale: Option<Scale>,
    /// Decoding temperature; `None` for that of the sweep.
    pub temperature: Option<f32>,
    /// Where a steer searches.
    pub scope: SearchScope,
    /// Fraction of the notes of the melody to resemble that stay, 0 to 1.
    pub closeness: f64,
    /// What of that melody stays exactly as it is.
    pub keep: KeptAspect,
    /// Cross-validated fit per attribute, once known.
    pub r2: Vec<Option<f64>>,
    /// Every finished steer of this sweep that was not undone, oldest first.
    pub finished: Vec<FinishedSteer>,
    /// Index of the attribute whose slider was moved last.
    pub last_moved_attribute: usize,
    /// The running steer.
    pub running: Option<RunningSteer>,
    /// Whether a steer starts when the sweep is done.
    pub starts_after_sweep: bool,
    /// Progress of the running steer, 0 to 1.
    pub progress: Option<f32>,
    /// Steers so far in this sweep; the number of the next one.
    pub steer_count: u32,
    /// Why the last steer failed, for the user.
    pub error: Option<String>,
    /// Whether the melodies that have all values are highlighted on the map: from the first touch of a slider until something
    /// else is selected.
    pub highlighted: bool,
    /// How many melodies of the sweep have what is asked.
    pub feasibility: FeasibilityCache,
    /// What undoing the next steer restores: what was asked of the steer before it.
    pub(in crate::ui) settings_before: SteerSettings,
    /// The melody that a steer has selected to be played, and the melody that the steer was to resemble.
    pub(in crate::ui) auditioned: Option<(MelodyId, Option<MelodyId>)>,
}

impl Default for SteerState {
    fn default() -> Self {
        let initial_goal = |id| match id {
            "note_density" => SliderGoal::Wanted(FIRST_DENSITY),
            _ => SliderGoal::Free,
        };
        let goals: Vec<SliderGoal> = ATTRIBUTES
            .iter()
            .map(|attribute| initial_goal(attribute.id))
            .collect();
        let settings = SteerSettings {
            goals,
            scale: None,
            scope: SearchScope::default(),
            closeness: FIRST_CLOSENESS,
            keep: KeptAspect::default(),
        };
        Self {
            goals: settings.goals.clone(),
            scale: settings.scale,
            temperature: None,
            scope: settings.scope,
            closeness: settings.closeness,
            keep: settings.keep,
            settings_before: settings,
            r2: vec![None; ATTRIBUTES.len()],
            finished: Vec::new(),
            last_moved_attribute: 0,
            running: None,
            starts_after_sweep: false,
            progress: None,
            steer_count: 0,
            error: None,
            highlighted: false,
            feasibility: FeasibilityCache::default(),
            auditioned: None,
        }
    }
}

impl SteerState {
    /// The sliders of a new map, which stay where they are on this one.
    pub(super) fn for_new_map(&mut self) -> Self {
        let settings_before = SteerSettings {
            scope: SearchScope::default(),
            ..self.settings()
        };
        Self {
            goals: self.goals.clone(),
            scale: self.scale,
            temperature: self.temperature,
            closeness: self.closeness,
            keep: self.keep,
            settings_before,
            last_moved_attribute: self.last_moved_attribute,
            starts_after_sweep: std::mem::take(&mut self.starts_after_sweep),
            ..Self::default()
        }
    }

    /// What is asked of a steer now.
    pub fn settings(&self) -> SteerSettings {
        SteerSettings {
            goals: self.goals.clone(),
            scale: self.scale,
            scope: self.scope,
            closeness: self.closeness,
            keep: self.keep,
        }
    }

    /// Asks for the same as an earlier steer.
    pub(in crate::ui) fn restore(&mut self, settings: SteerSettings) {
        self.goals.clone_from(&settings.goals);
        self.scale = settings.scale;
        self.scope = settings.scope;
        self.closeness = settings.closeness;
        self.keep = settings.keep;
        self.settings_before = settings;
    }

    /// What is asked of an attribute.
    pub fn goal(&self, attribute: usize) -> &SliderGoal {
        self.goals.get(attribute).unwrap_or(&SliderGoal::Free)
    }

    /// The last result of an attribute; `None` if the last steer left it free.
    pub fn result(&self, attribute: usize) -> Option<SteerResult> {
        let results = &self.finished.last()?.results;
        let result = results.iter().find(|result| result.attribute == attribute);
        result.copied()
    }
}
