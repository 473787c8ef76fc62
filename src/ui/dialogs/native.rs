//! The file dialogs of the system, or of the window where the system has none.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::file_dialogs::FileDialogs;
use super::guard::DialogGuard;
use super::request::{ChosenPath, DialogAnswer, DialogPurpose, DialogRequest};
use super::scripted::melody_from_environment;
use super::window_dialogs::WindowDialogs;
use crate::files::MIDI_EXTENSIONS;
use crate::session::SCORE_EXTENSION;

/// Minimum time that a user takes to close a dialog. One that returns sooner without a path was never shown.
const MIN_USER_TIME: Duration = Duration::from_millis(250);

/// Function that shows a dialog of the system; `None` if it was cancelled or could not be shown.
type ShowDialog = Box<dyn Fn(&DialogRequest) -> Option<PathBuf> + Send + Sync>;

/// The system's dialogs; where it shows none, those of the window.
pub struct NativeDialogs {
    show: ShowDialog,
    window: WindowDialogs,
    /// Whether the system has no dialogs.
    is_unavailable: AtomicBool,
}

impl NativeDialogs {
    /// Dialogs that stay in front of the program's window.
    #[must_use]
    pub fn new(creation: &eframe::CreationContext<'_>) -> Self {
        let base = rfd::FileDialog::new().set_parent(creation);
        let window = WindowDialogs::new(&creation.egui_ctx);
        Self::from_parts(
            Box::new(move |request| show_native(base.clone(), request)),
            window,
            !system_has_dialogs(),
        )
    }

    fn from_parts(show: ShowDialog, window: WindowDialogs, is_unavailable: bool) -> Self {
        Self {
            show,
            window,
            is_unavailable: AtomicBool::new(is_unavailable),
        }
    }
}

impl FileDialogs for NativeDialogs {
    fn ask(&self, request: &DialogRequest, guard: DialogGuard) -> DialogAnswer {
        if request.purpose == DialogPurpose::Song
            && let Some(path) = melody_from_environment()
        {
            return DialogAnswer::path(path);
        }
        if self.is_unavailable.load(Ordering::Relaxed) {
            return self.window.ask(request, guard);
        }
        let shown_at = Instant::now();
        match (self.show)(request) {
            Some(path) => DialogAnswer::Chosen(ChosenPath {
                path,
                may_replace: request.purpose.suggestion().is_some(),
            }),
            None if shown_at.elapsed() < MIN_USER_TIME => {
                tracing::info!("the system shows no file dialogs; the window shows its own");
                self.is_unavailable.store(true, Ordering::Relaxed);
                self.window.ask(request, guard)
            }
            None => DialogAnswer::Cancelled,
        }
    }

    fn window_dialogs(&self) -> Option<&WindowDialogs> {
        Some(&self.window)
    }
}

fn show_native(base: rfd::FileDialog, request: &DialogRequest) -> Option<PathBuf> {
    let dialog = base.set_title(request.purpose.title());
    let dialog = match &request.folder {
        Some(folder) => dialog.set_directory(folder),
        None => dialog,
    };
    match &request.purpose {
        DialogPurpose::SaveMidi { suggestion } => dialog
            .add_filter("MIDI file", &["mid"])
            .set_file_name(suggestion)
            .save_file(),
        DialogPurpose::SaveScore { suggestion } => dialog
            .add_filter("MusicXML file", &[SCORE_EXTENSION])
            .set_file_name(suggestion)
            .save_file(),
        DialogPurpose::SaveRecording { suggestion, format } => dialog
            .add_filter(format!("{} file", format.name()), &[format.extension()])
            .set_file_name(suggestion)
            .save_file(),
        DialogPurpose::ExportFolder | DialogPurpose::LearnFolder => dialog.pick_folder(),
        DialogPurpose::SoundFont => dialog
            .add_filter("SoundFont", &["sf2", "SF2"])
            .add_filter("All files", &["*"])
            .pick_file(),
        DialogPurpose::Model => dialog
            .add_filter("Models", &["safetensors", "tar", "index", "json"])
            .add_filter("All files", &["*"])
            .pick_file(),
        DialogPurpose::SaveSession { suggestion } => dialog
            .add_filter("Session", &["tunescape"])
            .set_file_name(suggestion)
            .save_file(),
        DialogPurpose::Session => dialog
            .add_filter("Session", &["tunescape"])
            .add_filter("All files", &["*"])
            .pick_file(),
        DialogPurpose::Song => dialog
            .add_filter("MIDI file", &midi_extensions())
            .add_filter("All files", &["*"])
            .pick_file(),
    }
}

/// The extensions of MIDI files in lower and upper case, as some dialogs distinguish them.
fn midi_extensions() -> Vec<String> {
    let upper_case = MIDI_EXTENSIONS.map(str::to_ascii_uppercase);
    MIDI_EXTENSIONS
        .map(str::to_owned)
        .into_iter()
        .chain(upper_case)
        .collect()
}

/// Whether the system may be able to show a dialog: Windows and macOS always, others through a portal on the session bus
/// or the program `zenity`.
fn system_has_dialogs() -> bool {
    if cfg!(any(target_os = "windows", target_os = "macos")) {
        return true;
    }
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let has_bus = variable("DBUS_SESSION_BUS_ADDRESS").is_some()
        || variable("XDG_RUNTIME_DIR")
            .is_some_and(|folder| Path::new(&folder).join("bus").exists());
    has_bus || variable("PATH").is_some_and(|path| has_zenity(&path))
}

fn has_zenity(path: &OsStr) -> bool {
    std::env::split_paths(path).any(|folder| folder.join("zenity").is_file())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    use eframe::egui;

    use super::*;

    #[test]
    fn the_dialog_shows_files_of_every_midi_ending_in_any_case() {
        let extensions = midi_extensions();
        for extension in ["mid", "midi", "kar", "smf", "rmi", "MID", "KAR", "RMI"] {
            assert!(
                extensions.iter().any(|known| known == extension),
                "{extension}"
            );
        }
    }

    #[test]
    fn zenity_is_found_on_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = std::env::join_paths([Path::new("/nowhere"), folder.path()]).unwrap();
        assert!(!has_zenity(&path));
        std::fs::write(folder.path().join("zenity"), "").unwrap();
        assert!(has_zenity(&path));
    }

    #[test]
    fn a_system_without_dialogs_is_asked_once_and_the_window_answers() {
        let call_count = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&call_count);
        let cancelling_dialog: ShowDialog = Box::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            None
        });
        let window = WindowDialogs::new(&egui::Context::default());
        let dialogs = NativeDialogs::from_parts(cancelling_dialog, window, false);
        let request = DialogRequest {
            purpose: DialogPurpose::Model,
            folder: None,
        };
        for name in ["first", "second"] {
            std::thread::scope(|scope| {
                let answer = scope.spawn(|| dialogs.ask(&request, DialogGuard::default()));
                let pending = loop {
                    if let Some(pending) = dialogs
                        .window_dialogs()
                        .and_then(WindowDialogs::take_pending)
                    {
                        break pending;
                    }
                    std::thread::yield_now();
                };
                pending.answer(DialogAnswer::path(name));
                assert_eq!(answer.join().unwrap(), DialogAnswer::path(name));
            });
        }
        assert_eq!(call_count.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_dialog_that_was_open_and_closed_is_cancelled() {
        let slow: ShowDialog = Box::new(|_| {
            std::thread::sleep(MIN_USER_TIME);
            None
        });
        let window = WindowDialogs::new(&egui::Context::default());
        let dialogs = NativeDialogs::from_parts(slow, window, false);
        let request = DialogRequest {
            purpose: DialogPurpose::ExportFolder,
            folder: None,
        };
        assert_eq!(
            dialogs.ask(&request, DialogGuard::default()),
            DialogAnswer::Cancelled
        );
    }
}
