//! File dialogs and the work that follows them, on background threads: writing files, recording, reading songs and SoundFonts.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use super::dialogs::{
    ChosenPath, DialogAnswer, DialogGuard, DialogPurpose, DialogRequest, FileDialogs, WindowDialogs,
};
use super::file_clipboard::FileClipboard;
use super::file_drag::FileDragger;
use super::pasted_files::PasteRequest;
use super::recording::{RecordingHandle, RecordingJob, RecordingObserver, record};
use super::song::{LoadedSong, SongRequest, read_song};
use crate::melody::MidiWriteOptions;
use crate::panics::catch_panic;
use crate::playback::SoundFontFile;
use crate::session::{
    ExportError, ExportFile, ExportGrouping, ExportItem, OnExisting, SCORE_EXTENSION, export_files,
    file_stem, replace_if_confirmed, summarise_names, write_files,
};
use crate::study::figures::{attribute_figures, between_figure};
use crate::wording::count_with_noun;
use crate::worker::{FinishedStudy, Repaint, Urgency};

mod clipboard;
mod drag_out;
mod learn_folder;
mod refused_files;

pub use refused_files::RefusedFiles;

/// Melodies to write.
pub struct ExportJob {
    /// The melodies.
    pub items: Vec<ExportItem>,
    /// A folder of files, or one file of tracks; a single melody is always one file.
    pub grouping: ExportGrouping,
    /// Tempo, and how the notes are played.
    pub options: MidiWriteOptions,
}

/// Result of a dialog, of an export, or of reading a song.
pub enum FileEvent {
    /// Information for the user.
    Info(String),
    /// A folder was chosen; the next dialog of the kind starts there.
    FolderChosen {
        /// Whether it was chosen to write into; otherwise to read from.
        for_export: bool,
        /// The folder.
        folder: PathBuf,
    },
    /// Files were written; the text is for the user.
    Written(String),
    /// Some files exist already; none was written.
    Refused(String, RefusedFiles),
    /// It failed; the text is for the user.
    Failed(String),
    /// The files of a drag out of the window are written.
    DragFiles(Vec<PathBuf>),
    /// The files on the clipboard were read for a paste.
    Pasted {
        /// Their paths; empty if there are none.
        files: Vec<PathBuf>,
        /// How the paste was requested.
        request: PasteRequest,
    },
    /// A model was chosen.
    Model(PathBuf),
    /// A session was chosen.
    SessionChosen(PathBuf),
    /// Another file for the session was chosen.
    SaveSessionTo(ChosenPath),
    /// A MIDI file was chosen.
    SongChosen(PathBuf),
    /// A folder to learn from was chosen.
    LearnFolder(PathBuf),
    /// A SoundFont was chosen.
    SoundFontChosen(PathBuf),
    /// A SoundFont was read, or could not be; the error is for the user.
    SoundFont(PathBuf, Result<SoundFontFile, String>),
    /// A recording has begun.
    Recording(RecordingHandle),
    /// A recording has ended: a message with its path, or the error, both for the user.
    Recorded(Result<String, String>),
    /// A song was read, or could not be; the error is for the user.
    Song {
        /// Number of the request.
        request: u64,
        /// The song, cut into windows.
        result: Result<Box<LoadedSong>, String>,
    },
}

/// Opens dialogs, writes files and reads songs in the background.
pub struct Exporter {
    dialogs: Arc<dyn FileDialogs>,
    repaint: Repaint,
    sender: Sender<FileEvent>,
    receiver: Receiver<FileEvent>,
    /// Number of the last request to read a song.
    song_requests: u64,
    dialog_open: Arc<AtomicBool>,
    /// The clipboard for files; without one nothing is copied.
    clipboard: Option<Arc<Mutex<dyn FileClipboard>>>,
    /// Drags files out of the window; `None` where that is not possible.
    dragger: Option<Box<dyn FileDragger>>,
    /// Number of the last copy.
    copies: u64,
}

impl Exporter {
    /// An exporter with these dialogs.
    pub fn new(dialogs: Arc<dyn FileDialogs>, repaint: Repaint) -> Self {
        let (sender, receiver) = channel();
        Self {
            dialogs,
            repaint,
            sender,
            receiver,
            song_requests: 0,
            dialog_open: Arc::default(),
            clipboard: None,
            dragger: None,
            copies: 0,
        }
    }

    /// Opens a dialog in `folder`, if that exists, and writes the melodies. Returns at once.
    pub fn export(&self, job: ExportJob, folder: Option<&str>) {
        self.ask(job.purpose(), folder, move |chosen| {
            export_and_report(&chosen, &job)
        });
    }

    /// Opens a dialog for a folder, and writes the figures of an attribute into it.
    pub fn export_figures(
        &self,
        study: Arc<FinishedStudy>,
        attribute: usize,
        folder: Option<&str>,
    ) {
        self.ask(DialogPurpose::ExportFolder, folder, move |chosen| {
            write_figures(&chosen.path, &study, attribute)
        });
    }

    /// Writes refused files.
    pub fn write_refused(&self, refused: Arc<RefusedFiles>, on_existing: OnExisting) {
        self.spawn(export_failed, move |_, _| {
            Some(write_and_report(refused.files.clone(), on_existing))
        });
    }

    /// Opens a dialog for a model in `folder`, if that exists.
    pub fn choose_model(&self, folder: Option<&str>) {
        self.ask(DialogPurpose::Model, folder, |chosen| {
            FileEvent::Model(chosen.path)
        });
    }

    /// Opens a dialog for a session in `folder`, if that exists.
    pub fn choose_session(&self, folder: Option<&str>) {
        self.ask(DialogPurpose::Session, folder, |chosen| {
            FileEvent::SessionChosen(chosen.path)
        });
    }

    /// Opens a dialog in `folder`, if that exists, for another file of the session.
    pub fn save_session_as(&self, suggestion: String, folder: Option<&str>) {
        let purpose = DialogPurpose::SaveSession { suggestion };
        self.ask(purpose, folder, FileEvent::SaveSessionTo);
    }

    /// Opens a dialog for a MIDI file in `folder`, if that exists.
    pub fn choose_song(&self, folder: Option<&str>) {
        self.ask(DialogPurpose::Song, folder, |chosen| {
            FileEvent::SongChosen(chosen.path)
        });
    }

    /// Opens a dialog in `folder`, if that exists, and records the melodies. Returns at once.
    pub fn record(&self, job: RecordingJob, folder: Option<&str>) {
        let purpose = DialogPurpose::SaveRecording {
            suggestion: format!("{}.{}", job.stem, job.format.extension()),
            format: job.format,
        };
        let (sender, repaint) = (self.sender.clone(), Arc::clone(&self.repaint));
        self.ask(purpose, folder, move |chosen| {
            let handle = RecordingHandle::default();
            // Fails if the window is closed.
            sender.send(FileEvent::Recording(handle.clone())).ok();
            repaint(Urgency::Now);
            let observer = RecordingObserver { handle, repaint };
            FileEvent::Recorded(record(&chosen, &job, observer))
        });
    }

    /// Opens a dialog for a SoundFont in `folder`, if that exists.
    pub fn choose_sound_font(&self, folder: Option<&str>) {
        self.ask(DialogPurpose::SoundFont, folder, |chosen| {
            FileEvent::SoundFontChosen(chosen.path)
        });
    }

    /// Reads a SoundFont.
    pub fn read_sound_font(&self, path: PathBuf) {
        let failed_path = path.clone();
        let failed = move |reason: &str| {
            let text = format!(
                "reading the SoundFont stopped unexpectedly ({reason}); choose another one"
            );
            FileEvent::SoundFont(failed_path.clone(), Err(text))
        };
        self.spawn(failed, move |_, _| {
            let result = SoundFontFile::open(&path).map_err(|error| error.to_string());
            Some(FileEvent::SoundFont(path, result))
        });
    }

    /// Reads a song, or another part of one that was read; returns the number of the request.
    pub fn read_song(&mut self, song: SongRequest, steps: usize) -> u64 {
        self.song_requests += 1;
        let request = self.song_requests;
        let failure_event = move |reason: &str| FileEvent::Song {
            request,
            result: Err(format!(
                "reading the song stopped unexpectedly ({reason}); save it again in a music program or choose another one"
            )),
        };
        self.spawn(failure_event, move |_, _| {
            Some(FileEvent::Song {
                request,
                result: read_song(&song, steps).map(Box::new),
            })
        });
        request
    }

    /// The next event, if there is one. Never waits.
    pub fn poll(&self) -> Option<FileEvent> {
        self.receiver.try_recv().ok()
    }

    /// The dialogs that the window draws itself, where the system has none.
    pub fn window_dialogs(&self) -> Option<&WindowDialogs> {
        self.dialogs.window_dialogs()
    }

    /// Opens a dialog, unless one is open already, and calls `on_chosen` with the chosen path.
    fn ask(
        &self,
        purpose: DialogPurpose,
        folder: Option<&str>,
        on_chosen: impl FnOnce(ChosenPath) -> FileEvent + Send + 'static,
    ) {
        let Some(guard) = DialogGuard::new(&self.dialog_open) else {
            let text = "a file dialog is already open; answer it first".to_owned();
            self.sender.send(FileEvent::Info(text)).ok();
            (self.repaint)(Urgency::Now);
            return;
        };
        let folder = folder.map(PathBuf::from);
        let failure_event = if purpose.is_export() {
            export_failed
        } else {
            dialog_failed
        };
        self.spawn(failure_event, move |dialogs, sender| {
            let request = DialogRequest {
                purpose,
                folder: folder.filter(|folder| folder.is_dir()),
            };
            // Writing may take a while; another dialog may be opened meanwhile.
            let DialogAnswer::Chosen(chosen) = dialogs.ask(&request, guard) else {
                return None;
            };
            if let Some(folder) = request.purpose.folder_of(&chosen.path) {
                let for_export = request.purpose.is_export();
                sender
                    .send(FileEvent::FolderChosen { for_export, folder })
                    .ok();
            }
            Some(on_chosen(chosen))
        });
    }

    /// Runs `work` on a thread of its own and sends its event; `failure_event` creates the event of a panic or of a thread that
    /// could not be started.
    fn spawn(
        &self,
        failure_event: impl Fn(&str) -> FileEvent + Clone + Send + 'static,
        work: impl FnOnce(&dyn FileDialogs, &Sender<FileEvent>) -> Option<FileEvent> + Send + 'static,
    ) {
        let dialogs = Arc::clone(&self.dialogs);
        let repaint = Arc::clone(&self.repaint);
        let sender = self.sender.clone();
        let on_panic = failure_event.clone();
        let spawned = std::thread::Builder::new()
            .name("export".to_owned())
            .spawn(move || {
                let event = catch_panic(|| work(dialogs.as_ref(), &sender));
                let event = event.unwrap_or_else(|panic| Some(on_panic(&panic)));
                if let Some(event) = event {
                    // Fails if the window is closed.
                    sender.send(event).ok();
                }
                repaint(Urgency::Now);
            });
        if let Err(error) = spawned {
            let reason = format!("no thread could be started for it: {error}");
            self.sender.send(failure_event(&reason)).ok();
        }
    }
}

impl Drop for Exporter {
    /// Ends a thread that waits for a dialog of the window.
    fn drop(&mut self) {
        if let Some(dialogs) = self.dialogs.window_dialogs() {
            dialogs.close();
        }
    }
}

fn dialog_failed(reason: &str) -> FileEvent {
    FileEvent::Failed(format!(
        "the file dialog stopped unexpectedly ({reason}); try again, or drop the file on the window"
    ))
}

fn export_failed(reason: &str) -> FileEvent {
    FileEvent::Failed(format!(
        "the export stopped unexpectedly ({reason}); try again"
    ))
}

impl ExportJob {
    /// Whether several files are written, into a folder.
    fn is_folder(&self) -> bool {
        self.items.len() > 1 && self.grouping == ExportGrouping::Folder
    }

    fn purpose(&self) -> DialogPurpose {
        if self.is_folder() {
            return DialogPurpose::ExportFolder;
        }
        let stem = match self.items.as_slice() {
            items if self.grouping == ExportGrouping::Blocks => {
                timeline_stem(items, self.options.tempo_bpm)
            }
            [item] => item.stem.clone(),
            items => file_stem(&format!("{}_melodies", items.len()), self.options.tempo_bpm),
        };
        match self.grouping {
            ExportGrouping::Score => DialogPurpose::SaveScore {
                suggestion: format!("{stem}.{SCORE_EXTENSION}"),
            },
            _ => DialogPurpose::SaveMidi {
                suggestion: format!("{stem}.mid"),
            },
        }
    }
}

/// File name, without extension, of a timeline of these blocks.
pub(super) fn timeline_stem(blocks: &[ExportItem], tempo_bpm: f64) -> String {
    let bars: f64 = blocks.iter().map(|block| block.melody.bars()).sum();
    file_stem(&format!("timeline_{bars}_bars"), tempo_bpm)
}

fn export_and_report(chosen: &ChosenPath, job: &ExportJob) -> FileEvent {
    match export_files(&job.items, job.grouping, &chosen.path, &job.options) {
        Ok(files) => {
            let on_existing = replace_if_confirmed(&files, &chosen.path, chosen.may_replace);
            write_and_report(files, on_existing)
        }
        Err(error) => FileEvent::Failed(error.to_string()),
    }
}

fn write_figures(folder: &Path, study: &FinishedStudy, attribute: usize) -> FileEvent {
    let mut files = Vec::new();
    let mut figures = attribute_figures(&study.results, &study.data, attribute);
    figures.push(between_figure(&study.results));
    for figure in figures {
        let path = folder.join(format!("{}.svg", figure.name));
        match figure.png() {
            Ok(bytes) => files.push(ExportFile {
                path: path.with_extension("png"),
                bytes,
            }),
            Err(error) => {
                return FileEvent::Failed(format!("a figure could not be drawn: {error}"));
            }
        }
        files.push(ExportFile {
            path,
            bytes: figure.svg().into_bytes(),
        });
    }
    write_and_report(files, OnExisting::Refuse)
}

fn write_and_report(files: Vec<ExportFile>, on_existing: OnExisting) -> FileEvent {
    let written = match write_files(&files, on_existing) {
        Ok(written) => written,
        Err(error) => {
            let text = error.to_string();
            return match error {
                ExportError::AlreadyExists { existing } => {
                    FileEvent::Refused(text, RefusedFiles { files, existing })
                }
                _ => FileEvent::Failed(text),
            };
        }
    };
    let folder = written.first().and_then(|path| path.parent());
    let folder = folder.map(|folder| folder.display().to_string());
    let folder = folder.filter(|folder| !folder.is_empty());
    let folder = folder.as_deref().unwrap_or("this folder");
    let names = summarise_names(&written);
    FileEvent::Written(match written.len() {
        1 => format!("Written to {folder} as {names}"),
        count => format!(
            "{} were written to {folder}: {names}",
            count_with_noun(count, "file")
        ),
    })
}

#[cfg(test)]
mod tests;
