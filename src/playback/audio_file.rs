//! Sound files of rendered melodies.

use std::{
    io::{self, BufWriter},
    path::Path,
    sync::Arc,
};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::render::{MAX_TAIL, RenderError, RenderSettings, render};
use crate::{
    files::{AtomicFile, WriteError, entry_exists},
    melody::Melody,
    progress::{Cancelled, Observer},
};

const BITS: u16 = 24;
/// Full scale of [`BITS`] bits.
const FULL_SCALE: f32 = 8_388_607.0;

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
        "The recording would last {minutes:.0} minutes, and a WAV file of this quality holds {most:.0}: choose fewer melodies or repeats."
    )]
    TooLong {
        /// Its duration in minutes.
        minutes: f64,
        /// The longest duration in minutes.
        most: f64,
    },
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Renders melodies into a stereo WAV file of 24 bits, as [`render`] does. The file appears whole or not at all.
///
/// # Errors
/// [`AudioFileError`]; [`WriteError::AlreadyExists`] when something has that name and `overwrite` is false. A file that was
/// there is then unchanged.
pub fn write_wav(
    melodies: &[Arc<Melody>],
    settings: &RenderSettings,
    path: &Path,
    overwrite: bool,
    observer: &mut dyn Observer,
) -> Result<(), AudioFileError> {
    let write_error = |source| WriteError::new(path, source);
    if !overwrite && entry_exists(path) {
        return Err(write_error(io::ErrorKind::AlreadyExists.into()).into());
    }
    check_length(settings.seconds(melodies) + MAX_TAIL, settings.sample_rate)?;
    let file = AtomicFile::create(path).map_err(write_error)?;
    let spec = WavSpec {
        channels: 2,
        sample_rate: settings.sample_rate,
        bits_per_sample: BITS,
        sample_format: SampleFormat::Int,
    };
    let mut wav = WavWriter::new(BufWriter::new(file.as_file()), spec)
        .map_err(|error| write_error(wav_error(error)))?;
    let written = render(melodies, settings, observer, &mut |frames| {
        for sample in frames.iter().flatten() {
            wav.write_sample((sample * FULL_SCALE).round() as i32)
                .map_err(wav_error)?;
        }
        Ok(())
    });
    match written {
        Ok(()) => {}
        Err(RenderError::Cancelled(cancelled)) => return Err(cancelled.into()),
        Err(RenderError::Write(source)) => return Err(write_error(source).into()),
        Err(other) => return Err(AudioFileError::Render(other)),
    }
    wav.finalize()
        .map_err(|error| write_error(wav_error(error)))?;
    file.persist(overwrite).map_err(write_error)?;
    Ok(())
}

/// Refuses what would not fit, as a WAV file counts its bytes in 32 bits.
fn check_length(seconds: f64, sample_rate: u32) -> Result<(), AudioFileError> {
    let bytes_per_second = f64::from(sample_rate) * 2.0 * f64::from(BITS / 8);
    // The header takes less than a kilobyte.
    let most = (f64::from(u32::MAX) - 1_024.0) / bytes_per_second;
    if seconds > most {
        return Err(AudioFileError::TooLong {
            minutes: seconds / 60.0,
            most: most / 60.0,
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
