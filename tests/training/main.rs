//! Training on a small folder of MIDI files: it learns, it resumes, it refuses what it cannot use.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod corpus;
mod learn;
mod prior_draws;
mod runs;
mod settings;

#[path = "../support/command.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod command;
#[path = "../support/small_corpus.rs"]
mod small_corpus;

use std::path::Path;
use std::time::Duration;

use tunescape::melody::Tokens;
use tunescape::training::{Corpus, TrainingRun};

/// A run whose checkpoints come only at its end.
fn run<'a>(corpus: &'a Corpus, valid: &'a [Tokens], checkpoint: &'a Path) -> TrainingRun<'a> {
    TrainingRun {
        time_limit: None,
        corpus,
        valid,
        checkpoint,
        checkpoint_every: Duration::from_secs(3_600),
    }
}
