//! Decodes the names in a MIDI file and makes them safe to display.
//!
//! The format does not specify an encoding: Japanese programs write Shift-JIS, older European ones Latin-1, newer ones
//! UTF-8. The encoding is detected from all texts of a file together, since a single name is too short.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::Encoding;

use crate::files::sanitise;

/// Longest name, in bytes; the rest is cut off.
const MAX_NAME_BYTES: usize = 1024;
/// Bytes of a file's texts that are used to detect the encoding.
const MAX_DETECTION_BYTES: usize = 1 << 16;

/// Detects the encoding of the texts of a file.
pub(super) struct TextEncoding {
    detector: EncodingDetector,
    bytes_fed: usize,
    is_utf8: bool,
}

impl TextEncoding {
    pub fn new() -> Self {
        Self {
            detector: EncodingDetector::new(Iso2022JpDetection::Deny),
            bytes_fed: 0,
            is_utf8: true,
        }
    }

    /// Adds a text of the file.
    pub fn feed(&mut self, text: &[u8]) {
        let text = truncated(text);
        if self.bytes_fed < MAX_DETECTION_BYTES {
            self.bytes_fed += text.len();
            self.is_utf8 &= std::str::from_utf8(text)
                .err()
                .is_none_or(|error| error.error_len().is_none());
            self.detector.feed(text, false);
            // Separates it from the next text.
            self.detector.feed(b"\n", false);
        }
    }

    /// The most likely encoding of the texts so far.
    pub fn guess(&mut self) -> &'static Encoding {
        if self.is_utf8 {
            return encoding_rs::UTF_8;
        }
        self.detector.feed(b"", true);
        self.detector.guess(None, Utf8Detection::Deny)
    }
}

/// The text of `bytes` without control characters, trimmed.
pub(super) fn decode(bytes: &[u8], encoding: &'static Encoding) -> String {
    let bytes = truncated(bytes);
    let bytes = match std::str::from_utf8(bytes) {
        // Cut inside a character by the length limit.
        Err(error) if encoding == encoding_rs::UTF_8 && error.error_len().is_none() => {
            &bytes[..error.valid_up_to()]
        }
        _ => bytes,
    };
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let one_line = text.replace(['\n', '\r', '\t'], " ");
    let sanitised = sanitise(&one_line).replace(char::REPLACEMENT_CHARACTER, "");
    sanitised.trim().to_owned()
}

fn truncated(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(MAX_NAME_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> String {
        let mut encoding = TextEncoding::new();
        encoding.feed(bytes);
        decode(bytes, encoding.guess())
    }

    #[test]
    fn names_in_the_usual_encodings_are_decoded() {
        assert_eq!(decoded("Flöte 笛 Флейта".as_bytes()), "Flöte 笛 Флейта");
        assert_eq!(decoded(b"Fl\xf6te"), "Flöte");
        assert_eq!(decoded(b"Cl\xe9 de sol"), "Clé de sol");
        // «メロディ» and «ピアノ» in Shift-JIS.
        assert_eq!(decoded(b"\x83\x81\x83\x8d\x83\x66\x83\x42"), "メロディ");
        assert_eq!(decoded(b"\x83\x73\x83\x41\x83\x6d"), "ピアノ");
        assert_eq!(decoded(b"Piano 1"), "Piano 1");
    }

    #[test]
    fn the_encoding_is_detected_from_all_texts_of_a_file() {
        let mut encoding = TextEncoding::new();
        encoding.feed(b"\x83\x73");
        encoding.feed(b"Piano");
        encoding.feed(b"\x82\xa8\x82\xcd\x82\xe6\x82\xa4\x82\xb2\x82\xb4\x82\xa2\x82\xdc\x82\xb7");
        assert_eq!(encoding.guess(), encoding_rs::SHIFT_JIS);
    }

    #[test]
    fn control_and_escape_characters_are_removed() {
        assert_eq!(decoded(b"\x1b[31mLead\x1b[0m\x07\0"), "[31mLead[0m");
        assert_eq!(decoded("a\u{202e}b".as_bytes()), "ab");
    }
}
