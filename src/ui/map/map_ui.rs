//! One frame of the map.

use eframe::egui::{self, Painter, Rect, Response, Sense, Ui, Vec2};

use super::attribute_colours::colour_limits;
use super::disc_atlas::DiscAtlas;
use super::map_view::MapView;
use super::path::{self, card};
use super::pointer::PointerTargets;
use super::points_layer::{DrawParams, PointsLayer};
use super::repaint_rate::{RepaintRate, processor_seconds, time_per_pixel};
use super::{
    arrow_keys, axes, colour_bar, generated_marks, hint, hover_card, landmarks, marks, menu,
    navigation, overlay_frame, overlays, placement, pointer, probes, screen_reader, slice,
    thumbnails,
};
use crate::sweep::{LayoutKind, MelodyId};
use crate::ui::command::Command;
use crate::ui::geometry::ease_out;
use crate::ui::state::{AppState, Targets};
use crate::ui::theme::{Colours, MOVE_SECONDS, colours};

/// Space on the right of the fitted map, points.
const RIGHT_MARGIN: f32 = 36.0;

/// Draws the map over all available space.
pub fn map_ui(ui: &mut Ui, state: &AppState, view: &mut MapView, out: &mut Vec<Command>) {
    let rect = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(rect, Sense::click_and_drag());
    let now = ui.input(|input| input.time);
    let c = colours(ui.visuals());
    let reduced_motion = state.reduces_motion();
    (
        view.reduced_motion,
        view.camera.reduced_motion,
        view.map_points.reduced_motion,
    ) = (reduced_motion, reduced_motion, reduced_motion);
    view.rect = Some(rect);
    view.id = Some(response.id);

    update_view(ui, &response, state, view, now, out);
    let painter = ui.painter().with_clip_rect(rect);
    let camera = view.camera.view(now);
    if state.settings.show_fill {
        view.field
            .refresh(ui.ctx(), state, &view.map_points.region_positions, now);
        view.field.paint(&painter, rect, state, &camera);
    }
    let params = draw_params(ui, state, view, rect, now);
    let atlas = view.atlas.get_or_insert_with(|| DiscAtlas::new(ui.ctx()));
    let layer = PointsLayer::refresh(view.layer.take(), &view.map_points, atlas, params, c);
    let slider_targets = state.targets();
    view.thumbnails = thumbnails::layout(
        rect,
        params.zoom,
        view.camera.is_at_max_zoom(now),
        &layer.points,
        state.selection.focus,
        |id| has_thumbnail(state, &slider_targets, id),
    );
    let targets = PointerTargets {
        points: &layer.points,
        thumbnails: &view.thumbnails,
        view: camera,
        open: params.open.map(|(region, _)| region),
    };
    view.hovered = response.hover_pos().and_then(|at| targets.melody_at(at));
    let pulse = hint::seconds_pulsing(state, &mut view.hint_since, now);
    paint_layers(&painter, state, view, &layer, pulse, c);
    if !view.path.captures_pointer() && !view.gesture.two_fingers {
        let points_and_camera = (&layer.points, &camera);
        slice::handle(
            ui,
            &response,
            state,
            &mut view.slice,
            points_and_camera,
            out,
        );
    }
    slice::paint(ui.ctx(), &painter, state, &mut view.slice, c);
    let plays_map = !view.slice.is_open() && !view.gesture.two_fingers;
    if !view.path.captures_pointer() && plays_map {
        let gesture = &mut view.gesture;
        pointer::select(ui, &response, state, gesture, &targets, out);
        let points = &layer.points;
        if !view.gesture.drags_melody {
            probes::handle_pointer(ui, &response, state, &mut view.probes, points, &camera, out);
        }
    }
    let target = &mut view.gesture.menu;
    menu::show(&response, state, &targets, &view.path, target, out);
    arrow_keys::handle(ui, &response, state, &layer.points, out);
    screen_reader::describe(ui, &response, state, &layer.points, out);
    reveal_selection(state, view, &layer, now);
    keep_in_view(state, view, &layer, now);
    view.layer = Some(layer);

    overlays::show(
        ui,
        rect,
        (view.map_points.highlighted_count, view.shows_playing_name),
        state,
        out,
    );
    card::show(ui, rect, state, out);
    hover(ui, &response, state, view, c);
    request_repaint(ui, state, view, pulse.is_some(), now);
}

/// Brings points, camera, path and opened region up to date with the state and what the pointer does.
fn update_view(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    view: &mut MapView,
    now: f64,
    out: &mut Vec<Command>,
) {
    view.map_points.refresh(
        &state.melodies,
        state.colour_attribute(),
        &state.filter,
        state.targets(),
        now,
    );
    if !view.path.is_dragging() {
        fit(state, view, response.rect, now);
    }
    view.gesture.follow_fingers(ui);
    view.path
        .update_transition(state, view.map_points.transition(now));
    path::pointer::handle(ui, response, state, view, now, out);
    navigation::move_camera(ui, response, state, view, now);
    view.open_region = match (state.selection.open_region(), view.open_region) {
        (Some(region), Some(open)) if open.0 == region => Some(open),
        (region, _) => region.map(|region| (region, now)),
    };
}

fn draw_params(ui: &Ui, state: &AppState, view: &MapView, rect: Rect, now: f64) -> DrawParams {
    DrawParams {
        data_versions: (
            state.melodies.generation(),
            state.melodies.version(),
            state.colour_attribute(),
        ),
        filter: state.filter.version(),
        highlight_version: view.map_points.highlight_version,
        limits: colour_limits(state),
        palette: state.settings.palette,
        dark: ui.visuals().dark_mode,
        view: view.camera.view(now),
        zoom: view.camera.zoom(now),
        rect,
        open: view.open_region.map(|(region, since)| {
            let t = (now - since) / MOVE_SECONDS;
            let openness = if view.reduced_motion {
                1.0
            } else {
                ease_out(t as f32)
            };
            (region, openness)
        }),
        samples_around_centres: state.layout.shown_kind == LayoutKind::Latent,
        transition: view.map_points.transition(now),
        pixels_per_point: ui.pixels_per_point(),
    }
}

/// Shows all of a new map at once, and moves there when asked to later.
fn fit(state: &AppState, view: &mut MapView, rect: Rect, now: f64) {
    let (generation, request) = (state.melodies.generation(), state.fit_map_requests);
    let positions = &view.map_points.positions;
    if positions.is_empty() || rect.width() < 10.0 {
        return;
    }
    let free_rect = free_area(rect, view.names_what_plays);
    if view.fitted_request == Some((generation, request)) {
        if view.fitted_rects != Some((rect, free_rect)) {
            view.camera.resize(rect, free_rect, positions);
        } else if view.followed_movement != state.point_movements {
            view.camera.follow(rect, free_rect, positions);
        }
    } else {
        let same_map = view
            .fitted_request
            .is_some_and(|(fitted, _)| fitted == generation);
        view.camera
            .fit(rect, free_rect, positions, same_map.then_some(now));
        view.fitted_request = Some((generation, request));
        if let Some(chosen) = view.next_view.take() {
            view.camera.set_chosen_view(chosen);
        }
    }
    view.fitted_rects = Some((rect, free_rect));
    view.followed_movement = state.point_movements;
}

/// The part of the map that no overlay covers, with space for the points' radii. A wide map has space beside the chips; on a
/// narrow one they are folded, except the name of what plays, where it is shown here.
fn free_area(rect: Rect, names_what_plays: bool) -> Rect {
    let mut inner = overlay_frame::inner_area(rect);
    if names_what_plays && overlay_frame::is_narrow(rect) {
        inner.min.y += overlay_frame::PLAYING_HEIGHT;
    }
    let bottom = colour_bar::bar_height(rect.height()) + 2.0 * overlay_frame::EDGE;
    Rect::from_min_max(
        inner.min + Vec2::splat(8.0),
        rect.max - Vec2::new(RIGHT_MARGIN, bottom),
    )
}

/// Whether a melody may have a thumbnail: it has notes, and nothing dims it.
fn has_thumbnail(state: &AppState, slider_targets: &Targets, id: MelodyId) -> bool {
    state.melodies.get(id).is_some_and(|entry| {
        let swept = id.region().is_some();
        !entry.melody.is_empty()
            && state.filter.passes(entry)
            && (!swept || slider_targets.contains(entry))
    })
}

fn paint_layers(
    painter: &Painter,
    state: &AppState,
    view: &MapView,
    layer: &PointsLayer,
    pulse_seconds: Option<f64>,
    c: &Colours,
) {
    let PointsLayer {
        params,
        points,
        mesh,
    } = layer;
    let (rect, camera) = (params.rect, &params.view);
    if let Some((region, _)) = params.open {
        marks::paint_region_lines(painter, points, region, c);
    }
    // Numbers would not be true of points on their way to another layout.
    let axes = state.layout.axes().filter(|_| params.transition >= 1.0);
    if let Some(axes) = axes {
        axes::paint_lines(painter, rect, axes, camera, c);
    }
    generated_marks::paint_lines(painter, state, points, c);
    thumbnails::paint(painter, &view.thumbnails, state, c);
    painter.add(mesh.clone());
    let mut names = generated_marks::paint_names(painter, state, points, c);
    landmarks::paint(painter, state, points, &mut names, c);
    marks::paint_similar(painter, rect, state, points, c);
    let hovered = view.hovered.filter(|_| !view.gesture.pointer_rests);
    marks::paint(painter, rect, state, points, hovered, camera, c);
    hint::paint_ring(painter, rect, state, points, pulse_seconds, c);
    if let Some(from) = view.gesture.box_start {
        marks::paint_selection_box(painter, from, c);
    }
    marks::paint_lasso(painter, &view.gesture.lasso, c);
    path::paint::paint(painter, rect, state, &view.path, camera, c);
    if let Some(id) = view.hovered.or(state.selection.focus)
        && let Some(placement) = state.layout.placements.get(&id)
        && let Some(point) = points.get(id)
    {
        let free_rect = free_area(rect, view.names_what_plays);
        placement::paint(
            painter,
            point.position,
            placement,
            camera.scale,
            free_rect,
            c,
        );
    }
    if let Some(axes) = axes {
        axes::paint_numbers(painter, rect, axes, camera, c);
    }
}

/// Brings the selection into view after a key or command has moved it.
fn reveal_selection(state: &AppState, view: &mut MapView, layer: &PointsLayer, now: f64) {
    if let Some(focus) = state.selection.focus
        && let Some(point) = layer.points.get(focus)
        && std::mem::take(&mut view.gesture.reveal_focus)
        && !view.camera.is_moving(now)
    {
        let rect = layer.params.rect;
        let point = view.camera.view(now).to_map(rect, point.position);
        view.camera.reveal(rect, point, now);
    }
}

/// At the start of a transition to another layout, moves a view that the user chose as far as needed to keep the selected melody, or the
/// one that plays, in it.
fn keep_in_view(state: &AppState, view: &mut MapView, layer: &PointsLayer, now: f64) {
    let number = view.map_points.transition_number();
    if std::mem::replace(&mut view.followed_transition, number) == number {
        return;
    }
    let rect = layer.params.rect;
    let id = state.selection.focus.or_else(|| state.playing_id());
    let point = id.and_then(|id| layer.points.get(id));
    // The points of the layer are still at their old positions.
    if let Some(point) = point.filter(|point| rect.contains(point.position))
        && let Some(target) = view.map_points.final_position(point.id)
    {
        view.camera.reveal(rect, target, now);
    }
}

/// Shows the card of the hovered melody, unless the inspector shows it already.
fn hover(ui: &Ui, response: &Response, state: &AppState, view: &MapView, c: &Colours) {
    let in_inspector = |id: &MelodyId| view.inspector_shown && state.selection.focus == Some(*id);
    if let Some(entry) = view
        .hovered
        .filter(|id| !in_inspector(id) && !view.path.captures_pointer())
        .and_then(|id| state.melodies.get(id))
        && !response.dragged()
        && !view.gesture.two_fingers
        && !view.gesture.pointer_rests
        && !view.slice.is_open()
        && !ui.ctx().any_popup_open()
        && let Some(pointer) = response.hover_pos()
    {
        ui.set_cursor_icon(egui::CursorIcon::PointingHand);
        hover_card::show(ui, response.rect, pointer, state, entry, c);
    }
}

/// Requests the next frame only if something on the map moves.
fn request_repaint(ui: &Ui, state: &AppState, view: &mut MapView, pulses: bool, now: f64) {
    let opening = view
        .open_region
        .is_some_and(|(_, since)| !view.reduced_motion && now - since < MOVE_SECONDS);
    view.moving = view.camera.is_moving(now) || view.map_points.transition(now) < 1.0;
    let follows_previews = state.layout.layout_progress.is_some() && !view.camera.is_moving(now);
    if view.moving && follows_previews && view.repaint_rate != RepaintRate::Gpu {
        let interval = RepaintRate::CPU_PROGRESS_INTERVAL;
        ui.ctx().request_repaint_after(interval);
    } else if view.moving || opening {
        ui.ctx().request_repaint();
    } else if state.playback.playhead.playing || pulses {
        view.repaint_rate.update(now, processor_seconds);
        let playing = state.playback.now_playing();
        let steps = playing.map_or(0, |playing| playing.melody.steps());
        // The widest piano roll is that of the inspector.
        let pixels = state.settings.right_width * ui.pixels_per_point();
        let pixel = time_per_pixel(steps, state.settings.tempo, pixels);
        ui.ctx()
            .request_repaint_after(view.repaint_rate.interval().max(pixel));
    }
}
