//! Attributes (numbers measured on a melody), in one table, and measures of the difference of two melodies.
//!
//! To add an attribute, add one entry to [`ATTRIBUTES`], at its end: everything else (files, maps, sliders, tooltips, options of
//! the command line) goes through the table. A study measures [`STUDY_ATTRIBUTES`], the first of them.
//!
//! - `pitch`, `rhythm`, `syncopation`, `durations`, `repetition`: the attributes
//! - `table`: the table of them; `attribute`: an entry of it; `row`: their values for one melody
//! - `similarity`: the feature vector of a melody, whose distance from another measures the melodies' difference

mod attribute;
mod durations;
mod pitch;
mod repetition;
mod rhythm;
mod row;
mod similarity;
mod syncopation;
mod table;

pub use attribute::{Attribute, ValueFormat};
pub use durations::{note_length, rests};
pub use pitch::{contour, highest_note, lowest_note, pitch_range, signed_contour};
pub use repetition::{motif_repetition, repetition};
pub use rhythm::{note_density, rhythmic_complexity, rhythmic_complexity_of_published_code};
pub use row::AttributeRow;
pub use similarity::{
    SimilarityWeights, onset_pitch_difference, similarity_features, weighted_similarity_features,
};
pub use syncopation::syncopation;
pub use table::{ATTRIBUTES, STUDY_ATTRIBUTES, attribute, attribute_index};
