//! Training and evaluation of a MusicVAE.
//!
//! - [`Corpus`] reads MIDI files into two-bar windows (`corpus_files` lists the files); `batch` samples
//!   the batch of a step from it.
//! - [`TrainingConfig`] has all settings; `settings` checks them.
//! - [`Trainer`] updates the weights (`gradient` and `adam` on the CPU, `on_device` on a graphics
//!   adapter; `prior_targets` has targets for draws from the prior); `state` is its checkpoint file.
//! - [`fine_tune()`] trains a model further on a few melodies; `fine_tune_config` has its settings and rehearsal melodies.
//! - `trained_file` is the weights file of a run, with its provenance.
//! - [`train`] is the loop with progress, validation, checkpoints and resume.
//! - `whiten` and [`calibrate_prior`] fit the final weights' latent space to the prior, by a `latent_transform`.
//! - [`evaluate`] measures the resulting model: reconstruction, and histograms of prior draws.

mod adam;
mod batch;
mod calibrate_prior;
mod config;
mod corpus;
mod corpus_files;
mod corpus_hash;
mod corpus_summary;
mod error;
mod evaluate;
mod feature_histograms;
mod fine_tune;
mod fine_tune_config;
pub mod gradient;
mod latent_transform;
mod learning_curve;
mod melody_features;
mod on_device;
mod prior_targets;
mod reconstruction;
mod run;
mod settings;
mod state;
mod trained_file;
mod trainer;
mod validation;
mod whiten;

pub use calibrate_prior::{calibrate_prior, prior_is_calibrated};
pub use config::TrainingConfig;
pub use corpus::{Corpus, Source, Split, WindowPlace};
pub use corpus_hash::CorpusHash;
pub use corpus_summary::CorpusSummary;
pub use error::TrainingError;
pub use evaluate::{ACTIVE_NATS, Evaluation, evaluate};
pub use feature_histograms::{FeatureHistograms, copy_fraction};
pub use fine_tune::{FineTuneInput, FineTuneResult, fine_tune};
pub use fine_tune_config::{
    HOLD_OUT_EVERY, REHEARSAL_COUNT, fine_tuning_config, rehearsal_melodies,
};
pub use learning_curve::CurvePoint;
pub use run::{TrainObserver, TrainProgress, TrainingRun, train};
pub use trained_file::{TrainedFile, file_hashes, provenance, sha256_text};
pub use trainer::Trainer;
