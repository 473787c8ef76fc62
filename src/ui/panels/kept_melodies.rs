//! The kept melodies, right of the transport.

use eframe::egui::{
    Align, Layout, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::{ICON_CLOSE, ICON_IOS_SHARE};

use super::history::tray_tabs;
use crate::ui::actions::command_key;
use crate::ui::command::{Command, ExportGrouping, ExportSelection, TimelineSource};
use crate::ui::options::BOTTOM_HEIGHT;
use crate::ui::state::{AppState, KeptEntry};
use crate::ui::theme::DIMMED;
use crate::ui::widgets::controls::{
    caption, card_frame, icon_button, icon_text_button, theme_colours,
};
use crate::ui::widgets::export_menu::export_menu;
use crate::ui::widgets::piano_roll::{self, RollStyle};
use crate::ui::widgets::timeline_item::timeline_menu;

/// Smallest size of a thumbnail, in one row.
const THUMBNAIL: Vec2 = Vec2::new(92.0, 54.0);
/// Width of the button that exports them; where there is less beside the tabs, it is its icon alone.
const EXPORT: f32 = 150.0;
/// Space between two of them.
const GAP: f32 = 8.0;

/// Draws the kept melodies, with a button that exports them, in a panel of this height.
pub fn kept_melodies_ui(ui: &mut Ui, state: &AppState, height: f32, out: &mut Vec<Command>) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.horizontal(|ui| {
            let c = theme_colours(ui);
            tray_tabs(ui, state, out);
            if state.kept_melodies.is_empty() {
                return;
            }
            caption(ui, state.kept_melodies.len().to_string());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let marked = state.kept_melodies.marked().len();
                let text = if marked == 0 {
                    "Export library…".to_owned()
                } else {
                    format!("Export {marked} marked…")
                };
                let button = if ui.available_width() < EXPORT {
                    icon_button(ui, ICON_IOS_SHARE, &text)
                } else {
                    icon_text_button(ui, ICON_IOS_SHARE, &text, c.text, None)
                };
                if state.kept_melodies.to_export().count() == 1 {
                    if button.clicked() {
                        out.push(Command::Export(
                            ExportSelection::Kept,
                            ExportGrouping::Folder,
                        ));
                    }
                } else {
                    export_menu(&button, ExportSelection::Kept, &state.settings, out);
                }
            });
        });
        if state.kept_melodies.is_empty() {
            empty(ui);
            return;
        }
        ScrollArea::horizontal()
            .id_salt("kept melodies")
            .auto_shrink([false, true])
            .show(ui, |ui| {
                let (rows, size) = grid(THUMBNAIL.y + height - BOTTOM_HEIGHT.min);
                ui.spacing_mut().item_spacing = Vec2::splat(GAP);
                let kept: Vec<&KeptEntry> = state.kept_melodies.iter().collect();
                ui.horizontal(|ui| {
                    for column in kept.chunks(rows) {
                        ui.vertical(|ui| {
                            for kept in column {
                                thumbnail(ui, state, kept, size, out);
                            }
                        });
                    }
                });
            });
    });
}

fn empty(ui: &mut Ui) {
    let c = theme_colours(ui);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(THUMBNAIL, Sense::hover());
        card_frame(ui.painter(), rect, c.panel, (1.0, c.line));
        ui.painter().text(
            rect.center(),
            eframe::egui::Align2::CENTER_CENTER,
            "F keeps",
            crate::ui::theme::font(12.0),
            c.muted,
        );
        caption(
            ui,
            "Melodies you keep are saved here, ready to play again and to export.",
        );
    });
}

/// Rows of thumbnails that fit into a height, and the size of each: together they fill it.
fn grid(height: f32) -> (usize, Vec2) {
    let rows = ((height + GAP) / (THUMBNAIL.y + GAP)).floor().max(1.0);
    let each = ((height + GAP) / rows - GAP).max(THUMBNAIL.y).floor();
    let width = (each * THUMBNAIL.x / THUMBNAIL.y).floor();
    (rows as usize, Vec2::new(width, each))
}

fn thumbnail(ui: &mut Ui, state: &AppState, kept: &KeptEntry, size: Vec2, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let name = if kept.saved {
        format!("Kept {}: {}", kept.number, kept.name())
    } else {
        format!("Not saved: {}", kept.name())
    };
    let marked = state.kept_melodies.marked().contains(&kept.number);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, marked, &name));
    let playhead = state.playback.step_in(&kept.melody);
    let edge = if playhead.is_some() {
        c.playing
    } else if !kept.saved {
        c.error
    } else if marked {
        c.accent
    } else if response.hovered() {
        c.muted
    } else {
        c.line
    };
    let width = if marked { 1.5 } else { 1.0 };
    card_frame(ui.painter(), rect, c.background, (width, edge));
    let style = RollStyle {
        note: if marked { c.accent } else { c.muted },
        grid: false,
        playhead,
    };
    let painter = ui.painter().with_clip_rect(rect);
    piano_roll::paint(&painter, rect.shrink(7.0), &kept.melody, &style, c);
    if !state.filter.passes_scale(&kept.melody) {
        let cover = c.panel.gamma_multiply(DIMMED);
        ui.painter().rect_filled(rect.shrink(1.0), 3.0, cover);
    }

    let cross = Rect::from_center_size(
        pos2(rect.right() - 10.0, rect.top() + 10.0),
        Vec2::splat(16.0),
    );
    let remove = ui.interact(cross, response.id.with("remove"), Sense::click());
    remove.widget_info(|| {
        let which = if kept.saved {
            format!("Remove kept {}", kept.number)
        } else {
            format!("Remove unsaved {}", kept.name())
        };
        WidgetInfo::labeled(Role::Button, true, which)
    });
    if response.hovered() || remove.hovered() || remove.has_focus() {
        ui.painter().circle_filled(cross.center(), 8.0, c.raised);
        ui.painter().text(
            cross.center() + vec2(0.0, 0.5),
            eframe::egui::Align2::CENTER_CENTER,
            ICON_CLOSE.codepoint,
            eframe::egui::FontId::new(12.0, ICON_CLOSE.font_family()),
            c.text,
        );
    }
    if remove.on_hover_text("Remove it from the library").clicked() {
        out.push(Command::RemoveKept(kept.number));
        return;
    }
    timeline_menu(&response, TimelineSource::Kept(kept.number), out);
    let modifiers = ui.input(|input| input.modifiers);
    let response = response.on_hover_text(format!(
        "{}, seed {}. Click plays, {}-click marks it for export",
        kept.name(),
        kept.stored.identity.seed,
        command_key(ui.ctx())
    ));
    if response.clicked() {
        out.push(if modifiers.command || modifiers.ctrl {
            Command::ToggleKeptMarked(kept.number)
        } else {
            Command::PlayKept(kept.number)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_panel_has_larger_thumbnails_and_then_more_rows() {
        assert_eq!(grid(THUMBNAIL.y), (1, THUMBNAIL));
        assert_eq!(grid(100.0), (1, Vec2::new(170.0, 100.0)));
        assert_eq!(grid(2.0 * THUMBNAIL.y + GAP), (2, THUMBNAIL));
        assert_eq!(grid(10.0), (1, THUMBNAIL));
    }
}
