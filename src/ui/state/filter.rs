//! The filter of the map: ranges of attributes, and a scale. Melodies outside are dimmed.

use std::cmp::Ordering;

use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::melody::{Melody, Scale};
use crate::sweep::MelodyEntry;

/// A range per attribute, in display units, and a scale; `None` for no limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    ranges: Vec<Option<(f64, f64)>>,
    scale: Option<Scale>,
    version: u64,
}

impl Filter {
    /// Sets or removes the range of an attribute (index). Ends that are not numbers or in the wrong order change nothing.
    pub fn set(&mut self, attribute: usize, range: Option<(f64, f64)>) {
        if attribute >= ATTRIBUTES.len()
            || range.is_some_and(|(low, high)| low.partial_cmp(&high).is_none_or(Ordering::is_gt))
        {
            return;
        }
        self.ranges.resize(ATTRIBUTES.len(), None);
        if let Some(slot) = self.ranges.get_mut(attribute) {
            *slot = range;
        }
        self.version += 1;
    }

    /// The range of an attribute.
    pub fn get(&self, attribute: usize) -> Option<(f64, f64)> {
        self.ranges.get(attribute).copied().flatten()
    }

    /// Sets or removes the scale.
    pub fn set_scale(&mut self, scale: Option<Scale>) {
        self.scale = scale;
        self.version += 1;
    }

    /// Restores the limits of an earlier filter, under a new version.
    pub(in crate::ui) fn restore(&mut self, earlier: Self) {
        let version = self.version + 1;
        *self = Self { version, ..earlier };
    }

    /// The scale.
    pub fn scale(&self) -> Option<Scale> {
        self.scale
    }

    /// Whether any attribute has a range, or there is a scale.
    pub fn is_on(&self) -> bool {
        self.scale.is_some() || self.ranges.iter().any(Option::is_some)
    }

    /// Incremented with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether a melody is in the scale and in every range.
    pub fn passes(&self, entry: &MelodyEntry) -> bool {
        self.passes_scale(&entry.melody) && self.passes_ranges(&entry.attributes)
    }

    /// Whether all notes of a melody, as it is written, are in the scale. An empty melody is in none.
    pub fn passes_scale(&self, melody: &Melody) -> bool {
        self.scale.is_none_or(|scale| is_in_scale(melody, scale))
    }

    /// Whether a melody is in every range. An empty melody has no values, so it is in none.
    fn passes_ranges(&self, row: &AttributeRow) -> bool {
        let mut ranges = ATTRIBUTES.iter().zip(&self.ranges).enumerate();
        ranges.all(|(index, (attribute, range))| {
            let Some((low, high)) = range else {
                return true;
            };
            row.value(index)
                .map(attribute.to_display_unit)
                .is_some_and(|value| (*low..=*high).contains(&value))
        })
    }
}

/// Whether all notes of a melody, as it is written, are in a scale. An empty melody is in none.
pub fn is_in_scale(melody: &Melody, scale: Scale) -> bool {
    let notes = melody.notes();
    !notes.is_empty() && notes.iter().all(|note| scale.contains(note.pitch))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::{Melody, Tokens};
    use crate::sweep::MelodyId;

    fn entry(tokens: Vec<u8>) -> MelodyEntry {
        let melody = Melody::from_tokens(Tokens::new(tokens).unwrap());
        MelodyEntry {
            id: MelodyId::Centre { region: 0 },
            attributes: AttributeRow::measure(&melody),
            melody: melody.into(),
            position: [0.0; 2],
        }
    }

    #[test]
    fn a_melody_passes_if_every_value_lies_in_its_range() {
        let mut tokens = vec![0_u8; 32];
        for step in [0, 4, 8, 12, 16, 20] {
            tokens[step] = 41;
        }
        let six_notes = entry(tokens);
        let silent = entry(vec![0; 32]);
        let density = ATTRIBUTES
            .iter()
            .position(|a| a.id == "note_density")
            .unwrap();
        let mut filter = Filter::default();
        assert!(filter.passes(&six_notes) && filter.passes(&silent) && !filter.is_on());
        // Six notes in two bars are three per bar.
        filter.set(density, Some((3.0, 4.0)));
        assert!(filter.passes(&six_notes) && !filter.passes(&silent));
        filter.set(density, Some((3.5, 4.0)));
        assert!(!filter.passes(&six_notes));
        filter.set(density, Some((4.0, f64::NAN)));
        assert_eq!(filter.get(density), Some((3.5, 4.0)));
        filter.set(density, None);
        assert!(filter.passes(&six_notes) && !filter.is_on());
    }

    #[test]
    fn a_melody_is_in_a_scale_if_all_its_notes_are() {
        // C4 and E4: 41 and 45 as tokens.
        let third = entry(vec![41, 0, 45, 0]);
        let silent = entry(vec![0; 4]);
        let mut filter = Filter::default();
        let mut passes = |scale: &str, entry: &MelodyEntry| {
            filter.set_scale(Some(scale.parse().unwrap()));
            filter.is_on() && filter.passes(entry)
        };
        assert!(passes("C major", &third) && passes("D dorian", &third));
        assert!(!passes("C minor", &third) && !passes("F# major pentatonic", &third));
        assert!(!passes("C major", &silent));
        filter.set_scale(None);
        assert!(filter.passes(&silent) && !filter.is_on());
    }
}
