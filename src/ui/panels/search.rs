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
    selected_line: usize,
    was_open: bool,
}

/// A line of the search: name, key, and command.
type Entry = (String, String, Command);

/// All entries: the actions that are possible now, then one per map, attribute, layout, port and palette.
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
const TOP_DISTANCE: f32 = 70.0;
/// Height of the field, the margins and the space below, points.
const OTHER_HEIGHT: f32 = 90.0;
/// Largest height of the list, points.
const MAX_LIST_HEIGHT: f32 = 320.0;

/// The entries whose names contain all words; first those in which each begins a word.
fn matching(entries: Vec<Entry>, words: &[String]) -> Vec<Entry> {
    let mut matching_entries: Vec<(bool, Entry)> = entries
        .into_iter()
        .filter_map(|entry| {
            let name = entry.0.to_lowercase();
            let begins_a_word =
                |word: &String| name.split([' ', ':']).any(|part| part.starts_with(word));
            let matches = words.iter().all(|word| name.contains(word));
            matches.then(|| (!words.iter().all(begins_a_word), entry))
        })
        .collect();
    matching_entries.sort_by_key(|(inside, _)| *inside);
    matching_entries
        .into_iter()
        .map(|(_, entry)| entry)
        .collect()
}

/// Draws the command search while it is open.
pub fn search_ui(ui: &mut Ui, state: &AppState, view: &mut SearchView, out: &mut Vec<Command>) {
    if !state.search {
        view.was_open = false;
        return;
    }
    let just_opened = !std::mem::replace(&mut view.was_open, true);
    if just_opened {
        view.text.clear();
        view.selected_line = 0;
    }
    let c = theme_colours(ui);
    let id = Id::unique("command search");
    let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, TOP_DISTANCE));
    let modal = Modal::new(id).area(area).show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        let field = text_field(&mut view.text)
            .hint_text("Search commands")
            .desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name("Search commands");
        if field.has_focus() {
            record_rect(ui.ctx(), "command search", field.rect);
        }
        if just_opened {
            field.request_focus();
        }
        if field.changed() {
            view.selected_line = 0;
        }
        let words: Vec<String> = view
            .text
            .to_lowercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let matching_entries = matching(entries(state, is_mac(ui.ctx())), &words);
        let (down, up, enter) = ui.input(|input| {
            (
                input.num_presses(Key::ArrowDown),
                input.num_presses(Key::ArrowUp),
                input.key_pressed(Key::Enter),
            )
        });
        view.selected_line = (view.selected_line + down)
            .saturating_sub(up)
            .min(matching_entries.len().saturating_sub(1));
        let mut chosen = None;
        let height = ui.ctx().content_rect().height() - TOP_DISTANCE - OTHER_HEIGHT;
        ScrollArea::vertical()
            .max_height(height.min(MAX_LIST_HEIGHT))
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                for (line, (name, key, command)) in matching_entries.iter().enumerate() {
                    let is_chosen = line == view.selected_line;
                    let colour = if is_chosen { c.text } else { c.muted };
                    let button = Button::selectable(is_chosen, name.as_str())
                        .right_text(RichText::new(key).size(CAPTION).color(colour));
                    let response = ui.add_sized([ui.available_width(), 26.0], button);
                    if line == view.selected_line && (down + up) > 0 {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() || (enter && line == view.selected_line) {
                        chosen = Some(command.clone());
                    }
                }
                if matching_entries.is_empty() {
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
            let matching_entries = matching(all.clone(), &[typed.to_owned()]);
            matching_entries
                .into_iter()
                .map(|(name, ..)| name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names("lay"), ["Layout: Sound", "Play or stop"]);
        assert_eq!(names("und"), ["Undo", "Layout: Sound"]);
    }
}
