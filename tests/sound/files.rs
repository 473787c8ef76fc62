//! Rendered files.

use tunescape::{
    files::WriteError,
    playback::{
        AudioFileError, AudioFormat, Instrument, RenderSettings, SoundChoice, write_audio_file,
    },
    progress::{Observer, Unobserved},
};

use crate::melody;

fn settings() -> RenderSettings {
    RenderSettings {
        sample_rate: 44_100,
        tempo: 120.0,
        feel: tunescape::melody::Feel::PLAIN,
        chords: None,
        loops: 2,
        sound: SoundChoice::BuiltIn(Instrument::Pluck),
        sound_font: None,
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
    write_audio_file(
        &[melody(&[(60, 0, 4), (64, 8, 12)])],
        &settings(),
        &path,
        AudioFormat::Wav,
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
    let cancelled = write_audio_file(
        &melodies,
        &settings(),
        &path,
        AudioFormat::Wav,
        false,
        &mut Stop,
    );
    assert!(matches!(cancelled, Err(AudioFileError::Cancelled(_))));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    std::fs::write(&path, b"mine").unwrap();
    let taken = write_audio_file(
        &melodies,
        &settings(),
        &path,
        AudioFormat::Wav,
        false,
        &mut Unobserved,
    );
    assert!(matches!(
        taken,
        Err(AudioFileError::Write(WriteError::AlreadyExists { .. }))
    ));
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    write_audio_file(
        &melodies,
        &settings(),
        &path,
        AudioFormat::Wav,
        true,
        &mut Unobserved,
    )
    .unwrap();
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
    let error = write_audio_file(
        &[melody(&[(60, 0, 4)])],
        &long,
        &path,
        AudioFormat::Wav,
        false,
        &mut Unobserved,
    )
    .unwrap_err();
    assert!(matches!(error, AudioFileError::TooLong { .. }), "{error}");
    assert!(!path.exists());
}

#[test]
fn a_flac_file_has_the_samples_of_the_wav_file_for_another_decoder() {
    let folder = tempfile::tempdir().unwrap();
    let melodies = [melody(&[(60, 0, 4), (64, 8, 12), (67, 20, 31)])];
    // 4096 frames are a block: the tempos make last blocks of several lengths.
    for (tempo, cut_tail, rate) in [
        (300.0, true, 44_100),
        (299.0, true, 96_000),
        (250.0, false, 16_001),
    ] {
        let settings = RenderSettings {
            tempo,
            cut_tail,
            sample_rate: rate,
            loops: 1,
            ..settings()
        };
        let write = |format: AudioFormat| {
            let path = folder.path().join(format!("a.{}", format.extension()));
            write_audio_file(&melodies, &settings, &path, format, true, &mut Unobserved).unwrap();
            path
        };
        let (wav, flac) = (write(AudioFormat::Wav), write(AudioFormat::Flac));
        let size = |path: &std::path::Path| std::fs::metadata(path).unwrap().len();
        assert!(
            size(&flac) < size(&wav) * 3 / 4,
            "{} {}",
            size(&flac),
            size(&wav)
        );
        let mut wav = hound::WavReader::open(wav).unwrap();
        let mut flac = claxon::FlacReader::open(flac).unwrap();
        let info = flac.streaminfo();
        assert_eq!(
            (info.sample_rate, info.channels, info.bits_per_sample),
            (rate, 2, 24)
        );
        assert_eq!(info.samples, Some(u64::from(wav.duration())));
        let wav: Vec<i32> = wav.samples().map(Result::unwrap).collect();
        let flac: Vec<i32> = flac.samples().map(Result::unwrap).collect();
        assert!(wav == flac, "{rate} Hz");
    }
}

#[test]
fn a_sample_rate_that_flac_files_do_not_have_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.flac");
    let settings = RenderSettings {
        sample_rate: 192_000,
        ..settings()
    };
    let melodies = [melody(&[(60, 0, 4)])];
    let format = AudioFormat::from_path(&path).unwrap();
    let refused = write_audio_file(&melodies, &settings, &path, format, false, &mut Unobserved);
    assert!(matches!(refused, Err(AudioFileError::FlacRate(192_000))));
    assert!(!path.exists());
}
