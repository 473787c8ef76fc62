//! The figures of a study, as SVG and PNG.
//!
//! kuva renders a scene of lines, polygons and text to either format. The scenes are laid out here (`canvas`, `axes`),
//! because kuva's plots have neither filled contours of scattered points (`field`, `contours`, `delaunay`) nor highlighted
//! stems and confidence bands. One file per figure: `matrix`, `stem`, `scatter`, `map`, `groups`.

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
pub use field::{FIELD_BANDS, Field, MAX_DRAWN_REGIONS, Polygon};

use crate::study::data::StudyData;
use crate::study::dimensions::CorrelationUnit;
use crate::study::results::Study;

/// All figures of a study, in the order of the report.
#[must_use]
pub fn figures(study: &Study, data: &StudyData) -> Vec<Figure> {
    let mut figures = vec![between_figure(study)];
    for index in 0..study.attributes.len() {
        figures.extend(attribute_figures(study, data, index));
    }
    figures
}

/// The figure of all attributes together.
#[must_use]
pub fn between_figure(study: &Study) -> Figure {
    matrix::matrix(&study.between_attributes)
}

/// The figures of an attribute, by its index in the table; none past the end.
#[must_use]
pub fn attribute_figures(study: &Study, data: &StudyData, index: usize) -> Vec<Figure> {
    let Some(attribute) = study.attributes.get(index) else {
        return Vec::new();
    };
    let mut figures = vec![
        stem::stem(study, attribute, CorrelationUnit::Regions),
        stem::stem(study, attribute, CorrelationUnit::Samples),
    ];
    figures.extend(scatter::strongest(study, data, index));
    figures.extend(scatter::held_out(attribute));
    figures.extend(map::map(study, data, index));
    figures.extend(groups::groups(attribute));
    figures
}
