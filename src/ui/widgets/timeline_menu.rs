//! The menu of a card whose melody can be added to the timeline.

use eframe::egui::{Button, Response};

use crate::ui::command::{Command, TimelineCommand, TimelineSource};

/// Opens the menu on a right click or a long touch.
pub fn timeline_menu(card: &Response, source: TimelineSource, out: &mut Vec<Command>) {
    card.context_menu(|ui| {
        if ui.add(Button::new("Add to timeline")).clicked() {
            out.push(Command::Timeline(TimelineCommand::Add(source)));
            ui.close();
        }
    });
}
