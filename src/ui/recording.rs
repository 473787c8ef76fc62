//! Recording melodies into a sound file, in the background.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::dialogs::ChosenPath;
use crate::files::{WriteError, entry_exists};
use crate::melody::Melody;
use crate::playback::{AudioFileError, RenderSettings, write_wav};
use crate::progress::Observer;

/// Names that are tried before one counts as taken.
const MAX_NUMBERS: u32 = 10_000;

/// Melodies to be recorded one after another.
pub struct RecordingJob {
    /// The melodies.
    pub melodies: Vec<Arc<Melody>>,
    /// How they sound.
    pub settings: RenderSettings,
    /// Name of the file without its ending, unless the user says otherwise.
    pub stem: String,
}

/// Stops a recording that is under way; it leaves no file.
#[derive(Clone, Debug, Default)]
pub struct RecordingStop(Arc<AtomicBool>);

impl RecordingStop {
    /// Stops it soon.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Observer for RecordingStop {
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Records melodies; the result is a sentence for the user.
pub fn record(
    chosen: &ChosenPath,
    job: &RecordingJob,
    mut stop: RecordingStop,
) -> Result<String, String> {
    let first = with_wav_extension(&chosen.path);
    // Only the very path that the dialog asked about may be replaced.
    let overwrite = chosen.may_replace && first == chosen.path;
    let mut path = first.clone();
    for number in 2..MAX_NUMBERS {
        if overwrite || !entry_exists(&path) {
            break;
        }
        path = numbered(&first, number);
    }
    match write_wav(&job.melodies, &job.settings, &path, overwrite, &mut stop) {
        Ok(()) => Ok(format!("Recorded {}", path.display())),
        Err(AudioFileError::Cancelled(_)) => {
            Ok("The recording was cancelled; no file was made".to_owned())
        }
        Err(AudioFileError::Write(error @ WriteError::AlreadyExists { .. })) => {
            Err(format!("{error}; choose another name"))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The path with `.wav` at its end.
fn with_wav_extension(path: &Path) -> PathBuf {
    if path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("wav"))
    {
        return path.to_path_buf();
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".wav");
    PathBuf::from(name)
}

/// `loop.wav` with 2 is `loop_2.wav`.
fn numbered(path: &Path, number: u32) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}_{number}.wav"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::melody::{Feel, Note};
    use crate::playback::SoundChoice;

    fn job() -> RecordingJob {
        let note = Note {
            pitch: 60,
            start: 0,
            end: 4,
        };
        RecordingJob {
            melodies: vec![Arc::new(Melody::from_notes(&[note], 32).unwrap())],
            settings: RenderSettings {
                sample_rate: 16_000,
                tempo: 300.0,
                feel: Feel::PLAIN,
                loops: 1,
                sound: SoundChoice::default(),
                font: None,
                cut_tail: true,
            },
            stem: "loop".to_owned(),
        }
    }

    fn recorded(path: &Path, may_replace: bool, stop: RecordingStop) -> String {
        let chosen = ChosenPath {
            path: path.to_owned(),
            may_replace,
        };
        record(&chosen, &job(), stop).unwrap_or_else(|error| error)
    }

    #[test]
    fn a_taken_name_gets_a_number_unless_the_dialog_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my.loop");
        let text = recorded(&path, true, RecordingStop::default());
        assert!(text.ends_with("my.loop.wav"), "{text}");
        let text = recorded(&path, true, RecordingStop::default());
        assert!(text.ends_with("my.loop_2.wav"), "{text}");
        let asked = folder.path().join("my.loop.wav");
        std::fs::write(&asked, b"old").unwrap();
        let text = recorded(&asked, true, RecordingStop::default());
        assert!(text.ends_with("my.loop.wav"), "{text}");
        assert!(std::fs::metadata(&asked).unwrap().len() > 1_000);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_cancelled_recording_and_a_missing_folder_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let stop = RecordingStop::default();
        stop.stop();
        let text = recorded(&folder.path().join("a.wav"), false, stop);
        assert!(text.contains("cancelled"), "{text}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let text = recorded(
            &folder.path().join("absent/a.wav"),
            false,
            RecordingStop::default(),
        );
        assert!(text.contains("absent"), "{text}");
    }
}
