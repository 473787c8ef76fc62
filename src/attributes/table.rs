//! The table of attributes.

use crate::melody::{HIGHEST_PITCH, LOWEST_PITCH, STEPS_PER_BAR};

use super::attribute::{Attribute, ValueFormat};
use super::durations::{note_length, rests};
use super::pitch::{PIANO_KEYS, contour, highest_note, lowest_note, pitch_range, signed_contour};
use super::repetition::{motif_repetition, repetition};
use super::rhythm::{note_density, rhythmic_complexity};
use super::syncopation::syncopation;

/// MIDI pitches of the piano.
const PIANO_PITCHES: (f64, f64) = (LOWEST_PITCH as f64, HIGHEST_PITCH as f64);

/// Every attribute, in the order of files and menus. New ones are added at the end, so that the indices of [`STUDY_ATTRIBUTES`]
/// do not change.
pub static ATTRIBUTES: &[Attribute] = &[
    Attribute {
        id: "note_density",
        option: "density",
        name: "Note density",
        unit: "notes/bar",
        value_format: ValueFormat::Number,
        to_display_unit: |density| density * STEPS_PER_BAR as f64,
        from_display_unit: |notes_per_bar| notes_per_bar / STEPS_PER_BAR as f64,
        possible_range: (0.0, 1.0),
        decimals: 1,
        tolerance: 0.5,
        measure: note_density,
        description: "How busy the melody is: notes started per bar.",
    },
    Attribute {
        id: "rhythmic_complexity",
        option: "complexity",
        name: "Rhythmic complexity",
        unit: "points",
        value_format: ValueFormat::Number,
        to_display_unit: identity,
        from_display_unit: identity,
        possible_range: (0.0, f64::INFINITY),
        decimals: 1,
        tolerance: 2.0,
        measure: rhythmic_complexity,
        description: "How far the notes avoid the strong beats; 0 when all lie on the strongest ones (Toussaint).",
    },
    Attribute {
        id: "pitch_range",
        option: "range",
        name: "Pitch range",
        unit: "semitones",
        value_format: ValueFormat::Number,
        to_display_unit: to_semitones,
        from_display_unit: from_semitones,
        possible_range: (0.0, 1.0),
        decimals: 1,
        tolerance: 2.0,
        measure: pitch_range,
        description: "From the lowest note to the highest.",
    },
    Attribute {
        id: "contour",
        option: "contour",
        name: "Contour",
        unit: "semitones",
        value_format: ValueFormat::Number,
        to_display_unit: to_semitones,
        from_display_unit: from_semitones,
        possible_range: (0.0, f64::INFINITY),
        decimals: 1,
        tolerance: 5.0,
        measure: contour,
        description: "How far the melody travels up and down: all its steps and leaps added up.",
    },
    Attribute {
        id: "signed_contour",
        option: "rise",
        name: "Rise",
        unit: "semitones",
        value_format: ValueFormat::Number,
        to_display_unit: to_semitones,
        from_display_unit: from_semitones,
        possible_range: (-1.0, 1.0),
        decimals: 1,
        tolerance: 2.0,
        measure: signed_contour,
        description: "From the first note to the last: above 0 the melody ends higher, below 0 lower than it began.",
    },
    Attribute {
        id: "highest_note",
        option: "highest",
        name: "Highest note",
        unit: "MIDI pitch",
        value_format: ValueFormat::NoteName,
        to_display_unit: identity,
        from_display_unit: identity,
        possible_range: PIANO_PITCHES,
        decimals: 0,
        tolerance: 1.0,
        measure: highest_note,
        description: "The highest note of the melody; C4 is middle C.",
    },
    Attribute {
        id: "lowest_note",
        option: "lowest",
        name: "Lowest note",
        unit: "MIDI pitch",
        value_format: ValueFormat::NoteName,
        to_display_unit: identity,
        from_display_unit: identity,
        possible_range: PIANO_PITCHES,
        decimals: 0,
        tolerance: 1.0,
        measure: lowest_note,
        description: "The lowest note of the melody; C4 is middle C.",
    },
    Attribute {
        id: "syncopation",
        option: "syncopation",
        name: "Syncopation",
        unit: "points",
        value_format: ValueFormat::Number,
        to_display_unit: identity,
        from_display_unit: identity,
        possible_range: (0.0, f64::INFINITY),
        decimals: 1,
        tolerance: 2.0,
        measure: syncopation,
        description: "How far notes on weak beats leave the stronger beats after them without a note; 0 when none does (Longuet-Higgins and Lee).",
    },
    Attribute {
        id: "rests",
        option: "rests",
        name: "Rests",
        unit: "%",
        value_format: ValueFormat::Number,
        to_display_unit: to_percent,
        from_display_unit: from_percent,
        possible_range: (0.0, 1.0),
        decimals: 0,
        tolerance: 5.0,
        measure: rests,
        description: "How much of the time nothing sounds.",
    },
    Attribute {
        id: "repetition",
        option: "repetition",
        name: "Repetition",
        unit: "%",
        value_format: ValueFormat::Number,
        to_display_unit: to_percent,
        from_display_unit: from_percent,
        possible_range: (0.0, 1.0),
        decimals: 0,
        tolerance: 10.0,
        measure: repetition,
        description: "How much of the second bar is as in the first: the same notes and rests at the same places. For repeats at any pitch see Motif repetition.",
    },
    Attribute {
        id: "note_length",
        option: "note-length",
        name: "Mean note length",
        unit: "sixteenths/note",
        value_format: ValueFormat::Number,
        to_display_unit: identity,
        from_display_unit: identity,
        possible_range: (1.0, f64::INFINITY),
        decimals: 1,
        tolerance: 0.5,
        measure: note_length,
        description: "How long a note sounds on average; 4 sixteenths are a quarter.",
    },
    Attribute {
        id: "motif_repetition",
        option: "motif",
        name: "Motif repetition",
        unit: "%",
        value_format: ValueFormat::Number,
        to_display_unit: to_percent,
        from_display_unit: from_percent,
        possible_range: (0.0, 1.0),
        decimals: 0,
        tolerance: 10.0,
        measure: motif_repetition,
        description: "How much of the second bar is as in the first at the same or another pitch: the same rhythm and the same intervals from the bar's first note.",
    },
];

/// The attributes that a study measures: the four of the published study, and the signed contour. They are the first of
/// [`ATTRIBUTES`], with the same indices.
pub static STUDY_ATTRIBUTES: &[Attribute] = ATTRIBUTES.split_at(5).0;

fn identity(value: f64) -> f64 {
    value
}

fn to_percent(fraction: f64) -> f64 {
    100.0 * fraction
}

fn from_percent(percent: f64) -> f64 {
    percent / 100.0
}

fn to_semitones(value: f64) -> f64 {
    value * PIANO_KEYS
}

fn from_semitones(semitones: f64) -> f64 {
    semitones / PIANO_KEYS
}

/// The attribute with this `id`.
#[must_use]
pub fn attribute(id: &str) -> Option<&'static Attribute> {
    ATTRIBUTES.iter().find(|attribute| attribute.id == id)
}

/// Index of the attribute with this `id` in [`ATTRIBUTES`] and in every row.
#[must_use]
pub fn attribute_index(id: &str) -> Option<usize> {
    ATTRIBUTES.iter().position(|attribute| attribute.id == id)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn every_attribute_is_found_by_its_id_and_ids_differ() {
        for (index, entry) in ATTRIBUTES.iter().enumerate() {
            assert_eq!(attribute(entry.id).unwrap().name, entry.name);
            assert_eq!(attribute_index(entry.id), Some(index));
        }
        assert!(attribute("loudness").is_none());
    }

    #[test]
    fn a_study_measures_the_attributes_of_the_published_one_and_the_rise() {
        let ids: Vec<&str> = STUDY_ATTRIBUTES.iter().map(|entry| entry.id).collect();
        let published = [
            "note_density",
            "rhythmic_complexity",
            "pitch_range",
            "contour",
        ];
        assert_eq!(
            (&ids[..4], ids[4..].to_vec()),
            (&published[..], vec!["signed_contour"])
        );
        for (index, id) in ids.into_iter().enumerate() {
            assert_eq!(attribute_index(id), Some(index));
        }
    }

    #[test]
    fn options_of_the_command_line_and_names_differ() {
        let distinct = |text: fn(&Attribute) -> &'static str| {
            let texts: std::collections::HashSet<&str> = ATTRIBUTES.iter().map(text).collect();
            texts.len()
        };
        assert_eq!(distinct(|entry| entry.option), ATTRIBUTES.len());
        assert_eq!(distinct(|entry| entry.name), ATTRIBUTES.len());
    }
}
