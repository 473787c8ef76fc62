//! The top bar: the model, the device, and the switches of the window.

use eframe::egui::{
    Align, Button, Key, Layout, Popup, PopupCloseBehavior, Response, RichText, Role, Ui, WidgetInfo,
};
use egui_material_icons::icons::{
    ICON_ANALYTICS, ICON_DARK_MODE, ICON_DOCK_TO_BOTTOM, ICON_DOCK_TO_LEFT, ICON_DOCK_TO_RIGHT,
    ICON_HELP, ICON_LIGHT_MODE, ICON_SEARCH, ICON_SETTINGS, ICON_UPLOAD_FILE,
};

use super::model_mix::model_mix_ui;
use crate::melody::STEPS_PER_BAR;
use crate::model::DeviceChoice;
use crate::ui::actions::{input_text_of, shortcut_text};
use crate::ui::command::{
    Command, ImportCommand, LearnCommand, Panel, SessionCommand, SoundCommand,
};
use crate::ui::options::ThemeChoice;
use crate::ui::state::{AppState, ModelState, session_name};
use crate::ui::theme::{CAPTION, font};
use crate::ui::widgets::controls::{
    caption, icon_button, icon_only, icon_text_button, theme_colours, toggle,
};
use crate::wording::count_with_noun;

/// Below this width of the bar its buttons are icons alone, points.
const COMPACT_WIDTH: f32 = 1080.0;
/// Below this width the program's name is not drawn, points.
const MIN_WIDTH_FOR_NAME: f32 = 780.0;

/// Draws the top bar.
pub fn top_bar_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let width = ui.available_width();
    let is_compact = width < COMPACT_WIDTH;
    // The right side first: what is left is for the names, which are cut where they are too long.
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        switches(ui, is_compact, state, out);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            if width >= MIN_WIDTH_FOR_NAME {
                ui.label(RichText::new("Tunescape").size(16.0).strong());
                ui.add_space(4.0);
            }
            let open_width = if is_compact { 36.0 } else { 140.0 };
            let session_width = if state.session.file.is_some() {
                0.3 * (ui.available_width() - open_width)
            } else {
                0.0
            };
            session_chip(ui, session_width - 8.0, state, out);
            let chips = ui.available_width() - open_width;
            model_chip(ui, 0.6 * chips, state, out);
            device_chip(ui, 0.4 * chips - 16.0, state, out);
            open_melody(ui, is_compact, out);
        });
    });
}

fn open_melody(ui: &mut Ui, is_compact: bool, out: &mut Vec<Command>) {
    let name = "Open melody…";
    let button = if is_compact {
        icon_button(ui, ICON_UPLOAD_FILE, name)
    } else {
        icon_text_button(ui, ICON_UPLOAD_FILE, name, theme_colours(ui).text, None)
    };
    let hint =
        "Find a melody of your own on the map: choose a MIDI file, or drop one on the window";
    if button.on_hover_text(hint).clicked() {
        out.push(Command::Import(ImportCommand::ChooseFile));
    }
}

/// Help, theme, panels, analysis and the command search, from the right edge on.
fn switches(ui: &mut Ui, is_compact: bool, state: &AppState, out: &mut Vec<Command>) {
    ui.spacing_mut().item_spacing.x = 2.0;
    if icon_button(ui, ICON_HELP, "Help").clicked() {
        out.push(Command::ShowHelp(true));
    }
    if icon_button(ui, ICON_SETTINGS, "Settings").clicked() {
        out.push(Command::Sound(SoundCommand::ShowSettings(true)));
    }
    let dark = ui.visuals().dark_mode;
    let (icon, name, next) = if dark {
        (ICON_LIGHT_MODE, "Light theme", ThemeChoice::Light)
    } else {
        (ICON_DARK_MODE, "Dark theme", ThemeChoice::Dark)
    };
    if icon_button(ui, icon, name).clicked() {
        out.push(Command::SetTheme(next));
    }
    for (icon, name, panel) in [
        (
            ICON_DOCK_TO_LEFT,
            "Show or hide the inspector",
            Panel::Right,
        ),
        (
            ICON_DOCK_TO_BOTTOM,
            "Show or hide the transport",
            Panel::Bottom,
        ),
        (ICON_DOCK_TO_RIGHT, "Show or hide steering", Panel::Left),
    ] {
        if icon_button(ui, icon, name).clicked() {
            out.push(Command::TogglePanel(panel));
        }
    }
    let open = state.analysis.open;
    let c = theme_colours(ui);
    let (analysis, search) = if is_compact {
        let colour = if open { c.accent } else { c.muted };
        let button = ui.add(icon_only(ICON_ANALYTICS, colour));
        button.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, open, "Analysis"));
        (button, icon_button(ui, ICON_SEARCH, "Search commands"))
    } else {
        ui.add_space(6.0);
        let button = toggle(ui, open, ICON_ANALYTICS, "Analysis");
        ui.add_space(6.0);
        let text = format!("{}  search commands", shortcut_text(ui.ctx(), Key::K));
        let search = icon_text_button(ui, ICON_SEARCH, &text, c.muted, None);
        ui.add_space(6.0);
        (button, search)
    };
    let hint = "Analysis: the sweep's statistics and figures in place of the map";
    if analysis.on_hover_text(hint).clicked() {
        out.push(Command::ShowAnalysis(!open));
    }
    if search.clicked() {
        out.push(Command::ShowSearch(true));
    }
}

/// A chip of at most `width` points with `kind`, muted, and `text`; with `short` alone if both do not fit.
fn chip(ui: &mut Ui, width: f32, kind: &str, text: &str, short: &str) -> Response {
    let c = theme_colours(ui);
    let width = width.max(60.0);
    let text_width = |text: &str| {
        let galley = ui
            .painter()
            .layout_no_wrap(text.to_owned(), font(CAPTION), c.text);
        galley.size().x
    };
    let spacing = 2.0 * ui.spacing().button_padding.x + ui.spacing().icon_spacing;
    let fits = text_width(kind) + text_width(text) + spacing <= width;
    let main = RichText::new(if fits { text } else { short }).size(CAPTION);
    let main = main.color(c.text);
    let button = if fits {
        Button::new((RichText::new(kind).size(CAPTION).color(c.muted), main))
    } else {
        Button::new(main)
    };
    ui.scope(|ui| {
        ui.set_max_width(width);
        ui.add(button.truncate())
            .accessible_name(format!("{kind} {text}"))
    })
    .inner
}

/// The name of the session, whether it is saved, and its menu; nothing without a session.
fn session_chip(ui: &mut Ui, width: f32, state: &AppState, out: &mut Vec<Command>) {
    let Some(name) = state.session.name() else {
        return;
    };
    let (status, text) = state.session.status();
    // A name alone is that of a saved session.
    let short = if status == "saved" {
        name.as_str()
    } else {
        status
    };
    let response = chip(ui, width, &name, status, short).on_hover_text(text);
    Popup::menu(&response).show(|ui| {
        for (text, command) in [
            ("New session", SessionCommand::New),
            ("Open session…", SessionCommand::ChooseFile),
            ("Save session as…", SessionCommand::SaveAs),
        ] {
            let button = Button::new(text).shortcut_text(input_text_of(ui.ctx(), text));
            if ui.add(button).clicked() {
                out.push(Command::Session(command));
            }
        }
        ui.separator();
        for (text, name, command, possible) in [
            (
                state.undo_text(),
                "Undo",
                Command::Undo,
                !state.undo.is_empty(),
            ),
            (
                state.redo_text(),
                "Redo",
                Command::Redo,
                !state.redo.is_empty(),
            ),
        ] {
            let button = Button::new(text).shortcut_text(input_text_of(ui.ctx(), name));
            if ui.add_enabled(possible, button).clicked() {
                out.push(command);
            }
        }
        let mut others = state.session.recent.iter();
        let mut others = others
            .by_ref()
            .filter(|path| Some(*path) != state.session.file.as_ref())
            .peekable();
        if others.peek().is_some() {
            ui.separator();
        }
        for path in others {
            let button = ui.button(session_name(path));
            if button.on_hover_text(path.display().to_string()).clicked() {
                let command = SessionCommand::Open(path.clone());
                out.push(Command::Session(command));
            }
        }
    });
}

fn model_chip(ui: &mut Ui, width: f32, state: &AppState, out: &mut Vec<Command>) {
    let response = match &state.model {
        ModelState::Opening => chip(ui, width, "Model", "opening…", "opening…"),
        ModelState::Failed(text) => {
            chip(ui, width, "Model", "none", "no model").on_hover_text(text)
        }
        ModelState::Ready(info) => {
            let bars = count_with_noun(info.steps.div_ceil(STEPS_PER_BAR), "bar");
            let size = format!("{bars}, {}-D", info.latent_size);
            chip(ui, width, &info.name, &size, &size).on_hover_text(format!(
                "Weights {}: decodes a point of {} numbers into {} sixteenth steps",
                info.weights_hash, info.latent_size, info.steps
            ))
        }
    };
    learning_line(ui, &response, state);
    // A click on the slider of a mix does not close it.
    Popup::menu(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            let command_count = out.len();
            model_menu(ui, state, out);
            let is_chosen = out.len() > command_count;
            if model_mix_ui(ui, state, out) || is_chosen {
                ui.close();
            }
        });
}

/// The progress of the model that is being fine-tuned, as a line under the chip.
fn learning_line(ui: &Ui, chip: &Response, state: &AppState) {
    let Some(running) = &state.learn.running else {
        return;
    };
    let line = chip.rect.with_min_y(chip.rect.bottom() + 1.0);
    let line = line.with_max_y(line.top() + 2.0);
    let done_width = line.width() * running.progress.fraction.clamp(0.0, 1.0) as f32;
    let c = theme_colours(ui);
    ui.painter().rect_filled(line, 1.0, c.line);
    let done = line.with_max_x(line.left() + done_width);
    ui.painter().rect_filled(done, 1.0, c.accent);
}

fn model_menu(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    if ui.button("Open a model…").clicked() {
        out.push(Command::ChooseModel);
    }
    let open = state.sweep.weights_path.as_ref();
    if ui
        .add(Button::selectable(open.is_none(), "Default model"))
        .clicked()
    {
        out.push(Command::OpenModel(None));
    }
    // The one before is one click away, wherever its file is.
    if let Some((name, path)) = &state.sweep.previous_model
        && Some(path) != open
        && state.learn.models.iter().all(|model| model.path != *path)
        && ui.button(name).clicked()
    {
        out.push(Command::OpenModel(Some(path.clone())));
    }
    ui.separator();
    if !state.learn.models.is_empty() {
        caption(ui, "Your models");
    }
    for model in &state.learn.models {
        let on = open == Some(&model.path);
        if ui.add(Button::selectable(on, &model.name)).clicked() {
            if on {
                ui.close();
            } else {
                out.push(Command::OpenModel(Some(model.path.clone())));
            }
        }
    }
    let (text, command) = match &state.learn.running {
        Some(running) => (
            format!(
                "Learning {}: {:.0} %",
                running.name,
                100.0 * running.progress.fraction
            ),
            LearnCommand::Show(true),
        ),
        None => ("Teach it your music…".to_owned(), LearnCommand::Show(true)),
    };
    if ui.button(text).clicked() {
        out.push(Command::Learn(command));
    }
}

fn device_chip(ui: &mut Ui, width: f32, state: &AppState, out: &mut Vec<Command>) {
    let text = state.model.info().map_or_else(
        || state.settings.device.to_string(),
        |info| info.device.clone(),
    );
    let response =
        chip(ui, width, "Runs on", &text, &text).on_hover_text("Choose where melodies are decoded");
    Popup::menu(&response).show(|ui| {
        let choices = [
            (
                DeviceChoice::Auto,
                "Automatic: the GPU if it proves itself".to_owned(),
            ),
            (DeviceChoice::Gpu, "GPU".to_owned()),
            (DeviceChoice::Cpu, "CPU".to_owned()),
        ]
        .into_iter()
        .chain(
            state
                .devices
                .iter()
                .map(|name| (DeviceChoice::Named(name.clone()), name.clone())),
        );
        for (choice, name) in choices {
            let on = state.settings.device == choice;
            if ui.add(Button::selectable(on, name)).clicked() && !on {
                out.push(Command::SetDevice(choice));
            }
        }
    });
}
