//! Detects what a file is by its first bytes: a MIDI file, a file of a model, or another kind by its usual name.
//!
//! The name decides only where bytes cannot: the files of a TensorFlow checkpoint have no signature.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::listing::folder_entries;

/// File extensions of MIDI files, in lower case.
pub const MIDI_EXTENSIONS: [&str; 5] = ["mid", "midi", "kar", "smf", "rmi"];

/// Maximum number of bytes of a file that are read.
const MAX_HEAD_BYTES: u64 = 4 << 10;
/// Number of bytes in which a MIDI header behind a MacBinary header is searched for. The latter takes 128 bytes; a secondary
/// header may double that.
const MAC_BINARY_SEARCH_BYTES: usize = 256;
/// Maximum number of entries of a folder that are checked by name.
const MAX_ENTRIES: usize = 1_000;
/// Maximum number of files of a folder that are opened.
const MAX_OPENED: usize = 16;

/// Kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A standard MIDI file, plain or wrapped for Windows (RMID) or the Macintosh (MacBinary).
    Midi,
    /// A file of a model, by its first bytes or its name.
    Model,
    /// A SoundFont.
    SoundFont,
    /// A session.
    Session,
    /// A folder.
    Folder,
    /// A file of no bytes.
    Empty,
    /// An archive that has to be unpacked first, such as "a ZIP archive".
    Archive(&'static str),
    /// Anything else, such as "a PNG image".
    Other(&'static str),
}

impl FileKind {
    /// Description of a file of an unknown kind.
    pub const UNKNOWN: &str = "a file of an unknown kind";

    /// Detects what is at a path. Reads at most the first 4 KiB, and never opens devices or pipes.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn detect(path: &Path) -> io::Result<Self> {
        let metadata = path.metadata()?;
        if metadata.is_dir() {
            return Ok(Self::Folder);
        }
        // Opening a named pipe waits until somebody writes to it.
        if !metadata.is_file() {
            return Ok(Self::Other("a device or a pipe"));
        }
        let mut head = Vec::new();
        File::open(path)?
            .take(MAX_HEAD_BYTES)
            .read_to_end(&mut head)?;
        let name = path.file_name().unwrap_or_default();
        Ok(Self::detect_bytes(&name.to_string_lossy(), &head))
    }

    /// The kind of a file by its name and its first bytes: the whole file or at least 512 bytes.
    #[must_use]
    pub fn detect_bytes(name: &str, head: &[u8]) -> Self {
        if head.is_empty() {
            Self::Empty
        } else if is_midi(head) {
            Self::Midi
        } else if head.starts_with(b"SQLite format 3\0") && head.get(68..72) == Some(b"TSss") {
            // SQLite's header has the `application_id` there.
            Self::Session
        } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"sfbk") {
            Self::SoundFont
        } else if is_model_name(name)
            || is_safetensors(head)
            || head.get(257..262) == Some(b"ustar")
        {
            Self::Model
        } else {
            other_kind(head)
        }
    }
}

/// The content of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderKind {
    /// Files of a model.
    Model,
    /// MIDI files and no model.
    Midi,
    /// No files except those that operating systems create.
    Empty,
    /// Other files.
    Other,
}

impl FolderKind {
    /// Detects the kind from the names of the first thousand entries, and by opening at most sixteen of them.
    ///
    /// # Errors
    /// If it cannot be listed.
    pub fn detect(folder: &Path) -> io::Result<Self> {
        let entries: Vec<_> = folder_entries(folder)?
            .take(MAX_ENTRIES)
            .collect::<io::Result<_>>()?;
        if entries.is_empty() {
            return Ok(Self::Empty);
        }
        let any_name = |matches: fn(&str) -> bool| {
            entries
                .iter()
                .any(|entry| matches(&entry.file_name().to_string_lossy()))
        };
        if any_name(is_model_name) {
            return Ok(Self::Model);
        }
        let mut paths_to_open = entries.iter().map(|entry| entry.path()).take(MAX_OPENED);
        let is_midi = |path: &Path| matches!(FileKind::detect(path), Ok(FileKind::Midi));
        if any_name(|name| has_midi_extension(Path::new(name)))
            || paths_to_open.any(|path| is_midi(&path))
        {
            return Ok(Self::Midi);
        }
        Ok(Self::Other)
    }
}

/// Whether a path has the extension of a MIDI file, in any case.
#[must_use]
pub fn has_midi_extension(path: &Path) -> bool {
    let is_known = |extension: &OsStr| {
        let mut known = MIDI_EXTENSIONS.iter();
        known.any(|known| extension.eq_ignore_ascii_case(known))
    };
    path.extension().is_some_and(is_known)
}

/// Whether a path has the file name of a model's file.
#[must_use]
pub fn has_model_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    is_model_name(&name.to_string_lossy())
}

fn is_model_name(name: &str) -> bool {
    let is_data = name
        .rsplit_once(".data-")
        .is_some_and(|(_, suffix)| suffix.contains("-of-"));
    is_data
        || name == "config.json"
        || name.ends_with("weights_manifest.json")
        || [".safetensors", ".tar", ".index", ".meta"]
            .iter()
            .any(|ending| name.ends_with(ending))
}

fn is_midi(head: &[u8]) -> bool {
    let mac_binary = head.get(..MAC_BINARY_SEARCH_BYTES).unwrap_or(head);
    head.starts_with(b"MThd")
        || (head.starts_with(b"RIFF") && head.get(8..12) == Some(b"RMID"))
        || (head.first() == Some(&0) && mac_binary.windows(4).any(|word| word == b"MThd"))
}

/// A header's length below 4 GiB, then the header in JSON.
fn is_safetensors(head: &[u8]) -> bool {
    matches!(head, [_, _, _, _, 0, 0, 0, 0, b'{', ..])
}

fn other_kind(head: &[u8]) -> FileKind {
    // Formats of music programs that `infer` does not know.
    if head
        .get(1..)
        .is_some_and(|bytes| bytes.starts_with(b"FICHIER GUITAR PRO"))
    {
        return FileKind::Other("a Guitar Pro file");
    }
    if head.starts_with(b"<?xml") && head.windows(7).any(|word| word == b"<score-") {
        return FileKind::Other("a MusicXML score");
    }
    let kind = infer::get(head);
    let text = is_text(head).then(|| text_kind(head));
    // Some signatures are two letters long, and a text may begin with them.
    let kind = kind.filter(|kind| text.is_none() || TEXT_EXTENSIONS.contains(&kind.extension()));
    let Some(kind) = kind else {
        return FileKind::Other(text.unwrap_or(FileKind::UNKNOWN));
    };
    let name_in = |table: &[(&str, &'static str)]| {
        let mut entries = table.iter();
        entries
            .find(|entry| entry.0 == kind.extension())
            .map(|entry| entry.1)
    };
    if let Some(name) = name_in(&ARCHIVE_NAMES) {
        return FileKind::Archive(name);
    }
    FileKind::Other(name_in(&KIND_NAMES).unwrap_or(match kind.matcher_type() {
        infer::MatcherType::Image => "an image",
        infer::MatcherType::Audio => "an audio recording",
        infer::MatcherType::Video => "a video",
        infer::MatcherType::Font => "a font",
        infer::MatcherType::Book => "an e-book",
        infer::MatcherType::Doc => "a document",
        _ => FileKind::UNKNOWN,
    }))
}

/// Extensions of the kinds of `infer` whose files are text.
const TEXT_EXTENSIONS: [&str; 5] = ["html", "xml", "pdf", "rtf", "ps"];

/// Archives by the extensions that `infer` reports.
const ARCHIVE_NAMES: [(&str, &str); 7] = [
    ("zip", "a ZIP archive"),
    ("gz", "a gzip archive"),
    ("bz2", "a bzip2 archive"),
    ("xz", "an xz archive"),
    ("7z", "a 7-Zip archive"),
    ("rar", "a RAR archive"),
    ("zst", "a Zstandard archive"),
];

/// Names of common kinds by the extensions that `infer` reports.
const KIND_NAMES: [(&str, &str); 20] = [
    ("png", "a PNG image"),
    ("jpg", "a JPEG image"),
    ("gif", "a GIF image"),
    ("webp", "a WebP image"),
    ("mp3", "an MP3 recording"),
    ("wav", "a WAV recording"),
    ("flac", "a FLAC recording"),
    ("ogg", "an Ogg recording"),
    ("m4a", "an M4A recording"),
    ("aiff", "an AIFF recording"),
    ("mp4", "an MP4 video"),
    ("pdf", "a PDF document"),
    ("html", "a web page"),
    ("xml", "an XML file"),
    ("rtf", "an RTF document"),
    ("docx", "a Word document"),
    ("xlsx", "an Excel sheet"),
    ("exe", "a Windows program"),
    ("elf", "a Linux program"),
    ("sqlite", "an SQLite database"),
];

fn text_kind(head: &[u8]) -> &'static str {
    match head.trim_ascii_start().first() {
        Some(b'{' | b'[') => "a JSON file",
        _ => "a text file",
    }
}

/// Whether the bytes are UTF-8 without control characters; the last character may be cut.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            let complete = &head[..error.valid_up_to()];
            std::str::from_utf8(complete).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.contains(|c: char| c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::fs;

    use super::*;

    fn kind(name: &str, bytes: &[u8]) -> FileKind {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        FileKind::detect(&path).unwrap()
    }

    fn description(kind: FileKind) -> &'static str {
        match kind {
            FileKind::Archive(name) | FileKind::Other(name) => name,
            _ => panic!("{kind:?}"),
        }
    }

    const MIDI: &[u8] = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xff\x2f\0";

    #[test]
    fn a_midi_file_is_detected_by_its_bytes_whatever_its_extension() {
        for name in [
            "a.mid",
            "A.MIDI",
            "a.kar",
            "a.smf",
            "a.rmi",
            "a",
            "a.png",
            "a.safetensors",
        ] {
            assert_eq!(kind(name, MIDI), FileKind::Midi, "{name}");
        }
        let riff = [b"RIFF\x20\0\0\0RMIDdata\x16\0\0\0", MIDI].concat();
        assert_eq!(kind("a.rmi", &riff), FileKind::Midi);
        let mac = [&[0, 4], &b"tune"[..], &[0; 122], MIDI].concat();
        assert_eq!(kind("tune", &mac), FileKind::Midi);
        let too_far = [&[0; 300], MIDI].concat();
        assert_ne!(kind("far.mid", &too_far), FileKind::Midi);
    }

    #[test]
    fn other_files_are_described() {
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..], "a PNG image"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a JPEG image"),
            (b"PK\x03\x04\x14\0\0\0", "a ZIP archive"),
            (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip archive"),
            (b"ID3\x03\0\0\0\0\0\x21TIT2", "an MP3 recording"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "a WAV recording"),
            (b"fLaC\0\0\0\x22", "a FLAC recording"),
            (b"%PDF-1.4\n", "a PDF document"),
            (b"<!DOCTYPE html><html>", "a web page"),
            (
                b"<?xml version=\"1.0\"?>\n<score-partwise>",
                "a MusicXML score",
            ),
            (b"\x18FICHIER GUITAR PRO v4.06", "a Guitar Pro file"),
            (b"{\"a\": 1}", "a JSON file"),
            (b"BMW and MZ are two letters", "a text file"),
            ("C D E \u{2013} D C\n".as_bytes(), "a text file"),
            (b"\x01\x02\x03\x04\xfe\xff", "a file of an unknown kind"),
        ] {
            for name in ["a.mid", "a.bin"] {
                assert_eq!(description(kind(name, bytes)), expected, "{name}");
            }
        }
        assert_eq!(kind("a.mid", b""), FileKind::Empty);
        // A letter of two bytes that the first 4 KiB cut in half.
        let long = format!("{}ü", "a".repeat(4_095));
        assert_eq!(description(kind("a.txt", long.as_bytes())), "a text file");
    }

    #[test]
    fn files_and_folders_of_models_are_detected() {
        let safetensors = b"\x40\0\0\0\0\0\0\0{\"a\":";
        assert_eq!(kind("weights", safetensors), FileKind::Model);
        for name in [
            "model.ckpt-12.index",
            "model.ckpt-12.data-00000-of-00001",
            "model.ckpt-12.meta",
            "weights_manifest.json",
            "mel_2bar.tar",
        ] {
            assert_eq!(kind(name, b"\x01\x02"), FileKind::Model, "{name}");
        }
        let folder = tempfile::tempdir().unwrap();
        let detect = || FolderKind::detect(folder.path()).unwrap();
        fs::write(folder.path().join(".DS_Store"), "x").unwrap();
        fs::write(folder.path().join("._a.mid"), "x").unwrap();
        assert_eq!(detect(), FolderKind::Empty);
        fs::write(folder.path().join("notes"), "x").unwrap();
        assert_eq!(detect(), FolderKind::Other);
        fs::write(folder.path().join("tune"), MIDI).unwrap();
        assert_eq!(detect(), FolderKind::Midi);
        fs::write(folder.path().join("model.ckpt.index"), "x").unwrap();
        assert_eq!(detect(), FolderKind::Model);
        assert_eq!(FileKind::detect(folder.path()).unwrap(), FileKind::Folder);
        assert!(FileKind::detect(&folder.path().join("absent")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_never_opened() {
        let null = Path::new("/dev/null");
        assert_eq!(
            description(FileKind::detect(null).unwrap()),
            "a device or a pipe"
        );
    }
}
