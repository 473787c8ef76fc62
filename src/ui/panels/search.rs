//! The command search: every action by name.

use eframe::egui::{Align2, Button, Id, Key, Modal, RichText, ScrollArea, Ui, vec2};

use crate::attributes::ATTRIBUTES;
use crate::playback::OutputChoice;
use crate::sweep::LayoutKind;
use crate::ui::actions::{ACTIONS, is_mac};
use crate::ui::command::Command;
use crate::ui::palette::Palette;
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widget_rects::record_rect;
use crate::ui::widgets::controls::theme_colours;
use crate::ui::widgets::text_field::text_field;

/// The typed text and the chosen line.
#[derive(Default)]
pub struct SearchView {
    text: String,
    line: usize,
    was_open: bool,
}

/// A line of the search: name, key, and command.
type Entry = (String, String, Command);

/// The possible actions, then those of lists that depend on the state.
fn entries(state: &AppState, is_mac: bool) -> Vec<Entry> {
    let named = ACTIONS.iter().filter(|action| !action.name.is_empty());
    let mut list: Vec<Entry> = named
        .filter_map(|action| {
            let command = (action.command)(state)?;
            Some((action.name.to_owned(), action.key_text(is_mac), command))
        })
        .collect();
    let mut add = |name: String, command| list.push((name, String::new(), command));
    for map in state.maps().iter().filter(|map| !map.shown) {
        let number = map.identity.number;
        add(format!("Show map {number}"), Command::ShowMap(number));
    }
    for (index, attribute) in ATTRIBUTES.iter().enumerate() {
        let name = attribute.name.to_lowercase();
        add(format!("Colour by {name}"), Command::ColourBy(index));
    }
    for kind in LayoutKind::ALL {
        let chosen = match kind {
            LayoutKind::Axes { .. } => state.settings.axes,
            other => other,
        };
        let name = format!("Layout: {}", kind.name());
        add(name, Command::SetLayout(chosen));
    }
    for port in &state.playback.ports {
        let output = OutputChoice::Port(port.clone());
        add(format!("Output: {port}"), Command::SetOutput(output));
    }
    for palette in Palette::ALL {
        let name = format!("Colours: {}", palette.name());
        add(name, Command::SetPalette(palette));
    }
    list
}

/// Distance of the search from the top of the window, points.
const TOP: f32 = 70.0;
/// Height of the field, the margins and the space below, points.
const BELOW: f32 = 90.0;
/// Largest height of the list, points.
const HEIGHT: f32 = 320.0;

/// The entries whose names contain all words; first those in which each begins a word.
fn matching(entries: Vec<Entry>, words: &[String]) -> Vec<Entry> {
    let mut found: Vec<(bool, Entry)> = entries
        .into_iter()
        .filter_map(|entry| {
            let name = entry.0.to_lowercase();
            let begins = |word: &String| name.split([' ', ':']).any(|part| part.starts_with(word));
            let matches = words.iter().all(|word| name.contains(word));
            matches.then(|| (!words.iter().all(begins), entry))
        })
        .collect();
    found.sort_by_key(|(inside, _)| *inside);
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// Draws the command search while it is open.
pub fn search_ui(ui: &mut Ui, state: &AppState, view: &mut SearchView, out: &mut Vec<Command>) {
    if !state.search {
        view.was_open = false;
        return;
    }
    let fresh = !std::mem::replace(&mut view.was_open, true);
    if fresh {
        view.text.clear();
        view.line = 0;
    }
    let c = theme_colours(ui);
    let id = Id::unique("command search");
    let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, TOP));
    let modal = Modal::new(id).area(area).show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        let field = text_field(&mut view.text)
            .hint_text("Search commands")
            .desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name("Search commands");
        if field.has_focus() {
            record_rect(ui.ctx(), "command search", field.rect);
        }
        if fresh {
            field.request_focus();
        }
        if field.changed() {
            view.line = 0;
        }
        let words: Vec<String> = view
            .text
            .to_lowercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let found = matching(entries(state, is_mac(ui.ctx())), &words);
        let (down, up, enter) = ui.input(|input| {
            (
                input.num_presses(Key::ArrowDown),
                input.num_presses(Key::ArrowUp),
                input.key_pressed(Key::Enter),
            )
        });
        view.line = (view.line + down)
            .saturating_sub(up)
            .min(found.len().saturating_sub(1));
        let mut chosen = None;
        let height = ui.ctx().content_rect().height() - TOP - BELOW;
        ScrollArea::vertical()
            .max_height(height.min(HEIGHT))
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                for (line, (name, key, command)) in found.iter().enumerate() {
                    let is_chosen = line == view.line;
                    let colour = if is_chosen { c.text } else { c.muted };
                    let button = Button::selectable(is_chosen, name.as_str())
                        .right_text(RichText::new(key).size(CAPTION).color(colour));
                    let response = ui.add_sized([ui.available_width(), 26.0], button);
                    if line == view.line && (down + up) > 0 {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() || (enter && line == view.line) {
                        chosen = Some(command.clone());
                    }
                }
                if found.is_empty() {
                    ui.label(RichText::new("No command of that name").color(c.muted));
                }
            });
        chosen
    });
    let close = modal.should_close();
    if let Some(command) = modal.inner {
        out.push(Command::ShowSearch(false));
        out.push(command);
    } else if close {
        out.push(Command::ShowSearch(false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_with_what_was_typed_come_first() {
        let entry = |name: &str| (name.to_owned(), String::new(), Command::PlayStop);
        let all = ["Play or stop", "Layout: Sound", "Undo"]
            .map(entry)
            .to_vec();
        let names = |typed: &str| {
            let found = matching(all.clone(), &[typed.to_owned()]);
            found.into_iter().map(|(name, ..)| name).collect::<Vec<_>>()
        };
        assert_eq!(names("lay"), ["Layout: Sound", "Play or stop"]);
        assert_eq!(names("und"), ["Undo", "Layout: Sound"]);
    }
}
