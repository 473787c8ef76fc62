//! The map: the one loud thing in the window.
//!
//! A widget of its own on the painter. The points are one mesh and the field is
//! one texture; both are kept until what they show changes, so that a frame
//! with many thousand points costs a copy. What the map is a picture of comes
//! from [`AppState`]; only the camera and the kept pictures live in [`MapView`].

mod axes;
mod camera;
mod contours;
mod discs;
mod dots;
mod draw;
mod field;
mod filter;
mod grid;
mod hover_card;
mod layout_switch;
mod lit;
mod made;
mod marks;
mod menu;
mod overlays;
mod path;
mod placement;
mod pointer;
mod quality_card;
mod spots;
mod thumbnails;
mod walk;

pub use camera::{Camera, View};
pub use dots::ScreenPoint;
pub use overlays::export_menu as overlays_export_menu;
pub use path::Ground;
pub use walk::nearest_towards;

use std::sync::Arc;

use eframe::egui::{self, Key, Mesh, Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

use self::discs::Discs;
use self::dots::Dots;
use self::draw::Look;
use self::field::{Field, Input};
use self::grid::Grid;
use super::command::{Command, Direction};
use super::palette::Palette;
use super::state::{AppState, Sought};
use super::theme::{MOVE_SECONDS, colours};
use super::widgets::numbers::with_unit;
use crate::attributes::ATTRIBUTES;
use crate::sweep::{Layout, MelodyId};

/// How near the pointer must be to a point, in points of screen.
const REACH: f32 = 12.0;
/// The field follows arriving melodies no more often than this, seconds.
const FIELD_PAUSE: f64 = 0.25;
/// Free space around the map: room for the overlays.
const MARGIN: Vec2 = Vec2::new(36.0, 56.0);

/// What the map remembers between frames and nobody else needs.
#[derive(Default)]
pub struct MapView {
    camera: Camera,
    /// Generation and request that the camera was last fitted to, and the widget's size then.
    fitted: Option<(u64, u64)>,
    discs: Option<Discs>,
    dots: Dots,
    drawn: Option<(Look, Vec<ScreenPoint>, Arc<Mesh>)>,
    grid: Grid,
    spots: spots::Spots,
    /// The rolls below the points, close up.
    cards: Vec<thumbnails::Card>,
    path: path::PathView,
    field: Option<Field>,
    field_source: Option<FieldSource>,
    field_since: f64,
    /// The open region, and since when.
    open: Option<(u32, f64)>,
    hovered: Option<MelodyId>,
    pointer: pointer::Gesture,
    /// Whether points or camera are still on their way.
    moving: bool,
    rect: Option<Rect>,
    id: Option<egui::Id>,
    /// Time between frames while something plays.
    pace: Pace,
}

/// How often the map is drawn while something plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// As often as the screen shows it.
    #[default]
    Smooth,
    /// Less often, where the processor draws and would rather decode.
    Calm,
}

impl Pace {
    fn pause(self) -> std::time::Duration {
        std::time::Duration::from_millis(match self {
            Self::Smooth => 16,
            Self::Calm => 66,
        })
    }
}

impl MapView {
    /// Sets how often the map is drawn while something plays.
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// The widget, once drawn.
    pub fn id(&self) -> Option<egui::Id> {
        self.id
    }

    /// The point under the pointer.
    pub fn hovered(&self) -> Option<MelodyId> {
        self.hovered
    }

    /// Where a melody is on screen.
    pub fn position(&self, id: MelodyId) -> Option<Pos2> {
        let (_, placed, _) = self.drawn.as_ref()?;
        placed.iter().find(|dot| dot.id == id).map(|dot| dot.at)
    }

    /// Where a place of the map was on screen in the last frame.
    pub fn on_screen(&self, place: [f64; 2]) -> Option<Pos2> {
        let (look, _, _) = self.drawn.as_ref()?;
        Some(look.view.to_screen(look.rect, place))
    }

    /// All points as they were drawn in the last frame.
    pub fn placed(&self) -> &[ScreenPoint] {
        self.drawn.as_ref().map_or(&[], |(_, placed, _)| placed)
    }

    /// How many melodies were drawn as small rolls in the last frame.
    pub fn rolls(&self) -> usize {
        self.cards.len()
    }

    /// Whether points or camera were on their way to another place in the last frame.
    pub fn moving(&self) -> bool {
        self.moving
    }

    /// The widget's rectangle in the last frame.
    pub fn rect(&self) -> Option<Rect> {
        self.rect
    }

    /// Whether the space key is being used to pan, so that its release means nothing else.
    pub fn panned_by_space(&self) -> bool {
        self.pointer.panned_by_space
    }

    /// Forgets that the space key was used to pan.
    pub fn forget_space(&mut self) {
        self.pointer.panned_by_space = false;
    }
}

/// Draws the map over all the space there is.
pub fn map_ui(ui: &mut Ui, state: &AppState, view: &mut MapView, out: &mut Vec<Command>) {
    let rect = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(rect, Sense::click_and_drag());
    let now = ui.input(|input| input.time);
    let c = colours(ui.visuals());
    ui.painter().rect_filled(rect, 0.0, c.ground);

    let attribute = state.colour_attribute();
    view.rect = Some(rect);
    view.id = Some(response.id);
    let sought = state.sought();
    view.dots
        .refresh(&state.library, attribute, &state.filter, sought, now);
    if !view.path.busy() {
        fit(state, view, rect, now);
    }
    view.path.glide(state, view.dots.glide(now));
    path::hands(ui, &response, state, view, now, out);
    pointer::camera(ui, &response, state, view, now);
    let open = openness(state, view, now);
    let painter = ui.painter().with_clip_rect(rect);

    if state.settings.field {
        refresh_field(ui, state, view, attribute, now);
        if let Some(field) = &view.field {
            // While a slider lights a part of the map up, that is what should be seen.
            let strength = if sought.is_some() { 0.4 } else { 1.0 };
            let camera = view.camera.view(now);
            painter.add(field.shape(rect, &camera, strength));
            if state.settings.contours {
                field.paint_lines(&painter, rect, &camera, strength);
            }
        }
    }

    let look = Look {
        data: (
            state.library.generation(),
            state.library.version(),
            attribute,
        ),
        filter: state.filter.version(),
        sought,
        limits: limits(state, attribute),
        palette: state.settings.palette,
        dark: ui.visuals().dark_mode,
        view: view.camera.view(now),
        zoom: view.camera.zoom(now),
        rect,
        open,
        gathered: state.layout.shown == Layout::Latent,
        glide: view.dots.glide(now),
        pixels: ui.pixels_per_point(),
    };
    let discs = view.discs.get_or_insert_with(|| Discs::new(ui.ctx()));
    if view.drawn.as_ref().is_none_or(|(old, _, _)| *old != look) {
        let (before, mut placed, mesh) = match view.drawn.take() {
            Some((before, placed, mesh)) => (Some(before), placed, Some(mesh)),
            None => (None, Vec::new(), None),
        };
        let mut mesh = draw::emptied(discs, mesh);
        view.dots.draw(&look, c, &mut placed, &mut mesh);
        if before.is_none_or(|before| !before.same_places(&look)) {
            let spread = look.spread_region();
            let loose = |dot: &ScreenPoint| matches!(dot.id, MelodyId::Sample { region, .. } if Some(region) == spread);
            view.grid = Grid::new(&placed, (look.view, rect), loose);
        }
        view.grid.look_from(look.view, rect);
        view.drawn = Some((look, placed, Arc::new(mesh)));
    }
    let Some((_, placed, mesh)) = &view.drawn else {
        return;
    };
    let open = open.map(|(region, _)| region);
    view.cards = thumbnails::cards(
        rect,
        look.zoom,
        view.camera.closest(now),
        placed,
        &view.grid,
        state.selection.focus,
        |id| shows_notes(state, sought, id),
    );
    let points = pointer::Points {
        placed,
        grid: &view.grid,
        cards: &view.cards,
        view: look.view,
        open,
    };
    view.hovered = response.hover_pos().and_then(|at| points.at(at));
    if let Some(region) = open {
        marks::constellation(&painter, placed, region, c);
    }
    axes::paint(&painter, rect, state.layout.shown, c);
    made::lines(&painter, state, placed, c);
    thumbnails::paint(&painter, &view.cards, state, look.limits, c);
    painter.add(mesh.clone());
    made::names(&painter, state, placed, c);
    marks::similar(&painter, rect, state, placed, c);
    marks::marks(&painter, state, view, placed, now, c);
    path::paint(&painter, rect, state, &view.path, &look.view, c);
    if let Some(id) = view.hovered.or(state.selection.focus)
        && let Some(place) = state.layout.placed.get(&id)
        && let Some(dot) = placed.iter().find(|dot| dot.id == id)
    {
        placement::paint(&painter, dot.at, place, view.camera.view(now).scale, c);
    }
    if !view.path.claims() {
        pointer::select(ui, &response, state, &mut view.pointer, &points, out);
        menu::show(&response, state, &points, &mut view.pointer.menu, out);
        spots::listen(
            ui,
            &response,
            state,
            &mut view.spots,
            placed,
            &view.grid,
            &look.view,
            out,
        );
    }
    walk_keys(ui, &response, state, placed, out);
    if let Some(focus) = state.selection.focus
        && view.pointer.follow
    {
        // A step by key may lead off the screen.
        view.pointer.follow = false;
        if let (Some(dot), false) = (
            placed.iter().find(|dot| dot.id == focus),
            view.camera.moving(now),
        ) {
            let point = view.camera.view(now).to_map(rect, dot.at);
            view.camera.reveal(rect, point, now);
        }
    }

    describe(ui, &response, state);
    overlays::show(ui, rect, state, out);
    lit::show(ui, overlays::beside(rect), state, view.dots.lit, out);
    path::card(ui, rect, state, out);
    // The selected melody is in the inspector; a card over its region would hide the rest of it.
    let told = |id: &MelodyId| state.settings.right_panel && state.selection.focus == Some(*id);
    if let Some(entry) = view
        .hovered
        .filter(|id| !told(id) && !view.path.claims())
        .and_then(|id| state.library.get(id))
        && !response.dragged()
        && !view.pointer.idle
        && !ui.ctx().any_popup_open()
        && let Some(pointer) = response.hover_pos()
    {
        ui.set_cursor_icon(egui::CursorIcon::PointingHand);
        hover_card::paint(&painter, rect, pointer, state, entry, c);
    }
    keep_moving(ui, state, view, now);
}

/// Whether a point has a roll when there is room for it: something to show, and nothing that dims it.
fn shows_notes(state: &AppState, sought: Option<Sought>, id: MelodyId) -> bool {
    state.library.get(id).is_some_and(|entry| {
        let swept = id.region().is_some();
        !entry.melody.is_empty()
            && state.filter.passes(&entry.attributes)
            && sought.is_none_or(|sought| !swept || sought.holds(&entry.attributes))
    })
}

fn limits(state: &AppState, attribute: usize) -> (f64, f64) {
    state
        .summary
        .get(attribute)
        .map_or((0.0, 1.0), |summary| summary.limits)
}

/// Shows all of a new map at once, and glides there when asked to later on.
fn fit(state: &AppState, view: &mut MapView, rect: Rect, now: f64) {
    let request = (state.library.generation(), state.fit_map);
    if view.dots.whole.is_empty() || view.fitted == Some(request) || rect.width() < 10.0 {
        return;
    }
    let known = view
        .fitted
        .is_some_and(|(generation, _)| generation == request.0);
    let MapView { camera, dots, .. } = view;
    camera.fit(rect, &dots.whole, MARGIN, known.then_some(now));
    view.fitted = Some(request);
}

/// The open region, and how far it has opened, 0 to 1.
fn openness(state: &AppState, view: &mut MapView, now: f64) -> Option<(u32, f32)> {
    let region = state.selection.open_region();
    match (region, view.open) {
        (Some(region), Some((open, _))) if open == region => {}
        (Some(region), _) => view.open = Some((region, now)),
        (None, _) => view.open = None,
    }
    view.open.map(|(region, since)| {
        let t = ((now - since) / MOVE_SECONDS).clamp(0.0, 1.0) as f32;
        (region, 1.0 - (1.0 - t).powi(3))
    })
}

fn refresh_field(ui: &Ui, state: &AppState, view: &mut MapView, attribute: usize, now: f64) {
    let busy = state.sweeping() || state.layout.running.is_some();
    if busy && view.field.is_some() && now - view.field_since < FIELD_PAUSE {
        return;
    }
    let Some(entry) = ATTRIBUTES.get(attribute) else {
        return;
    };
    let source = FieldSource {
        generation: state.library.generation(),
        version: state.library.version(),
        layout: state.layout.shown,
        attribute,
        limits: limits(state, attribute),
        palette: state.settings.palette,
    };
    if view.field_source == Some(source) {
        return;
    }
    let input = Input {
        points: field_points(state, view, attribute, entry.display_scale),
        limits: source.limits,
        palette: source.palette,
    };
    view.field = Field::new(ui.ctx(), &input);
    view.field_source = Some(source);
    view.field_since = now;
}

/// What the field was made from.
#[derive(Clone, Copy, PartialEq)]
struct FieldSource {
    generation: u64,
    version: u64,
    layout: Layout,
    attribute: usize,
    limits: (f64, f64),
    palette: Palette,
}

/// What the field is made of: the regions' means where samples lie around their region, else all melodies.
fn field_points(
    state: &AppState,
    view: &MapView,
    attribute: usize,
    scale: fn(f64) -> f64,
) -> Vec<([f64; 2], f64)> {
    let library = &state.library;
    if state.layout.shown == Layout::Latent {
        let mean = |(region, at): (usize, &[f64; 2])| {
            Some((*at, scale(library.region_mean(region, attribute)?)))
        };
        return view
            .dots
            .extent
            .iter()
            .enumerate()
            .filter_map(mean)
            .collect();
    }
    library
        .swept()
        .filter_map(|melody| Some((melody.position, scale(melody.attributes.value(attribute)?))))
        .collect()
}

fn walk_keys(
    ui: &Ui,
    response: &egui::Response,
    state: &AppState,
    placed: &[ScreenPoint],
    out: &mut Vec<Command>,
) {
    let focused = ui.memory(|memory| memory.focused());
    if response.has_focus() {
        ui.memory_mut(|memory| {
            memory.set_focus_lock_filter(
                response.id,
                egui::EventFilter {
                    horizontal_arrows: true,
                    vertical_arrows: true,
                    ..egui::EventFilter::default()
                },
            );
        });
    } else if focused.is_some() {
        return;
    }
    let direction = ui.input(|input| {
        if input.modifiers.any() {
            return None;
        }
        [
            (Key::ArrowLeft, Direction::Left),
            (Key::ArrowRight, Direction::Right),
            (Key::ArrowUp, Direction::Up),
            (Key::ArrowDown, Direction::Down),
        ]
        .into_iter()
        .find(|(key, _)| input.key_pressed(*key))
        .map(|(_, direction)| direction)
    });
    let Some(direction) = direction else { return };
    // From a region to regions, from a sample to samples: one step is one idea of "next".
    let by_region = !matches!(state.selection.focus, Some(MelodyId::Sample { .. }));
    let from = state
        .selection
        .focus
        .and_then(|focus| placed.iter().find(|dot| dot.id == focus))
        .map_or(response.rect.center(), |dot| dot.at);
    let candidates = placed
        .iter()
        .filter(|dot| dot.ready && Some(dot.id) != state.selection.focus)
        .filter(|dot| !by_region || !matches!(dot.id, MelodyId::Sample { .. }))
        .map(|dot| (dot.id, dot.at));
    if let Some(id) = nearest_towards(from, direction, candidates) {
        out.push(Command::Select(id));
    }
}

/// Names the map, and the point in focus, for screen readers.
fn describe(ui: &Ui, response: &egui::Response, state: &AppState) {
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Map"));
    let said = match state.shown() {
        Some(entry) => {
            let values: Vec<String> = ATTRIBUTES
                .iter()
                .enumerate()
                .filter_map(|(index, attribute)| {
                    let shown = (attribute.display_scale)(entry.attributes.value(index)?);
                    Some(format!(
                        "{} {}",
                        attribute.name,
                        with_unit(attribute, shown)
                    ))
                })
                .collect();
            if values.is_empty() {
                format!("{}, silent", state.title(entry.id))
            } else {
                format!("{}, {}", state.title(entry.id), values.join(", "))
            }
        }
        None => format!(
            "{} melodies, none selected; arrow keys walk from one to the next",
            state.library.decoded()
        ),
    };
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_value(said);
    });
}

/// Asks for the next frame, and only if something on the map moves.
fn keep_moving(ui: &Ui, state: &AppState, view: &mut MapView, now: f64) {
    let opening = view
        .open
        .is_some_and(|(_, since)| now - since < MOVE_SECONDS);
    view.moving = view.camera.moving(now) || view.dots.glide(now) < 1.0;
    if view.moving || opening {
        ui.ctx().request_repaint();
    } else if state.listening.playhead.playing || overlays::inviting(state) {
        ui.ctx().request_repaint_after(view.pace.pause());
    }
}
