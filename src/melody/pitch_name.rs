//! Names of pitches with their octave: `C4` is middle C, MIDI pitch 60.

use super::scale::{SHARP_NAMES, parse_note_name};

/// Highest MIDI pitch.
const MAX_PITCH: i32 = 127;
/// Semitones of an octave.
const OCTAVE_SEMITONES: i32 = 12;

/// The name of a MIDI pitch, with sharps: `D#4` for 63.
#[must_use]
pub fn pitch_name(pitch: u8) -> String {
    let pitch = i32::from(pitch);
    let letter = SHARP_NAMES[pitch.rem_euclid(OCTAVE_SEMITONES) as usize];
    format!("{letter}{}", pitch.div_euclid(OCTAVE_SEMITONES) - 1)
}

/// The MIDI pitch of a name such as `C4`, `f#3` or `Bb5`; `None` for a text that names no MIDI pitch.
#[must_use]
pub fn pitch_of_name(text: &str) -> Option<u8> {
    let (semitones, octave) = parse_note_name(text.trim())?;
    let octave: i32 = octave.parse().ok()?;
    let pitch = octave
        .checked_add(1)?
        .checked_mul(OCTAVE_SEMITONES)?
        .checked_add(semitones.into())?;
    (0..=MAX_PITCH).contains(&pitch).then_some(pitch as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middle_c_is_c4_and_the_piano_reaches_from_a0_to_c8() {
        for (pitch, name) in [(60, "C4"), (21, "A0"), (108, "C8"), (63, "D#4"), (0, "C-1")] {
            assert_eq!(pitch_name(pitch), name);
        }
        for pitch in 0..=127 {
            assert_eq!(pitch_of_name(&pitch_name(pitch)), Some(pitch));
        }
    }

    #[test]
    fn flats_and_notes_across_the_octave_are_read() {
        for (name, pitch) in [
            ("Eb5", 75),
            ("f#3", 54),
            ("Cb4", 59),
            ("B#3", 60),
            (" g9 ", 127),
        ] {
            assert_eq!(pitch_of_name(name), Some(pitch), "{name}");
        }
        for wrong in ["", "C", "H4", "64", "C4.5", "G#9", "Cb-1", "C99999999999"] {
            assert_eq!(pitch_of_name(wrong), None, "{wrong}");
        }
    }
}
