//! The figures of a study, drawn once and written as SVG and PNG.
//!
//! kuva turns a scene of lines, shapes and words into either; what stands in the scene is laid out here, because its own plots
//! have neither filled contours of scattered points nor confidence bands beside marked stems.

mod axes;
mod canvas;
mod contours;
mod delaunay;
mod field;
mod groups;
mod map;
mod matrix;
mod scatter;
mod stem;

pub use canvas::Figure;
pub use field::{FIELD_BANDS, Field, MOST_DRAWN, Shape};

use crate::study::analysis::Study;
use crate::study::data::StudyData;

/// All figures of a study, in the order of the report.
#[must_use]
pub fn figures(study: &Study, material: &StudyData) -> Vec<Figure> {
    let mut figures = vec![between_figure(study)];
    for index in 0..study.attributes.len() {
        figures.extend(attribute_figures(study, material, index));
    }
    figures
}

/// The figure that is about no single attribute.
#[must_use]
pub fn between_figure(study: &Study) -> Figure {
    matrix::matrix(&study.between_attributes)
}

/// The figures of one attribute, by its place in the table; none past the end.
#[must_use]
pub fn attribute_figures(study: &Study, material: &StudyData, index: usize) -> Vec<Figure> {
    let Some(attribute) = study.attributes.get(index) else {
        return Vec::new();
    };
    let mut figures = vec![
        stem::stem(study, attribute, stem::Over::Regions),
        stem::stem(study, attribute, stem::Over::Samples),
    ];
    figures.extend(scatter::strongest(study, material, index));
    figures.extend(scatter::held_out(attribute));
    figures.extend(map::map(study, material, index));
    figures.extend(groups::groups(attribute));
    figures
}
