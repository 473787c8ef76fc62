//! `tunescape render --out FILE.musicxml`: MIDI files as notation.

use std::path::Path;
use std::sync::Arc;

use super::args::RenderArgs;
use super::encode::file_name;
use super::error::CliError;
use super::song::read_song_melody;
use super::terminal::print_written;
use crate::melody::{DEFAULT_CHORD_CHANNEL, MidiWriteOptions};
use crate::playback::DEFAULT_TEMPO;
use crate::session::{
    ExportGrouping, ExportItem, OnExisting, SCORE_EXTENSION, export_files, write_files,
};

/// Whether a path has the ending of a score.
pub(super) fn is_score(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case(SCORE_EXTENSION))
}

/// Writes the melodies of MIDI files one after another into one score, with the names of the files.
pub(super) fn write_score(arguments: &RenderArgs) -> Result<(), CliError> {
    if let Some(option) = sound_option(arguments) {
        let text = format!("{option} is for sound files, and a score has no sound; leave it out");
        return Err(CliError::Usage(text));
    }
    let mut tempo = arguments.tempo;
    let mut items = Vec::with_capacity(arguments.files.len());
    for path in &arguments.files {
        let song = read_song_melody(path, arguments.tune.track)?;
        // One score has one tempo: that of the first file.
        tempo = tempo.or(song.tempo);
        items.push(ExportItem {
            melody: Arc::new(song.melody),
            name: file_name(path),
            text: format!("from {}", file_name(path)),
            stem: file_name(path),
        });
    }
    let options = MidiWriteOptions {
        tempo_bpm: tempo.unwrap_or(DEFAULT_TEMPO),
        feel: arguments.tune.feel(),
        chords: arguments.tune.backing(DEFAULT_CHORD_CHANNEL),
        ..MidiWriteOptions::default()
    };
    let files = export_files(&items, ExportGrouping::Score, &arguments.out, &options)?;
    let on_existing = if arguments.overwrite {
        OnExisting::Replace
    } else {
        OnExisting::Refuse
    };
    write_files(&files, on_existing)?;
    print_written(&arguments.out);
    Ok(())
}

/// An option that only sound has, if one is given.
fn sound_option(arguments: &RenderArgs) -> Option<&'static str> {
    let sound_options = [
        (arguments.sound.instrument.is_some(), "--instrument"),
        (arguments.sound.soundfont.is_some(), "--soundfont"),
        (arguments.no_tail, "--no-tail"),
        (arguments.loops != 1, "--loops"),
    ];
    let option = sound_options.into_iter().find(|(is_given, _)| *is_given);
    option.map(|(_, option)| option)
}
