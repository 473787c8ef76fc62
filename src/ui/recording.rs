//! Recording melodies into a sound file, in the background.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::dialogs::ChosenPath;
use crate::files::{WriteError, entry_exists};
use crate::melody::Melody;
use crate::playback::{AudioFileError, AudioFormat, RenderSettings, write_audio_file};
use crate::progress::{Observer, Progress};
use crate::worker::{Repaint, Urgency};

/// Largest number that is appended to a name to find an unused one.
const MAX_FILE_NUMBER: u32 = 10_000;

/// Melodies to be recorded one after another.
pub struct RecordingJob {
    /// The melodies.
    pub melodies: Vec<Arc<Melody>>,
    /// How they sound.
    pub settings: RenderSettings,
    /// Suggested file name, without extension.
    pub stem: String,
    /// Suggested format of the file; another extension of the chosen path selects another one.
    pub format: AudioFormat,
}

/// A handle of a running recording: its progress, and cancelling it.
#[derive(Clone, Debug, Default)]
pub struct RecordingHandle {
    cancelled: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
    progress: Arc<Mutex<Option<Progress>>>,
}

impl RecordingHandle {
    /// Cancels the recording, which ends soon and leaves no file.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the recording has ended: finished, cancelled or failed.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// The progress of the recording; `None` before the first report.
    pub fn progress(&self) -> Option<Progress> {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Observes a recording: updates its [`RecordingHandle`] and requests a frame.
pub struct RecordingObserver {
    /// The recording.
    pub handle: RecordingHandle,
    /// Called after each report.
    pub repaint: Repaint,
}

impl Observer for RecordingObserver {
    fn progress(&mut self, progress: Progress) {
        let slot = &self.handle.progress;
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
        (self.repaint)(Urgency::Now);
    }

    fn cancelled(&self) -> bool {
        self.handle.cancelled.load(Ordering::Relaxed)
    }
}

impl Drop for RecordingObserver {
    fn drop(&mut self) {
        self.handle.ended.store(true, Ordering::Release);
    }
}

/// Records melodies; the result is a sentence for the user.
pub fn record(
    chosen: &ChosenPath,
    job: &RecordingJob,
    mut observer: RecordingObserver,
) -> Result<String, String> {
    let (unnumbered, format) = with_extension(&chosen.path, job.format);
    // Only exactly the path that the user confirmed in the dialog may be replaced.
    let overwrite = chosen.may_replace && unnumbered == chosen.path;
    let mut path = unnumbered.clone();
    for number in 2..MAX_FILE_NUMBER {
        if overwrite || !entry_exists(&path) {
            break;
        }
        path = numbered(&unnumbered, number);
    }
    let (melodies, settings) = (&job.melodies, &job.settings);
    match write_audio_file(melodies, settings, &path, format, overwrite, &mut observer) {
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

/// The path and format of a recording: those that the path's extension says, else the path with the extension of `format`.
fn with_extension(path: &Path, format: AudioFormat) -> (PathBuf, AudioFormat) {
    if let Some(path_format) = AudioFormat::from_path(path) {
        return (path.to_path_buf(), path_format);
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(format.extension());
    (PathBuf::from(name), format)
}

/// The path with a number after the file stem: `loop.wav` with 2 gives `loop_2.wav`.
fn numbered(path: &Path, number: u32) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}_{number}.{extension}"))
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
                chords: None,
                loops: 1,
                sound: SoundChoice::default(),
                sound_font: None,
                cut_tail: true,
            },
            stem: "loop".to_owned(),
            format: AudioFormat::Wav,
        }
    }

    fn record_at(path: &Path, may_replace: bool, handle: RecordingHandle) -> String {
        let chosen = ChosenPath {
            path: path.to_owned(),
            may_replace,
        };
        let observer = RecordingObserver {
            handle,
            repaint: Arc::new(|_| {}),
        };
        record(&chosen, &job(), observer).unwrap_or_else(|error| error)
    }

    #[test]
    fn a_taken_name_gets_a_number_unless_the_dialog_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my.loop");
        let text = record_at(&path, true, RecordingHandle::default());
        assert!(text.ends_with("my.loop.wav"), "{text}");
        let text = record_at(&path, true, RecordingHandle::default());
        assert!(text.ends_with("my.loop_2.wav"), "{text}");
        let confirmed = folder.path().join("my.loop.wav");
        std::fs::write(&confirmed, b"old").unwrap();
        let text = record_at(&confirmed, true, RecordingHandle::default());
        assert!(text.ends_with("my.loop.wav"), "{text}");
        assert!(std::fs::metadata(&confirmed).unwrap().len() > 1_000);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn the_ending_of_the_name_decides_the_format_and_progress_comes_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let handle = RecordingHandle::default();
        assert_eq!(handle.progress(), None);
        let path = folder.path().join("a.FLAC");
        let text = record_at(&path, false, handle.clone());
        assert!(text.ends_with("a.FLAC"), "{text}");
        assert_eq!(std::fs::read(&path).unwrap()[..4], *b"fLaC");
        let fraction = handle.progress().map(|progress| progress.fraction());
        assert_eq!(fraction, Some(1.0));
        let text = record_at(&path, false, handle);
        assert!(text.ends_with("a_2.FLAC"), "{text}");
    }

    #[test]
    fn a_cancelled_recording_and_a_missing_folder_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let handle = RecordingHandle::default();
        handle.cancel();
        let text = record_at(&folder.path().join("a.wav"), false, handle);
        assert!(text.contains("cancelled"), "{text}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let text = record_at(
            &folder.path().join("absent/a.wav"),
            false,
            RecordingHandle::default(),
        );
        assert!(text.contains("absent"), "{text}");
    }
}
