//! Chord symbols and their notes.

use std::fmt;

use crate::melody::scale::{Scale, ScaleKind, parse_pitch_class};

/// Lowest pitch of the bass note: C2.
const LOWEST_BASS_PITCH: u8 = 36;
/// Lowest pitch of the other notes: F3. All of them lie in the octave above it, so that one chord moves little to the next.
const LOWEST_UPPER_PITCH: u8 = 53;
/// Fewest notes of a chord that is played without its fifth and without a second root.
const MIN_FULL_CHORD_NOTES: usize = 5;
const FIFTH_SEMITONES: u8 = 7;
const MINOR_THIRD_SEMITONES: u8 = 3;

/// Spellings of a quality, and its notes as semitones above the root, ascending.
type Quality = (&'static [&'static str], &'static [u8]);

/// The qualities in the spellings of lead sheets (C. Brandt and C. Roemer, *Standardized Chord Symbol Notation*, 1976, and the
/// commoner variants). The eleventh chord (`11`) is without its third, as it is played; the minor eleventh has one.
const QUALITIES: &[Quality] = &[
    (&["", "maj", "M"], &[0, 4, 7]),
    (&["m", "min", "-"], &[0, 3, 7]),
    (&["dim", "o", "°"], &[0, 3, 6]),
    (&["aug", "+"], &[0, 4, 8]),
    (&["5"], &[0, 7]),
    (&["sus2"], &[0, 2, 7]),
    (&["sus4", "sus"], &[0, 5, 7]),
    (&["6", "maj6"], &[0, 4, 7, 9]),
    (&["m6", "min6", "-6"], &[0, 3, 7, 9]),
    (&["69"], &[0, 4, 7, 9, 14]),
    (&["7"], &[0, 4, 7, 10]),
    (&["maj7", "M7", "Δ", "Δ7"], &[0, 4, 7, 11]),
    (&["m7", "min7", "-7"], &[0, 3, 7, 10]),
    (&["mM7", "mmaj7", "m(maj7)", "minmaj7"], &[0, 3, 7, 11]),
    (&["dim7", "o7", "°7"], &[0, 3, 6, 9]),
    (&["m7b5", "min7b5", "-7b5", "ø", "ø7"], &[0, 3, 6, 10]),
    (&["7b5"], &[0, 4, 6, 10]),
    (&["7#5", "aug7", "+7"], &[0, 4, 8, 10]),
    (&["7sus4", "7sus"], &[0, 5, 7, 10]),
    (&["add9", "add2"], &[0, 4, 7, 14]),
    (&["madd9", "madd2"], &[0, 3, 7, 14]),
    (&["9"], &[0, 4, 7, 10, 14]),
    (&["maj9", "M9"], &[0, 4, 7, 11, 14]),
    (&["m9", "min9", "-9"], &[0, 3, 7, 10, 14]),
    (&["9sus4", "9sus"], &[0, 5, 7, 10, 14]),
    (&["7b9"], &[0, 4, 7, 10, 13]),
    (&["7#9"], &[0, 4, 7, 10, 15]),
    (&["11"], &[0, 7, 10, 14, 17]),
    (&["m11", "min11", "-11"], &[0, 3, 7, 10, 14, 17]),
    (&["13"], &[0, 4, 7, 10, 14, 21]),
];

/// A chord: root, quality and bass note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chord {
    /// Pitch class of the root, 0 (C) to 11 (B).
    root: u8,
    /// Pitch class of the bass note; the root's, unless the symbol names another.
    bass: u8,
    /// Semitones of its notes above the root, ascending.
    intervals: &'static [u8],
}

impl Chord {
    /// Reads `Am`, `F#m7b5` or `C/E`; `None` if it is no chord.
    #[must_use]
    pub fn parse(symbol: &str) -> Option<Self> {
        let (symbol, bass) = match symbol.rsplit_once('/') {
            Some((symbol, bass)) => match parse_pitch_class(bass)? {
                (bass, "") => (symbol, Some(bass)),
                _ => return None,
            },
            None => (symbol, None),
        };
        let (root, quality) = parse_pitch_class(symbol)?;
        let quality = quality.replace('♭', "b").replace('♯', "#");
        let (_, intervals) = QUALITIES
            .iter()
            .find(|(names, _)| names.contains(&quality.as_str()))?;
        Some(Self {
            root,
            bass: bass.unwrap_or(root),
            intervals,
        })
    }

    /// The chord transposed by `semitones`. As chords are played within fixed octaves, an octave changes
    /// nothing. Allocates nothing.
    #[must_use]
    pub fn transposed(self, semitones: i8) -> Self {
        let class = |class: u8| (i16::from(class) + i16::from(semitones)).rem_euclid(12) as u8;
        Self {
            root: class(self.root),
            bass: class(self.bass),
            ..self
        }
    }

    /// Whether a pitch is a note of the chord or its bass note, in any octave.
    #[must_use]
    pub fn contains(self, pitch: u8) -> bool {
        let class = pitch % 12;
        class == self.bass || self.pitch_classes().any(|chord_class| chord_class == class)
    }

    /// The pitch classes of the chord without its bass note, 0 (C) to 11 (B).
    fn pitch_classes(self) -> impl Iterator<Item = u8> {
        self.intervals
            .iter()
            .map(move |semitones| (self.root + semitones) % 12)
    }

    /// The MIDI pitches that are played, lowest first: the bass note from C2 to B2, the others from F3 to E4. Allocates nothing.
    pub fn pitches(self) -> impl Iterator<Item = u8> {
        let is_full = self.intervals.len() >= MIN_FULL_CHORD_NOTES;
        let is_omitted = |semitones: u8| {
            is_full && (semitones == FIFTH_SEMITONES || (semitones == 0 && self.bass == self.root))
        };
        let upper_pitch = |semitones: &u8| {
            let class = (self.root + semitones) % 12;
            LOWEST_UPPER_PITCH + (class + 12 - LOWEST_UPPER_PITCH % 12) % 12
        };
        let played = self
            .intervals
            .iter()
            .filter(|&&semitones| !is_omitted(semitones));
        // One bit for each pitch.
        let pitch_bits = played.map(upper_pitch).fold(
            1_u128 << (LOWEST_BASS_PITCH + self.bass),
            |pitch_bits, pitch| pitch_bits | 1 << pitch,
        );
        (0..=127).filter(move |pitch| pitch_bits >> pitch & 1 == 1)
    }
}

/// The symbol in the commonest spelling: roots as in the major or minor key on them.
impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.intervals.contains(&MINOR_THIRD_SEMITONES) {
            ScaleKind::Minor
        } else {
            ScaleKind::Major
        };
        let name = |class| Scale::new(class, kind).tonic_name();
        let quality = QUALITIES
            .iter()
            .find(|(_, intervals)| *intervals == self.intervals)
            .and_then(|(names, _)| names.first());
        write!(f, "{}{}", name(self.root), quality.unwrap_or(&""))?;
        if self.bass != self.root {
            write!(f, "/{}", name(self.bass))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn classes(symbol: &str) -> Vec<u8> {
        let chord = Chord::parse(symbol).unwrap();
        (0..12).filter(|&class| chord.contains(class)).collect()
    }

    #[test]
    fn symbols_have_the_notes_of_the_textbook() {
        for (symbol, notes) in [
            ("C", &[0, 4, 7][..]),
            ("Am", &[0, 4, 9]),
            ("F", &[0, 5, 9]),
            ("G7", &[2, 5, 7, 11]),
            ("Dm7", &[0, 2, 5, 9]),
            ("Cmaj7", &[0, 4, 7, 11]),
            ("BbM7", &[2, 5, 9, 10]),
            ("B♭Δ", &[2, 5, 9, 10]),
            ("F#m7b5", &[0, 4, 6, 9]),
            ("Eø", &[2, 4, 7, 10]),
            ("Bdim7", &[2, 5, 8, 11]),
            ("Caug", &[0, 4, 8]),
            ("Asus4", &[2, 4, 9]),
            ("E7#9", &[2, 4, 7, 8, 11]),
            ("G9", &[2, 5, 7, 9, 11]),
            ("D/F#", &[2, 6, 9]),
            ("C/D", &[0, 2, 4, 7]),
            ("A5", &[4, 9]),
        ] {
            assert_eq!(classes(symbol), notes, "{symbol}");
        }
    }

    #[test]
    fn spellings_of_one_chord_are_equal_and_other_texts_are_none() {
        for same in ["Cm7", "C-7", "Cmin7", "B#m7", "cm7"] {
            assert_eq!(Chord::parse(same), Chord::parse("Cm7"), "{same}");
        }
        // The case of the quality matters.
        assert_ne!(Chord::parse("CM7"), Chord::parse("Cm7"));
        for wrong in ["", "H", "Cx", "C/", "C/X", "/E", "C/E7", "m", "C#b#"] {
            assert_eq!(Chord::parse(wrong), None, "{wrong}");
        }
        for (names, _) in QUALITIES {
            for name in *names {
                assert!(Chord::parse(&format!("Eb{name}")).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn a_transposed_chord_has_the_transposed_root_and_symbol() {
        for (symbol, semitones, transposed) in [
            ("Am", 2, "Bm"),
            ("C", -1, "B"),
            ("Cmaj7", 3, "Ebmaj7"),
            ("Cm7", 1, "C#m7"),
            ("D/F#", -4, "Bb/D"),
            ("F#ø", 36, "F#m7b5"),
            ("G-7", -12, "Gm7"),
            ("Bdim7", 5, "Edim7"),
        ] {
            let chord = Chord::parse(symbol).unwrap().transposed(semitones);
            assert_eq!(chord.to_string(), transposed);
            assert_eq!(Chord::parse(transposed), Some(chord), "{symbol}");
        }
        // Every quality is written as it can be read.
        for (names, _) in QUALITIES {
            let chord = Chord::parse(&format!("Ab{}", names[0])).unwrap();
            assert_eq!(Chord::parse(&chord.to_string()), Some(chord));
        }
    }

    #[test]
    fn the_bass_is_below_and_the_rest_within_an_octave() {
        let pitches = |symbol: &str| Chord::parse(symbol).unwrap().pitches().collect::<Vec<u8>>();
        assert_eq!(pitches("Am"), [45, 57, 60, 64]);
        assert_eq!(pitches("F"), [41, 53, 57, 60]);
        assert_eq!(pitches("C/E"), [40, 55, 60, 64]);
        // Without root and fifth above the bass.
        assert_eq!(pitches("G9"), [43, 53, 57, 59]);
        for (names, semitones) in QUALITIES {
            let pitches = pitches(&format!("D{}", names[0]));
            assert!(pitches.len() <= semitones.len() + 1 && pitches.len() >= 3);
            assert!((36..48).contains(&pitches[0]));
            assert!(pitches[1..].iter().all(|pitch| (53..65).contains(pitch)));
        }
    }
}
