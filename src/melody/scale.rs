//! Scales: a tonic and the notes above it. A key is a major or minor scale.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Maximum number of accidentals (sharps or flats) in a note's name.
const MAX_ACCIDENTALS: usize = 2;
/// Semitones of the seven letters, A to G.
const LETTER_SEMITONES: [i8; 7] = [9, 11, 0, 2, 4, 5, 7];
pub(super) const SHARP_NAMES: [&str; 12] = [
    "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B",
];
pub(super) const FLAT_NAMES: [&str; 12] = [
    "C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B",
];
/// Sharps, or flats below 0, of the major key on each pitch class.
const MAJOR_KEY_SHARPS: [i8; 12] = [0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5];

/// The notes of a scale above its tonic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleKind {
    /// Major, Ionian.
    Major,
    /// Natural minor, Aeolian.
    Minor,
    /// Minor with a raised seventh.
    HarmonicMinor,
    /// Minor with a raised sixth and seventh, up and down.
    MelodicMinor,
    /// Minor with a raised sixth.
    Dorian,
    /// Minor with a lowered second.
    Phrygian,
    /// Major with a raised fourth.
    Lydian,
    /// Major with a lowered seventh.
    Mixolydian,
    /// Phrygian with a lowered fifth.
    Locrian,
    /// Major without fourth and seventh.
    MajorPentatonic,
    /// Minor without second and sixth.
    MinorPentatonic,
    /// Minor pentatonic with a lowered fifth beside the fifth.
    Blues,
}

impl ScaleKind {
    /// All kinds, in the order of menus.
    pub const ALL: [Self; 12] = [
        Self::Major,
        Self::Minor,
        Self::HarmonicMinor,
        Self::MelodicMinor,
        Self::Dorian,
        Self::Phrygian,
        Self::Lydian,
        Self::Mixolydian,
        Self::Locrian,
        Self::MajorPentatonic,
        Self::MinorPentatonic,
        Self::Blues,
    ];

    /// Its name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::HarmonicMinor => "harmonic minor",
            Self::MelodicMinor => "melodic minor",
            Self::Dorian => "dorian",
            Self::Phrygian => "phrygian",
            Self::Lydian => "lydian",
            Self::Mixolydian => "mixolydian",
            Self::Locrian => "locrian",
            Self::MajorPentatonic => "major pentatonic",
            Self::MinorPentatonic => "minor pentatonic",
            Self::Blues => "blues",
        }
    }

    /// Semitones above the tonic.
    fn intervals(self) -> &'static [u8] {
        match self {
            Self::Major => &[0, 2, 4, 5, 7, 9, 11],
            Self::Minor => &[0, 2, 3, 5, 7, 8, 10],
            Self::HarmonicMinor => &[0, 2, 3, 5, 7, 8, 11],
            Self::MelodicMinor => &[0, 2, 3, 5, 7, 9, 11],
            Self::Dorian => &[0, 2, 3, 5, 7, 9, 10],
            Self::Phrygian => &[0, 1, 3, 5, 7, 8, 10],
            Self::Lydian => &[0, 2, 4, 6, 7, 9, 11],
            Self::Mixolydian => &[0, 2, 4, 5, 7, 9, 10],
            Self::Locrian => &[0, 1, 3, 5, 6, 8, 10],
            Self::MajorPentatonic => &[0, 2, 4, 7, 9],
            Self::MinorPentatonic => &[0, 3, 5, 7, 10],
            Self::Blues => &[0, 3, 5, 6, 7, 10],
        }
    }

    /// Semitones of its tonic above that of the major key whose signature it is written with.
    fn semitones_above_major_key(self) -> u8 {
        match self {
            Self::Major | Self::MajorPentatonic => 0,
            Self::Dorian => 2,
            Self::Phrygian => 4,
            Self::Lydian => 5,
            Self::Mixolydian => 7,
            Self::Minor
            | Self::HarmonicMinor
            | Self::MelodicMinor
            | Self::MinorPentatonic
            | Self::Blues => 9,
            Self::Locrian => 11,
        }
    }

    fn has_minor_third(self) -> bool {
        self.intervals().contains(&3)
    }
}

/// A scale on a tonic, such as D dorian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scale {
    tonic: u8,
    kind: ScaleKind,
}

/// The key signature of a MIDI file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySignature {
    /// Sharps, or flats below 0; -7 to 7.
    pub sharps: i8,
    /// Whether the third of the scale is minor.
    pub is_minor: bool,
}

impl KeySignature {
    /// The major or minor key that has it; `None` for more than seven sharps or flats.
    #[must_use]
    pub fn key(self) -> Option<Scale> {
        if !(-7..=7).contains(&self.sharps) {
            return None;
        }
        // A fifth up for each sharp.
        let major = (i16::from(self.sharps) * 7).rem_euclid(12) as u8;
        Some(if self.is_minor {
            Scale::new(major + 9, ScaleKind::Minor)
        } else {
            Scale::new(major, ScaleKind::Major)
        })
    }
}

impl Scale {
    /// The scale on a tonic, whose octave does not matter: 0 is C.
    #[must_use]
    pub fn new(tonic: u8, kind: ScaleKind) -> Self {
        let tonic = tonic % 12;
        Self { tonic, kind }
    }

    /// Pitch class of the tonic, 0 (C) to 11 (B).
    #[must_use]
    pub fn tonic(self) -> u8 {
        // The tonic in a settings file may be any number.
        self.tonic % 12
    }

    /// The notes above the tonic.
    #[must_use]
    pub fn kind(self) -> ScaleKind {
        self.kind
    }

    /// Whether a pitch is in the scale, in any octave.
    #[must_use]
    pub fn contains(self, pitch: u8) -> bool {
        let interval = (pitch % 12 + 12 - self.tonic()) % 12;
        self.kind.intervals().contains(&interval)
    }

    /// The nearest MIDI pitch of the scale, the lower one of two.
    #[must_use]
    pub fn nearest_pitch(self, pitch: u8) -> u8 {
        // No two notes of a scale are more than three semitones apart.
        (0..=3)
            .flat_map(|distance| [pitch.checked_sub(distance), pitch.checked_add(distance)])
            .flatten()
            .find(|&candidate| candidate <= 127 && self.contains(candidate))
            .unwrap_or(pitch)
    }

    /// The signature it is written with: that of the major key with the same notes, or of the minor key for variants of minor.
    #[must_use]
    pub fn signature(self) -> KeySignature {
        let major = (self.tonic() + 12 - self.kind.semitones_above_major_key()) % 12;
        // Six sharps and six flats are the same notes; the tonic has the commoner name.
        let flat_tonic = matches!(self.tonic(), 1 | 3 | 5 | 8 | 10);
        let sharps = if major == 6 && flat_tonic {
            -6
        } else {
            MAJOR_KEY_SHARPS[usize::from(major)]
        };
        KeySignature {
            sharps,
            is_minor: self.kind.has_minor_third(),
        }
    }

    /// Name of the tonic, as the signature has it: `Bb`.
    #[must_use]
    pub fn tonic_name(self) -> &'static str {
        let names = if self.signature().sharps < 0 {
            FLAT_NAMES
        } else {
            SHARP_NAMES
        };
        names[usize::from(self.tonic())]
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.tonic_name(), self.kind.name())
    }
}

/// A text that is no scale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no scale; write a tonic and one of {}", kind_names())]
pub struct ScaleError {
    text: String,
}

fn kind_names() -> String {
    ScaleKind::ALL.map(ScaleKind::name).join(", ")
}

/// Reads `D dorian`, `f# minor`, `Bb` (major) or `Am` (minor).
impl FromStr for Scale {
    type Err = ScaleError;

    fn from_str(text: &str) -> Result<Self, ScaleError> {
        let error = || ScaleError {
            text: text.to_owned(),
        };
        let (tonic, rest) = parse_pitch_class(text.trim()).ok_or_else(error)?;
        let name = rest.to_lowercase().replace(['-', '_'], " ");
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let kind = match name.as_str() {
            _ if rest.trim() == "M" => ScaleKind::Major,
            "" => ScaleKind::Major,
            "m" => ScaleKind::Minor,
            name => ScaleKind::ALL
                .into_iter()
                .find(|kind| kind.name() == name)
                .ok_or_else(error)?,
        };
        Ok(Self::new(tonic, kind))
    }
}

/// The pitch class of a note's name at the start of a text, with its sharps and flats, and the rest of the text.
pub(super) fn parse_pitch_class(text: &str) -> Option<(u8, &str)> {
    let (semitones, rest) = parse_note_name(text)?;
    Some((semitones.rem_euclid(12) as u8, rest))
}

/// The semitones above C of a note's name at the start of a text, below 0 for `Cb` and above 11 for `B#`, and the rest of the
/// text.
pub(super) fn parse_note_name(text: &str) -> Option<(i8, &str)> {
    let mut letters = text.chars();
    let letter = letters.next()?.to_ascii_uppercase();
    let mut semitones = *LETTER_SEMITONES.get((letter as usize).checked_sub('A' as usize)?)?;
    let mut rest = letters.as_str();
    for accidental in letters.take(MAX_ACCIDENTALS) {
        semitones += match accidental {
            '#' | '♯' => 1,
            'b' | '♭' => -1,
            _ => break,
        };
        rest = &rest[accidental.len_utf8()..];
    }
    Some((semitones, rest))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn scale(text: &str) -> Scale {
        text.parse().unwrap()
    }

    fn notes(text: &str) -> Vec<u8> {
        (60..72).filter(|&p| scale(text).contains(p)).collect()
    }

    #[test]
    fn scales_have_the_notes_of_the_textbook() {
        assert_eq!(notes("C major"), [60, 62, 64, 65, 67, 69, 71]);
        // The white keys again.
        for same in [
            "A minor",
            "D dorian",
            "E phrygian",
            "F lydian",
            "G mixolydian",
            "B locrian",
        ] {
            assert_eq!(notes(same), notes("C"), "{same}");
        }
        assert_eq!(notes("A harmonic minor"), [60, 62, 64, 65, 68, 69, 71]);
        assert_eq!(notes("C melodic minor"), [60, 62, 63, 65, 67, 69, 71]);
        assert_eq!(notes("F# major pentatonic"), [61, 63, 66, 68, 70]);
        assert_eq!(notes("A blues"), [60, 62, 63, 64, 67, 69]);
    }

    #[test]
    fn a_text_is_read_in_the_usual_spellings() {
        for (text, same) in [
            ("am", "A minor"),
            ("Bb", "A# major"),
            (" f♯  MINOR ", "Gb minor"),
            ("C-harmonic_minor", "C harmonic minor"),
            ("B# major", "C major"),
            ("Cb", "B"),
            ("CM", "C"),
        ] {
            assert_eq!(scale(text), scale(same), "{text}");
        }
        for wrong in ["", "H minor", "C dorien", "Cbbb", "7"] {
            let error = wrong.parse::<Scale>().unwrap_err().to_string();
            assert!(error.contains("dorian"), "{error}");
        }
    }

    #[test]
    fn every_scale_is_named_so_that_its_text_reads_back() {
        for kind in ScaleKind::ALL {
            for tonic in 0..12 {
                let scale = Scale::new(tonic, kind);
                assert_eq!(scale.to_string().parse(), Ok(scale));
            }
        }
        assert_eq!(scale("A# minor").to_string(), "Bb minor");
        assert_eq!(scale("D# minor").to_string(), "Eb minor");
        assert_eq!(scale("Gb").to_string(), "F# major");
    }

    #[test]
    fn signatures_are_those_of_the_circle_of_fifths() {
        let signature = |text: &str| {
            let KeySignature { sharps, is_minor } = scale(text).signature();
            (sharps, is_minor)
        };
        for (text, sharps) in [
            ("C", 0),
            ("G", 1),
            ("F", -1),
            ("B", 5),
            ("Db", -5),
            ("F#", 6),
        ] {
            assert_eq!(signature(text), (sharps, false), "{text}");
        }
        for (text, sharps) in [("Am", 0), ("Em", 1), ("Dm", -1), ("G#m", 5), ("Ebm", -6)] {
            assert_eq!(signature(text), (sharps, true), "{text}");
        }
        assert_eq!(signature("D dorian"), (0, true));
        assert_eq!(signature("G mixolydian"), (0, false));
        for kind in [ScaleKind::Major, ScaleKind::Minor] {
            for tonic in 0..12 {
                let key = Scale::new(tonic, kind);
                assert_eq!(key.signature().key(), Some(key));
            }
        }
        let many = KeySignature {
            sharps: 8,
            is_minor: false,
        };
        assert_eq!(many.key(), None);
    }

    #[test]
    fn the_nearest_note_is_at_most_three_semitones_away_and_the_lower_of_two() {
        let c = scale("C");
        assert_eq!(
            [60, 61, 63, 66].map(|p| c.nearest_pitch(p)),
            [60, 60, 62, 65]
        );
        let pentatonic = scale("C major pentatonic");
        assert_eq!(pentatonic.nearest_pitch(65), 64);
        assert_eq!(pentatonic.nearest_pitch(66), 67);
        for kind in ScaleKind::ALL {
            for tonic in 0..12 {
                let scale = Scale::new(tonic, kind);
                for pitch in 0..=127 {
                    let candidate = scale.nearest_pitch(pitch);
                    assert!(
                        candidate <= 127
                            && scale.contains(candidate)
                            && candidate.abs_diff(pitch) <= 3
                    );
                }
            }
        }
    }
}
