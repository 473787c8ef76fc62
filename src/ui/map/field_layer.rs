//! The field as a layer of the map: computed again when its inputs change, and painted below the points.

use eframe::egui::{Context, Painter, Rect};

use super::attribute_colours::colour_limits;
use super::camera::View;
use super::field::{Field, FieldInput};
use crate::attributes::ATTRIBUTES;
use crate::sweep::LayoutKind;
use crate::ui::palette::Palette;
use crate::ui::state::AppState;

/// Minimum time between two computations while melodies or positions arrive, seconds.
const MIN_INTERVAL: f64 = 0.25;
/// Opacity while a slider highlights a part of the map.
const BACKGROUND_OPACITY: f32 = 0.4;

/// The field, and what it was computed from.
#[derive(Default)]
pub struct FieldLayer {
    field: Option<Field>,
    source: Option<SourceKey>,
    computed_at: f64,
}

#[derive(Clone, Copy, PartialEq)]
struct SourceKey {
    generation: u64,
    version: u64,
    layout_kind: LayoutKind,
    attribute: usize,
    limits: (f64, f64),
    palette: Palette,
}

impl FieldLayer {
    /// Computes the field again if its inputs have changed. `regions` are the positions of all regions.
    pub fn refresh(&mut self, ctx: &Context, state: &AppState, regions: &[[f64; 2]], now: f64) {
        let is_changing = state.is_sweeping() || state.layout.layout_progress.is_some();
        if is_changing && self.field.is_some() && now - self.computed_at < MIN_INTERVAL {
            return;
        }
        let source = SourceKey {
            generation: state.melodies.generation(),
            version: state.melodies.version(),
            layout_kind: state.layout.shown_kind,
            attribute: state.colour_attribute(),
            limits: colour_limits(state),
            palette: state.settings.palette,
        };
        if self.source == Some(source) {
            return;
        }
        let input = FieldInput {
            points: points(state, regions),
            limits: source.limits,
            palette: source.palette,
        };
        self.field = Field::new(ctx, &input);
        self.source = Some(source);
        self.computed_at = now;
    }

    /// Paints the field and, if they are shown, its contours.
    pub fn paint(&self, painter: &Painter, rect: Rect, state: &AppState, view: &View) {
        let Some(field) = &self.field else { return };
        let opacity = if state.highlights_targets() {
            BACKGROUND_OPACITY
        } else {
            1.0
        };
        // Where the processor draws, the lines alone: the fill takes longer than all points.
        if !(state.draws_on_cpu && state.settings.contours) {
            painter.add(field.shape(rect, view, opacity));
        }
        if state.settings.contours {
            field.paint_contours(painter, rect, view, opacity);
        }
    }
}

/// Positions and shown values: the means of the regions where samples lie around their region, otherwise all melodies.
fn points(state: &AppState, regions: &[[f64; 2]]) -> Vec<([f64; 2], f64)> {
    let (melodies, index) = (&state.melodies, state.colour_attribute());
    let Some(attribute) = ATTRIBUTES.get(index) else {
        return Vec::new();
    };
    let shown = attribute.to_display_unit;
    if state.layout.shown_kind == LayoutKind::Latent {
        let mean = |(region, at): (usize, &[f64; 2])| {
            Some((*at, shown(melodies.region_mean(region, index)?)))
        };
        return regions.iter().enumerate().filter_map(mean).collect();
    }
    melodies
        .swept()
        .filter_map(|melody| Some((melody.position, shown(melody.attributes.value(index)?))))
        .collect()
}
