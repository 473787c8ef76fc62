//! Rendered files.

use tunescape::{
    files::WriteError,
    playback::{AudioFileError, Instrument, RenderSettings, SoundChoice, write_wav},
    progress::{Observer, Unobserved},
};

use crate::melody;

fn settings() -> RenderSettings {
    RenderSettings {
        sample_rate: 44_100,
        tempo: 120.0,
        feel: tunescape::melody::Feel::PLAIN,
        loops: 2,
        sound: SoundChoice::BuiltIn(Instrument::Pluck),
        font: None,
        cut_tail: true,
    }
}

fn number(bytes: &[u8], at: usize, length: usize) -> u32 {
    bytes[at..at + length]
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u32::from(byte))
}

// Offsets: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0, "Waveform audio file format".
#[test]
fn a_recording_is_a_whole_wav_file_of_the_exact_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loop.wav");
    write_wav(
        &[melody(&[(60, 0, 4), (64, 8, 12)])],
        &settings(),
        &path,
        false,
        &mut Unobserved,
    )
    .unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(
        (&bytes[..4], &bytes[8..16]),
        (&b"RIFF"[..], &b"WAVEfmt "[..])
    );
    assert_eq!(number(&bytes, 4, 4) as usize, bytes.len() - 8);
    let format = 20;
    assert_eq!(number(&bytes, format + 2, 2), 2, "channels");
    assert_eq!(number(&bytes, format + 4, 4), 44_100);
    assert_eq!(number(&bytes, format + 14, 2), 24, "bits");
    let data = bytes.windows(4).position(|id| id == b"data").unwrap();
    // Two bars of 4/4 at 120 quarter notes per minute are four seconds, twice.
    assert_eq!(number(&bytes, data + 4, 4), 8 * 44_100 * 6);
    assert_eq!(bytes.len() - data - 8, 8 * 44_100 * 6);
    let loudest = bytes[data + 8..]
        .chunks(3)
        .map(|sample| (number(sample, 0, 3) << 8).cast_signed().unsigned_abs())
        .max();
    assert!(loudest.unwrap() > 1 << 28, "it is heard");
}

#[test]
fn nothing_is_overwritten_and_a_cancelled_recording_leaves_nothing() {
    struct Stop;
    impl Observer for Stop {
        fn cancelled(&self) -> bool {
            true
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loop.wav");
    let melodies = [melody(&[(60, 0, 4)])];
    let cancelled = write_wav(&melodies, &settings(), &path, false, &mut Stop);
    assert!(matches!(cancelled, Err(AudioFileError::Cancelled(_))));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    std::fs::write(&path, b"mine").unwrap();
    let taken = write_wav(&melodies, &settings(), &path, false, &mut Unobserved);
    assert!(matches!(
        taken,
        Err(AudioFileError::Write(WriteError::AlreadyExists { .. }))
    ));
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    write_wav(&melodies, &settings(), &path, true, &mut Unobserved).unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() > 1_000_000);
}

#[test]
fn what_no_wav_file_holds_is_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    let long = RenderSettings {
        loops: 100_000,
        ..settings()
    };
    let error = write_wav(
        &[melody(&[(60, 0, 4)])],
        &long,
        &path,
        false,
        &mut Unobserved,
    )
    .unwrap_err();
    assert!(matches!(error, AudioFileError::TooLong { .. }), "{error}");
    assert!(!path.exists());
}
