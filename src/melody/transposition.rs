//! Transposing melodies, and comparing them up to transposition.

use super::tokens::{Tokens, note_on, pitch_of};

/// Byte of a transposition key for an interval of 0 semitones; intervals reach from 87 semitones down to 87 up.
const UNISON_BYTE: u8 = 100;

/// A key that is equal for two melodies exactly when they are the same up to transposition.
///
/// It has one byte per step: hold, note-off, or the interval from the first note.
#[must_use]
pub fn transposition_key(tokens: &Tokens) -> Vec<u8> {
    let mut first = None;
    let canonical = tokens.canonical();
    let key = canonical
        .as_slice()
        .iter()
        .map(|&token| match pitch_of(token) {
            Some(pitch) => UNISON_BYTE + pitch - *first.get_or_insert(pitch),
            None => token,
        });
    key.collect()
}

/// Transposes by `semitones`; `None` if a note would leave the piano (21 to 108).
#[must_use]
pub fn transpose(tokens: &Tokens, semitones: i8) -> Option<Tokens> {
    let moved = tokens
        .as_slice()
        .iter()
        .map(|&token| match pitch_of(token) {
            Some(pitch) => pitch.checked_add_signed(semitones).and_then(note_on),
            None => Some(token),
        });
    moved.collect::<Option<Vec<u8>>>().map(Tokens::from_valid)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_melody_that_would_leave_the_piano_is_not_transposed() {
        let tokens = Tokens::new(vec![2, 0, 89]).unwrap();
        assert_eq!(transpose(&tokens, 0), Some(tokens.clone()));
        assert_eq!(transpose(&tokens, 1), None);
        assert_eq!(transpose(&tokens, -1), None);
        let middle = Tokens::new(vec![41, 1, 43, 0]).unwrap();
        assert_eq!(transpose(&middle, 12).unwrap().as_slice(), [53, 1, 55, 0]);
        assert_eq!(transpose(&middle, -128), None);
    }

    #[test]
    fn the_key_distinguishes_melodies_by_rhythm_and_interval() {
        let key = |ids: &[u8]| transposition_key(&Tokens::new(ids.to_vec()).unwrap());
        assert_eq!(key(&[41, 1, 43, 0]), key(&[46, 1, 48, 0]));
        assert_ne!(key(&[41, 1, 43, 0]), key(&[41, 1, 42, 0]));
        assert_ne!(key(&[41, 1, 43, 0]), key(&[41, 0, 43, 0]));
        assert_ne!(key(&[41, 1, 43, 0]), key(&[41, 1, 43]));
        // A note-off in silence changes nothing that can be heard.
        assert_eq!(key(&[1, 41, 1, 1]), key(&[0, 46, 1, 0]));
    }

    proptest! {
        #[test]
        fn a_transposed_melody_keeps_its_key(ids in prop::collection::vec(0_u8..90, 0..64), semitones in -20_i8..20) {
            let tokens = Tokens::new(ids).unwrap();
            if let Some(moved) = transpose(&tokens, semitones) {
                prop_assert_eq!(transposition_key(&moved), transposition_key(&tokens));
                prop_assert_eq!(transpose(&moved, -semitones), Some(tokens));
            }
        }
    }
}
