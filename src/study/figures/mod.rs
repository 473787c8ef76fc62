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
use crate::study::results::StudyResults;

/// All figures of a study, in the order of the report.
#[must_use]
pub fn figures(results: &StudyResults, data: &StudyData) -> Vec<Figure> {
    let mut figures = vec![between_figure(results)];
    for index in 0..results.attributes.len() {
        figures.extend(attribute_figures(results, data, index));
    }
    figures
}

/// The figure of all attributes together.
#[must_use]
pub fn between_figure(results: &StudyResults) -> Figure {
    matrix::matrix(&results.between_attributes)
}

/// The figures of an attribute, by its index in the table; none past the end.
#[must_use]
pub fn attribute_figures(results: &StudyResults, data: &StudyData, index: usize) -> Vec<Figure> {
    let Some(attribute) = results.attributes.get(index) else {
        return Vec::new();
    };
    let mut figures = vec![
        stem::stem(results, attribute, CorrelationUnit::Regions),
        stem::stem(results, attribute, CorrelationUnit::Samples),
    ];
    figures.extend(scatter::strongest(results, data, index));
    figures.extend(scatter::held_out(attribute));
    figures.extend(map::map(results, data, index));
    figures.extend(groups::groups(attribute));
    figures
}
