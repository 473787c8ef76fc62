//! Actions on share texts and on pasted files.

use crate::sweep::MelodyId;

/// Actions on share texts, lines of text from which another machine gets the same melody, and on pasted files.
#[derive(Clone, Debug, PartialEq)]
pub enum ShareCommand {
    /// Copy the share text of a melody.
    Copy(MelodyId),
    /// Place the melody of this text on the map; without a share text, open the files on the clipboard.
    Paste(String),
    /// Open the files on the clipboard, which has no text.
    PasteFiles,
    /// Open the files on the clipboard, or place the melody of the share text there on the map.
    PasteFromClipboard,
}
