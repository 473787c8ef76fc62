//! `tunescape render`: MIDI files as sound, faster than they play, or as a score.

use std::path::Path;
use std::sync::Arc;

use super::args::RenderArgs;
use super::error::CliError;
use super::score::{is_score, write_score};
use super::song::{performance_text, read_song_melody};
use super::terminal::{TerminalProgress, is_quiet, print_notice, print_written};
use crate::melody::{DEFAULT_CHORD_CHANNEL, Melody};
use crate::playback::{
    AudioFileError, AudioFormat, DEFAULT_TEMPO, RenderError, RenderSettings, write_audio_file,
};

pub(super) fn run(arguments: &RenderArgs) -> Result<(), CliError> {
    if !arguments.overwrite && crate::files::entry_exists(&arguments.out) {
        let path = arguments.out.clone();
        return Err(CliError::AlreadyExists { path });
    }
    if is_score(&arguments.out) {
        return write_score(arguments);
    }
    let format = audio_format(&arguments.out)?;
    let sound = super::sound::open_sound(&arguments.sound)?;
    let feel = arguments.tune.feel();
    let mut tempo = arguments.tempo;
    let mut melodies: Vec<Arc<Melody>> = Vec::with_capacity(arguments.files.len());
    for path in &arguments.files {
        let song = read_song_melody(path, arguments.tune.track)?;
        // One recording has one tempo: that of the first file.
        tempo = tempo.or(song.tempo);
        if !is_quiet() {
            let performance_text = performance_text(&song.melody, &feel);
            print_notice(&format!("{}{performance_text}", path.display()));
        }
        melodies.push(Arc::new(song.melody));
    }
    let settings = RenderSettings {
        sample_rate: arguments.rate,
        tempo: tempo.unwrap_or(DEFAULT_TEMPO),
        feel,
        chords: arguments.tune.backing(DEFAULT_CHORD_CHANNEL),
        loops: arguments.loops,
        sound: sound.choice,
        sound_font: sound.sound_font,
        cut_tail: arguments.no_tail,
    };
    let mut progress = TerminalProgress::new();
    let written = write_audio_file(
        &melodies,
        &settings,
        &arguments.out,
        format,
        arguments.overwrite,
        &mut progress,
    );
    progress.finish();
    written.map_err(|error| match error {
        AudioFileError::Cancelled(_) => CliError::Stopped,
        AudioFileError::TooLong { .. }
        | AudioFileError::FlacRate(_)
        | AudioFileError::Render(RenderError::SampleRate(_)) => CliError::Usage(error.to_string()),
        AudioFileError::Write(error) => CliError::Export(error.into()),
        AudioFileError::Render(_) => CliError::Output(error.to_string()),
    })?;
    print_written(&arguments.out);
    Ok(())
}

/// The format of a file by its ending; WAV without one.
fn audio_format(path: &Path) -> Result<AudioFormat, CliError> {
    match AudioFormat::from_path(path) {
        Some(format) => Ok(format),
        None if path.extension().is_none() => Ok(AudioFormat::default()),
        None => Err(CliError::Usage(format!(
            "{} is not written: sound files are .wav or .flac, scores .musicxml; choose a name with one of these endings",
            path.display()
        ))),
    }
}
