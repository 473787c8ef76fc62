//! What can be measured on a melody, as one table.
//!
//! Adding an attribute means adding one entry to [`ATTRIBUTES`]: everything else (files, maps, sliders, tooltips) goes
//! through the table. Statistics over many melodies live elsewhere.

mod pitch;
mod rhythm;
mod row;
mod similarity;
mod table;

pub use pitch::{contour, pitch_range, signed_contour};
pub use rhythm::{note_density, rhythmic_complexity, rhythmic_complexity_as_published};
pub use row::AttributeRow;
pub use similarity::{
    SimilarityWeights, plain_difference, similarity_row, weighted_similarity_row,
};
pub use table::{ATTRIBUTES, Attribute, attribute, attribute_index};
