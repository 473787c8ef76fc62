//! Writing MIDI files on a thread of its own, dialogs included.
//!
//! What is written is what was heard: same notes, same tempo.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::command::ExportShape;
use super::dialogs::{Answer, FileDialogs};
use super::song::{SongRead, SongRequest, read};
use super::state::Found;
use crate::files::write_whole;
use crate::melody::{Melody, MidiWriteOptions, Track, multi_track_bytes, single_track_bytes};
use crate::study::figures::{attribute_figures, between_figure};
use crate::worker::Repaint;

/// One melody to write.
#[derive(Clone)]
pub struct Item {
    /// The melody.
    pub melody: Arc<Melody>,
    /// Its track name.
    pub name: String,
    /// Its text event.
    pub text: String,
    /// Its file name without extension.
    pub stem: String,
}

/// What to write.
pub struct Order {
    /// The melodies.
    pub items: Vec<Item>,
    /// A folder of files, or one file of tracks; one melody is always one file.
    pub shape: ExportShape,
    /// Beats per minute.
    pub tempo: f64,
}

/// Files that were not written because something is there already.
#[derive(Debug)]
pub struct Refused {
    files: Vec<(PathBuf, Vec<u8>)>,
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
    pub fn replace(&self, refused: Arc<Refused>) {
        self.spawn(move |_| Some(write(refused.files.clone(), true)));
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
    let tracks: Vec<Track<'_>> = order
        .items
        .iter()
        .map(|item| Track {
            melody: &item.melody,
            name: item.name.clone(),
            text: item.text.clone(),
        })
        .collect();
    let single = matches!(tracks.as_slice(), [_]);
    let answer = if single || order.shape != ExportShape::Folder {
        dialogs.save_file(&suggestion(order))
    } else {
        dialogs.folder()
    };
    let chosen = match answer {
        Answer::Chosen(chosen) => chosen,
        Answer::Cancelled => return None,
        Answer::NoDialog(text) => return Some(Told::Failed(text)),
    };
    let is_folder = !single && order.shape == ExportShape::Folder;
    // A name that only comes about once `.mid` is added was not confirmed.
    let may_replace =
        chosen.may_replace && (is_folder || with_extension(&chosen.path) == chosen.path);
    let files = match tracks.as_slice() {
        [] => return Some(Told::Failed("there is no melody to export".to_owned())),
        [track] => vec![(
            with_extension(&chosen.path),
            single_track_bytes(track, &options),
        )],
        _ if order.shape == ExportShape::Piece => {
            let piece = Melody::joined(order.items.iter().map(|item| &*item.melody));
            let track = Track {
                melody: &piece,
                name: format!("{} melodies", order.items.len()),
                text: order
                    .items
                    .first()
                    .map(|item| item.text.clone())
                    .unwrap_or_default(),
            };
            vec![(
                with_extension(&chosen.path),
                single_track_bytes(&track, &options),
            )]
        }
        _ if order.shape == ExportShape::Tracks => vec![(
            with_extension(&chosen.path),
            multi_track_bytes(&tracks, &options),
        )],
        _ => {
            if let Err(error) = std::fs::create_dir_all(&chosen.path) {
                return Some(Told::Failed(format!(
                    "could not make the folder {}: {error}; choose another one",
                    chosen.path.display()
                )));
            }
            let mut taken = HashSet::new();
            order
                .items
                .iter()
                .zip(&tracks)
                .map(|(item, track)| {
                    let name = unused(&item.stem, &mut taken);
                    (
                        chosen.path.join(format!("{name}.mid")),
                        single_track_bytes(track, &options),
                    )
                })
                .collect()
        }
    };
    Some(write(files, may_replace))
}

fn figures(dialogs: &dyn FileDialogs, found: &Found, attribute: usize) -> Option<Told> {
    let chosen = match dialogs.folder() {
        Answer::Chosen(chosen) => chosen,
        Answer::Cancelled => return None,
        Answer::NoDialog(text) => return Some(Told::Failed(text)),
    };
    if let Err(error) = std::fs::create_dir_all(&chosen.path) {
        return Some(Told::Failed(format!(
            "could not make the folder {}: {error}; choose another one",
            chosen.path.display()
        )));
    }
    let mut files = Vec::new();
    let mut all = attribute_figures(&found.study, &found.material, attribute);
    all.push(between_figure(&found.study));
    for figure in all {
        let path = chosen.path.join(format!("{}.svg", figure.name));
        match figure.png() {
            Ok(image) => files.push((path.with_extension("png"), image)),
            Err(error) => {
                return Some(Told::Failed(format!(
                    "a figure could not be drawn: {error}"
                )));
            }
        }
        files.push((path, figure.svg().into_bytes()));
    }
    Some(write(files, chosen.may_replace))
}

fn suggestion(order: &Order) -> String {
    match order.items.as_slice() {
        [item] => format!("{}.mid", item.stem),
        items => format!("tunescape-{}-melodies.mid", items.len()),
    }
}

/// The name, or the name with the first free number.
fn unused(stem: &str, taken: &mut HashSet<String>) -> String {
    let mut name = stem.to_owned();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{stem}-{number}");
        number += 1;
    }
    name
}

/// Hosts such as Ableton Live refuse anything but `.mid`.
fn with_extension(path: &Path) -> PathBuf {
    if path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("mid"))
    {
        path.to_owned()
    } else {
        let mut name = path.as_os_str().to_owned();
        name.push(".mid");
        PathBuf::from(name)
    }
}

fn write(files: Vec<(PathBuf, Vec<u8>)>, overwrite: bool) -> Told {
    let all = files.len();
    let mut written = Vec::new();
    let mut refused = Vec::new();
    for (path, bytes) in files {
        // Looked at first, so that a refusal can be told from a failure; the write
        // itself refuses again should a file appear in between.
        if !overwrite && path.exists() {
            refused.push((path, bytes));
            continue;
        }
        if let Err(error) = write_whole(&path, overwrite, |out| out.write_all(&bytes)) {
            return Told::Failed(match (all, written.len()) {
                (1, _) => error.to_string(),
                (_, done) => format!("{error} ({done} of {all} files were written before)"),
            });
        }
        written.push(path);
    }
    if let [(path, _), rest @ ..] = refused.as_slice() {
        let mut text = match rest.len() {
            0 => format!("{} is already there", path.display()),
            more => format!("{} and {more} more files are already there", path.display()),
        };
        if !written.is_empty() {
            text.push_str(&format!("; the other {} were written", written.len()));
        }
        return Told::Refused(text, Refused { files: refused });
    }
    Told::Written(match written.as_slice() {
        [path] => format!("Written to {}", path.display()),
        [path, ..] => format!(
            "{} files written to {}",
            written.len(),
            path.parent().unwrap_or(path).display()
        ),
        [] => "Nothing to write".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_file_name_gets_the_extension_that_live_insists_on() {
        assert_eq!(with_extension(Path::new("a/b")), Path::new("a/b.mid"));
        assert_eq!(
            with_extension(Path::new("a/b.midi")),
            Path::new("a/b.midi.mid")
        );
        assert_eq!(with_extension(Path::new("a/b.MID")), Path::new("a/b.MID"));
    }

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
        let melody = Melody::from_tokens(crate::melody::Tokens::new(vec![41; 32]).unwrap());
        let order = Order {
            items: vec![Item {
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

    #[test]
    fn a_folder_that_was_written_in_part_says_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let files = vec![
            (folder.path().join("a.mid"), b"a".to_vec()),
            (folder.path().join("missing/b.mid"), b"b".to_vec()),
            (folder.path().join("c.mid"), b"c".to_vec()),
        ];
        let Told::Failed(text) = write(files, false) else {
            panic!("it has to fail");
        };
        assert!(text.contains("1 of 3 files were written before"), "{text}");
    }

    #[test]
    fn two_melodies_of_one_name_get_two_files() {
        let mut taken = HashSet::new();
        assert_eq!(unused("region-1", &mut taken), "region-1");
        assert_eq!(unused("region-1", &mut taken), "region-1-2");
        assert_eq!(unused("region-1", &mut taken), "region-1-3");
    }
}
