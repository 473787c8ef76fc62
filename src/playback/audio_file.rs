//! Sound files of rendered melodies.

mod flac;

use std::{
    io::{self, BufWriter},
    path::Path,
    sync::Arc,
};

use hound::{SampleFormat, WavSpec, WavWriter};

use self::flac::FlacWriter;
use super::render::{MAX_TAIL_SECONDS, RenderError, RenderSettings, render};
use crate::{
    files::{AtomicFile, WriteError, entry_exists},
    melody::Melody,
    progress::{Cancelled, Observer},
};

const BITS_PER_SAMPLE: u16 = 24;
const CHANNEL_COUNT: u16 = 2;
/// Highest sample rate of the FLAC encoder, Hz.
const MAX_FLAC_RATE: u32 = 96_000;
/// Full scale of [`BITS_PER_SAMPLE`] bits.
const FULL_SCALE: f32 = 8_388_607.0;

/// A format of sound files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AudioFormat {
    /// Uncompressed.
    #[default]
    Wav,
    /// Compressed without loss.
    Flac,
}

impl AudioFormat {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Wav, Self::Flac];

    /// The format that the ending of a path stands for; `None` for other endings.
    pub fn from_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?;
        Self::ALL
            .into_iter()
            .find(|format| extension.eq_ignore_ascii_case(format.extension()))
    }

    /// Ending of its files, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Flac => "flac",
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Flac => "FLAC",
        }
    }
}

/// Why a sound file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum AudioFileError {
    /// The observer cancelled it; no file was made.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// It could not be rendered.
    #[error(transparent)]
    Render(RenderError),
    /// A WAV file holds at most 4 GiB.
    #[error(
        "The recording would last {minutes:.0} minutes, and a WAV file of this quality holds {max_minutes:.0}: choose fewer melodies or repeats."
    )]
    TooLong {
        /// Its duration in minutes.
        minutes: f64,
        /// The longest duration in minutes.
        max_minutes: f64,
    },
    /// The FLAC encoder does not take the sample rate.
    #[error(
        "FLAC files are written with at most {MAX_FLAC_RATE} Hz, not {0} Hz: choose a lower sample rate or a WAV file."
    )]
    FlacRate(u32),
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Renders melodies into a stereo file of 24 bits, as [`render`] does. The file appears whole or not at all.
///
/// # Errors
/// [`AudioFileError`]; [`WriteError::AlreadyExists`] when something has that name and `overwrite` is false. A file that was
/// there is then unchanged.
pub fn write_audio_file(
    melodies: &[Arc<Melody>],
    settings: &RenderSettings,
    path: &Path,
    format: AudioFormat,
    overwrite: bool,
    observer: &mut dyn Observer,
) -> Result<(), AudioFileError> {
    let write_error = |source| WriteError::new(path, source);
    if !overwrite && entry_exists(path) {
        return Err(write_error(io::ErrorKind::AlreadyExists.into()).into());
    }
    let rate = settings.sample_rate;
    match format {
        AudioFormat::Wav => check_length(settings.seconds(melodies) + MAX_TAIL_SECONDS, rate)?,
        AudioFormat::Flac if rate > MAX_FLAC_RATE => return Err(AudioFileError::FlacRate(rate)),
        AudioFormat::Flac => {}
    }
    let file = AtomicFile::create(path).map_err(write_error)?;
    let out = BufWriter::new(file.as_file());
    let mut render_samples = |write: &mut dyn FnMut(i32) -> io::Result<()>| {
        let rendered = render(melodies, settings, observer, &mut |frames| {
            let mut samples = frames.iter().flatten();
            samples.try_for_each(|sample| write((sample * FULL_SCALE).round() as i32))
        });
        rendered.map_err(|error| match error {
            RenderError::Cancelled(cancelled) => cancelled.into(),
            RenderError::Write(source) => write_error(source).into(),
            other => AudioFileError::Render(other),
        })
    };
    match format {
        AudioFormat::Wav => {
            let spec = WavSpec {
                channels: CHANNEL_COUNT,
                sample_rate: rate,
                bits_per_sample: BITS_PER_SAMPLE,
                sample_format: SampleFormat::Int,
            };
            let to_write_error = |error| write_error(wav_error(error));
            let mut wav = WavWriter::new(out, spec).map_err(to_write_error)?;
            render_samples(&mut |sample| wav.write_sample(sample).map_err(wav_error))?;
            wav.finalize().map_err(to_write_error)?;
        }
        AudioFormat::Flac => {
            let mut flac = FlacWriter::new(out, rate, CHANNEL_COUNT.into(), BITS_PER_SAMPLE)
                .map_err(write_error)?;
            render_samples(&mut |sample| flac.write_sample(sample))?;
            flac.finalize().map_err(write_error)?;
        }
    }
    file.persist(overwrite).map_err(write_error)?;
    Ok(())
}

/// Refuses a recording that is too long for a WAV file, which counts its bytes in 32 bits.
fn check_length(seconds: f64, sample_rate: u32) -> Result<(), AudioFileError> {
    let bytes_per_second = f64::from(sample_rate) * 2.0 * f64::from(BITS_PER_SAMPLE / 8);
    // The header takes less than a kilobyte.
    let max_seconds = (f64::from(u32::MAX) - 1_024.0) / bytes_per_second;
    if seconds > max_seconds {
        return Err(AudioFileError::TooLong {
            minutes: seconds / 60.0,
            max_minutes: max_seconds / 60.0,
        });
    }
    Ok(())
}

fn wav_error(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}
