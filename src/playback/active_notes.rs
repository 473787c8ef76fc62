//! The notes that have started on an output and have not ended.

/// The sounding notes, one bit per MIDI pitch.
///
/// Every note-on and note-off is recorded, so that no note ends twice or before it starts, and all can be ended at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActiveNotes(u128);

impl ActiveNotes {
    /// Records a note-on. False if the pitch sounds already, and has to be ended first.
    pub fn note_on(&mut self, pitch: u8) -> bool {
        let is_new = !self.contains(pitch);
        self.0 |= bit(pitch);
        is_new
    }

    /// Records a note-off. False if the pitch does not sound.
    pub fn note_off(&mut self, pitch: u8) -> bool {
        let was_active = self.contains(pitch);
        self.0 &= !bit(pitch);
        was_active
    }

    /// Whether the pitch sounds.
    pub fn contains(self, pitch: u8) -> bool {
        self.0 & bit(pitch) != 0
    }

    /// Whether nothing sounds.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The sounding pitches, lowest first.
    pub fn pitches(self) -> impl Iterator<Item = u8> {
        (0..=127).filter(move |&pitch| self.contains(pitch))
    }

    /// The bits of pitches 0..=63 and 64..=127, for two atomics.
    pub(super) fn halves(self) -> [u64; 2] {
        [self.0 as u64, (self.0 >> 64) as u64]
    }

    /// The inverse of [`Self::halves`].
    pub(super) fn from_halves([low, high]: [u64; 2]) -> Self {
        Self(u128::from(low) | (u128::from(high) << 64))
    }
}

fn bit(pitch: u8) -> u128 {
    1 << (pitch & 0x7F)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_ends_once_and_only_after_it_began() {
        let mut notes = ActiveNotes::default();
        assert!(!notes.note_off(60));
        assert!(notes.note_on(60));
        assert!(!notes.note_on(60));
        assert!(notes.note_off(60));
        assert!(!notes.note_off(60));
        assert!(notes.is_empty());
    }

    #[test]
    fn all_pitches_survive_the_split_into_halves() {
        let mut notes = ActiveNotes::default();
        for pitch in [0, 63, 64, 127] {
            notes.note_on(pitch);
        }
        assert_eq!(ActiveNotes::from_halves(notes.halves()), notes);
        assert!(notes.pitches().eq([0, 63, 64, 127]));
    }
}
