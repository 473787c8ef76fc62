//! Files that are pasted: what a paste asks for, and the files that a text names.

use std::path::PathBuf;

/// What has to be pasted, if there are no files on the clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasteRequest {
    /// Ctrl+V was pressed, and there is no text.
    NoText,
    /// Ctrl+V gave a text that holds no share text.
    Text(String),
    /// The command *Paste*; the text on the clipboard is not known yet.
    Command,
}

/// First line of the text that GNOME's file manager puts on the clipboard, and what may follow it.
const HEADER_LINES: [&str; 3] = ["x-special/nautilus-clipboard", "copy", "cut"];

/// The files that a text names: a file address (`file:`) or a whole path on each line, as file managers put them on the clipboard as
/// text. None if it has any other line.
pub fn paths_in(text: &str) -> Vec<PathBuf> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !HEADER_LINES.contains(line));
    let paths: Option<Vec<PathBuf>> = lines.map(path_of).collect();
    paths.unwrap_or_default()
}

/// The path of a file address, or a whole path.
fn path_of(line: &str) -> Option<PathBuf> {
    let Some(rest) = line.strip_prefix("file://") else {
        return Some(PathBuf::from(line)).filter(|path| path.is_absolute());
    };
    let path = &rest[rest.find('/')?..];
    let host = &rest[..rest.len() - path.len()];
    if !host.is_empty() && host != "localhost" {
        return None;
    }
    let path = percent_decoded(path)?;
    // On Windows a drive follows the slash.
    let path = match path.strip_prefix('/') {
        Some(drive) if cfg!(windows) => PathBuf::from(drive),
        _ => PathBuf::from(path),
    };
    path.is_absolute().then_some(path)
}

/// A text in which `%20` and the like stand for bytes.
fn percent_decoded(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
            (16 * high + low) as u8
        } else {
            byte
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn texts_of_file_managers_name_their_files() {
        // GNOME's, KDE's, and paths alone.
        for (text, paths) in [
            (
                "x-special/nautilus-clipboard\ncopy\nfile:///home/ada/my%20tune.mid\n",
                vec!["/home/ada/my tune.mid"],
            ),
            (
                "file:///home/ada/gr%C3%B6%C3%9Fe.mid\r\nfile://localhost/b.mid\r\n",
                vec!["/home/ada/größe.mid", "/b.mid"],
            ),
            (
                "/home/ada/a.mid\n/home/ada/b.mid",
                vec!["/home/ada/a.mid", "/home/ada/b.mid"],
            ),
            // No list of files of this machine.
            ("file://server/share/a.mid", vec![]),
            ("Listen to this:\n/home/ada/a.mid", vec![]),
            ("file:///a%2", vec![]),
            ("file:///%FF.mid", vec![]),
            ("Dear diary", vec![]),
            ("", vec![]),
        ] {
            let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
            assert_eq!(paths_in(text), paths, "{text}");
        }
    }
}
