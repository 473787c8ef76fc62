//! Notices in the lower right corner.

use eframe::egui::{Align2, Button, Frame, Label, Margin, Rect, Stroke, Ui, Vec2};
use egui_material_icons::icons::ICON_CLOSE;

use super::overlay_frame::corner;
use crate::ui::command::Command;
use crate::ui::state::{AppState, Notice, NoticeAction, NoticeKind};
use crate::ui::theme::CORNER;
use crate::ui::widgets::controls::{link, theme_colours};

/// Width of a notice where the map has space for it, points.
pub const WIDTH: f32 = 360.0;
/// Margins and the button that dismisses, points.
const BESIDE_TEXT: f32 = 70.0;

/// Draws all notices, each with its actions and a button that dismisses it.
pub fn show(ui: &mut Ui, inner: Rect, state: &AppState, out: &mut Vec<Command>) {
    if state.notices.iter().next().is_none() {
        return;
    }
    let width = WIDTH.min(inner.width());
    corner(ui, inner, Align2::RIGHT_BOTTOM, |ui| {
        ui.set_max_width(width);
        for notice in state.notices.iter() {
            let c = theme_colours(ui);
            let edge = match notice.kind {
                NoticeKind::Info => c.accent,
                NoticeKind::Error => c.error,
            };
            Frame::new()
                .fill(c.raised)
                .stroke(Stroke::new(1.0, edge.gamma_multiply(0.7)))
                .corner_radius(f32::from(CORNER))
                .inner_margin(Margin::symmetric(12, 8))
                .show(ui, |ui| {
                    ui.horizontal(|ui| content(ui, width - BESIDE_TEXT, notice, out))
                });
        }
    });
}

fn content(ui: &mut Ui, width: f32, notice: &Notice, out: &mut Vec<Command>) {
    ui.vertical(|ui| {
        ui.set_max_width(width);
        ui.add(Label::new(&notice.text).wrap());
        let actions = match notice.action {
            Some(NoticeAction::Replace(_)) => vec![
                ("Replace", Command::ReplaceFiles(notice.id)),
                ("Keep both", Command::KeepBothFiles(notice.id)),
            ],
            Some(NoticeAction::CancelRecording(_)) => {
                vec![("Cancel", Command::CancelRecording(notice.id))]
            }
            Some(NoticeAction::SaveUnsaved) => vec![("Try again", Command::SaveUnsaved)],
            None => return,
        };
        ui.horizontal(|ui| {
            for (label, command) in actions {
                if link(ui, label).clicked() {
                    out.push(command);
                }
            }
        });
    });
    let close = Button::new(
        ICON_CLOSE
            .rich_text()
            .size(14.0)
            .color(theme_colours(ui).muted),
    )
    .frame(false)
    .min_size(Vec2::splat(18.0));
    if ui.add(close).accessible_name("Dismiss").clicked() {
        out.push(Command::Dismiss(notice.id));
    }
}
