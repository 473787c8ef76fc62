//! Ctrl+K: every command by name.

use eframe::egui::{Align2, Button, Id, Key, Modal, RichText, ScrollArea, TextEdit, Ui, vec2};

use crate::attributes::ATTRIBUTES;
use crate::model::DeviceChoice;
use crate::playback::OutputChoice;
use crate::sweep::Layout;
use crate::ui::command::{
    Command, ExportShape, ExportWhat, GenerateCommand, ImportCommand, Panel, PathCommand,
    SimilarCommand,
};
use crate::ui::options::ThemeChoice;
use crate::ui::palette::Palette;
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widget_rects::record_rect;
use crate::ui::widgets::controls::palette;

/// What has been typed, and which line is chosen.
#[derive(Default)]
pub struct SearchView {
    text: String,
    line: usize,
    was_open: bool,
}

fn commands(state: &AppState) -> Vec<(String, &'static str, Command)> {
    let mut list = vec![
        ("Play or stop".to_owned(), "Space", Command::PlayStop),
        ("Keep or remove".to_owned(), "F", Command::ToggleKept),
        (
            "Export the selected melody…".to_owned(),
            "Ctrl E",
            Command::Export(ExportWhat::Shown, ExportShape::Folder),
        ),
        (
            "Export the library as a folder…".to_owned(),
            "",
            Command::Export(ExportWhat::Kept, ExportShape::Folder),
        ),
        (
            "Export the library as one file…".to_owned(),
            "",
            Command::Export(ExportWhat::Kept, ExportShape::Tracks),
        ),
        ("Undo".to_owned(), "Ctrl Z", Command::Undo),
        ("Select nothing".to_owned(), "Esc", Command::Deselect),
        ("New sweep".to_owned(), "", Command::NewSweep),
        ("Cancel the sweep or steer".to_owned(), "", Command::Cancel),
        (
            "Show the whole map".to_owned(),
            "Double click",
            Command::FitMap,
        ),
        (
            "Show the analysis".to_owned(),
            "",
            Command::ShowAnalysis(true),
        ),
        (
            "Show the map instead of the analysis".to_owned(),
            "",
            Command::ShowAnalysis(false),
        ),
        ("Panic: every note off".to_owned(), "P", Command::Panic),
        ("Play a test note".to_owned(), "", Command::TestNote),
        ("Open a model…".to_owned(), "", Command::ChooseModel),
        (
            "Open melody…".to_owned(),
            "Ctrl O",
            Command::Import(ImportCommand::ChooseFile),
        ),
        (
            "Dark theme".to_owned(),
            "",
            Command::SetTheme(ThemeChoice::Dark),
        ),
        (
            "Light theme".to_owned(),
            "",
            Command::SetTheme(ThemeChoice::Light),
        ),
        (
            "Theme of the system".to_owned(),
            "",
            Command::SetTheme(ThemeChoice::System),
        ),
        (
            "Show or hide steering".to_owned(),
            "",
            Command::TogglePanel(Panel::Left),
        ),
        (
            "Show or hide the inspector".to_owned(),
            "",
            Command::TogglePanel(Panel::Right),
        ),
        (
            "Show or hide the transport".to_owned(),
            "",
            Command::TogglePanel(Panel::Bottom),
        ),
        (
            "Fill between the points, on or off".to_owned(),
            "",
            Command::ShowField(!state.settings.field),
        ),
        (
            "Lines between the levels, on or off".to_owned(),
            "",
            Command::ShowContours(!state.settings.contours),
        ),
        (
            "Output: built-in synth".to_owned(),
            "",
            Command::SetOutput(OutputChoice::Synth),
        ),
        (
            "Output: no sound".to_owned(),
            "",
            Command::SetOutput(OutputChoice::Silent),
        ),
        (
            "Device: automatic".to_owned(),
            "",
            Command::SetDevice(DeviceChoice::Auto),
        ),
        (
            "Device: GPU".to_owned(),
            "",
            Command::SetDevice(DeviceChoice::Gpu),
        ),
        (
            "Device: CPU".to_owned(),
            "",
            Command::SetDevice(DeviceChoice::Cpu),
        ),
        (
            "Draw a path over the map".to_owned(),
            "D",
            Command::Path(PathCommand::SetTool(true)),
        ),
        ("Help: all keys".to_owned(), "", Command::ShowHelp(true)),
    ];
    if let Some(id) = state.selection.focus {
        list.push((
            "Explore around the selected melody".to_owned(),
            "",
            Command::Generate(GenerateCommand::Explore(id)),
        ));
        list.push((
            "Find melodies similar to the selected one".to_owned(),
            "S",
            Command::Similar(SimilarCommand::Find(id)),
        ));
        list.push((
            "Blend from the selected melody to the next one clicked".to_owned(),
            "B",
            Command::Generate(GenerateCommand::BlendFrom(Some(id))),
        ));
    }
    if state.path.stops().is_some() {
        for (name, command) in [
            (
                "Play the path, or stop it",
                Command::Path(PathCommand::PlayStop),
            ),
            (
                "Export the path as one long piece…",
                Command::Export(ExportWhat::Path, ExportShape::Piece),
            ),
            (
                "Export the path as separate files…",
                Command::Export(ExportWhat::Path, ExportShape::Folder),
            ),
            ("Remove the path", Command::Path(PathCommand::Clear)),
        ] {
            list.push((name.to_owned(), "", command));
        }
    }
    for map in state.maps().iter().filter(|map| !map.shown) {
        let number = map.identity.number;
        list.push((format!("Show map {number}"), "", Command::ShowMap(number)));
    }
    for (index, attribute) in ATTRIBUTES.iter().enumerate() {
        list.push((
            format!("Colour by {}", attribute.name.to_lowercase()),
            "",
            Command::ColourBy(index),
        ));
    }
    for layout in Layout::ALL {
        let wanted = match layout {
            Layout::Axes { .. } => state.settings.axes,
            other => other,
        };
        list.push((
            format!("Layout: {}", layout.name()),
            "",
            Command::SetLayout(wanted),
        ));
    }
    for port in &state.playback.ports {
        list.push((
            format!("Output: {port}"),
            "",
            Command::SetOutput(OutputChoice::Port(port.clone())),
        ));
    }
    for choice in Palette::ALL {
        list.push((
            format!("Colours: {}", choice.name()),
            "",
            Command::SetPalette(choice),
        ));
    }
    list
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
    let c = palette(ui);
    let id = Id::unique("command search");
    let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, 90.0));
    let modal = Modal::new(id).area(area).show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        let field = TextEdit::singleline(&mut view.text)
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
        let found: Vec<_> = commands(state)
            .into_iter()
            .filter(|(name, _, _)| {
                let name = name.to_lowercase();
                words.iter().all(|word| name.contains(word))
            })
            .collect();
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
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for (line, (name, key, command)) in found.iter().enumerate() {
                let button = Button::selectable(line == view.line, name.as_str())
                    .right_text(RichText::new(*key).size(CAPTION).color(c.muted));
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
