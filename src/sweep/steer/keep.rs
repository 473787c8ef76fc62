//! Melodies that keep an aspect of another one exactly.

use super::request::KeptAspect;
use crate::melody::{Melody, Note, STEPS_PER_BAR, Tokens};

/// `new` with the kept aspect of `source`. `None` if nothing of `new` can be used, as it is silent.
pub(super) fn apply_kept_aspect(source: &Melody, new: &Melody, keep: KeptAspect) -> Option<Melody> {
    match keep {
        KeptAspect::Nothing => Some(new.clone()),
        KeptAspect::Rhythm => with_rhythm(source, new),
        KeptAspect::Pitches => with_pitches(source, new),
        KeptAspect::FirstBar => with_first_bar(source, new),
    }
}

/// The notes of `source` with the pitches that sound in `new` when they start: the note that started last, or the first
/// one before any has.
fn with_rhythm(source: &Melody, new: &Melody) -> Option<Melody> {
    let first = new.notes().first()?;
    let notes: Vec<Note> = source
        .notes()
        .iter()
        .map(|note| {
            let started = new
                .notes()
                .partition_point(|other| other.start <= note.start);
            let other = started.checked_sub(1).and_then(|k| new.notes().get(k));
            Note {
                pitch: other.unwrap_or(first).pitch,
                ..*note
            }
        })
        .collect();
    Melody::from_notes(&notes, source.steps()).ok()
}

/// The notes of `new` with the pitches of `source` in order, which begin again after the last.
fn with_pitches(source: &Melody, new: &Melody) -> Option<Melody> {
    let pitches = source.notes().iter().map(|note| note.pitch).cycle();
    let notes: Vec<Note> = new
        .notes()
        .iter()
        .zip(pitches)
        .map(|(note, pitch)| Note { pitch, ..*note })
        .collect();
    (!notes.is_empty()).then(|| Melody::from_notes(&notes, new.steps()).ok())?
}

/// The first bar of `source`, then `new`. A note that sounds over the bar line goes on until `new` ends it.
fn with_first_bar(source: &Melody, new: &Melody) -> Option<Melody> {
    let first_bar = source.tokens().as_slice().iter().take(STEPS_PER_BAR);
    let rest = new.tokens().as_slice().iter().skip(STEPS_PER_BAR);
    Tokens::new(first_bar.chain(rest).copied().collect())
        .ok()
        .map(Melody::from_tokens)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::melody::testing::{melody, notes_of};

    fn applied(keep: KeptAspect) -> Vec<(u8, u32, u32)> {
        let source = melody(&[(60, 0, 4), (62, 6, 8), (64, 16, 20)], 32);
        let new = melody(&[(70, 2, 5), (71, 5, 7), (72, 20, 24), (73, 24, 32)], 32);
        notes_of(&apply_kept_aspect(&source, &new, keep).unwrap())
    }

    #[test]
    fn a_kept_rhythm_takes_the_pitches_that_sound_at_its_onsets() {
        assert_eq!(
            applied(KeptAspect::Rhythm),
            [(70, 0, 4), (71, 6, 8), (71, 16, 20)]
        );
    }

    #[test]
    fn kept_pitches_take_the_new_rhythm_and_begin_again() {
        assert_eq!(
            applied(KeptAspect::Pitches),
            [(60, 2, 5), (62, 5, 7), (64, 20, 24), (60, 24, 32)]
        );
    }

    #[test]
    fn a_kept_first_bar_goes_on_as_the_new_melody_does() {
        assert_eq!(
            applied(KeptAspect::FirstBar),
            [(60, 0, 4), (62, 6, 8), (72, 20, 24), (73, 24, 32)]
        );
    }

    #[test]
    fn of_a_silent_melody_only_the_first_bar_can_be_used() {
        let (source, silent) = (melody(&[(60, 0, 4)], 32), melody(&[], 32));
        assert_eq!(
            apply_kept_aspect(&source, &silent, KeptAspect::Rhythm),
            None
        );
        assert_eq!(
            apply_kept_aspect(&source, &silent, KeptAspect::Pitches),
            None
        );
        let bar = apply_kept_aspect(&source, &silent, KeptAspect::FirstBar).unwrap();
        assert_eq!(notes_of(&bar), [(60, 0, 4)]);
    }
}
