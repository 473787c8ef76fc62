//! Dialogs, and what follows from their answers, each on a thread of its own: writing files and reading songs.
//!
//! What is written is what was heard: same notes, same tempo.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use super::dialogs::{Answer, Chosen, DialogRequest, FileDialogs, Question, WindowDialogs};
use super::song::{SongRead, SongRequest, read};
use super::state::Found;
use crate::melody::MidiWriteOptions;
use crate::panics::catch_panic;
use crate::session::{
    Existing, ExportError, ExportFile, ExportItem, ExportShape, confirmed, export_files, file_stem,
    summarise_names, write_files,
};
use crate::study::figures::{attribute_figures, between_figure};
use crate::worker::Repaint;

/// What to write.
pub struct Order {
    /// The melodies.
    pub items: Vec<ExportItem>,
    /// A folder of files, or one file of tracks; one melody is always one file.
    pub shape: ExportShape,
    /// Beats per minute.
    pub tempo: f64,
}

/// Files that were not written because something is there already.
#[derive(Debug)]
pub struct Refused {
    files: Vec<ExportFile>,
}

#[cfg(test)]
impl Refused {
    /// No file at all.
    pub fn nothing() -> Self {
        Self { files: Vec::new() }
    }
}

/// What the export thread has to say.
pub enum FileEvent {
    /// Something worth knowing.
    Note(String),
    /// A place was chosen; the next dialog of the kind begins in its folder.
    Place {
        /// To write into, not to read from.
        export: bool,
        /// The folder.
        folder: PathBuf,
    },
    /// Files were written.
    Written(String),
    /// Some files are there already; nothing of them was touched.
    Refused(String, Refused),
    /// It did not work.
    Failed(String),
    /// A model was chosen.
    Model(PathBuf),
    /// A MIDI file was chosen.
    SongChosen(PathBuf),
    /// What came of reading a song; the error is for the user.
    Song {
        /// Which request this answers.
        request: u64,
        /// The song, cut into windows.
        read: Result<Box<SongRead>, String>,
    },
}

/// Starts exports and collects what comes of them.
pub struct Exporter {
    dialogs: Arc<dyn FileDialogs>,
    repaint: Repaint,
    tell: Sender<FileEvent>,
    told: Receiver<FileEvent>,
    /// Songs asked for so far; numbers the next request.
    songs: u64,
    /// A dialog is open.
    asking: Arc<AtomicBool>,
}

/// Says that a dialog is open for as long as it lives, also when its thread panics.
struct Asking(Arc<AtomicBool>);

impl Asking {
    /// `None` if another dialog is open.
    fn begin(asking: &Arc<AtomicBool>) -> Option<Self> {
        let was_open = asking.swap(true, Ordering::AcqRel);
        (!was_open).then(|| Self(Arc::clone(asking)))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Exporter {
    /// An exporter that asks through `dialogs`.
    pub fn new(dialogs: Arc<dyn FileDialogs>, repaint: Repaint) -> Self {
        let (tell, told) = channel();
        Self {
            dialogs,
            repaint,
            tell,
            told,
            songs: 0,
            asking: Arc::default(),
        }
    }

    /// Asks where, beginning in `folder` if that exists, and writes. Returns at once.
    pub fn export(&self, order: Order, folder: Option<&str>) {
        self.ask(order.question(), folder, move |chosen| {
            export(&chosen, &order)
        });
    }

    /// Asks for a folder, draws the figures of an attribute and writes them into it.
    pub fn export_figures(&self, found: Arc<Found>, attribute: usize, folder: Option<&str>) {
        self.ask(Question::ExportFolder, folder, move |chosen| {
            figures(&chosen.path, &found, attribute)
        });
    }

    /// Writes refused files after all.
    pub fn write_refused(&self, refused: Arc<Refused>, existing: Existing) {
        self.spawn(export_failed, move |_, _| {
            Some(write(refused.files.clone(), existing))
        });
    }

    /// Asks which model to open, beginning in `folder` if that exists.
    pub fn choose_model(&self, folder: Option<&str>) {
        self.ask(Question::Model, folder, |chosen| {
            FileEvent::Model(chosen.path)
        });
    }

    /// Asks which MIDI file to open, beginning in `folder` if that exists.
    pub fn choose_song(&self, folder: Option<&str>) {
        self.ask(Question::Song, folder, |chosen| {
            FileEvent::SongChosen(chosen.path)
        });
    }

    /// Reads a song, or another part of one that was read; returns the number of the request, which the answer bears.
    pub fn read_song(&mut self, song: SongRequest, steps: usize) -> u64 {
        self.songs += 1;
        let request = self.songs;
        let failed = move |reason: &str| FileEvent::Song {
            request,
            read: Err(format!(
                "reading the song stopped unexpectedly ({reason}); save it again in a music program or choose another one"
            )),
        };
        self.spawn(failed, move |_, _| {
            Some(FileEvent::Song {
                request,
                read: read(&song, steps).map(Box::new),
            })
        });
        request
    }

    /// What came of an export, if there is news. Never waits.
    pub fn poll(&self) -> Option<FileEvent> {
        self.told.try_recv().ok()
    }

    /// The dialogs that the window has to draw, if it may have to.
    pub fn window_dialogs(&self) -> Option<&WindowDialogs> {
        self.dialogs.in_window()
    }

    /// Asks, unless a dialog is open already, and goes on with the answer.
    fn ask(
        &self,
        question: Question,
        folder: Option<&str>,
        then: impl FnOnce(Chosen) -> FileEvent + Send + 'static,
    ) {
        let Some(asking) = Asking::begin(&self.asking) else {
            let text = "a file dialog is already open; answer it first".to_owned();
            self.tell.send(FileEvent::Note(text)).ok();
            (self.repaint)();
            return;
        };
        let folder = folder.map(PathBuf::from);
        let failed = if question.is_export() {
            export_failed
        } else {
            dialog_failed
        };
        self.spawn(failed, move |dialogs, tell| {
            let request = DialogRequest {
                question,
                folder: folder.filter(|folder| folder.is_dir()),
            };
            let answer = dialogs.ask(&request);
            // What follows may take a while, and another dialog may be opened meanwhile.
            drop(asking);
            let Answer::Chosen(chosen) = answer else {
                return None;
            };
            if let Some(folder) = request.question.folder_of(&chosen.path) {
                let export = request.question.is_export();
                tell.send(FileEvent::Place { export, folder }).ok();
            }
            Some(then(chosen))
        });
    }

    /// Does some work on a thread of its own and tells what came of it; `failed` tells why nothing did.
    fn spawn(
        &self,
        failed: impl Fn(&str) -> FileEvent + Clone + Send + 'static,
        work: impl FnOnce(&dyn FileDialogs, &Sender<FileEvent>) -> Option<FileEvent> + Send + 'static,
    ) {
        let dialogs = Arc::clone(&self.dialogs);
        let repaint = Arc::clone(&self.repaint);
        let tell = self.tell.clone();
        let on_panic = failed.clone();
        let spawned = std::thread::Builder::new()
            .name("export".to_owned())
            .spawn(move || {
                let told = catch_panic(|| work(dialogs.as_ref(), &tell));
                let told = told.unwrap_or_else(|panic| Some(on_panic(&panic)));
                if let Some(told) = told {
                    // The window may be closed by now; then nobody needs to know.
                    tell.send(told).ok();
                }
                repaint();
            });
        if let Err(error) = spawned {
            let reason = format!("no thread could be started for it: {error}");
            self.tell.send(failed(&reason)).ok();
        }
    }
}

impl Drop for Exporter {
    /// A thread that waits for an answer of the window ends.
    fn drop(&mut self) {
        if let Some(dialogs) = self.dialogs.in_window() {
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

impl Order {
    /// Whether several files are written, into a folder.
    fn is_folder(&self) -> bool {
        self.items.len() > 1 && self.shape == ExportShape::Folder
    }

    fn question(&self) -> Question {
        if self.is_folder() {
            return Question::ExportFolder;
        }
        let stem = match self.items.as_slice() {
            [item] => item.stem.clone(),
            items => file_stem(&format!("{}_melodies", items.len()), self.tempo),
        };
        Question::SaveMidi {
            suggestion: format!("{stem}.mid"),
        }
    }
}

fn export(chosen: &Chosen, order: &Order) -> FileEvent {
    let options = MidiWriteOptions {
        tempo_bpm: order.tempo,
        ..MidiWriteOptions::default()
    };
    match export_files(&order.items, order.shape, &chosen.path, &options) {
        Ok(files) => {
            let existing = confirmed(&files, &chosen.path, chosen.may_replace);
            write(files, existing)
        }
        Err(error) => FileEvent::Failed(error.to_string()),
    }
}

fn figures(folder: &Path, found: &Found, attribute: usize) -> FileEvent {
    let mut files = Vec::new();
    let mut all = attribute_figures(&found.study, &found.data, attribute);
    all.push(between_figure(&found.study));
    for figure in all {
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
    write(files, Existing::Refuse)
}

fn write(files: Vec<ExportFile>, existing: Existing) -> FileEvent {
    let written = match write_files(&files, existing) {
        Ok(written) => written,
        Err(error @ ExportError::AlreadyExists { .. }) => {
            return FileEvent::Refused(error.to_string(), Refused { files });
        }
        Err(error) => return FileEvent::Failed(error.to_string()),
    };
    let folder = written.first().and_then(|path| path.parent());
    let folder = folder.map(|folder| folder.display().to_string());
    let folder = folder.filter(|folder| !folder.is_empty());
    let folder = folder.as_deref().unwrap_or("this folder");
    let names = summarise_names(&written);
    FileEvent::Written(match written.len() {
        1 => format!("Written to {folder} as {names}"),
        count => format!("{count} files were written to {folder}: {names}"),
    })
}

#[cfg(test)]
mod tests;
