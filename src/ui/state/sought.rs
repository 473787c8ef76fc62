//! What a slider asks for, as a range: the part of the map that lights up while somebody steers.

use super::AppState;
use crate::attributes::{ATTRIBUTES, AttributeRow};

/// Share of the slider's range that counts as what it asks for, to each side, where one unit is less.
const SHARE: f64 = 0.025;

/// Values of an attribute, in shown units, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sought {
    /// Index into the attribute table.
    pub attribute: usize,
    /// The lowest value.
    pub low: f64,
    /// The highest value.
    pub high: f64,
}

impl Sought {
    /// The shown value of a melody. An empty melody has none.
    pub fn value(&self, row: &AttributeRow) -> Option<f64> {
        let scale = ATTRIBUTES.get(self.attribute)?.display_scale;
        row.value(self.attribute).map(scale)
    }

    /// Whether a shown value is one of those.
    pub fn lies_within(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Whether a melody has such a value.
    pub fn holds(&self, row: &AttributeRow) -> bool {
        self.value(row).is_some_and(|value| self.lies_within(value))
    }
}

impl AppState {
    /// What the slider in use asks for, while somebody steers: the wanted value and one unit to each side, or a small
    /// part of the slider where one unit is too little to be seen.
    pub fn sought(&self) -> Option<Sought> {
        let attribute = self.steer.showing?;
        let wanted = self.steer.wanted.get(attribute).copied().flatten()?;
        let (low, high) = self.summary.get(attribute)?.range;
        let reach = (SHARE * (high - low)).max(1.0);
        Some(Sought {
            attribute,
            low: wanted - reach,
            high: wanted + reach,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::attributes::attribute_index;
    use crate::melody::{Melody, Tokens};
    use crate::ui::Settings;

    #[test]
    fn six_notes_per_bar_are_five_to_seven_and_silence_is_none_of_them() {
        let mut state = AppState::new(Settings::default());
        assert_eq!(state.sought(), None, "nobody steers yet");
        let density = attribute_index("note_density").unwrap();
        state.steer.showing = Some(density);
        state.steer.wanted[density] = Some(6.0);
        let sought = state.sought().unwrap();
        assert_eq!((sought.low, sought.high), (5.0, 7.0));
        let with_notes = |count: usize| {
            let mut tokens = vec![0_u8; 32];
            for step in 0..count {
                tokens[2 * step] = 41;
            }
            AttributeRow::measure(&Melody::from_tokens(Tokens::new(tokens).unwrap()))
        };
        // Two bars.
        let held: Vec<usize> = (0..=16)
            .filter(|count| sought.holds(&with_notes(*count)))
            .collect();
        assert_eq!(held, [10, 11, 12, 13, 14]);
    }
}
