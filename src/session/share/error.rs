//! Errors of share texts.

use crate::model::ModelError;

/// Why a melody could not be shared, or a share text gives no melody.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// The text is not a share text.
    #[error("this is no share text of a melody; such a text begins with tunescape:1:")]
    NotShared,
    /// The text has a newer format version.
    #[error("this share text is of a newer version of Tunescape; open it with that version")]
    Newer,
    /// Characters of the text are missing or changed.
    #[error("the share text is damaged ({0}); copy the whole line again")]
    Damaged(&'static str),
    /// Another model is open.
    #[error(
        "this melody was made with the model {needed}, and the model here is {open}; open that model (or name it with --model) and try again"
    )]
    OtherModel {
        /// First 12 hex digits of the SHA-256 of the weights that are needed.
        needed: String,
        /// First 12 hex digits of the SHA-256 of the weights that are open.
        open: String,
    },
    /// The model decodes other notes than the shared ones.
    #[error(
        "the model decodes other notes at this point than those that were shared; choose the CPU as its device and try again"
    )]
    OtherNotes,
    /// The melody or its latent point cannot be represented in a share text.
    #[error("this melody cannot be shared as text: {0}")]
    Unsupported(&'static str),
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
}
