//! Blocks of the timeline that the model writes: bridges and variations.

use std::sync::Arc;

use super::timeline::edit;
use crate::session::library::{Annotations, KeptMelody, MelodyIdentity, now_ms};
use crate::session::piece::{Block, Piece};
use crate::sweep::{Generated, GeneratedMelody};
use crate::ui::services::Services;
use crate::ui::state::AppState;

/// Adds the middle melody of a blend behind a block, transposed as it is if the notes allow it.
pub(super) fn add_bridge(
    state: &mut AppState,
    services: &mut Services,
    block: u64,
    blend: &Generated,
) {
    let piece = Arc::clone(&state.timeline.piece);
    let Some((place, before)) = find(&piece, block) else {
        return;
    };
    let Some(middle) = blend.melodies.get(blend.melodies.len() / 2) else {
        return;
    };
    let melody = written(state, before, middle, "Bridge after");
    let label = piece.labels().get(place).cloned().unwrap_or_default();
    let words = format!("bridge after {label}");
    insert_behind(state, services, words, (place, before), melody, None);
}

/// Adds the first melody of an exploration that differs from a block behind it, as it is transposed, with the label of the block
/// and a prime.
pub(super) fn add_variation(
    state: &mut AppState,
    services: &mut Services,
    block: u64,
    explored: &Generated,
) {
    let piece = Arc::clone(&state.timeline.piece);
    let Some((place, before)) = find(&piece, block) else {
        return;
    };
    let notes = before.original().tokens().canonical();
    let differs = |melody: &&GeneratedMelody| melody.melody.tokens().canonical() != notes;
    let Some(variation) = explored.melodies.iter().find(differs) else {
        let text =
            "No melody so near differs from the block; set a lower closeness in the inspector";
        state.notices.info(text);
        return;
    };
    let melody = written(state, before, variation, "Variation of");
    let labels = piece.labels();
    let label = labels.get(place).cloned().unwrap_or_default();
    let words = format!("variation of {label}");
    let own = next_prime(&labels, &label);
    insert_behind(state, services, words, (place, before), melody, Some(own));
}

/// The label with as many primes as no block has yet.
fn next_prime(labels: &[String], label: &str) -> String {
    let letters = label.trim_end_matches('\'');
    let mut next = format!("{letters}'");
    while labels.contains(&next) {
        next.push('\'');
    }
    next
}

fn find(piece: &Piece, block: u64) -> Option<(usize, &Block)> {
    let place = piece.index_of(block)?;
    Some((place, piece.blocks().get(place)?))
}

/// A melody that the model of a block's source wrote, named after that source.
fn written(state: &AppState, block: &Block, melody: &GeneratedMelody, name: &str) -> KeptMelody {
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

/// Inserts a melody behind a block; it is transposed as that is if the notes allow it.
fn insert_behind(
    state: &mut AppState,
    services: &mut Services,
    words: String,
    (place, before): (usize, &Block),
    melody: KeptMelody,
    label: Option<String>,
) {
    edit(state, services, words, |piece| {
        let id = piece.insert(place + 1, Arc::new(melody))?;
        piece.transpose(place + 1, before.transposition()).ok();
        if label.is_some() {
            piece.rename(place + 1, label.as_deref())?;
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
