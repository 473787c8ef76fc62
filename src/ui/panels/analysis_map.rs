//! The map of the Analysis tab: an attribute over the regions in filled bands. A click on a region plays its centre.

use eframe::egui::{
    Align2, Color32, CursorIcon, FontId, Mesh, Painter, PointerButton, Pos2, Rect, Role, Sense,
    Shape, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::analysis_plots::MAX_CLICK_DISTANCE;
use crate::attributes::STUDY_ATTRIBUTES;
use crate::study::figures::{FIELD_BANDS, Field};
use crate::sweep::{LayoutKind, MelodyId};
use crate::ui::command::Command;
use crate::ui::palette::GROUP_COLOURS;
use crate::ui::state::{AnalysisResult, AppState};
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::{caption, theme_colours};
use crate::ui::widgets::numbers::{format_number, short_unit};

/// Margin around the map, and width of the colour bar on its right.
const MAP_MARGIN: f32 = 16.0;
const COLOUR_BAR_WIDTH: f32 = 58.0;

/// Transformation from the map to the screen, with one scale for both axes.
struct Transform {
    map_centre: (f64, f64),
    screen_centre: Pos2,
    points_per_unit: f64,
}

impl Transform {
    fn new(field: &Field, rect: Rect) -> Self {
        let limits = |coordinate: fn(&(f64, f64)) -> f64| {
            let coordinates = field.regions.iter().map(|region| coordinate(&region.1));
            coordinates.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(x), high.max(x))
            })
        };
        let (x, y) = (limits(|p| p.0), limits(|p| p.1));
        let scale_to_fit =
            |size: f32, (low, high): (f64, f64)| f64::from(size) / (high - low).max(1e-9);
        Self {
            map_centre: (x.0.midpoint(x.1), y.0.midpoint(y.1)),
            screen_centre: rect.center(),
            points_per_unit: scale_to_fit(rect.width(), x).min(scale_to_fit(rect.height(), y)),
        }
    }

    /// The y axis points up, as in the report.
    fn to_screen(&self, (x, y): (f64, f64)) -> Pos2 {
        let right = (x - self.map_centre.0) * self.points_per_unit;
        let up = (y - self.map_centre.1) * self.points_per_unit;
        self.screen_centre + vec2(right as f32, -up as f32)
    }
}

/// The regions on the map with the attribute's means between them.
pub(super) fn map_plot(
    ui: &mut Ui,
    state: &AppState,
    analysis: &AnalysisResult,
    index: usize,
    size: Vec2,
    out: &mut Vec<Command>,
) {
    let Some(attribute) = STUDY_ATTRIBUTES.get(index) else {
        return;
    };
    let Some(field) = analysis.fields.get(index).and_then(Option::as_ref) else {
        caption(
            ui,
            "A map needs three regions with different means of the attribute",
        );
        return;
    };
    caption(ui, heading(state.layout.shown_kind));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Map of the regions"));
    let mut map_rect = rect.shrink(MAP_MARGIN);
    map_rect.max.x -= COLOUR_BAR_WIDTH;
    let transform = Transform::new(field, map_rect);
    let painter = ui.painter_at(rect);
    painter.add(Shape::mesh(fill_mesh(field, &transform, state)));
    let radius = if field.regions.len() > 300 { 1.6 } else { 3.0 };
    for (_, position, _) in &field.regions {
        painter.circle(
            transform.to_screen(*position),
            radius,
            Color32::WHITE,
            Stroke::new(1.0, Color32::BLACK),
        );
    }
    paint_groups(&painter, analysis, index, &transform);
    paint_colour_bar(ui, &painter, state, field, (rect, map_rect));
    let unit = pos2(rect.right() - COLOUR_BAR_WIDTH + 8.0, rect.bottom());
    painter.text(
        unit,
        Align2::CENTER_BOTTOM,
        short_unit(attribute),
        FontId::proportional(CAPTION),
        theme_colours(ui).muted,
    );
    let pointer = response.interact_pointer_pos().or(response.hover_pos());
    let nearest = pointer.and_then(|pointer| {
        field
            .regions
            .iter()
            .map(|region| (transform.to_screen(region.1).distance(pointer), region))
            .filter(|(distance, _)| *distance <= MAX_CLICK_DISTANCE)
            .min_by(|a, b| a.0.total_cmp(&b.0))
    });
    let Some((_, (region, position, mean))) = nearest else {
        return;
    };
    painter.circle_stroke(
        transform.to_screen(*position),
        7.0,
        Stroke::new(2.0, Color32::WHITE),
    );
    ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
    if response.clicked_by(PointerButton::Primary) {
        out.push(Command::Select(MelodyId::Centre { region: *region }));
    }
    let unit = short_unit(attribute);
    response.on_hover_text(format!(
        "Region {region}: {} {unit}",
        format_number(*mean, 2)
    ));
}

/// Says which map the figure shows: that of the study, whatever layout the map of the window has.
fn heading(shown: LayoutKind) -> String {
    let other = match shown {
        LayoutKind::Latent => String::new(),
        layout => format!("; the map's own layout is {}", layout.name()),
    };
    format!(
        "Means of the regions on the study's map, by multidimensional scaling of the latent space{other}"
    )
}

/// Marks the regions of the low, mid and high groups.
fn paint_groups(painter: &Painter, analysis: &AnalysisResult, index: usize, transform: &Transform) {
    let groups = analysis.results.attributes.get(index);
    let groups = groups.and_then(|attribute| attribute.groups.as_ref());
    for (group, colour) in groups.iter().flat_map(|g| &g.groups).zip(GROUP_COLOURS) {
        if let Some(position) = analysis.data.map.points.get(group.region) {
            let at = transform.to_screen((position[0], position[1]));
            painter.circle(at, 6.0, colour, Stroke::new(1.5, Color32::BLACK));
            let text = painter.layout_no_wrap(
                group.name.to_owned(),
                FontId::proportional(CAPTION),
                Color32::WHITE,
            );
            let corner = at + vec2(9.0, -text.size().y / 2.0);
            let back = Rect::from_min_size(corner, text.size()).expand2(vec2(3.0, 1.0));
            painter.rect_filled(back, 3.0, Color32::from_black_alpha(190));
            painter.galley(corner, text, Color32::WHITE);
        }
    }
}

/// Draws the colour bar right of the map, in `rect`, at the height of the map, `map_rect`.
fn paint_colour_bar(
    ui: &Ui,
    painter: &Painter,
    state: &AppState,
    field: &Field,
    (rect, map_rect): (Rect, Rect),
) {
    let c = theme_colours(ui);
    let bar = Rect::from_min_max(
        pos2(rect.right() - COLOUR_BAR_WIDTH + 8.0, map_rect.top()),
        pos2(rect.right() - COLOUR_BAR_WIDTH + 20.0, map_rect.bottom()),
    );
    let step = bar.height() / FIELD_BANDS as f32;
    for band in 0..FIELD_BANDS {
        let bottom = bar.bottom() - step * band as f32;
        let part = Rect::from_min_max(pos2(bar.left(), bottom - step), pos2(bar.right(), bottom));
        painter.rect_filled(part, 0.0, band_colour(state, band));
    }
    for (value, y, anchor) in [
        (field.high, bar.top(), Align2::LEFT_TOP),
        (field.low, bar.bottom(), Align2::LEFT_BOTTOM),
    ] {
        let at = pos2(bar.right() + 5.0, y);
        painter.text(
            at,
            anchor,
            format_number(value, 1),
            FontId::proportional(CAPTION),
            c.muted,
        );
    }
}

/// The mesh of the bands, each polygon as a triangle fan.
fn fill_mesh(field: &Field, transform: &Transform, state: &AppState) -> Mesh {
    let mut mesh = Mesh::default();
    for (band, shapes) in field.bands.iter().enumerate() {
        let fill = band_colour(state, band);
        for shape in shapes {
            let first = mesh.vertices.len() as u32;
            for corner in shape {
                mesh.colored_vertex(transform.to_screen(*corner), fill);
            }
            for k in 2..shape.len() as u32 {
                mesh.add_triangle(first, first + k - 1, first + k);
            }
        }
    }
    mesh
}

fn band_colour(state: &AppState, band: usize) -> Color32 {
    let fraction = (band as f64 + 0.5) / FIELD_BANDS as f64;
    state.settings.palette.colour(fraction)
}
