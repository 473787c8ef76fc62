//! Writing MIDI files on a thread of its own, dialogs included.
//!
//! What is written is what was heard: same notes, same tempo.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::dialogs::{Answer, FileDialogs};
use super::song::{SongRead, SongRequest, read};
use super::state::Found;
use crate::melody::MidiWriteOptions;
use crate::session::{
    Existing, ExportError, ExportFile, ExportItem, ExportShape, confirmed, export_files,
    joint_name, some_names, write_files,
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
pub enum Told {
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
    tell: Sender<Told>,
    told: Receiver<Told>,
    /// Songs asked for so far; numbers the next request.
    songs: u64,
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
        }
    }

    /// Asks where, and writes. Returns at once.
    pub fn export(&self, order: Order) {
        self.spawn(move |dialogs| export(dialogs, &order));
    }

    /// Asks for a folder, draws the figures of an attribute and writes them into it.
    pub fn export_figures(&self, found: Arc<Found>, attribute: usize) {
        self.spawn(move |dialogs| figures(dialogs, &found, attribute));
    }

    /// Writes refused files after all.
    pub fn write_refused(&self, refused: Arc<Refused>, existing: Existing) {
        self.spawn(move |_| Some(write(refused.files.clone(), existing)));
    }

    /// Asks which model to open.
    pub fn choose_model(&self) {
        self.spawn(|dialogs| match dialogs.weights() {
            Answer::Chosen(chosen) => Some(Told::Model(chosen.path)),
            Answer::Cancelled => None,
            Answer::NoDialog(_) => Some(Told::Failed(
                "the system's file dialog did not open; drop the model's file or folder on the window, or start Tunescape with `--model PATH`"
                    .to_owned(),
            )),
        });
    }

    /// Asks which MIDI file to open.
    pub fn choose_song(&self) {
        self.spawn(|dialogs| match dialogs.melody() {
            Answer::Chosen(chosen) => Some(Told::SongChosen(chosen.path)),
            Answer::Cancelled => None,
            Answer::NoDialog(_) => Some(Told::Failed(
                "the system's file dialog did not open; drop the MIDI file on the window instead"
                    .to_owned(),
            )),
        });
    }

    /// Reads a song, or another part of one that was read; returns the number of the request, which the answer bears.
    pub fn read_song(&mut self, song: SongRequest, steps: usize) -> u64 {
        self.songs += 1;
        let request = self.songs;
        self.spawn(move |_| {
            Some(Told::Song {
                request,
                read: read(&song, steps).map(Box::new),
            })
        });
        request
    }

    /// What came of an export, if there is news. Never waits.
    pub fn poll(&self) -> Option<Told> {
        self.told.try_recv().ok()
    }

    fn spawn(&self, work: impl FnOnce(&dyn FileDialogs) -> Option<Told> + Send + 'static) {
        let dialogs = Arc::clone(&self.dialogs);
        let repaint = Arc::clone(&self.repaint);
        let tell = self.tell.clone();
        let spawned = std::thread::Builder::new()
            .name("export".to_owned())
            .spawn(move || {
                if let Some(told) = work(dialogs.as_ref()) {
                    // The window may be gone by now; then nobody needs to know.
                    tell.send(told).ok();
                    repaint();
                }
            });
        if let Err(error) = spawned {
            let text = format!("could not start the export: {error}; close other programs");
            self.tell.send(Told::Failed(text)).ok();
        }
    }
}

fn export(dialogs: &dyn FileDialogs, order: &Order) -> Option<Told> {
    let options = MidiWriteOptions {
        tempo_bpm: order.tempo,
        ..MidiWriteOptions::default()
    };
    let is_folder = order.items.len() > 1 && order.shape == ExportShape::Folder;
    let answer = if is_folder {
        dialogs.folder()
    } else {
        dialogs.save_file(&suggestion(order))
    };
    let chosen = match answer {
        Answer::Chosen(chosen) => chosen,
        Answer::Cancelled => return None,
        Answer::NoDialog(text) => return Some(Told::Failed(text)),
    };
    Some(
        match export_files(&order.items, order.shape, &chosen.path, &options) {
            Ok(files) => {
                let existing = confirmed(&files, &chosen.path, chosen.may_replace);
                write(files, existing)
            }
            Err(error) => Told::Failed(error.to_string()),
        },
    )
}

fn figures(dialogs: &dyn FileDialogs, found: &Found, attribute: usize) -> Option<Told> {
    let chosen = match dialogs.folder() {
        Answer::Chosen(chosen) => chosen,
        Answer::Cancelled => return None,
        Answer::NoDialog(text) => return Some(Told::Failed(text)),
    };
    let mut files = Vec::new();
    let mut all = attribute_figures(&found.study, &found.material, attribute);
    all.push(between_figure(&found.study));
    for figure in all {
        let path = chosen.path.join(format!("{}.svg", figure.name));
        match figure.png() {
            Ok(bytes) => files.push(ExportFile {
                path: path.with_extension("png"),
                bytes,
            }),
            Err(error) => {
                return Some(Told::Failed(format!(
                    "a figure could not be drawn: {error}"
                )));
            }
        }
        files.push(ExportFile {
            path,
            bytes: figure.svg().into_bytes(),
        });
    }
    Some(write(files, Existing::Refuse))
}

fn suggestion(order: &Order) -> String {
    let stem = match order.items.as_slice() {
        [item] => item.stem.clone(),
        items => joint_name(&format!("{}_melodies", items.len()), order.tempo),
    };
    format!("{stem}.mid")
}

fn write(files: Vec<ExportFile>, existing: Existing) -> Told {
    let written = match write_files(&files, existing) {
        Ok(written) => written,
        Err(error @ ExportError::AlreadyThere { .. }) => {
            return Told::Refused(error.to_string(), Refused { files });
        }
        Err(error) => return Told::Failed(error.to_string()),
    };
    let folder = written.first().and_then(|path| path.parent());
    let folder = folder.map(|folder| folder.display().to_string());
    let folder = folder.filter(|folder| !folder.is_empty());
    let folder = folder.as_deref().unwrap_or("this folder");
    let names = some_names(&written);
    Told::Written(match written.len() {
        1 => format!("Written to {folder} as {names}"),
        count => format!("{count} files were written to {folder}: {names}"),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::{Melody, Tokens};

    /// A dialog that confirmed a name without ending, as some systems' dialogs answer.
    struct NamesWithoutEnding(PathBuf);

    impl FileDialogs for NamesWithoutEnding {
        fn save_file(&self, _suggestion: &str) -> Answer {
            self.folder()
        }
        fn folder(&self) -> Answer {
            Answer::Chosen(super::super::dialogs::Chosen {
                path: self.0.clone(),
                may_replace: true,
            })
        }
        fn weights(&self) -> Answer {
            Answer::Cancelled
        }
        fn melody(&self) -> Answer {
            Answer::Cancelled
        }
    }

    #[test]
    fn a_file_whose_final_name_nobody_confirmed_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("idea.mid");
        std::fs::write(&there, "mine").unwrap();
        let melody = Melody::from_tokens(Tokens::new(vec![41; 32]).unwrap());
        let order = Order {
            items: vec![ExportItem {
                melody: Arc::new(melody),
                name: "a".to_owned(),
                text: "b".to_owned(),
                stem: "c".to_owned(),
            }],
            shape: ExportShape::Folder,
            tempo: 120.0,
        };
        let unnamed = NamesWithoutEnding(folder.path().join("idea"));
        assert!(matches!(export(&unnamed, &order), Some(Told::Refused(..))));
        assert_eq!(std::fs::read(&there).unwrap(), b"mine");
        // The name itself was confirmed.
        let named = NamesWithoutEnding(there.clone());
        assert!(matches!(export(&named, &order), Some(Told::Written(_))));
        assert_ne!(std::fs::read(&there).unwrap(), b"mine");
    }
}
