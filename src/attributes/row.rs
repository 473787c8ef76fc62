//! The attributes of one melody.

use crate::melody::Melody;

use super::table::ATTRIBUTES;

/// The values of [`ATTRIBUTES`] for one melody, in the table's order.
///
/// An empty melody has no values, not zeros, so that it never enters a mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttributeRow(Option<Box<[f64]>>);

impl AttributeRow {
    /// Measures every attribute of `melody`.
    #[must_use]
    pub fn measure(melody: &Melody) -> Self {
        if melody.is_empty() {
            return Self(None);
        }
        // Collecting into an `Option` would not reserve the memory in one step.
        let mut values = Vec::with_capacity(ATTRIBUTES.len());
        values.extend(ATTRIBUTES.iter().map_while(|entry| (entry.measure)(melody)));
        Self((values.len() == ATTRIBUTES.len()).then(|| values.into_boxed_slice()))
    }

    /// A row of values that were measured earlier: one per attribute of the table, or none for an empty melody. `None` if the
    /// number of values differs from that of the attributes.
    #[must_use]
    pub fn from_values(values: Option<&[f64]>) -> Option<Self> {
        match values {
            None => Some(Self(None)),
            Some(values) => (values.len() == ATTRIBUTES.len()).then(|| Self(Some(values.into()))),
        }
    }

    /// The value of the attribute at `index` of the table; `None` for an empty melody or an index past the end.
    #[must_use]
    pub fn value(&self, index: usize) -> Option<f64> {
        self.0.as_ref()?.get(index).copied()
    }

    /// All values in the table's order; `None` for an empty melody.
    #[must_use]
    pub fn values(&self) -> Option<&[f64]> {
        self.0.as_deref()
    }

    /// Whether the melody was empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use proptest::prelude::*;

    use super::*;
    use crate::attributes::attribute_index;
    use crate::melody::Tokens;

    #[test]
    fn an_empty_melody_has_no_attributes() {
        let row = AttributeRow::measure(&Melody::from_tokens(Tokens::new(vec![1; 32]).unwrap()));
        assert!(row.is_empty());
        assert_eq!(row, AttributeRow::default());
        assert_eq!((row.value(0), row.values()), (None, None));
    }

    #[test]
    fn the_example_of_the_readme_is_right_by_hand() {
        // C E G F C' on the first five quarters of two bars.
        let mut ids = vec![0; 32];
        for (k, pitch) in [60, 64, 67, 65, 72].into_iter().enumerate() {
            ids[4 * k] = pitch - 19;
        }
        let row = AttributeRow::measure(&Melody::from_tokens(Tokens::new(ids).unwrap()));
        let value = |id| row.value(attribute_index(id).unwrap()).unwrap();
        assert_eq!(value("note_density"), 5.0 / 32.0);
        assert_eq!(value("pitch_range"), 12.0 / 88.0);
        assert_eq!(value("contour"), 16.0 / 88.0);
        assert_eq!(value("signed_contour"), 12.0 / 88.0);
        // The heaviest five of 32 weights are 5 5 4 4 3, those at the onsets 5 3 4 3 5.
        assert_eq!(value("rhythmic_complexity"), 21.0 - 20.0);
        assert_eq!((value("highest_note"), value("lowest_note")), (72.0, 60.0));
        // The last onset is on the strongest beat of bar two; only bar two's other beats have none, and all are weaker.
        assert_eq!(value("syncopation"), 0.0);
        // Each note is held to the next one, the last to the end: 32 steps by five notes.
        assert_eq!((value("rests"), value("note_length")), (0.0, 32.0 / 5.0));
        // C' holds through bar two, where bar one has other pitches throughout.
        assert_eq!(value("repetition"), 0.0);
    }

    #[test]
    fn a_row_has_one_value_for_each_attribute() {
        // One note, C4, on the second sixteenth of the first of two bars.
        let mut ids = vec![0; 32];
        ids[1] = 41;
        let row = AttributeRow::measure(&Melody::from_tokens(Tokens::new(ids).unwrap()));
        assert_eq!(row.values().unwrap().len(), ATTRIBUTES.len());
        let value = |id| row.value(attribute_index(id).unwrap());
        assert_eq!(value("note_density"), Some(1.0 / 32.0));
        assert_eq!(value("rhythmic_complexity"), Some(4.0));
        assert_eq!(value("pitch_range"), Some(0.0));
        assert_eq!(value("contour"), Some(0.0));
        assert_eq!(value("signed_contour"), Some(0.0));
        assert_eq!(row.value(ATTRIBUTES.len()), None);
    }

    proptest! {
        #[test]
        fn every_melody_with_a_note_has_possible_values_that_agree(ids in prop::collection::vec(0_u8..90, 1..80)) {
            let melody = Melody::from_tokens(Tokens::new(ids).unwrap());
            let row = AttributeRow::measure(&melody);
            prop_assert_eq!(row.is_empty(), melody.is_empty());
            for (entry, value) in ATTRIBUTES.iter().zip(row.values().unwrap_or_default()) {
                prop_assert!(value.is_finite() && (entry.possible_range.0..=entry.possible_range.1).contains(value), "{} {value}", entry.id);
            }
            let value = |id| row.value(attribute_index(id).unwrap()).unwrap_or_default();
            let (range, rests) = (value("pitch_range"), value("rests"));
            prop_assert!((value("highest_note") - value("lowest_note") - 88.0 * range).abs() < 1e-9);
            let sounding = value("note_length") * value("note_density");
            prop_assert!(melody.is_empty() || (sounding - (1.0 - rests)).abs() < 1e-9);
        }
    }
}
