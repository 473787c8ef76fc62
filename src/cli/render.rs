//! `tunescape render`: MIDI files as sound, faster than they play.

use std::sync::Arc;

use super::args::RenderArgs;
use super::error::CliError;
use super::song::read_song_melody;
use super::terminal::{TerminalProgress, print_written};
use crate::melody::{Feel, Melody};
use crate::playback::{
    AudioFileError, DEFAULT_TEMPO, MAX_TEMPO, MIN_TEMPO, RenderError, RenderSettings, write_wav,
};

pub(super) fn run(arguments: &RenderArgs) -> Result<(), CliError> {
    if !arguments.overwrite && crate::files::entry_exists(&arguments.out) {
        let path = arguments.out.clone();
        return Err(CliError::AlreadyExists { path });
    }
    let sound = super::sound::sound(&arguments.sound)?;
    let mut tempo = arguments.tempo;
    let mut melodies: Vec<Arc<Melody>> = Vec::with_capacity(arguments.files.len());
    for path in &arguments.files {
        let song = read_song_melody(path, arguments.tune.track)?;
        // One recording has one tempo: that of the first file.
        tempo = tempo.or(song.tempo);
        melodies.push(Arc::new(song.melody));
    }
    let settings = RenderSettings {
        sample_rate: arguments.rate,
        tempo: tempo.unwrap_or(DEFAULT_TEMPO).clamp(MIN_TEMPO, MAX_TEMPO),
        feel: Feel::swung(arguments.tune.swing),
        loops: arguments.loops,
        sound: sound.choice,
        font: sound.font,
        cut_tail: arguments.no_tail,
    };
    let mut progress = TerminalProgress::new(false);
    let written = write_wav(
        &melodies,
        &settings,
        &arguments.out,
        arguments.overwrite,
        &mut progress,
    );
    progress.finish();
    written.map_err(|error| match error {
        AudioFileError::Cancelled(_) => CliError::Stopped,
        AudioFileError::TooLong { .. } | AudioFileError::Render(RenderError::SampleRate(_)) => {
            CliError::Usage(error.to_string())
        }
        AudioFileError::Write(error) => CliError::Export(error.into()),
        AudioFileError::Render(_) => CliError::Output(error.to_string()),
    })?;
    print_written(&arguments.out);
    Ok(())
}
