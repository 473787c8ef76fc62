//! A progression of chords, read from typed text.

use std::fmt;
use std::str::FromStr;

use super::chord::Chord;
use crate::melody::tokens::STEPS_PER_BAR;

/// Maximum number of bars of a progression.
pub const MAX_CHORD_BARS: usize = 64;

/// A chord and its time, in sixteenth steps from the start of the progression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChordSpan {
    /// First step.
    pub start: u32,
    /// Step at which it ends (exclusive).
    pub end: u32,
    /// The chord; `None` for silence.
    pub chord: Option<Chord>,
}

/// Chords one after another, without a gap, for a whole number of bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progression {
    spans: Vec<ChordSpan>,
    bars: usize,
    text: String,
}

impl Progression {
    /// The chords in time order. There is at least one.
    #[must_use]
    pub fn spans(&self) -> &[ChordSpan] {
        &self.spans
    }

    /// Length in bars, at least 1.
    #[must_use]
    pub fn bars(&self) -> usize {
        self.bars
    }

    /// Length in sixteenth steps.
    #[must_use]
    pub fn steps(&self) -> u32 {
        (self.bars * STEPS_PER_BAR) as u32
    }

    /// The progression transposed by `semitones`, with the transposed chords in its text.
    #[must_use]
    pub fn transposed(&self, semitones: i8) -> Self {
        if semitones == 0 {
            return self.clone();
        }
        let span = |span: &ChordSpan| ChordSpan {
            chord: span.chord.map(|chord| chord.transposed(semitones)),
            ..*span
        };
        let word = |(_, word)| match Chord::parse(word) {
            Some(chord) => chord.transposed(semitones).to_string(),
            None => String::from(word),
        };
        let words: Vec<String> = words(&self.text).map(word).collect();
        Self {
            spans: self.spans.iter().map(span).collect(),
            bars: self.bars,
            text: words.join(" "),
        }
    }

    /// The span that sounds at a step; the progression repeats, also before its start.
    #[must_use]
    pub fn span_at(&self, step: i64) -> ChordSpan {
        let step = step.rem_euclid(i64::from(self.steps())) as u32;
        let index = self.spans.partition_point(|span| span.end <= step);
        self.spans[index.min(self.spans.len() - 1)]
    }
}

/// The text as it was typed.
impl fmt::Display for Progression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text that is no progression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChordError {
    /// No chord in it.
    #[error("write at least one chord, such as Am F C G")]
    Empty,
    /// A word is no chord.
    #[error(
        "{word:?} (character {position}) is no chord: write a root from A to G, then nothing for major, or m, 7, maj7, m7, dim, sus4 and so on"
    )]
    NoChord {
        /// The word.
        word: String,
        /// Position of its first character, from 1.
        position: usize,
    },
    /// `%` without a chord before it.
    #[error("% (character {position}) repeats the chord before it, and there is none")]
    NothingToRepeat {
        /// Its position, from 1.
        position: usize,
    },
    /// A bar with more chords than sixteenths.
    #[error("bar {bar} has more than {STEPS_PER_BAR} chords; write a | between bars")]
    CrowdedBar {
        /// The bar, from 1.
        bar: usize,
    },
    /// Too many bars.
    #[error("the progression has more than {MAX_CHORD_BARS} bars; write fewer")]
    TooLong,
}

/// Reads chords separated by spaces. Each lasts a bar; in a text with `|`, the chords between two of them share a bar evenly,
/// to the nearest sixteenth. `%` repeats the chord before it, `NC` is silence. Bars without a chord are left out, as in `||`.
impl FromStr for Progression {
    type Err = ChordError;

    fn from_str(text: &str) -> Result<Self, ChordError> {
        let has_bar_lines = text.contains('|');
        let mut bars: Vec<Vec<Option<Chord>>> = vec![Vec::new()];
        let mut previous_chord = None;
        for (position, word) in words(text) {
            let is_bar_line = word == "|";
            if is_bar_line || !has_bar_lines {
                bars.push(Vec::new());
            }
            if is_bar_line {
                continue;
            }
            let chord = match word {
                "%" => previous_chord.ok_or(ChordError::NothingToRepeat { position })?,
                "NC" | "N.C." => None,
                symbol => Some(Chord::parse(symbol).ok_or_else(|| ChordError::NoChord {
                    word: symbol.to_owned(),
                    position,
                })?),
            };
            previous_chord = Some(chord);
            if let Some(bar) = bars.last_mut() {
                bar.push(chord);
            }
        }
        bars.retain(|bar| !bar.is_empty());
        if bars.len() > MAX_CHORD_BARS {
            return Err(ChordError::TooLong);
        }
        if let Some(bar) = bars.iter().position(|bar| bar.len() > STEPS_PER_BAR) {
            return Err(ChordError::CrowdedBar { bar: bar + 1 });
        }
        if bars.is_empty() {
            return Err(ChordError::Empty);
        }
        Ok(Self {
            spans: spans(&bars),
            bars: bars.len(),
            text: text.trim().to_owned(),
        })
    }
}

/// The chords of each bar, which share it evenly.
fn spans(bars: &[Vec<Option<Chord>>]) -> Vec<ChordSpan> {
    let mut spans = Vec::new();
    for (bar, chords) in bars.iter().enumerate() {
        let first = bar * STEPS_PER_BAR;
        // To the nearest sixteenth.
        let step = |index: usize| {
            let half_steps = 2 * index * STEPS_PER_BAR / chords.len();
            (first + half_steps.div_ceil(2)) as u32
        };
        spans.extend(chords.iter().enumerate().map(|(index, &chord)| ChordSpan {
            start: step(index),
            end: step(index + 1),
            chord,
        }));
    }
    spans
}

/// The words and bar lines of a text, each with the position of its first character, from 1.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    let mut position = 1;
    std::iter::from_fn(move || {
        let trimmed = rest.trim_start();
        position += rest.chars().count() - trimmed.chars().count();
        let end = match trimmed.find(|c: char| c.is_whitespace() || c == '|') {
            Some(0) => 1,
            Some(end) => end,
            None => trimmed.len(),
        };
        let (word, after) = trimmed.split_at(end);
        let word_position = position;
        rest = after;
        position += word.chars().count();
        (!word.is_empty()).then_some((word_position, word))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use proptest::prelude::*;

    use super::*;

    fn progression(text: &str) -> Progression {
        text.parse().unwrap()
    }

    fn starts(text: &str) -> Vec<u32> {
        let progression = progression(text);
        progression.spans().iter().map(|span| span.start).collect()
    }

    #[test]
    fn each_chord_lasts_a_bar_unless_bar_lines_say_otherwise() {
        assert_eq!(starts("Am F C G"), [0, 16, 32, 48]);
        assert_eq!(starts("Dm7 G7 | Cmaj7"), [0, 8, 16]);
        assert_eq!(starts("| Am | F || C G |"), [0, 16, 32, 40]);
        assert_eq!(starts("Am|F"), [0, 16]);
        // Three in a bar: 16/3 and 32/3 to the nearest sixteenth.
        assert_eq!(starts("C F G |"), [0, 5, 11]);
        assert_eq!(starts("C % NC"), [0, 16, 32]);
        assert_eq!(progression(" Am  F ").to_string(), "Am  F");
        assert_eq!(
            (progression("C|").bars(), progression("C|").steps()),
            (1, 16)
        );
    }

    #[test]
    fn the_chord_at_a_step_repeats_with_the_progression() {
        let progression = progression("Am F | NC");
        let chord = |symbol| Chord::parse(symbol);
        let at = |step| progression.span_at(step).chord;
        assert_eq!(
            [at(0), at(7), at(8), at(15)],
            ["Am", "Am", "F", "F"].map(chord)
        );
        assert_eq!(
            [at(16), at(31), at(32), at(-1)],
            [None, None, chord("Am"), None]
        );
    }

    #[test]
    fn a_transposed_progression_equals_its_parsed_text() {
        for (text, semitones, transposed) in [
            ("Am F C G", 2, "Bm G D A"),
            ("| Dm7  G7|Cmaj7 % NC ", -2, "| Cm7 F7 | Bbmaj7 % NC"),
            (" Am  F ", 0, "Am  F"),
        ] {
            let progression = progression(text).transposed(semitones);
            assert_eq!(progression.to_string(), transposed);
            assert_eq!(Ok(progression), transposed.parse());
        }
    }

    #[test]
    fn errors_name_the_word_and_where_it_is() {
        let error = |text: &str| text.parse::<Progression>().unwrap_err();
        assert_eq!(
            error("Am F Hx G"),
            ChordError::NoChord {
                word: "Hx".to_owned(),
                position: 6
            }
        );
        assert!(error("C♯m | ä").to_string().contains("\"ä\" (character 7)"));
        assert_eq!(error("% C"), ChordError::NothingToRepeat { position: 1 });
        assert_eq!(error(" | | "), ChordError::Empty);
        assert_eq!(error(""), ChordError::Empty);
        assert_eq!(error(&"C ".repeat(65)), ChordError::TooLong);
        let crowded = format!("C | {}", "C ".repeat(17));
        assert_eq!(error(&crowded), ChordError::CrowdedBar { bar: 2 });
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_chords_fill_the_bars(text in "[A-Hm7/ |%#b]{0,40}") {
            if let Ok(progression) = text.parse::<Progression>() {
                let spans = progression.spans();
                prop_assert_eq!(spans[0].start, 0);
                prop_assert!(spans.iter().all(|span| span.start < span.end));
                prop_assert!(spans.windows(2).all(|pair| pair[0].end == pair[1].start));
                prop_assert_eq!(spans.last().unwrap().end, progression.steps());
                for step in 0..progression.steps() {
                    let span = progression.span_at(i64::from(step));
                    prop_assert!((span.start..span.end).contains(&step));
                }
            }
        }
    }
}
