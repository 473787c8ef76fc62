//! A MIDI message as bytes, without allocation.

/// A MIDI message of one to three bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ShortMessage {
    bytes: [u8; 3],
    length: usize,
}

impl ShortMessage {
    /// The first `length` of these bytes, at most three.
    pub fn new(bytes: [u8; 3], length: usize) -> Self {
        let length = length.min(3);
        Self { bytes, length }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
