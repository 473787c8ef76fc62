//! The layout of the window: the panels at its edges, and the map or the analysis between them.

use eframe::egui::{
    self, CentralPanel, Color32, Frame, Margin, Panel as EdgePanel, Rect, Ui, UiBuilder,
};

use super::command::{Command, Panel};
use super::map::{MapView, map_ui};
use super::panel_layout::{PanelLayout, Section, SidePanelChoice, TOP_HEIGHT};
use super::panels::{
    analysis_ui, history_ui, inspector_ui, kept_melodies_ui, similar_ui, steer_button, steer_ui,
    sweep_button, sweep_ui, timeline_ui, top_bar_ui, transport_ui,
};
use super::settings::Settings;
use super::state::AppState;
use super::theme;
use super::widgets::controls::separator_line;
use super::widgets::edge::{ResizeAction, Side, resize_edge};
use crate::sweep::MelodyId;

/// Width of the list of similar melodies over the map, points.
const SIMILAR_WIDTH: f32 = 270.0;
/// Width of the margin on the left and right of a panel's contents, points.
const MARGIN: i8 = 14;
/// Width of the scroll bar of a side panel, points. It lies in the panel's margin, beside its draggable edge.
const SCROLL_BAR: f32 = 10.0;
/// Height of a main button that stays in view, with the gap above it, points.
const MAIN_BUTTON_HEIGHT: f32 = 36.0;
/// Height of the gap above a main button, points.
const BUTTON_GAP: f32 = 6.0;

/// The panels and the map, with their state between frames.
pub struct WindowPanels {
    map: MapView,
    side: SidePanelChoice,
    /// The selected melody in the last frame.
    last_focus: Option<MelodyId>,
    /// Number of the last request to show the sliders (`AppState::show_steer_requests`), and the frame in which it was made.
    steer_request: (u64, u64),
    /// Whether notes were edited in the last frame.
    was_editing: bool,
    /// Whether a sweep had failed in the last frame.
    sweep_failed: bool,
}

impl WindowPanels {
    /// The panels of a new window.
    pub fn new(settings: &Settings) -> Self {
        Self {
            map: MapView::default(),
            side: SidePanelChoice::new(settings),
            last_focus: None,
            steer_request: (0, 0),
            was_editing: false,
            sweep_failed: false,
        }
    }

    /// The view of the map.
    pub fn map(&self) -> &MapView {
        &self.map
    }

    /// The view of the map, to be changed.
    pub fn map_mut(&mut self) -> &mut MapView {
        &mut self.map
    }

    /// Draws all panels that the window has space for.
    pub fn show(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
        let window = ui.available_size();
        let fill = panel_fill(ui, state);
        let shows_steer = self.shows_steer(ui, state);
        if shows_steer {
            self.side.panel = Panel::Left;
            self.side.section = Section::Steer;
        }
        let failed = state.sweep.error.is_some();
        if failed && !std::mem::replace(&mut self.sweep_failed, failed) {
            self.side.section = Section::Sweep;
        }
        self.sweep_failed = failed;
        let layout = PanelLayout::new(window, &state.settings, self.side.panel);
        EdgePanel::top("top bar")
            .exact_size(TOP_HEIGHT)
            .resizable(false)
            .frame(panel_frame(fill, Margin::symmetric(MARGIN, 0)))
            .show(ui, |ui| top_bar_ui(ui, state, out));
        let bottom = layout
            .bottom
            .then(|| bottom_panel(ui, state, layout.bottom_height, out));
        let left = self.left_panel(ui, &layout, state, shows_steer, out);
        let pointer_on_left = left.as_ref().is_some_and(egui::Response::contains_pointer);
        let right = (layout.right && !layout.tabs).then(|| {
            let panel = EdgePanel::right("right")
                .exact_size(layout.right_width)
                .resizable(false)
                .frame(panel_frame(fill, Margin::symmetric(MARGIN, 12)))
                .show(ui, |ui| {
                    show_scrolled(ui, |ui| inspector_ui(ui, state, out))
                });
            panel.response.rect
        });
        let focus = state.selection.focus;
        let newly_selected = focus.is_some() && focus != self.last_focus;
        self.last_focus = focus;
        let editing = state.notes.editing;
        let was_editing = std::mem::replace(&mut self.was_editing, editing);
        let newly_edited = editing && !was_editing;
        self.side.follow(
            &state.settings,
            (newly_selected && !pointer_on_left && !shows_steer) || newly_edited,
        );
        self.map.inspector_shown = layout.right;
        // The transport shows the name of what plays, unless it is hidden or shows a message in that place.
        let transport_shows_name = layout.bottom && state.playback.output.message.is_none();
        let shows_playing_name = !transport_shows_name && state.playback.now_playing().is_some();
        self.map.names_what_plays = !transport_shows_name;
        self.map.shows_playing_name = shows_playing_name;
        // The window is cleared with the colour of the background.
        CentralPanel::no_frame().show(ui, |ui| {
            if state.analysis.open {
                analysis_ui(ui, state, shows_playing_name, out);
            } else {
                map_ui(ui, state, &mut self.map, out);
                if !layout.right {
                    floating_similar(ui, state, out);
                }
            }
        });
        resize_edges(
            ui,
            &layout,
            [left.map(|left| left.rect), right, bottom],
            out,
        );
    }

    /// Whether the sliders were requested since the last frame. It is the same for all passes of a frame.
    fn shows_steer(&mut self, ui: &Ui, state: &AppState) -> bool {
        let frame = ui.ctx().cumulative_frame_nr();
        if self.steer_request.0 != state.show_steer_requests {
            self.steer_request = (state.show_steer_requests, frame);
        }
        state.show_steer_requests > 0 && frame == self.steer_request.1
    }

    /// Draws the panel on the left, with tabs if it is the only side panel.
    fn left_panel(
        &mut self,
        ui: &mut Ui,
        layout: &PanelLayout,
        state: &AppState,
        reveal_scope: bool,
        out: &mut Vec<Command>,
    ) -> Option<egui::Response> {
        if !layout.left && !layout.tabs {
            return None;
        }
        let width = if layout.tabs {
            layout.right_width
        } else {
            layout.left_width
        };
        let panel = EdgePanel::left("left")
            .exact_size(width)
            .resizable(false)
            .frame(panel_frame(
                panel_fill(ui, state),
                Margin::symmetric(MARGIN, 12),
            ))
            .show(ui, |ui| {
                side_tabs(ui, layout, state, &mut self.side);
                let section = layout.one_section.then_some(self.side.section);
                // Each section keeps its own scroll position.
                ui.push_id(
                    section.filter(|_| layout.left).map(|section| section as u8),
                    |ui| {
                        if layout.left {
                            left_contents(ui, state, section, reveal_scope, out);
                        } else {
                            show_scrolled(ui, |ui| inspector_ui(ui, state, out));
                        }
                    },
                );
            });
        Some(panel.response)
    }
}

/// The fill of the panels. Without a graphics card it is transparent, which saves drawing it.
fn panel_fill(ui: &Ui, state: &AppState) -> Color32 {
    if state.draws_on_cpu {
        Color32::TRANSPARENT
    } else {
        theme::colours(ui.visuals()).panel
    }
}

fn panel_frame(colour: Color32, margin: Margin) -> Frame {
    Frame::new().fill(colour).inner_margin(margin)
}

/// Draws the transport and the kept melodies, history or timeline. Returns the rectangle of the panel.
fn bottom_panel(ui: &mut Ui, state: &AppState, height: f32, out: &mut Vec<Command>) -> Rect {
    let c = theme::colours(ui.visuals());
    let panel = EdgePanel::bottom("bottom")
        .exact_size(height)
        .resizable(false)
        .frame(panel_frame(
            panel_fill(ui, state),
            Margin::symmetric(MARGIN, 0),
        ))
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                transport_ui(ui, state, out);
                ui.add_space(6.0);
                let (line, _) =
                    ui.allocate_exact_size(egui::vec2(1.0, height - 32.0), egui::Sense::hover());
                ui.painter().rect_filled(line, 0.0, c.line);
                ui.add_space(6.0);
                ui.vertical(|ui| {
                    ui.add_space(12.0);
                    if state.timeline.shown {
                        timeline_ui(ui, state, height, out);
                    } else if state.history.shown {
                        history_ui(ui, state, height, out);
                    } else {
                        kept_melodies_ui(ui, state, height, out);
                    }
                });
            });
        });
    panel.response.rect
}

/// Draws the edges of the left, right and bottom panel, if these are shown. Dragging an edge resizes its panel.
fn resize_edges(ui: &Ui, layout: &PanelLayout, rects: [Option<Rect>; 3], out: &mut Vec<Command>) {
    let [left, right, bottom] = rects;
    // Under tabs the only panel has the width of the inspector.
    let left_panel = if layout.tabs {
        Panel::Right
    } else {
        Panel::Left
    };
    for (rect, name, panel, side) in [
        (left, "Width of the left panel", left_panel, Side::Right),
        (right, "Width of the inspector", Panel::Right, Side::Left),
        (
            bottom,
            "Height of the kept melodies",
            Panel::Bottom,
            Side::Top,
        ),
    ] {
        let action = rect.and_then(|rect| resize_edge(ui, name, rect, side, layout.limits(panel)));
        out.extend(action.map(|action| match action {
            ResizeAction::SetSize(size) => Command::ResizePanel(panel, Some(size)),
            ResizeAction::Reset => Command::ResizePanel(panel, None),
        }));
    }
}

/// Draws the tabs that choose the contents of the left panel, if it has no space for all of them. The tab of the sweep has a
/// progress bar while a sweep runs.
fn side_tabs(ui: &mut Ui, layout: &PanelLayout, state: &AppState, side: &mut SidePanelChoice) {
    let (left, right) = (Panel::Left, Panel::Right);
    let (steer, sweep) = ((left, Section::Steer), (left, Section::Sweep));
    let melody = (right, side.section);
    let tabs = match (layout.tabs, layout.one_section) {
        (true, true) => vec![(steer, "Steer"), (sweep, "Sweep"), (melody, "Melody")],
        (true, false) => vec![
            ((left, side.section), "Steer and sweep"),
            (melody, "Melody"),
        ],
        (false, true) => vec![(steer, "Steer"), (sweep, "Sweep")],
        (false, false) => return,
    };
    let shown = if layout.left { left } else { right };
    ui.horizontal(|ui| {
        for ((panel, section), name) in tabs {
            let is_selected = shown == panel && side.section == section;
            let tab = ui.selectable_label(is_selected, name);
            if tab.clicked() {
                (side.panel, side.section) = (panel, section);
            }
            if name == "Sweep"
                && state.sweep.running.is_some()
                && let Some(progress) = state.sweep.progress
            {
                let line = tab.rect.with_min_y(tab.rect.bottom() + 1.0);
                let line = line.with_max_y(line.top() + 2.0);
                let filled =
                    line.with_max_x(line.left() + line.width() * progress.fraction() as f32);
                let c = theme::colours(ui.visuals());
                ui.painter().rect_filled(line, 1.0, c.line);
                ui.painter().rect_filled(filled, 1.0, c.accent);
            }
        }
    });
    separator_line(ui);
}

/// Draws steering and the sweep below each other; or only `section`, with its main button below the scrolled contents.
fn left_contents(
    ui: &mut Ui,
    state: &AppState,
    section: Option<Section>,
    reveal_scope: bool,
    out: &mut Vec<Command>,
) {
    let Some(section) = section else {
        return show_scrolled(ui, |ui| {
            steer_ui(ui, state, true, reveal_scope, out);
            separator_line(ui);
            sweep_ui(ui, state, true, out);
        });
    };
    let (_, all) = ui.allocate_space(ui.available_size());
    let (above, below) = all.split_top_bottom_at_y(all.bottom() - MAIN_BUTTON_HEIGHT);
    let mut contents = ui.new_child(UiBuilder::new().max_rect(above));
    let mut button = ui.new_child(UiBuilder::new().max_rect(below));
    match section {
        Section::Steer => {
            show_scrolled(&mut contents, |ui| {
                steer_ui(ui, state, false, reveal_scope, out);
            });
            button.add_space(BUTTON_GAP);
            steer_button(&mut button, state, out);
        }
        Section::Sweep => {
            let ready = show_scrolled(&mut contents, |ui| sweep_ui(ui, state, false, out));
            button.add_space(BUTTON_GAP);
            sweep_button(&mut button, ready, out);
        }
    }
}

/// Draws the contents of a side panel, with a scroll bar in the margin beside them if they are too high.
fn show_scrolled<R>(ui: &mut Ui, add_contents: impl FnOnce(&mut Ui) -> R) -> R {
    let (_, inner) = ui.allocate_space(ui.available_size());
    let outer = inner.with_max_x(inner.right() + SCROLL_BAR);
    let mut child = ui.new_child(UiBuilder::new().max_rect(outer));
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(&mut child, |ui| {
            ui.set_max_width(inner.width());
            add_contents(ui)
        })
        .inner
}

/// The list of similar melodies over the map, if the inspector is not shown.
fn floating_similar(ui: &Ui, state: &AppState, out: &mut Vec<Command>) {
    if state.similar.reference.is_none() {
        return;
    }
    let area = ui.max_rect().shrink2(egui::vec2(14.0, 56.0));
    egui::Area::new(egui::Id::unique("similar melodies"))
        .order(egui::Order::Middle)
        .fixed_pos(area.right_top())
        .pivot(egui::Align2::RIGHT_TOP)
        .constrain_to(area)
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width(SIMILAR_WIDTH);
                egui::ScrollArea::vertical()
                    .max_height(area.height() - 40.0)
                    .show(ui, |ui| similar_ui(ui, state, out));
            });
        });
}
