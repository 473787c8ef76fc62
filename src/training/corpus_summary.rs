//! What a corpus holds, in words and numbers for the person whose melodies it has.

use std::collections::BTreeMap;

use super::corpus::Corpus;
use super::fine_tune_config::HOLD_OUT_EVERY;
use crate::melody::{Melody, STEPS_PER_BAR, Tokens, estimate_key};
use crate::wording::counted;

/// Keys that are named.
const NAMED_KEYS: usize = 5;
/// Maximum number of files that are named one by one.
const MAX_NAMED_FILES: usize = 5;

/// What was found in a corpus.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CorpusSummary {
    /// Files looked at.
    pub files: usize,
    /// Files that gave at least one window.
    pub used: usize,
    /// Windows, no two of which are equal up to transposition.
    pub windows: usize,
    /// Mean number of notes in a bar.
    pub notes_per_bar: f64,
    /// The most frequent clear keys, each with its number of windows, most frequent first.
    pub keys: Vec<(String, usize)>,
    /// What was left out or read in part and why, a sentence each.
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
        let clear = melodies
            .iter()
            .filter_map(|melody| estimate_key(melody)?.clear_key());
        for key in clear {
            *keys.entry(key.to_string()).or_default() += 1;
        }
        let mut keys: Vec<(String, usize)> = keys.into_iter().collect();
        keys.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        keys.truncate(NAMED_KEYS);
        Self {
            files: corpus.files,
            used: corpus.used.len(),
            windows: corpus.len(),
            notes_per_bar: (notes * STEPS_PER_BAR) as f64 / steps.max(1) as f64,
            keys,
            notices: left_out(corpus),
        }
    }

    /// How busy the melodies are and in which keys.
    #[must_use]
    pub fn melodies_text(&self) -> String {
        let busy = format!("{:.1} notes per bar", self.notes_per_bar);
        if self.keys.is_empty() {
            return format!("{busy}; in no clear key");
        }
        let named = self.keys.iter();
        let named: Vec<String> = named
            .map(|(key, count)| format!("{key} ({count})"))
            .collect();
        format!("{busy}; most often in {}", named.join(", "))
    }

    /// What cannot be known of so few windows; `None` if there are enough.
    #[must_use]
    pub fn too_few_text(&self) -> Option<String> {
        (self.windows < HOLD_OUT_EVERY).then(|| {
            format!(
                "{} are few: nothing is held out, so how well unseen ones come back stays unknown.",
                counted(self.windows, "window")
            )
        })
    }
}

/// Which notes and files were left out, and which were read in part.
fn left_out(corpus: &Corpus) -> Vec<String> {
    let mut notices: Vec<String> = corpus.note_count.user_message().into_iter().collect();
    for (what, files) in [
        ("left out", &corpus.skipped),
        ("read in part", &corpus.damaged),
    ] {
        let named = files.iter().take(MAX_NAMED_FILES);
        notices
            .extend(named.map(|(path, reason)| format!("{} was {what}: {reason}", path.display())));
        if files.len() > MAX_NAMED_FILES {
            let more = files.len() - MAX_NAMED_FILES;
            notices.push(format!("{more} more files were {what}"));
        }
    }
    notices
}
