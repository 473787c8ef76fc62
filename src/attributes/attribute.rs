//! An entry of the table of attributes.

use crate::melody::{Melody, pitch_name, pitch_of_name};

/// Text form of the displayed value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueFormat {
    /// As a number with its unit.
    Number,
    /// As the name of the nearest note, `C4` for MIDI pitch 60.
    NoteName,
}

/// A number that can be measured on a melody.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Stable name in files and on the command line.
    pub id: &'static str,
    /// Option of `tunescape steer` that asks for a value, without its dashes.
    pub option: &'static str,
    /// Name on the screen.
    pub name: &'static str,
    /// Unit of the displayed number.
    pub unit: &'static str,
    /// How the displayed number is written.
    pub value_format: ValueFormat,
    /// Converts the value in files to the displayed number.
    pub to_display_unit: fn(f64) -> f64,
    /// Inverse of `to_display_unit`.
    pub from_display_unit: fn(f64) -> f64,
    /// Least and greatest value that a melody can have, in the unit of files; infinite where there is no limit.
    pub possible_range: (f64, f64),
    /// Digits after the point of the displayed number.
    pub decimals: usize,
    /// Maximum difference between a melody's displayed value and a wanted one at which the melody still counts as having it.
    pub tolerance: f64,
    /// The value of a melody; `None` if it is empty.
    pub measure: fn(&Melody) -> Option<f64>,
    /// One sentence for musicians.
    pub description: &'static str,
}

impl Attribute {
    /// [`Self::possible_range`] in the displayed unit.
    #[must_use]
    pub fn displayed_range(&self) -> (f64, f64) {
        let (least, greatest) = self.possible_range;
        (
            (self.to_display_unit)(least),
            (self.to_display_unit)(greatest),
        )
    }

    /// The tolerance in the unit of files.
    #[must_use]
    pub fn tolerance_in_files(&self) -> f64 {
        // The conversion is linear, so a difference converts in the same way everywhere.
        ((self.from_display_unit)(self.tolerance) - (self.from_display_unit)(0.0)).abs()
    }

    /// `value` as shown to musicians, with its unit: `6.0 notes/bar`, `E5`.
    #[must_use]
    pub fn display(&self, value: f64) -> String {
        let displayed = (self.to_display_unit)(value);
        self.note_name(displayed)
            .unwrap_or_else(|| format!("{displayed:.*} {}", self.decimals, self.unit))
    }

    /// The name of the note nearest to a displayed number; `None` for an attribute that is written as a number, and for numbers
    /// that are not MIDI pitches.
    #[must_use]
    pub fn note_name(&self, displayed: f64) -> Option<String> {
        let is_pitch =
            self.value_format == ValueFormat::NoteName && (0.0..=127.0).contains(&displayed);
        is_pitch.then(|| pitch_name(displayed.round() as u8))
    }

    /// Parses the displayed number that a user wrote: a number, or the name of a note such as `Eb5` where the attribute is a pitch.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<f64> {
        let name = match self.value_format {
            ValueFormat::Number => None,
            ValueFormat::NoteName => pitch_of_name(text).map(f64::from),
        };
        let number = || {
            text.trim()
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
        };
        name.or_else(number)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use crate::attributes::{ATTRIBUTES, attribute};

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
            let difference = (entry.to_display_unit)(0.3 + entry.tolerance_in_files())
                - (entry.to_display_unit)(0.3);
            assert!((difference - entry.tolerance).abs() < 1e-12, "{}", entry.id);
        }
    }

    #[test]
    fn musicians_see_notes_per_bar_semitones_percent_and_names_of_notes() {
        let display = |id, value| attribute(id).unwrap().display(value);
        assert_eq!(display("note_density", 0.375), "6.0 notes/bar");
        assert_eq!(display("pitch_range", 12.0 / 88.0), "12.0 semitones");
        assert_eq!(display("rhythmic_complexity", 4.0), "4.0 points");
        assert_eq!(display("highest_note", 76.0), "E5");
        // The mean of several melodies.
        assert_eq!(display("lowest_note", 59.6), "C4");
        assert_eq!(display("rests", 0.25), "25 %");
        assert_eq!(display("repetition", 13.0 / 16.0), "81 %");
        assert_eq!(display("note_length", 2.0), "2.0 sixteenths/note");
    }

    #[test]
    fn a_wanted_value_is_a_number_or_where_it_is_a_pitch_the_name_of_a_note() {
        let parse = |id, text| attribute(id).unwrap().parse(text);
        assert_eq!(parse("highest_note", "76"), Some(76.0));
        assert_eq!(parse("highest_note", "E5"), Some(76.0));
        assert_eq!(parse("lowest_note", "bb3"), Some(58.0));
        assert_eq!(parse("signed_contour", "-7"), Some(-7.0));
        assert_eq!(parse("note_density", "E5"), None);
        assert_eq!(parse("note_density", "inf"), None);
        assert_eq!(parse("highest_note", "high"), None);
    }
}
