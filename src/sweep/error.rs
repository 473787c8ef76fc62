//! Errors of sweeps, steering and generation.

use crate::model::ModelError;
use crate::progress::Cancelled;
use crate::wording::count_with_noun;

/// Error of a sweep, of steering or of generation.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The observer cancelled it. It has received everything decoded until then.
    #[error("the sweep was cancelled")]
    Cancelled,
    /// A setting is invalid.
    #[error("{setting} cannot be {value}; {advice}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: String,
        /// The valid values.
        advice: String,
    },
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model returned a wrong number of melodies.
    #[error(
        "the model gave {} for {}; this is a fault of the model, try another device",
        count_with_noun(*found, "melody"), count_with_noun(*expected, "latent point")
    )]
    MelodyCount {
        /// Number of latent points.
        expected: usize,
        /// Number of melodies.
        found: usize,
    },
    /// The threads could not be started.
    #[error("{threads} threads could not be started ({reason}); ask for fewer")]
    Threads {
        /// Number of threads.
        threads: usize,
        /// Error of the system.
        reason: String,
    },
    /// There is no attribute with this index.
    #[error("there is no attribute number {index}; there are {attribute_count}")]
    NoSuchAttribute {
        /// The index.
        index: usize,
        /// Number of attributes.
        attribute_count: usize,
    },
    /// A steering request without a goal.
    #[error(
        "nothing is wanted of the new melodies; choose a value for an attribute, or a melody that they should be like"
    )]
    NothingWanted,
    /// A steering request for melodies like a silent one.
    #[error("a silent melody has nothing that new ones could be like; choose one with notes")]
    SilentSource,
    /// The sweep has too little data to steer by.
    #[error(
        "{attribute} cannot be steered by this sweep: {reason}; make a sweep with more regions or samples"
    )]
    NoSteeringDirection {
        /// The attribute's name.
        attribute: &'static str,
        /// What is missing.
        reason: &'static str,
    },
}

impl From<Cancelled> for SweepError {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl SweepError {
    /// The error for an invalid setting.
    pub(super) fn setting(
        setting: &'static str,
        value: &impl ToString,
        advice: impl Into<String>,
    ) -> Self {
        Self::Setting {
            setting,
            value: value.to_string(),
            advice: advice.into(),
        }
    }
}
