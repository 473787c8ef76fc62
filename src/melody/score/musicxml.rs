//! Melodies as a MusicXML 4.0 score: one part, the melodies one after another.
//!
//! Specification: W3C Music Notation Community Group, *MusicXML 4.0*, 2021. The order of elements is that of its schema.

use std::fmt::Write as _;

use super::values::note_values;
use crate::melody::chords::{Backing, Chord};
use crate::melody::key::estimate_performed_key;
use crate::melody::midi::{MidiWriteOptions, Track};
use crate::melody::performance::{Performance, perform};
use crate::melody::scale::{FLAT_NAMES, SHARP_NAMES};
use crate::melody::tokens::{STEPS_PER_BAR, STEPS_PER_QUARTER};

/// Steps of a bar.
const BAR_STEPS: u32 = STEPS_PER_BAR as u32;
/// Melodies whose mean pitch is below this are written in the bass clef: middle C.
const BASS_CLEF_BELOW: f64 = 60.0;
/// Chord qualities, as [`Chord`] writes them, and their names in MusicXML; others are `other` with their own text.
const CHORD_KINDS: [(&str, &str); 21] = [
    ("", "major"),
    ("m", "minor"),
    ("dim", "diminished"),
    ("aug", "augmented"),
    ("5", "power"),
    ("sus2", "suspended-second"),
    ("sus4", "suspended-fourth"),
    ("6", "major-sixth"),
    ("m6", "minor-sixth"),
    ("7", "dominant"),
    ("maj7", "major-seventh"),
    ("m7", "minor-seventh"),
    ("mM7", "major-minor"),
    ("dim7", "diminished-seventh"),
    ("m7b5", "half-diminished"),
    ("9", "dominant-ninth"),
    ("maj9", "major-ninth"),
    ("m9", "minor-ninth"),
    ("11", "dominant-11th"),
    ("m11", "minor-11th"),
    ("13", "dominant-13th"),
];

/// The bytes of a score. Each melody fills whole bars and begins with its name, if there are several; pitches are those that
/// are played with `options.feel`, rhythms as written, and chords stand above the bars.
#[must_use]
pub fn musicxml_bytes(title: &str, tracks: &[Track<'_>], options: &MidiWriteOptions) -> Vec<u8> {
    let mut score = ScoreWriter {
        text: header(title, tracks),
        options,
        bar: 0,
        fifths: None,
    };
    for (index, track) in tracks.iter().enumerate() {
        let name = (tracks.len() > 1).then_some(track.name.as_str());
        score.melody(track, name, index + 1 == tracks.len());
    }
    if tracks.is_empty() {
        // A part has at least one measure.
        score.text += "<measure number=\"1\"/>\n";
    }
    score.text += "</part>\n</score-partwise>\n";
    score.text.into_bytes()
}

/// Everything before the first measure.
fn header(title: &str, tracks: &[Track<'_>]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE score-partwise PUBLIC \"-//Recordare//DTD MusicXML 4.0 Partwise//EN\" \"http://www.musicxml.org/dtds/partwise.dtd\">\n\
         <score-partwise version=\"4.0\">\n",
    );
    let _ = writeln!(
        text,
        "<work><work-title>{}</work-title></work>",
        escaped(title)
    );
    let _ = write!(
        text,
        "<identification><encoding><software>Tunescape {}</software></encoding>",
        env!("CARGO_PKG_VERSION")
    );
    text += "<miscellaneous>";
    for track in tracks {
        let _ = write!(
            text,
            "<miscellaneous-field name=\"{}\">{}</miscellaneous-field>",
            escaped(&track.name),
            escaped(&track.text)
        );
    }
    text += "</miscellaneous></identification>\n";
    text += "<part-list><score-part id=\"P1\"><part-name>Melody</part-name></score-part></part-list>\n<part id=\"P1\">\n";
    text
}

/// A note or rest within one bar, in steps from the bar's start.
struct BarEvent {
    /// The pitch; `None` for a rest.
    pitch: Option<u8>,
    start: u32,
    end: u32,
    /// Whether the note began in an earlier bar, and whether it goes on in the next.
    is_tied: [bool; 2],
}

/// Writes the measures of a score.
struct ScoreWriter<'a> {
    text: String,
    options: &'a MidiWriteOptions,
    /// Number of the last bar that was written.
    bar: u32,
    /// Sharps of the current key signature, or flats below 0.
    fifths: Option<i8>,
}

impl ScoreWriter<'_> {
    fn melody(&mut self, track: &Track<'_>, name: Option<&str>, is_last: bool) {
        let performance = perform(track.melody, &self.options.feel);
        let scale = self.options.feel.snap;
        let key = scale.or_else(|| estimate_performed_key(&performance)?.clear_key());
        let fifths = key.map_or(0, |key| key.signature().sharps);
        let steps = u32::try_from(track.melody.steps()).unwrap_or(u32::MAX);
        let bars = steps.div_ceil(BAR_STEPS).max(1);
        let events = bar_events(track, &performance, bars * BAR_STEPS);
        for bar in 0..bars {
            self.bar += 1;
            let _ = writeln!(self.text, "<measure number=\"{}\">", self.bar);
            if bar == 0 {
                self.attributes(fifths, &performance);
                self.directions(name);
            }
            self.bar_content(bar, &events, fifths);
            if bar + 1 == bars {
                let style = if is_last {
                    "light-heavy"
                } else {
                    "light-light"
                };
                let _ = writeln!(
                    self.text,
                    "<barline location=\"right\"><bar-style>{style}</bar-style></barline>"
                );
            }
            self.text += "</measure>\n";
        }
    }

    /// Divisions, key, time and clef in the first bar; later the key alone, if it is another.
    fn attributes(&mut self, fifths: i8, performance: &Performance) {
        let is_first = self.fifths.is_none();
        if self.fifths == Some(fifths) {
            return;
        }
        self.fifths = Some(fifths);
        self.text += "<attributes>";
        if is_first {
            let _ = write!(self.text, "<divisions>{STEPS_PER_QUARTER}</divisions>");
        }
        let _ = write!(self.text, "<key><fifths>{fifths}</fifths></key>");
        if is_first {
            self.text += "<time><beats>4</beats><beat-type>4</beat-type></time>";
            let pitches = performance.notes().iter().map(|note| f64::from(note.pitch));
            let mean = pitches.sum::<f64>() / performance.notes().len() as f64;
            let (sign, line) = if mean < BASS_CLEF_BELOW {
                ('F', 4)
            } else {
                ('G', 2)
            };
            let _ = write!(
                self.text,
                "<clef><sign>{sign}</sign><line>{line}</line></clef>"
            );
        }
        self.text += "</attributes>\n";
    }

    /// Tempo and swing above the first bar of the score, and the melody's name.
    fn directions(&mut self, name: Option<&str>) {
        let words_element = |text: &str| {
            format!(
                "<direction placement=\"above\"><direction-type><words>{}</words></direction-type></direction>\n",
                escaped(text)
            )
        };
        if self.bar == 1 {
            let tempo = self.options.tempo_bpm;
            let _ = writeln!(
                self.text,
                "<direction placement=\"above\"><direction-type><metronome><beat-unit>quarter</beat-unit>\
                 <per-minute>{tempo}</per-minute></metronome></direction-type><sound tempo=\"{tempo}\"/></direction>"
            );
            if self.options.feel.swing > 0 {
                // The measure that musicians read: 50 % is straight.
                let swing = format!("Swing {:.0} %", self.options.feel.swing_ratio());
                self.text += &words_element(&swing);
            }
        }
        if let Some(name) = name {
            self.text += &words_element(name);
        }
    }

    /// Chords and notes of a bar of the melody.
    fn bar_content(&mut self, bar: u32, events: &[(u32, BarEvent)], fifths: i8) {
        let chords = self.options.chords.as_deref();
        let transpose = self.options.feel.transpose;
        let mut chords =
            chords.map_or_else(Vec::new, |backing| chords_of_bar(backing, bar, transpose));
        for (_, event) in events.iter().filter(|(event_bar, _)| *event_bar == bar) {
            let values = note_values(event.start, event.end);
            let mut position = event.start;
            for (index, value) in values.iter().enumerate() {
                while let Some((step, chord)) = chords
                    .first()
                    .copied()
                    .filter(|(step, _)| *step < position + value.steps)
                {
                    self.harmony(chord, step.saturating_sub(position));
                    chords.remove(0);
                }
                let ties = [
                    index > 0 || event.is_tied[0],
                    index + 1 < values.len() || event.is_tied[1],
                ];
                self.note(
                    event.pitch,
                    fifths,
                    (value.steps, value.name, value.is_dotted),
                    ties,
                );
                position += value.steps;
            }
        }
    }

    fn note(
        &mut self,
        pitch: Option<u8>,
        fifths: i8,
        (steps, name, is_dotted): (u32, &str, bool),
        [is_continued, continues]: [bool; 2],
    ) {
        self.text += "<note>";
        match pitch {
            Some(pitch) => self.text += &pitch_element(pitch, fifths),
            None if steps == BAR_STEPS => self.text += "<rest measure=\"yes\"/>",
            None => self.text += "<rest/>",
        }
        let _ = write!(self.text, "<duration>{steps}</duration>");
        let ties: Vec<&str> = [(is_continued, "stop"), (continues, "start")]
            .into_iter()
            .filter_map(|(is_tied, kind)| (is_tied && pitch.is_some()).then_some(kind))
            .collect();
        for kind in &ties {
            let _ = write!(self.text, "<tie type=\"{kind}\"/>");
        }
        let dot = if is_dotted { "<dot/>" } else { "" };
        let _ = write!(self.text, "<voice>1</voice><type>{name}</type>{dot}");
        if !ties.is_empty() {
            self.text += "<notations>";
            for kind in &ties {
                let _ = write!(self.text, "<tied type=\"{kind}\"/>");
            }
            self.text += "</notations>";
        }
        self.text += "</note>\n";
    }

    /// A chord symbol `offset` steps after the next note.
    fn harmony(&mut self, chord: Chord, offset: u32) {
        let symbol = chord.to_string();
        let (symbol, bass) = match symbol.split_once('/') {
            Some((symbol, bass)) => (symbol, Some(bass)),
            None => (symbol.as_str(), None),
        };
        let (step, alter, quality) = split_note_name(symbol);
        let _ = write!(
            self.text,
            "<harmony><root><root-step>{step}</root-step><root-alter>{alter}</root-alter></root>"
        );
        let kind = CHORD_KINDS.iter().find(|(text, _)| *text == quality);
        let kind = kind.map_or("other", |(_, kind)| kind);
        let _ = write!(
            self.text,
            "<kind text=\"{}\">{kind}</kind>",
            escaped(quality)
        );
        if let Some(bass) = bass {
            let (step, alter, _) = split_note_name(bass);
            let _ = write!(
                self.text,
                "<bass><bass-step>{step}</bass-step><bass-alter>{alter}</bass-alter></bass>"
            );
        }
        if offset > 0 {
            let _ = write!(self.text, "<offset>{offset}</offset>");
        }
        self.text += "</harmony>\n";
    }
}

/// The notes and rests of a melody, cut at the bars: the bar of each from 0.
fn bar_events(track: &Track<'_>, performance: &Performance, end: u32) -> Vec<(u32, BarEvent)> {
    let mut spans: Vec<(Option<u8>, u32, u32)> = Vec::new();
    let mut position = 0;
    for (note, performed) in track.melody.notes().iter().zip(performance.notes()) {
        if note.start > position {
            spans.push((None, position, note.start));
        }
        spans.push((Some(performed.pitch), note.start, note.end));
        position = note.end;
    }
    if position < end {
        spans.push((None, position, end));
    }
    let mut events = Vec::new();
    for (pitch, start, end) in spans {
        for bar in start / BAR_STEPS..end.div_ceil(BAR_STEPS) {
            let first = bar * BAR_STEPS;
            let event = BarEvent {
                pitch,
                start: start.max(first) - first,
                end: end.min(first + BAR_STEPS) - first,
                is_tied: [start < first, end > first + BAR_STEPS],
            };
            events.push((bar, event));
        }
    }
    events
}

/// The chords that begin in a bar of the melody, each with its step in the bar. The progression repeats.
fn chords_of_bar(backing: &Backing, bar: u32, transpose: i8) -> Vec<(u32, Chord)> {
    let progression = backing.progression.transposed(transpose);
    let first = bar * BAR_STEPS % progression.steps().max(1);
    let spans = progression.spans().iter();
    let bar_spans = spans.filter(|span| (first..first + BAR_STEPS).contains(&span.start));
    bar_spans
        .filter_map(|span| Some((span.start - first, span.chord?)))
        .collect()
}

/// Splits a name into its letter, the semitones of its accidental, and the rest.
fn split_note_name(name: &str) -> (&str, i8, &str) {
    let (letter, rest) = name.split_at(name.len().min(1));
    match rest.as_bytes().first() {
        Some(b'#') => (letter, 1, &rest[1..]),
        Some(b'b') => (letter, -1, &rest[1..]),
        _ => (letter, 0, rest),
    }
}

fn pitch_element(pitch: u8, fifths: i8) -> String {
    let names = if fifths < 0 { FLAT_NAMES } else { SHARP_NAMES };
    let (step, alter, _) = split_note_name(names[usize::from(pitch % 12)]);
    let octave = i32::from(pitch / 12) - 1;
    let alter = match alter {
        0 => String::new(),
        alter => format!("<alter>{alter}</alter>"),
    };
    format!("<pitch><step>{step}</step>{alter}<octave>{octave}</octave></pitch>")
}

/// Text for XML, without characters that XML 1.0 forbids.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\t' | '\n' | '\r' => escaped.push(letter),
            control if control < ' ' || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('\u{fffd}');
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
