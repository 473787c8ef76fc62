//! What lies over the map: colour bar, quality, selection, hint, notices.

use eframe::egui::{
    self, Align, Align2, Button, Frame, Layout, Margin, Mesh, Popup, Rect, RichText, Sense, Shape,
    Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::{
    ICON_CLOSE, ICON_FIT_SCREEN, ICON_GESTURE, ICON_IOS_SHARE, ICON_NEAR_ME, ICON_TOUCH_APP,
};

use super::{layout_switch, quality_card};
use crate::attributes::ATTRIBUTES;
use crate::ui::command::{Command, ExportShape, ExportWhat, SpotCommand};
use crate::ui::options::PlayBy;
use crate::ui::palette::Palette;
use crate::ui::state::{AppState, ModelState, NoticeAction, NoticeKind};
use crate::ui::theme::{BODY, CAPTION, CORNER, font};
use crate::ui::widgets::controls::{icon_button, icon_text_button, link, palette};
use crate::ui::widgets::numbers::plain;

const EDGE: f32 = 14.0;
/// Width of the column of buttons, with the space beside it.
const TOOLS: f32 = 54.0;

/// Whether the map still invites to its first click.
pub fn inviting(state: &AppState) -> bool {
    !state.settings.hint_done && state.library.decoded() > 0
}

/// Draws everything that lies over the map.
pub fn show(ui: &mut Ui, rect: Rect, state: &AppState, out: &mut Vec<Command>) {
    let inner = rect.shrink(EDGE);
    corner(ui, inner, Align2::LEFT_TOP, |ui| {
        framed(ui, Margin::same(3), |ui| {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 4.0;
                tools(ui, state, out);
            });
        });
    });
    if state.library.plan().is_some() {
        // A corner of its own: together they would cover the map below the switch, and take the clicks there.
        let right_of_tools = inner.with_min_x(inner.left() + TOOLS);
        corner(ui, right_of_tools, Align2::LEFT_TOP, |ui| {
            layout_switch::switch(ui, state, out);
        });
        corner(ui, inner, Align2::RIGHT_TOP, |ui| {
            quality_card::quality(ui, state)
        });
        colour_bar(ui, inner, state, out);
    }
    if state.selection.is_many() {
        corner(ui, beside(rect), Align2::LEFT_TOP, |ui| {
            selected(ui, state, out)
        });
    }
    middle(ui, rect, state, out);
    notices(ui, inner, state, out);
}

/// The part of the map below the layout switch and beside the column of buttons.
pub(super) fn beside(rect: Rect) -> Rect {
    let inner = rect.shrink(EDGE);
    Rect::from_min_max(inner.min + vec2(TOOLS, 48.0), inner.max)
}

/// The column of buttons.
fn tools(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    if icon_button(ui, ICON_FIT_SCREEN, "Show the whole map").clicked() {
        out.push(Command::FitMap);
    }
    play_by(ui, state, out);
    super::path::tool_button(ui, state, out);
    super::filter::button(ui, state, out);
}

/// What the pointer does to play.
fn play_by(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let icon = |by| match by {
        PlayBy::Hover => ICON_NEAR_ME,
        PlayBy::Sweep => ICON_GESTURE,
        PlayBy::Click => ICON_TOUCH_APP,
    };
    let current = state.settings.play_by;
    let button = icon_button(ui, icon(current), "How the map plays")
        .on_hover_text("Every spot of the map plays, also between the points. Choose how.");
    Popup::menu(&button).show(|ui| {
        for (by, name, text) in [
            (
                PlayBy::Hover,
                "Play by hovering",
                "The spot under the pointer plays; drag to move the map",
            ),
            (
                PlayBy::Sweep,
                "Play by pressing and sweeping",
                "Hold the button down and move: the loop follows and keeps the beat",
            ),
            (
                PlayBy::Click,
                "Play by clicking",
                "Only clicks play; drag to move the map",
            ),
        ] {
            let choice = Button::selectable(by == current, name);
            if ui.add(choice).on_hover_text(text).clicked() {
                out.push(Command::Spot(SpotCommand::PlayBy(by)));
            }
        }
    });
}

/// A child `Ui` that hugs a corner of the map and is as large as what is in it.
pub(super) fn corner(ui: &mut Ui, area: Rect, align: Align2, add: impl FnOnce(&mut Ui)) {
    let at = align.pos_in_rect(&area);
    let salt = (
        area.min.x as i32,
        area.min.y as i32,
        align.0.map(|side| side as u8),
    );
    egui::Area::new(ui.scope_id().with(("corner", salt)))
        .order(egui::Order::Middle)
        .fixed_pos(at)
        .pivot(align)
        .constrain_to(area)
        .show(ui.ctx(), add);
}

pub(super) fn chip(ui: &mut Ui, add: impl FnOnce(&mut Ui)) -> egui::Response {
    framed(ui, Margin::symmetric(10, 5), add)
}

fn framed(ui: &mut Ui, margin: Margin, add: impl FnOnce(&mut Ui)) -> egui::Response {
    let c = palette(ui);
    Frame::new()
        .fill(c.panel.gamma_multiply(0.94))
        .stroke(Stroke::new(1.0, c.line))
        .corner_radius(f32::from(CORNER))
        .inner_margin(margin)
        .show(ui, add)
        .response
}

fn colour_bar(ui: &mut Ui, inner: Rect, state: &AppState, out: &mut Vec<Command>) {
    let c = palette(ui);
    let index = state.colour_attribute();
    let (Some(attribute), Some(summary)) = (ATTRIBUTES.get(index), state.summary.get(index)) else {
        return;
    };
    let size = vec2(224.0, 62.0);
    let card = Rect::from_min_size(pos2(inner.left(), inner.bottom() - size.y), size);
    let response = ui.interact(card, ui.scope_id().with("colour bar"), Sense::click());
    let name = format!("Colour: {}", attribute.name);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
    let painter = ui.painter();
    let line = if response.hovered() { c.muted } else { c.line };
    painter.rect(
        card,
        f32::from(CORNER),
        c.panel.gamma_multiply(0.94),
        Stroke::new(1.0, line),
        egui::StrokeKind::Inside,
    );
    let area = card.shrink2(vec2(10.0, 8.0));
    let label = painter.text(
        area.left_top(),
        Align2::LEFT_TOP,
        "Colour: ",
        font(CAPTION),
        c.muted,
    );
    painter.text(
        label.right_top(),
        Align2::LEFT_TOP,
        attribute.name,
        font(CAPTION),
        c.text,
    );
    painter.text(
        area.right_top(),
        Align2::RIGHT_TOP,
        attribute.unit,
        font(CAPTION),
        c.muted,
    );
    let bar = Rect::from_min_max(
        pos2(area.left(), area.top() + 19.0),
        pos2(area.right(), area.top() + 28.0),
    );
    painter.add(gradient(bar, state.settings.palette));
    let (low, high) = summary.limits;
    // Ends and two places between: enough to read any colour.
    for part in 0..=3 {
        let t = f64::from(part) / 3.0;
        let x = bar.left() + bar.width() * t as f32;
        let align = match part {
            0 => Align2::LEFT_TOP,
            3 => Align2::RIGHT_TOP,
            _ => Align2::CENTER_TOP,
        };
        let value = low + (high - low) * t;
        let decimals = usize::from((high - low) < 6.0);
        painter.text(
            pos2(x, bar.bottom() + 3.0),
            align,
            plain(value, decimals),
            font(CAPTION),
            c.muted,
        );
    }
    let response = response.on_hover_text("Choose what the colours mean");
    Popup::menu(&response)
        .align(egui::RectAlign::TOP_START)
        .show(|ui| {
            ui.set_min_width(230.0);
            for (other, attribute) in ATTRIBUTES.iter().enumerate() {
                let button = Button::selectable(other == index, attribute.name);
                if ui
                    .add(button)
                    .on_hover_text(attribute.description)
                    .clicked()
                {
                    out.push(Command::ColourBy(other));
                }
            }
            ui.separator();
            for choice in Palette::ALL {
                let button = Button::selectable(choice == state.settings.palette, choice.name());
                if ui.add(button).clicked() {
                    out.push(Command::SetPalette(choice));
                }
            }
            ui.separator();
            let mut field = state.settings.field;
            if ui.checkbox(&mut field, "Fill between the points").changed() {
                out.push(Command::ShowField(field));
            }
            let mut contours = state.settings.contours;
            let lines = egui::Checkbox::new(&mut contours, "Lines between the levels");
            if ui.add_enabled(field, lines).changed() {
                out.push(Command::ShowContours(contours));
            }
        });
}

fn gradient(bar: Rect, palette: Palette) -> Shape {
    const PARTS: usize = 48;
    let mut mesh = Mesh::default();
    for part in 0..=PARTS {
        let t = part as f32 / PARTS as f32;
        let x = bar.left() + bar.width() * t;
        let colour = palette.at(f64::from(t));
        let base = mesh.vertices.len() as u32;
        mesh.colored_vertex(pos2(x, bar.top()), colour);
        mesh.colored_vertex(pos2(x, bar.bottom()), colour);
        if part > 0 {
            mesh.add_triangle(base - 2, base - 1, base);
            mesh.add_triangle(base - 1, base, base + 1);
        }
    }
    Shape::mesh(mesh)
}

fn selected(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    chip(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(format!("{} selected", state.selection.all.len()));
            let ink = palette(ui).text;
            let button = icon_text_button(ui, ICON_IOS_SHARE, "Export selection…", ink, None);
            export_menu(&button, ExportWhat::Selected, out);
            if ui.button("Clear").clicked() {
                out.push(Command::Deselect);
            }
        });
    });
}

/// The two ways to write many melodies.
pub fn export_menu(button: &egui::Response, what: ExportWhat, out: &mut Vec<Command>) {
    Popup::menu(button).show(|ui| {
        if ui.button("As a folder of files…").clicked() {
            out.push(Command::Export(what, ExportShape::Folder));
        }
        if ui.button("As one piece, one after another…").clicked() {
            out.push(Command::Export(what, ExportShape::Piece));
        }
        if ui.button("As one file with a track each…").clicked() {
            out.push(Command::Export(what, ExportShape::Tracks));
        }
    });
}

/// What stands in the middle of an empty map, and the hint below a full one.
fn middle(ui: &mut Ui, rect: Rect, state: &AppState, out: &mut Vec<Command>) {
    let c = palette(ui);
    let fade = ui
        .ctx()
        .animate_bool_with_time(ui.scope_id().with("hint"), inviting(state), 0.2);
    if fade > 0.0 {
        let at = pos2(rect.center().x, rect.bottom() - 40.0);
        let text = ui.painter().layout_no_wrap(
            "Click anywhere to listen".to_owned(),
            font(BODY + 1.0),
            c.text.gamma_multiply(fade),
        );
        let size = text.size() + vec2(28.0, 14.0);
        let pill = Rect::from_center_size(at, size);
        ui.painter().rect(
            pill,
            size.y / 2.0,
            c.panel.gamma_multiply(0.92 * fade),
            Stroke::new(1.0, c.accent.gamma_multiply(0.6 * fade)),
            egui::StrokeKind::Inside,
        );
        ui.painter()
            .galley(pill.center() - text.size() / 2.0, text, c.text);
    }
    if state.library.plan().is_some() {
        return;
    }
    let area = Rect::from_center_size(rect.center(), vec2(rect.width().min(420.0), 140.0));
    ui.scope_builder(
        UiBuilder::new()
            .max_rect(area)
            .layout(Layout::top_down(Align::Center)),
        |ui| match (&state.model, &state.sweep.trouble) {
            (ModelState::Opening, _) => {
                ui.label(RichText::new("Opening the model…").size(BODY + 1.0));
                ui.label(RichText::new("A map of melodies will grow here.").color(c.muted));
            }
            (ModelState::Failed(text), _) => {
                ui.label(RichText::new(text).color(c.error));
                if ui.button("Open the default model").clicked() {
                    out.push(Command::OpenModel(None));
                }
                if ui.button("Open a model…").clicked() {
                    out.push(Command::ChooseModel);
                }
            }
            (ModelState::Ready(_), trouble) => {
                if let Some(text) = trouble {
                    ui.label(RichText::new(text).color(c.error));
                } else if state.sweep.running.is_some() {
                    ui.label(RichText::new("Laying out the map…").color(c.muted));
                    return;
                }
                ui.label(RichText::new("A sweep fills this map with melodies.").color(c.muted));
                if ui.button("Start a sweep").clicked() {
                    out.push(Command::NewSweep);
                }
            }
        },
    );
}

fn notices(ui: &mut Ui, inner: Rect, state: &AppState, out: &mut Vec<Command>) {
    if state.notices.iter().next().is_none() {
        return;
    }
    corner(ui, inner, Align2::RIGHT_BOTTOM, |ui| {
        ui.set_max_width(360.0);
        for notice in state.notices.iter() {
            let c = palette(ui);
            let edge = match notice.kind {
                NoticeKind::Note => c.accent,
                NoticeKind::Trouble => c.error,
            };
            Frame::new()
                .fill(c.raised)
                .stroke(Stroke::new(1.0, edge.gamma_multiply(0.7)))
                .corner_radius(f32::from(CORNER))
                .inner_margin(Margin::symmetric(12, 8))
                .show(ui, |ui| {
                    ui.horizontal(|ui| {
                        ui.vertical(|ui| {
                            ui.set_max_width(290.0);
                            ui.add(egui::Label::new(&notice.text).wrap());
                            let actions = match notice.action {
                                Some(NoticeAction::Replace(_)) => vec![
                                    ("Replace", Command::ReplaceFiles(notice.id)),
                                    ("Keep both", Command::KeepBothFiles(notice.id)),
                                ],
                                Some(NoticeAction::SaveUnsaved) => {
                                    vec![("Try again", Command::SaveUnsaved)]
                                }
                                None => Vec::new(),
                            };
                            if !actions.is_empty() {
                                ui.horizontal(|ui| {
                                    for (label, command) in actions {
                                        if link(ui, label).clicked() {
                                            out.push(command);
                                        }
                                    }
                                });
                            }
                        });
                        let close = Button::new(ICON_CLOSE.rich_text().size(14.0).color(c.muted))
                            .frame(false)
                            .min_size(Vec2::splat(18.0));
                        if ui.add(close).accessible_name("Dismiss").clicked() {
                            out.push(Command::Dismiss(notice.id));
                        }
                    });
                });
        }
    });
}
