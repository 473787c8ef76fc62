//! The table of attributes.

use crate::melody::{Melody, STEPS_PER_BAR};

use super::pitch::{PIANO_KEYS, contour, pitch_range, signed_contour};
use super::rhythm::{note_density, rhythmic_complexity};

/// A number that can be measured on a melody.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Stable name in files and on the command line.
    pub id: &'static str,
    /// Name on the screen.
    pub name: &'static str,
    /// Unit of the displayed number.
    pub unit: &'static str,
    /// Converts the value in files to the number shown to musicians.
    pub to_display_unit: fn(f64) -> f64,
    /// Inverse of `to_display_unit`.
    pub from_display_unit: fn(f64) -> f64,
    /// Least and greatest value that a melody can have, not displayed; infinite where there is no limit.
    pub possible: (f64, f64),
    /// Digits after the point of the displayed number.
    pub decimals: usize,
    /// How far a melody's displayed value may be from a wanted one and still count as having it.
    pub tolerance: f64,
    /// The value of a melody; `None` if it is empty.
    pub measure: fn(&Melody) -> Option<f64>,
    /// One sentence for musicians.
    pub description: &'static str,
}

impl Attribute {
    /// Least and greatest value that a melody can have, as shown to musicians.
    #[must_use]
    pub fn possible_shown(&self) -> (f64, f64) {
        let (least, greatest) = self.possible;
        (
            (self.to_display_unit)(least),
            (self.to_display_unit)(greatest),
        )
    }

    /// The tolerance in the unit of files.
    #[must_use]
    pub fn tolerance_in_files(&self) -> f64 {
        // Displayed values are proportional to those in files, so a difference is the same everywhere.
        ((self.from_display_unit)(self.tolerance) - (self.from_display_unit)(0.0)).abs()
    }

    /// `value` as shown to musicians, with its unit: `6.0 notes/bar`.
    #[must_use]
    pub fn display(&self, value: f64) -> String {
        let shown = (self.to_display_unit)(value);
        format!("{shown:.*} {}", self.decimals, self.unit)
    }
}

/// Every attribute, in the order of files and menus.
pub static ATTRIBUTES: &[Attribute] = &[
    Attribute {
        id: "note_density",
        name: "Note density",
        unit: "notes/bar",
        to_display_unit: |density| density * STEPS_PER_BAR as f64,
        from_display_unit: |notes_per_bar| notes_per_bar / STEPS_PER_BAR as f64,
        possible: (0.0, 1.0),
        decimals: 1,
        tolerance: 0.5,
        measure: note_density,
        description: "How busy the melody is: notes started per bar.",
    },
    Attribute {
        id: "rhythmic_complexity",
        name: "Rhythmic complexity",
        unit: "points",
        to_display_unit: |value| value,
        from_display_unit: |value| value,
        possible: (0.0, f64::INFINITY),
        decimals: 1,
        tolerance: 2.0,
        measure: rhythmic_complexity,
        description: "How far the notes avoid the strong beats; 0 when all lie on the strongest ones (Toussaint).",
    },
    Attribute {
        id: "pitch_range",
        name: "Pitch range",
        unit: "semitones",
        to_display_unit: to_semitones,
        from_display_unit: from_semitones,
        possible: (0.0, 1.0),
        decimals: 1,
        tolerance: 2.0,
        measure: pitch_range,
        description: "From the lowest note to the highest.",
    },
    Attribute {
        id: "contour",
        name: "Contour",
        unit: "semitones",
        to_display_unit: to_semitones,
        from_display_unit: from_semitones,
        possible: (0.0, f64::INFINITY),
        decimals: 1,
        tolerance: 5.0,
        measure: contour,
        description: "How far the melody travels up and down: all its steps and leaps added up.",
    },
    Attribute {
        id: "signed_contour",
        name: "Rise",
        unit: "semitones",
        to_display_unit: to_semitones,
        from_display_unit: from_semitones,
        possible: (-1.0, 1.0),
        decimals: 1,
        tolerance: 2.0,
        measure: signed_contour,
        description: "From the first note to the last: above 0 the melody ends higher, below 0 lower than it began.",
    },
];

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
    fn displayed_numbers_convert_back_to_the_values() {
        for entry in ATTRIBUTES {
            for value in [0.0, 0.125, 0.5, 2.0] {
                assert!(
                    ((entry.from_display_unit)((entry.to_display_unit)(value)) - value).abs()
                        < 1e-12,
                    "{}",
                    entry.id
                );
            }
        }
    }

    #[test]
    fn a_tolerance_is_the_same_difference_in_both_units() {
        let density = attribute("note_density").unwrap();
        assert_eq!(density.tolerance_in_files(), 0.5 / 16.0);
        for entry in ATTRIBUTES {
            let shown = (entry.to_display_unit)(0.3 + entry.tolerance_in_files())
                - (entry.to_display_unit)(0.3);
            assert!((shown - entry.tolerance).abs() < 1e-12, "{}", entry.id);
        }
    }

    #[test]
    fn musicians_see_notes_per_bar_and_semitones() {
        let display = |id, value| attribute(id).unwrap().display(value);
        assert_eq!(display("note_density", 0.375), "6.0 notes/bar");
        assert_eq!(display("pitch_range", 12.0 / 88.0), "12.0 semitones");
        assert_eq!(display("rhythmic_complexity", 4.0), "4.0 points");
    }
}
