//! Blocks of the timeline that the model generates: bridges and variations.

use std::sync::Arc;

use super::timeline::edit;
use crate::session::library::{Annotations, KeptMelody, MelodyIdentity, now_ms};
use crate::session::piece::{Block, Piece};
use crate::sweep::{Generated, GeneratedMelody};
use crate::ui::services::Services;
use crate::ui::state::AppState;

/// Adds the middle melody of a blend after a block. It gets the transposition of the block, if its notes allow that.
pub(super) fn add_bridge(
    state: &mut AppState,
    services: &mut Services,
    block: u64,
    blend: &Generated,
) {
    let piece = Arc::clone(&state.timeline.piece);
    let Some((index, preceding)) = find_block(&piece, block) else {
        return;
    };
    let Some(middle) = blend.melodies.get(blend.melodies.len() / 2) else {
        return;
    };
    let melody = as_kept_melody(state, preceding, middle, "Bridge after");
    let label = piece.labels().get(index).cloned().unwrap_or_default();
    let description = format!("bridge after {label}");
    insert_after(
        state,
        services,
        description,
        (index, preceding),
        melody,
        None,
    );
}

/// Adds the first melody of an exploration that differs from a block after that block, with the same transposition if the notes
/// allow it, and with the label of the block and a prime.
pub(super) fn add_variation(
    state: &mut AppState,
    services: &mut Services,
    block: u64,
    explored: &Generated,
) {
    let piece = Arc::clone(&state.timeline.piece);
    let Some((index, original)) = find_block(&piece, block) else {
        return;
    };
    let original_tokens = original.original().tokens().canonical();
    let differs = |melody: &&GeneratedMelody| melody.melody.tokens().canonical() != original_tokens;
    let Some(variation) = explored.melodies.iter().find(differs) else {
        let text =
            "No melody so near differs from the block; set a lower closeness in the inspector";
        state.notices.info(text);
        return;
    };
    let melody = as_kept_melody(state, original, variation, "Variation of");
    let labels = piece.labels();
    let label = labels.get(index).cloned().unwrap_or_default();
    let description = format!("variation of {label}");
    let prime_label = next_prime(&labels, &label);
    insert_after(
        state,
        services,
        description,
        (index, original),
        melody,
        Some(prime_label),
    );
}

/// The label with the fewest primes that no block has yet.
fn next_prime(labels: &[String], label: &str) -> String {
    let letters = label.trim_end_matches('\'');
    let mut candidate = format!("{letters}'");
    while labels.contains(&candidate) {
        candidate.push('\'');
    }
    candidate
}

fn find_block(piece: &Piece, block: u64) -> Option<(usize, &Block)> {
    let index = piece.index_of(block)?;
    Some((index, piece.blocks().get(index)?))
}

/// A generated melody as the library stores it: of the model and seed of a block's source, and named after that source.
fn as_kept_melody(
    state: &AppState,
    block: &Block,
    melody: &GeneratedMelody,
    name: &str,
) -> KeptMelody {
    let source = block.source();
    let source_name = state.kept_melodies.name_of(source);
    KeptMelody {
        identity: MelodyIdentity {
            id: melody.id,
            tokens: melody.melody.tokens().clone(),
            ..source.identity.clone()
        },
        name: format!("{name} {source_name}"),
        latent: Some(melody.latent.clone()),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        marked: false,
        kept_at_ms: now_ms(),
        annotations: Annotations::default(),
    }
}

/// Inserts a melody after a block, with the transposition of the block if its notes allow that.
fn insert_after(
    state: &mut AppState,
    services: &mut Services,
    description: String,
    (index, preceding): (usize, &Block),
    melody: KeptMelody,
    label: Option<String>,
) {
    edit(state, services, description, |piece| {
        let id = piece.insert(index + 1, Arc::new(melody))?;
        piece.transpose(index + 1, preceding.transposition()).ok();
        if label.is_some() {
            piece.rename(index + 1, label.as_deref())?;
        }
        Ok(Some(id))
    });
}

#[cfg(test)]
mod tests {
    use super::next_prime;

    #[test]
    fn a_variation_has_one_prime_more_than_those_that_are_there() {
        let labels = ["A", "B", "A'", "chorus"].map(str::to_owned);
        assert_eq!(next_prime(&labels, "B"), "B'");
        assert_eq!(next_prime(&labels, "A"), "A''");
        assert_eq!(next_prime(&labels, "A'"), "A''");
        assert_eq!(next_prime(&labels, "chorus"), "chorus'");
    }
}
