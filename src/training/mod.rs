//! Training and judging a MusicVAE: data from MIDI folders, objective, loop, evaluation.
//!
//! [`Corpus`] reads MIDI files into two-bar windows, [`Trainer`] moves the weights, [`train`] is the
//! loop with progress, checkpoints and resume, [`evaluate`] measures the result.

mod adam;
mod batch;
mod config;
mod corpus;
mod corpus_files;
mod corpus_hash;
mod error;
mod evaluate;
mod feature_histograms;
mod fit_draws;
pub mod gradient;
mod histograms;
mod latent_map;
mod on_device;
mod prior_targets;
mod reconstruction;
mod run;
mod settings;
mod state;
mod trainer;
mod validation;
mod whiten;

pub use config::TrainingConfig;
pub use corpus::{Corpus, Source, Split};
pub use corpus_hash::CorpusHash;
pub use error::TrainingError;
pub use evaluate::{ACTIVE_NATS, Evaluation, evaluate};
pub use fit_draws::{draws_are_fitted, fit_draws};
pub use run::{TrainObserver, TrainProgress, TrainingRun, train};
pub use trainer::Trainer;
pub use validation::CurvePoint;
