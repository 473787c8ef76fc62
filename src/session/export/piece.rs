//! The blocks of a piece as items to export.

use std::sync::Arc;

use super::item::ExportItem;
use crate::attributes::AttributeRow;
use crate::melody::STEPS_PER_BAR;
use crate::session::library::KeptMelody;
use crate::session::naming::{block_file_stem, provenance, text_with_origin};
use crate::session::piece::{Block, Piece};
use crate::session::share::{share_with_notes, text_with_shares};

/// The blocks of a piece with all their repeats, named by their labels. The text of each states its bars, how it is played and
/// the origin of its melody (under the name that `name_of` returns),  and has a share text of the melody before repeats and
/// transposition.
#[must_use]
pub fn piece_items(
    piece: &Piece,
    tempo_bpm: f64,
    name_of: impl Fn(&KeptMelody) -> String,
) -> Vec<ExportItem> {
    let (labels, starts) = (piece.labels(), piece.starts());
    let blocks = piece.blocks().iter().zip(labels).zip(starts);
    let item = |(index, ((block, label), start)): (usize, ((&Block, String), usize))| {
        let melody = block.repeated();
        let number = index + 1;
        let attributes = AttributeRow::measure(&melody);
        ExportItem {
            text: block_text(
                piece,
                block,
                number,
                &label,
                start,
                &name_of(block.source()),
            ),
            stem: block_file_stem((number, piece.len()), &label, &attributes, tempo_bpm),
            name: label,
            melody: Arc::new(melody),
        }
    };
    blocks.enumerate().map(item).collect()
}

fn block_text(
    piece: &Piece,
    block: &Block,
    number: usize,
    label: &str,
    start: usize,
    source_name: &str,
) -> String {
    let source = block.source();
    let identity = &source.identity;
    let bar_number = |step: usize| step / STEPS_PER_BAR + 1;
    let (first, last) = (
        bar_number(start),
        bar_number((start + block.steps()).saturating_sub(1)),
    );
    let repeats = match block.repeats() {
        1 => "once".to_owned(),
        repeats => format!("{repeats} times"),
    };
    let transposed = match block.transposition() {
        0 => String::new(),
        semitones => format!(", transposed by {semitones:+} semitones"),
    };
    let text = format!(
        "block {number} of {}: {label}, bars {first} to {last}, {source_name} {repeats}{transposed}; {}",
        piece.len(),
        provenance(identity.id, identity.seed, &identity.weights_hash),
    );
    let text = text_with_origin(text, source.annotations.origin.as_deref());
    let shared = source
        .latent
        .iter()
        .map(|latent| share_with_notes(&identity.weights_hash, latent, &identity.tokens));
    text_with_shares(&text, shared)
}

#[cfg(test)]
#[path = "piece_tests.rs"]
mod tests;
