//! Learning the user's taste from the kept melodies and the history.

use std::collections::HashSet;
use std::sync::Arc;

use super::app_state::AppState;
use super::kept_entry::KeptEntry;
use super::taste::{Learnt, SourceKey, TasteCounts, TasteState};
use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::session::library::{KeptMelody, MelodyIdentity};
use crate::sweep::{
    GenerateMethod, MIN_KEPT, MelodyEntry, MelodyId, PreferenceError, PreferenceExample,
    PreferenceModel,
};
use crate::ui::widgets::numbers::grouped_with_noun;
use crate::wording::sentence_case;

/// Melodies of the map that say what is usual.
const MAX_UNHEARD: usize = 128;
/// Of more kept or skipped melodies, the latest.
const MAX_JUDGED: usize = 256;

/// An example with what it refers to.
struct Example {
    latent: LatentPoint,
    attributes: AttributeRow,
}

impl Example {
    fn borrowed(examples: &[Self]) -> Vec<PreferenceExample<'_>> {
        let examples = examples.iter();
        examples
            .map(|example| PreferenceExample {
                latent: &example.latent,
                attributes: &example.attributes,
            })
            .collect()
    }
}

impl AppState {
    /// Learns again if the switch is on and anything has changed that the taste is learnt from, and orders the sets that are new.
    pub(in crate::ui) fn refresh_taste(&mut self) {
        if !self.settings.rank_by_taste {
            if self.taste.source.is_some() {
                self.taste = TasteState::default();
            }
            return;
        }
        let source = SourceKey {
            weights_hash: self.weights_hash().to_owned(),
            kept_melodies: self.kept_melodies.version(),
            judgements: self.history.judgements_version(),
            generation: self.melodies.generation(),
            is_complete: self.melodies.is_complete(),
            since_ms: self.settings.taste_since_ms,
        };
        let is_same_piece = Arc::ptr_eq(&self.taste.piece, &self.timeline.piece);
        if self.taste.source.as_ref() != Some(&source) || !is_same_piece {
            self.taste.piece = Arc::clone(&self.timeline.piece);
            let before = self.taste.source.replace(source);
            let since = before.map(|before| before.since_ms);
            self.learn_taste();
            if !self.taste.is_learnt() || since != Some(self.settings.taste_since_ms) {
                self.taste.rankings.clear();
            }
        }
        self.rank_new_sets();
    }

    fn learn_taste(&mut self) {
        let Some(latent_size) = self.melodies.plan().map(|plan| plan.latent_size()) else {
            self.taste.counts = TasteCounts::default();
            self.taste.learnt = None;
            self.taste.error = Some(PreferenceError::NothingToCompare);
            return;
        };
        let (kept, identities, mut counts) = self.kept_examples(latent_size);
        let (skipped, skipped_tokens) = self.skipped_examples(latent_size);
        counts.skipped = skipped.len();
        let unheard = self.unheard_examples(&skipped_tokens);
        let fitted = PreferenceModel::fit(
            latent_size,
            &Example::borrowed(&kept),
            &Example::borrowed(&skipped),
            &Example::borrowed(&unheard),
        );
        self.taste.counts = counts;
        (self.taste.learnt, self.taste.error) = match fitted {
            Ok(model) => {
                let kept = identities;
                (Some(Learnt { model, kept }), None)
            }
            Err(error) => (None, Some(error)),
        };
    }

    /// The latest kept melodies of the shown map's model that were kept since the reset.
    fn kept_examples(
        &self,
        latent_size: usize,
    ) -> (Vec<Example>, Vec<MelodyIdentity>, TasteCounts) {
        let mut counts = TasteCounts::default();
        let mut chosen: Vec<(&KeptEntry, &LatentPoint)> = Vec::new();
        for kept in self.kept_melodies.iter() {
            let stored = &kept.stored;
            if stored.kept_at_ms <= self.settings.taste_since_ms {
                counts.before_reset += 1;
            } else if stored.identity.weights_hash != self.weights_hash() {
                counts.other_model += 1;
            } else if let Some(latent) = usable_latent(stored, latent_size) {
                chosen.push((kept, latent));
            } else {
                counts.without_point += 1;
            }
        }
        counts.kept = chosen.len();
        let latest = chosen.split_off(chosen.len().saturating_sub(MAX_JUDGED));
        let examples = latest.iter().map(|(kept, latent)| Example {
            latent: (*latent).clone(),
            attributes: AttributeRow::measure(&kept.melody),
        });
        let identities = latest.iter().map(|(kept, _)| kept.stored.identity.clone());
        (examples.collect(), identities.collect(), counts)
    }

    /// The latest melodies of the shown map's model that were heard for a whole loop since the reset and whose notes are neither kept
    /// nor in the timeline, each once, and their notes. Imported melodies are the user's own and not judged.
    fn skipped_examples(&self, latent_size: usize) -> (Vec<Example>, HashSet<Tokens>) {
        let kept = self.kept_melodies.iter();
        let blocks = self.timeline.piece.blocks().iter();
        let used: HashSet<&Tokens> = kept
            .map(|kept| &kept.stored.identity.tokens)
            .chain(blocks.map(|block| &block.source().identity.tokens))
            .collect();
        let mut skipped = HashSet::new();
        let mut examples = Vec::new();
        for heard in self.history.iter().rev() {
            let (stored, identity) = (&heard.stored, &heard.stored.identity);
            let counts = heard.was_heard_whole()
                && stored.kept_at_ms > self.settings.taste_since_ms
                && identity.weights_hash == self.weights_hash()
                && !used.contains(&identity.tokens)
                && !is_imported(identity.id);
            let Some(latent) = usable_latent(stored, latent_size) else {
                continue;
            };
            if counts && examples.len() < MAX_JUDGED && skipped.insert(identity.tokens.clone()) {
                examples.push(Example {
                    latent: latent.clone(),
                    attributes: AttributeRow::measure(&heard.melody),
                });
            }
        }
        (examples, skipped)
    }

    /// Melodies of the sweep, evenly spaced, that were neither kept nor skipped.
    fn unheard_examples(&self, skipped: &HashSet<Tokens>) -> Vec<Example> {
        let swept: Vec<&MelodyEntry> = self.melodies.swept().collect();
        let every = swept.len().div_ceil(MAX_UNHEARD).max(1);
        swept
            .into_iter()
            .step_by(every)
            .filter(|entry| {
                !entry.melody.is_empty()
                    && !skipped.contains(entry.melody.tokens())
                    && self.kept(entry).is_none()
            })
            .filter_map(|entry| {
                Some(Example {
                    latent: self.melodies.latent(entry.id)?,
                    attributes: entry.attributes.clone(),
                })
            })
            .collect()
    }

    /// What the taste is learnt from, or what it needs first.
    pub fn taste_status(&self) -> String {
        let counts = self.taste.counts;
        let mut text = match &self.taste.error {
            Some(PreferenceError::TooFewKept { .. }) => format!(
                "Keep at least {MIN_KEPT} melodies first: {} so far",
                counts.kept
            ),
            Some(error) => sentence_case(&error.to_string()),
            None => format!(
                "Learnt from {} and {}, on this machine alone",
                grouped_with_noun(counts.kept, "kept melody"),
                match counts.skipped {
                    0 => "none that you heard and did not keep".to_owned(),
                    count => format!("{count} that you heard and did not keep"),
                }
            ),
        };
        for (count, what) in [
            (counts.other_model, "kept with another model"),
            (counts.without_point, "kept without a latent point"),
            (counts.before_reset, "kept before the reset"),
        ] {
            match count {
                0 => {}
                1 => text.push_str(&format!("; 1 {what} does not count")),
                count => text.push_str(&format!("; {count} {what} do not count")),
            }
        }
        text
    }
}

/// The latent point of a stored melody, if it is one of a model of this latent size.
fn usable_latent(stored: &KeptMelody, latent_size: usize) -> Option<&LatentPoint> {
    let is_usable = |point: &&LatentPoint| {
        point.len() == latent_size && point.as_slice().iter().all(|x| x.is_finite())
    };
    stored.latent.as_ref().filter(is_usable)
}

fn is_imported(id: MelodyId) -> bool {
    matches!(id, MelodyId::Generated { method, .. } if method == GenerateMethod::Imported)
}
