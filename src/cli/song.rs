//! A MIDI file as one melody, for the commands that play and render it.

use std::path::Path;

use super::error::CliError;
use super::terminal::print_notice;
use crate::melody::{
    Feel, ImportOptions, ImportedPart, Melody, MidiSong, STEPS_PER_BAR, STEPS_PER_QUARTER,
    SongPart, estimate_performed_key, import_part, importable_parts, most_melodic_index, perform,
    read_midi_file,
};
use crate::playback::{MAX_TEMPO, MIN_TEMPO};
use crate::wording::count_with_noun;

/// Maximum length of a song that is played, in bars.
const MAX_BARS: u64 = 1_024;

/// The melody of a song.
pub(super) struct SongMelody {
    /// One of its parts on the sixteenth grid, from its first bar to its last.
    pub melody: Melody,
    /// Its first tempo, quarter notes per minute, limited to `MIN_TEMPO..=MAX_TEMPO`; `None` if it has none.
    pub tempo: Option<f64>,
}

/// Reads the melody of a MIDI file: of a track, counted from 1, or of the most melodic one. Corrections and omissions are
/// written to standard error.
pub(super) fn read_song_melody(path: &Path, track: Option<usize>) -> Result<SongMelody, CliError> {
    let song = read_midi_file(path)?;
    let parts = importable_parts(&song, path)?;
    let index = part_index(&parts, track, path)?;
    let bars = length_in_bars(&song);
    let options = ImportOptions::song(bars as usize * STEPS_PER_BAR);
    let imported = import_part(&song, &parts[index], &options);
    for message in imported.report.user_messages() {
        print_notice(&format!("Note: {}: {message}", path.display()));
    }
    let melody = join_excerpts(&imported).ok_or_else(|| {
        CliError::Usage(format!(
            "{} of {} has no note that a piano has; choose another track",
            parts[index].title(),
            path.display()
        ))
    })?;
    Ok(SongMelody {
        melody,
        tempo: song
            .tempos
            .first()
            .map(|(_, tempo)| tempo.clamp(MIN_TEMPO, MAX_TEMPO)),
    })
}

/// The key of a melody as it is played, and how many notes a snap to a scale changes, as a part of a sentence.
pub(super) fn performance_text(melody: &Melody, feel: &Feel) -> String {
    let performance = perform(melody, feel);
    let key = estimate_performed_key(&performance).and_then(|estimate| estimate.clear_key());
    let key = key.map_or_else(|| ", no clear key".to_owned(), |key| format!(", {key}"));
    match feel.snap {
        None => key,
        Some(scale) => {
            let (changed, all) = (performance.snapped_count(), performance.notes().len());
            format!(
                ", snapped to {scale}: {changed} of {} changed",
                count_with_noun(all, "note")
            )
        }
    }
}

/// Index of a part of a file: the user's `number`, counted from 1, or the most melodic part.
pub(super) fn part_index(
    parts: &[SongPart],
    number: Option<usize>,
    path: &Path,
) -> Result<usize, CliError> {
    match number {
        Some(number) if (1..=parts.len()).contains(&number) => Ok(number - 1),
        Some(number) => Err(CliError::Usage(format!(
            "there is no track {number} in {}; --track takes 1 to {}",
            path.display(),
            parts.len()
        ))),
        None => Ok(most_melodic_index(parts).unwrap_or(0)),
    }
}

/// Length of a song in bars of four quarters. A last event that is a little late makes no bar.
fn length_in_bars(song: &MidiSong) -> u64 {
    let to_steps = |ticks: u64| {
        let quarter = u64::from(song.ticks_per_quarter).max(1);
        (ticks.saturating_mul(STEPS_PER_QUARTER as u64) + quarter / 2) / quarter
    };
    to_steps(song.length_ticks)
        .div_ceil(STEPS_PER_BAR as u64)
        .clamp(1, MAX_BARS)
}

/// The excerpts of a part one after another; the only one keeps the silence at its end, as loops are that long.
fn join_excerpts(part: &ImportedPart) -> Option<Melody> {
    let melodies: Vec<&Melody> = part
        .non_overlapping_indices()
        .filter_map(|index| part.excerpts.get(index))
        .map(|excerpt| &excerpt.melody)
        .collect();
    match melodies[..] {
        [] => None,
        [only] => Some(only.clone()),
        _ => {
            let trimmed: Vec<Melody> = melodies.into_iter().filter_map(trim_end).collect();
            Some(Melody::joined(&trimmed))
        }
    }
}

/// A melody to the end of the bar in which its last note ends.
fn trim_end(melody: &Melody) -> Option<Melody> {
    let end = melody.notes().last()?.end as usize;
    let steps = end.next_multiple_of(STEPS_PER_BAR).min(melody.steps());
    Melody::from_notes(melody.notes(), steps).ok()
}
