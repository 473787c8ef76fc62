//! Sound without a device: SoundFonts in the synth, and rendered files.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../support/command.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod command;
#[path = "../support/sound_font.rs"]
mod sound_font;

mod command_line;
mod files;
mod fonts;

use std::sync::Arc;

use tunescape::melody::{Melody, Note};

/// A melody of two bars; notes are pitch, start and end in 16th steps.
fn melody(notes: &[(u8, u32, u32)]) -> Arc<Melody> {
    let notes: Vec<_> = notes
        .iter()
        .map(|&(pitch, start, end)| Note { pitch, start, end })
        .collect();
    Arc::new(Melody::from_notes(&notes, 32).unwrap())
}
