//! Which notes an output has been told to start and not yet to end.

/// Notes that are sounding, one bit per MIDI pitch.
///
/// Every note-on and note-off passes through here, so that a note is never ended twice, never ended before it began, and
/// whatever is left can be ended at any moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoteLedger(u128);

impl NoteLedger {
    /// Notes a start. False if the pitch was sounding already, and has to be ended first.
    pub fn strike(&mut self, pitch: u8) -> bool {
        let fresh = !self.contains(pitch);
        self.0 |= bit(pitch);
        fresh
    }

    /// Notes an end. False if the pitch was not sounding, and there is nothing to end.
    pub fn release(&mut self, pitch: u8) -> bool {
        let sounding = self.contains(pitch);
        self.0 &= !bit(pitch);
        sounding
    }

    /// True while the pitch sounds.
    pub fn contains(self, pitch: u8) -> bool {
        self.0 & bit(pitch) != 0
    }

    /// True when nothing sounds.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The sounding pitches, lowest first.
    pub fn pitches(self) -> impl Iterator<Item = u8> {
        (0..=127).filter(move |&pitch| self.contains(pitch))
    }

    /// As two numbers that fit an atomic each: pitches 0..=63 and 64..=127.
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
        let mut ledger = NoteLedger::default();
        assert!(!ledger.release(60));
        assert!(ledger.strike(60));
        assert!(!ledger.strike(60));
        assert!(ledger.release(60));
        assert!(!ledger.release(60));
        assert!(ledger.is_empty());
    }

    #[test]
    fn the_lowest_and_highest_pitch_survive_being_split_in_two() {
        let mut ledger = NoteLedger::default();
        for pitch in [0, 63, 64, 127] {
            ledger.strike(pitch);
        }
        assert_eq!(NoteLedger::from_halves(ledger.halves()), ledger);
        assert!(ledger.pitches().eq([0, 63, 64, 127]));
    }
}
