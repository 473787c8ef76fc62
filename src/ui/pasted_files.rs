//! Pasted files: requests to read them, and paths in a pasted text.

use std::path::PathBuf;

/// How a paste was requested: what to paste if there are no files on the clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasteRequest {
    /// By Ctrl+V, without a text on the clipboard.
    NoText,
    /// By Ctrl+V, with this text, which contains no share text.
    Text(String),
    /// By the command *Paste*; the text on the clipboard is not known yet.
    Command,
}

/// Lines before the addresses in the text that GNOME's file manager puts on the clipboard.
const HEADER_LINES: [&str; 3] = ["x-special/nautilus-clipboard", "copy", "cut"];

/// The paths in a text with a `file:` address or an absolute path on each line, as file managers put it on the clipboard. Empty if the
/// text has any other line.
pub fn paths_in(text: &str) -> Vec<PathBuf> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !HEADER_LINES.contains(line));
    let paths: Option<Vec<PathBuf>> = lines.map(path_of).collect();
    paths.unwrap_or_default()
}

/// The path of a `file:` address on this machine, or an absolute path.
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

/// Decodes percent-encoding (RFC 3986); `None` if it is invalid or not UTF-8.
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
    fn paths_are_read_from_the_texts_of_file_managers() {
        // Of GNOME, of KDE, and paths alone.
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
            // Not a list of files on this machine.
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
