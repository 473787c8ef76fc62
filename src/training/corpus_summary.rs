//! Summary of a corpus for the user, in words and numbers.

use std::collections::BTreeMap;

use super::corpus::Corpus;
use super::fine_tune_config::HOLD_OUT_EVERY;
use crate::melody::{Melody, STEPS_PER_BAR, Tokens, estimate_key};
use crate::wording::count_with_noun;

/// Maximum number of keys that are named.
const MAX_NAMED_KEYS: usize = 5;
/// Maximum number of files that are named one by one.
const MAX_NAMED_FILES: usize = 5;

/// Counts of a corpus, and notices on what was left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CorpusSummary {
    /// Number of files looked at.
    pub file_count: usize,
    /// Number of files that gave at least one window.
    pub used_file_count: usize,
    /// Number of windows, no two of which are equal up to transposition.
    pub window_count: usize,
    /// Mean number of notes in a bar.
    pub notes_per_bar: f64,
    /// The most frequent keys of windows in a clear key, each with its number of windows, most frequent first.
    pub keys: Vec<(String, usize)>,
    /// Sentences on what was left out or read in part, and why.
    pub notices: Vec<String>,
}

impl CorpusSummary {
    /// Measures a corpus.
    #[must_use]
    pub fn new(corpus: &Corpus) -> Self {
        let melodies: Vec<Melody> = corpus.windows().cloned().map(Melody::from_tokens).collect();
        let notes: usize = melodies.iter().map(|melody| melody.notes().len()).sum();
        let steps: usize = corpus.windows().map(Tokens::len).sum();
        let mut keys: BTreeMap<String, usize> = BTreeMap::new();
        let clear_keys = melodies
            .iter()
            .filter_map(|melody| estimate_key(melody)?.clear_key());
        for key in clear_keys {
            *keys.entry(key.to_string()).or_default() += 1;
        }
        let mut keys: Vec<(String, usize)> = keys.into_iter().collect();
        keys.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        keys.truncate(MAX_NAMED_KEYS);
        Self {
            file_count: corpus.file_count,
            used_file_count: corpus.used_files.len(),
            window_count: corpus.len(),
            notes_per_bar: (notes * STEPS_PER_BAR) as f64 / steps.max(1) as f64,
            keys,
            notices: notices(corpus),
        }
    }

    /// The note density and the most frequent keys, as text.
    #[must_use]
    pub fn melodies_text(&self) -> String {
        let density = format!("{:.1} notes per bar", self.notes_per_bar);
        if self.keys.is_empty() {
            return format!("{density}; in no clear key");
        }
        let keys: Vec<String> = self
            .keys
            .iter()
            .map(|(key, count)| format!("{key} ({count})"))
            .collect();
        format!("{density}; most often in {}", keys.join(", "))
    }

    /// A warning that too few windows leave the quality of the reconstruction unknown; `None` if there are enough windows.
    #[must_use]
    pub fn too_few_text(&self) -> Option<String> {
        (self.window_count < HOLD_OUT_EVERY).then(|| {
            format!(
                "{} are few: nothing is held out, so how well unseen ones come back stays unknown.",
                count_with_noun(self.window_count, "window")
            )
        })
    }
}

/// Sentences on the notes and files that were left out, and on the files that were read in part.
fn notices(corpus: &Corpus) -> Vec<String> {
    let mut notices: Vec<String> = corpus.note_count.user_message().into_iter().collect();
    for (verb, files) in [
        ("left out", &corpus.skipped_files),
        ("read in part", &corpus.damaged_files),
    ] {
        let named_files = files.iter().take(MAX_NAMED_FILES);
        notices.extend(
            named_files.map(|(path, reason)| format!("{} was {verb}: {reason}", path.display())),
        );
        if files.len() > MAX_NAMED_FILES {
            let more = files.len() - MAX_NAMED_FILES;
            notices.push(format!("{more} more files were {verb}"));
        }
    }
    notices
}
