//! What can be wrong with a share text, in sentences.

use crate::model::ModelError;

/// A share text that gives no melody.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// It is something else.
    #[error("this is no share text of a melody; such a text begins with tunescape:1:")]
    NotShared,
    /// It has a form that this program does not know.
    #[error("this share text is of a newer version of Tunescape; open it with that version")]
    Newer,
    /// Letters are missing or changed.
    #[error("the share text is damaged ({0}); copy the whole line again")]
    Damaged(&'static str),
    /// Another model is open.
    #[error(
        "this melody was made with the model {needed}, and the model here is {open}; open that model (or name it with --model) and try again"
    )]
    OtherModel {
        /// First 12 hex digits of the SHA-256 of the weights that are needed.
        needed: String,
        /// Those of the weights that are there.
        open: String,
    },
    /// The model decodes other notes than those that were shared.
    #[error(
        "the model decodes other notes at this point than those that were shared; choose the CPU as its device and try again"
    )]
    OtherNotes,
    /// A melody or a point that no share text holds.
    #[error("this melody cannot be shared as text: {0}")]
    Unsupported(&'static str),
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
}
