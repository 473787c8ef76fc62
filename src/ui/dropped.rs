//! Files and folders dropped on the window.

use std::io;
use std::path::{Path, PathBuf};

use eframe::egui::{Align2, Context, FontId, Id, LayerId, Order};

use super::command::{Command, ImportCommand, LearnCommand, SessionCommand, SoundCommand};
use super::state::Notices;
use super::theme;
use crate::files::{FileKind, FolderKind, has_midi_extension, sanitise};

/// Maximum number of dropped files that are examined, as this delays a frame.
const MAX_FILES: usize = 32;

/// Turns dropped files into commands and notices, and draws a hint while files are dragged over the window.
pub fn handle_drops(ctx: &Context, notices: &mut Notices, out: &mut Vec<Command>) {
    let (dropped, hovering) = ctx.input(|input| {
        let paths = input.raw.dropped_files.iter();
        let paths: Vec<PathBuf> = paths.map(|file| file.path().to_owned()).collect();
        (paths, !input.raw.hovered_files.is_empty())
    });
    if !dropped.is_empty() {
        open(&dropped, "dropped", notices, out);
    }
    if hovering {
        paint_drop_hint(ctx);
    }
}

/// Result of examining a dropped path.
enum DroppedPath {
    /// It can be opened.
    Open(Command),
    /// It cannot be opened; the text for the user says what it is and what to do.
    Refused(String),
}

/// Opens the last of the paths that can be opened: one melody or model is open at a time. `arrived` says how they came: "dropped".
pub(super) fn open(
    dropped: &[PathBuf],
    arrived: &str,
    notices: &mut Notices,
    out: &mut Vec<Command>,
) {
    let mut refused = None;
    for path in dropped.iter().rev().take(MAX_FILES) {
        match examine(path) {
            DroppedPath::Open(command) => {
                if dropped.len() > 1 && !are_one_checkpoint(dropped) {
                    let (count, name) = (dropped.len(), file_name(path));
                    notices.info(format!(
                        "{count} files were {arrived}; only {name} was opened, drop the others one by one"
                    ));
                }
                out.push(command);
                return;
            }
            DroppedPath::Refused(text) => refused = Some(text),
        }
    }
    let Some(text) = refused else { return };
    notices.error(match dropped.len() {
        1 => text,
        count => format!("{count} files were {arrived} and none could be opened: {text}"),
    });
}

/// Examines a path: a file by its first bytes, a folder by its files.
fn examine(path: &Path) -> DroppedPath {
    let melody = || DroppedPath::Open(Command::Import(ImportCommand::Open(path.to_owned())));
    let font = || DroppedPath::Open(Command::Sound(SoundCommand::OpenSoundFont(path.to_owned())));
    let model = || DroppedPath::Open(Command::OpenModel(Some(path.to_owned())));
    let name = file_name(path);
    match FileKind::detect(path) {
        Ok(FileKind::Midi) => melody(),
        Ok(FileKind::SoundFont) => font(),
        Ok(FileKind::Session) => {
            DroppedPath::Open(Command::Session(SessionCommand::Open(path.to_owned())))
        }
        Ok(FileKind::Model) => model(),
        Ok(FileKind::Folder) => match folder_command(path, &name) {
            Ok(Ok(command)) => DroppedPath::Open(command),
            Ok(Err(text)) => DroppedPath::Refused(text),
            Err(error) => DroppedPath::Refused(format!(
                "the folder {name} could not be read ({error}); check that it may be read"
            )),
        },
        Ok(FileKind::Archive(kind_name)) => DroppedPath::Refused(format!(
            "{name} is {kind_name}; unpack it, then drop a MIDI file or a model"
        )),
        Ok(FileKind::Empty) => DroppedPath::Refused(format!(
            "{name} is empty (0 bytes); drop a MIDI file or a model"
        )),
        Ok(FileKind::Other(kind_name)) => DroppedPath::Refused(format!(
            "{name} is {kind_name}; drop a MIDI file or a model"
        )),
        // Opening it reports why it cannot be read.
        Err(_) if has_midi_extension(path) => melody(),
        Err(_) => model(),
    }
}

/// The command that opens a folder: as a model, or to learn from its MIDI files; or, for the user, why it cannot be opened.
fn folder_command(path: &Path, name: &str) -> io::Result<Result<Command, String>> {
    let learn = || Command::Learn(LearnCommand::Examine(path.to_owned()));
    Ok(match FolderKind::detect(path)? {
        FolderKind::Model => Ok(Command::OpenModel(Some(path.to_owned()))),
        // Its MIDI files may be in subfolders.
        FolderKind::Midi | FolderKind::Other => Ok(learn()),
        FolderKind::Empty => Err(format!(
            "the folder {name} is empty; drop a folder of MIDI files, a MIDI file or a model"
        )),
    })
}

/// Whether all paths are files of one TensorFlow checkpoint, which opens as a whole.
fn are_one_checkpoint(paths: &[PathBuf]) -> bool {
    let stem = |path: &PathBuf| {
        let text = path.to_str()?;
        let data = text.rsplit_once(".data-").map(|(stem, _)| stem);
        let index_or_meta = [".index", ".meta"]
            .iter()
            .find_map(|suffix| text.strip_suffix(suffix));
        data.or(index_or_meta).map(str::to_owned)
    };
    let first = paths.first().and_then(stem);
    first.is_some() && paths.iter().all(|path| stem(path) == first)
}

/// The name of a file, without the folders before it.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    sanitise(&name.to_string_lossy()).into_owned()
}

fn paint_drop_hint(ctx: &Context) {
    let colours = theme::colours(&ctx.style_of(ctx.theme()).visuals);
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop hint")));
    let window = ctx.content_rect();
    painter.rect_filled(window, 0.0, colours.background.gamma_multiply(0.8));
    painter.text(
        window.center(),
        Align2::CENTER_CENTER,
        "Drop a melody (a MIDI file) or a model to open it, or a folder of melodies to learn from",
        FontId::proportional(20.0),
        colours.text,
    );
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    /// Drops files with these names and contents; returns what was opened, and the last notice.
    fn drop_files(files: &[(&str, &[u8])]) -> (Option<String>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let write = |(name, bytes): &(&str, &[u8])| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, bytes).unwrap();
            // If the name has a folder, the folder is dropped.
            let first = Path::new(name).components().next().unwrap();
            folder.path().join(first)
        };
        let paths: Vec<PathBuf> = files.iter().map(write).collect();
        let (mut notices, mut out) = (Notices::default(), Vec::new());
        open(&paths, "dropped", &mut notices, &mut out);
        assert!(out.len() < 2, "{out:?}");
        let opened = out.pop().map(|command| match command {
            Command::Import(ImportCommand::Open(path)) => format!("melody {}", file_name(&path)),
            Command::OpenModel(Some(path)) => format!("model {}", file_name(&path)),
            Command::Sound(SoundCommand::OpenSoundFont(path)) => {
                format!("font {}", file_name(&path))
            }
            Command::Learn(LearnCommand::Examine(path)) => format!("learn {}", file_name(&path)),
            other => format!("{other:?}"),
        });
        let notice = notices.iter().next_back().map(|notice| notice.text.clone());
        (opened, notice)
    }

    const MIDI: &[u8] = b"MThd\0\0\0\x06\0\0\0\x01\0\x60";
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";

    #[test]
    fn a_melody_opens_whatever_its_ending() {
        for name in ["a.mid", "A.MIDI", "a.kar", "a.smf", "a.rmi", "melody"] {
            let (opened, notice) = drop_files(&[(name, MIDI)]);
            assert_eq!((opened, notice), (Some(format!("melody {name}")), None));
        }
    }

    #[test]
    fn a_sound_font_opens_whatever_its_ending() {
        let (opened, notice) = drop_files(&[("gm.bin", b"RIFF\x10\0\0\0sfbkLIST")]);
        assert_eq!((opened, notice), (Some("font gm.bin".to_owned()), None));
    }

    #[test]
    fn what_is_no_melody_and_no_model_is_named_with_what_can_be_dropped() {
        let notice = |name: &str, bytes: &[u8]| {
            let (opened, notice) = drop_files(&[(name, bytes)]);
            assert_eq!(opened, None);
            notice.unwrap()
        };
        assert_eq!(
            notice("cover.png", PNG),
            "cover.png is a PNG image; drop a MIDI file or a model"
        );
        assert_eq!(
            notice("songs.zip", b"PK\x03\x04\x14\0"),
            "songs.zip is a ZIP archive; unpack it, then drop a MIDI file or a model"
        );
        assert!(notice("tune.mid", b"").starts_with("tune.mid is empty"));
        assert!(notice("tune.mid", b"Dear diary").contains("is a text file"));
    }

    #[test]
    fn a_folder_of_melodies_is_looked_at_to_learn_from() {
        for (file, bytes) in [("songs/a.kar", MIDI), ("songs/readme.png", PNG)] {
            let (opened, notice) = drop_files(&[(file, bytes)]);
            assert_eq!((opened.as_deref(), notice), (Some("learn songs"), None));
        }
    }

    #[test]
    fn a_folder_with_a_checkpoint_opens_as_a_model() {
        let opened = drop_files(&[("mel_2bar/model.ckpt.index", b"x")]);
        assert_eq!(opened, (Some("model mel_2bar".to_owned()), None));
    }

    #[test]
    fn of_several_files_the_one_that_opens_is_named() {
        let (opened, notice) = drop_files(&[("a.mid", MIDI), ("cover.png", PNG)]);
        assert_eq!(opened.unwrap(), "melody a.mid");
        assert!(
            notice
                .unwrap()
                .starts_with("2 files were dropped; only a.mid was opened")
        );
        let (opened, notice) = drop_files(&[("a.png", PNG), ("b.png", PNG)]);
        assert_eq!(opened, None);
        assert!(
            notice
                .unwrap()
                .contains("none could be opened: a.png is a PNG")
        );
        // The files of one checkpoint are one model.
        let data = "m.ckpt.data-00000-of-00001";
        let (opened, notice) = drop_files(&[("m.ckpt.index", b"x"), (data, b"y")]);
        assert_eq!((opened, notice), (Some(format!("model {data}")), None));
    }
}
