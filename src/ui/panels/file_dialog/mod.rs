//! The file dialog that the window draws where the system has none. `browser` holds what it shows and chooses.
//!
//! Written here because the dialogs on crates.io either follow egui releases late or act on the entry clicked last when a
//! path was typed.

mod browser;

use std::path::PathBuf;

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::{
    Align, Button, Color32, Context, Frame, Id, Key, Layout, Modal, Modifiers, RichText,
    ScrollArea, Ui, Vec2, vec2,
};
use egui_material_icons::icons::{
    ICON_ARROW_UPWARD, ICON_DESCRIPTION, ICON_FOLDER, ICON_HOME, ICON_REFRESH,
};

use browser::Browser;

use crate::ui::dialogs::{DialogAnswer, DialogPurpose, PendingDialog, WindowDialogs};
use crate::ui::widgets::controls::{error_label, icon_button, main_button, theme_colours, title};
use crate::ui::widgets::modal_header::PAGE_MARGIN;
use crate::ui::widgets::text_field::text_field;

/// Size of the dialog where the window has space for it, points.
const SIZE: Vec2 = vec2(620.0, 480.0);
/// Least space between the dialog and the edge of the window, points.
const MIN_DISTANCE_FROM_EDGE: f32 = 40.0;
/// Height of the parts above and below the list, points.
const FIELDS_HEIGHT: f32 = 190.0;
const ROW_HEIGHT: f32 = 24.0;
const BUTTON_WIDTH: f32 = 110.0;

/// The dialog that is open, if one is.
#[derive(Default)]
pub struct FileDialogView {
    open: Option<OpenDialog>,
}

struct OpenDialog {
    pending: PendingDialog,
    browser: Browser,
    /// The field that gets the keyboard in the next frame.
    focus: Option<Field>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Location,
    Name,
    NewFolder,
}

enum Action {
    Cancel,
    Choose(PathBuf),
}

impl FileDialogView {
    /// Whether a dialog is open: then the keys are its own.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

/// Draws the dialog that is open, opens the one that is asked for, and answers.
pub fn file_dialog_ui(ctx: &Context, dialogs: &WindowDialogs, view: &mut FileDialogView) {
    if view.open.is_none() {
        view.open = dialogs.take_pending().map(open_dialog);
    }
    let Some(open) = &mut view.open else {
        return;
    };
    let Some(action) = open.show(ctx) else {
        return;
    };
    if let Some(OpenDialog { pending, .. }) = view.open.take() {
        pending.answer(match action {
            Action::Cancel => DialogAnswer::Cancelled,
            // A file that is there leads to a notice with a choice.
            Action::Choose(path) => DialogAnswer::path(path),
        });
    }
    ctx.request_repaint();
}

fn open_dialog(pending: PendingDialog) -> OpenDialog {
    let home = std::env::home_dir().filter(|home| home.is_dir());
    let folder = pending
        .request
        .folder
        .clone()
        .filter(|folder| folder.is_dir());
    let folder = folder.or(home).unwrap_or_else(|| PathBuf::from("/"));
    let browser = Browser::new(pending.request.purpose.clone(), &folder);
    let first = if browser.has_name() {
        Field::Name
    } else {
        Field::Location
    };
    OpenDialog {
        pending,
        browser,
        focus: Some(first),
    }
}

impl OpenDialog {
    fn show(&mut self, ctx: &Context) -> Option<Action> {
        // Taken before the fields see it.
        if ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            if self.browser.new_folder.take().is_none() {
                return Some(Action::Cancel);
            }
            self.browser.message = None;
        }
        let focus = self.focus.take();
        let size = SIZE.min(ctx.content_rect().size() - Vec2::splat(2.0 * MIN_DISTANCE_FROM_EDGE));
        let frame = Frame::popup(&ctx.global_style()).inner_margin(PAGE_MARGIN);
        let modal = Modal::new(Id::unique("file dialog"))
            .frame(frame)
            .backdrop_color(Color32::from_black_alpha(120))
            .show(ctx, |ui| {
                ui.set_width(size.x);
                let mut action = None;
                title(ui, self.browser.purpose.title());
                self.location_ui(ui, focus, &mut action);
                self.list_ui(
                    ui,
                    (size.y - FIELDS_HEIGHT).max(3.0 * ROW_HEIGHT),
                    &mut action,
                );
                self.name_ui(ui, focus, &mut action);
                self.message_ui(ui);
                self.buttons_ui(ui, focus, &mut action);
                action
            });
        modal.inner
    }

    fn location_ui(&mut self, ui: &mut Ui, focus: Option<Field>, action: &mut Option<Action>) {
        ui.horizontal(|ui| {
            if icon_button(ui, ICON_ARROW_UPWARD, "Folder above").clicked() {
                self.browser.open_parent();
            }
            if icon_button(ui, ICON_HOME, "Home folder").clicked()
                && let Some(home) = std::env::home_dir()
            {
                self.browser.open_folder(&home);
            }
            if icon_button(ui, ICON_REFRESH, "List again").clicked() {
                self.browser.refresh();
            }
            let field = text_field(&mut self.browser.location)
                .desired_width(f32::INFINITY)
                .min_size(vec2(0.0, 28.0));
            let field = ui.add(field).accessible_name("Folder");
            if focus == Some(Field::Location) {
                field.request_focus();
            }
            if is_left_with_enter(ui, field.lost_focus()) {
                *action = self.browser.go_to_location().map(Action::Choose);
            }
        });
    }

    fn list_ui(&mut self, ui: &mut Ui, height: f32, action: &mut Option<Action>) {
        // A field of one line has no use for these keys.
        let [down, up] = [Key::ArrowDown, Key::ArrowUp]
            .map(|key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)));
        if (down || up) && self.browser.new_folder.is_none() {
            self.browser.select_next(down);
        }
        let c = theme_colours(ui);
        ScrollArea::vertical()
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink(false)
            .show(ui, |ui| {
                if self.browser.entries().is_empty() {
                    ui.label(RichText::new(self.empty_text()).color(c.muted));
                }
                let mut clicked = None;
                for (index, entry) in self.browser.entries().iter().enumerate() {
                    let icon = if entry.is_folder {
                        ICON_FOLDER
                    } else {
                        ICON_DESCRIPTION
                    };
                    let is_selected = self.browser.selected() == Some(index);
                    let label = (
                        icon.rich_text().size(16.0).color(c.muted),
                        RichText::new(&entry.name).color(c.text),
                    );
                    let row = Button::selectable(is_selected, label)
                        .truncate()
                        .min_size(vec2(ui.available_width(), ROW_HEIGHT));
                    let row = ui
                        .with_layout(Layout::top_down_justified(Align::Min), |ui| ui.add(row))
                        .inner
                        .accessible_name(&entry.name);
                    if is_selected && (down || up) {
                        row.scroll_to_me(None);
                    }
                    if row.double_clicked() {
                        clicked = Some((index, true));
                    } else if row.clicked() {
                        clicked = Some((index, false));
                    }
                }
                match clicked {
                    Some((index, true)) => {
                        *action = self.browser.activate(index).map(Action::Choose);
                    }
                    Some((index, false)) => self.browser.select(index),
                    None => {}
                }
            });
    }

    fn empty_text(&self) -> &'static str {
        match self.browser.purpose {
            DialogPurpose::ExportFolder | DialogPurpose::LearnFolder => "No folders here",
            DialogPurpose::Model => "No folders and no models here",
            DialogPurpose::SaveScore { .. } => "No folders and no scores here",
            DialogPurpose::SaveRecording { .. } => "No folders and no recordings here",
            DialogPurpose::SoundFont => "No folders and no SoundFonts here",
            DialogPurpose::Session | DialogPurpose::SaveSession { .. } => {
                "No folders and no sessions here"
            }
            DialogPurpose::SaveMidi { .. } | DialogPurpose::Song => {
                "No folders and no MIDI files here"
            }
        }
    }

    fn name_ui(&mut self, ui: &mut Ui, focus: Option<Field>, action: &mut Option<Action>) {
        if !self.browser.has_name() {
            return;
        }
        ui.horizontal(|ui| {
            ui.label("Name");
            let checkbox_width = if self.browser.can_list_all_files() {
                100.0
            } else {
                0.0
            };
            let mut field = text_field(&mut self.browser.name)
                .desired_width(ui.available_width() - checkbox_width)
                .min_size(vec2(0.0, 28.0))
                .show(ui);
            let response = field.response.response.clone().accessible_name("Name");
            if focus == Some(Field::Name) {
                response.request_focus();
                // Typing replaces the suggestion and keeps its ending.
                let stem = self.browser.name.strip_suffix(".mid");
                let end = stem.unwrap_or(&self.browser.name).chars().count();
                let all = CCursorRange::two(CCursor::new(0), CCursor::new(end));
                field.state.cursor.set_char_range(Some(all));
                field.state.store(ui.ctx(), response.id);
            }
            if is_left_with_enter(ui, response.lost_focus()) {
                *action = self.browser.submit().map(Action::Choose);
                self.focus = Some(Field::Name);
            }
            if checkbox_width > 0.0
                && ui
                    .checkbox(&mut self.browser.all_files, "All files")
                    .changed()
            {
                self.browser.refresh();
            }
        });
    }

    /// A line that keeps its height, so that nothing moves when there is something to say.
    fn message_ui(&self, ui: &mut Ui) {
        let size = vec2(ui.available_width(), 32.0);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_size(size);
            if let Some(message) = &self.browser.message {
                error_label(ui, message);
            }
        });
    }

    fn buttons_ui(&mut self, ui: &mut Ui, focus: Option<Field>, action: &mut Option<Action>) {
        ui.horizontal(|ui| {
            self.new_folder_ui(ui, focus);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let text = match self.browser.purpose {
                    DialogPurpose::SaveMidi { .. }
                    | DialogPurpose::SaveScore { .. }
                    | DialogPurpose::SaveRecording { .. }
                    | DialogPurpose::SaveSession { .. } => "Save",
                    DialogPurpose::ExportFolder => "Export here",
                    DialogPurpose::LearnFolder => "Learn from here",
                    DialogPurpose::Model
                    | DialogPurpose::Song
                    | DialogPurpose::SoundFont
                    | DialogPurpose::Session => "Open",
                };
                if main_button(ui, text, BUTTON_WIDTH).clicked() {
                    *action = self.browser.submit().map(Action::Choose);
                }
                let cancel = Button::new("Cancel").min_size(vec2(0.0, 30.0));
                if ui.add(cancel).clicked() {
                    *action = Some(Action::Cancel);
                }
            });
        });
    }

    fn new_folder_ui(&mut self, ui: &mut Ui, focus: Option<Field>) {
        if !self.browser.purpose.is_export() {
            return;
        }
        let Some(name) = &mut self.browser.new_folder else {
            let button = Button::new("New folder").min_size(vec2(0.0, 30.0));
            if ui.add(button).clicked() {
                self.browser.new_folder = Some(String::new());
                self.focus = Some(Field::NewFolder);
            }
            return;
        };
        let field = text_field(name)
            .hint_text("Name of the new folder")
            .desired_width(180.0)
            .min_size(vec2(0.0, 28.0));
        let field = ui.add(field).accessible_name("Name of the new folder");
        if focus == Some(Field::NewFolder) {
            field.request_focus();
        }
        let is_enter_pressed = is_left_with_enter(ui, field.lost_focus());
        let make = Button::new("Make").min_size(vec2(0.0, 30.0));
        if ui.add(make).clicked() || is_enter_pressed {
            self.browser.make_new_folder();
            self.focus = match self.browser.new_folder {
                Some(_) => Some(Field::NewFolder),
                None if self.browser.has_name() => Some(Field::Name),
                None => Some(Field::Location),
            };
        }
    }
}

/// Whether a field was left with Enter.
fn is_left_with_enter(ui: &Ui, lost_focus: bool) -> bool {
    lost_focus && ui.input(|input| input.key_pressed(Key::Enter))
}
