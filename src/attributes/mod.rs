//! Numbers measured on a melody, in one table, and measures of the difference of two melodies.
//!
//! To add an attribute, add one entry to [`ATTRIBUTES`]: everything else (files, maps, sliders, tooltips) goes through the
//! table.
//!
//! - `pitch`, `rhythm`: the attributes; `table`: the table of them; `row`: their values for one melody
//! - `similarity`: a melody as a row of numbers whose distances are differences between melodies

mod pitch;
mod rhythm;
mod row;
mod similarity;
mod table;

pub use pitch::{contour, pitch_range, signed_contour};
pub use rhythm::{note_density, rhythmic_complexity, rhythmic_complexity_of_published_code};
pub use row::AttributeRow;
pub use similarity::{
    SimilarityWeights, plain_difference, similarity_row, weighted_similarity_row,
};
pub use table::{ATTRIBUTES, Attribute, attribute, attribute_index};
