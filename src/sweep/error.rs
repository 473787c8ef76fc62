//! What can keep a sweep or a steer from ending well.

use crate::model::ModelError;

/// Why a sweep or a steer did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// Someone asked for it to stop. What was decoded has been handed to the observer.
    #[error("the sweep was cancelled")]
    Cancelled,
    /// A setting that no sweep can have.
    #[error("{setting} cannot be {found}; {advice}")]
    Setting {
        /// What was set.
        setting: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        advice: String,
    },
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model gave back too few or too many melodies.
    #[error(
        "the model gave {found} melodies for {wanted} latent points; this is a fault of the model, try another device"
    )]
    MelodyCount {
        /// Latent points handed over.
        wanted: usize,
        /// Melodies that came back.
        found: usize,
    },
    /// The threads could not be started.
    #[error("{threads} threads could not be started ({reason}); ask for fewer")]
    Threads {
        /// Threads asked for.
        threads: usize,
        /// What the system said.
        reason: String,
    },
    /// There is no attribute of this number.
    #[error("there is no attribute number {index}; there are {known}")]
    NoSuchAttribute {
        /// The number.
        index: usize,
        /// How many attributes there are.
        known: usize,
    },
    /// The sweep shows too little to steer by.
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

impl SweepError {
    /// The error for a setting that no sweep can have.
    pub(super) fn setting(
        setting: &'static str,
        found: &impl ToString,
        advice: impl Into<String>,
    ) -> Self {
        Self::Setting {
            setting,
            found: found.to_string(),
            advice: advice.into(),
        }
    }
}
