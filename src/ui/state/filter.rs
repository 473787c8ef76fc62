//! The filter of the map: ranges of attributes. Melodies outside are dimmed.

use std::cmp::Ordering;

use crate::attributes::{ATTRIBUTES, AttributeRow};

/// A range per attribute, in display units; `None` for no limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    ranges: Vec<Option<(f64, f64)>>,
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

    /// Whether any attribute has a range.
    pub fn is_on(&self) -> bool {
        self.ranges.iter().any(Option::is_some)
    }

    /// Incremented with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether a melody is in every range. An empty melody has no values, so it is in none.
    pub fn passes(&self, row: &AttributeRow) -> bool {
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::{Melody, Tokens};

    #[test]
    fn a_melody_passes_if_every_value_lies_in_its_range() {
        let mut tokens = vec![0_u8; 32];
        for step in [0, 4, 8, 12, 16, 20] {
            tokens[step] = 41;
        }
        let six = AttributeRow::measure(&Melody::from_tokens(Tokens::new(tokens).unwrap()));
        let silent = AttributeRow::measure(&Melody::from_tokens(Tokens::new(vec![0; 32]).unwrap()));
        let density = ATTRIBUTES
            .iter()
            .position(|a| a.id == "note_density")
            .unwrap();
        let mut filter = Filter::default();
        assert!(filter.passes(&six) && filter.passes(&silent) && !filter.is_on());
        // Six notes in two bars are three per bar.
        filter.set(density, Some((3.0, 4.0)));
        assert!(filter.passes(&six) && !filter.passes(&silent));
        filter.set(density, Some((3.5, 4.0)));
        assert!(!filter.passes(&six));
        filter.set(density, Some((4.0, f64::NAN)));
        assert_eq!(filter.get(density), Some((3.5, 4.0)));
        filter.set(density, None);
        assert!(filter.passes(&six) && !filter.is_on());
    }
}
