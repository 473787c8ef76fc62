//! The file dialog that the window draws where the system has none.

use std::path::{Path, PathBuf};

use eframe::egui::{Align2, Area, Color32, Context, Id, Key, Modifiers, Order, Sense, Vec2, vec2};
use egui_file::{FileDialog, State};

use super::dialog_icons;
use crate::files::{has_midi_ending, has_model_name};
use crate::ui::dialogs::{Answer, Asked, Question, WindowDialogs};

/// Size of the dialog where the window has space for it, points.
const SIZE: Vec2 = vec2(620.0, 480.0);
/// Least space between the dialog and the edge of the window, points.
const EDGE: f32 = 40.0;

/// The dialog that is open, if one is.
#[derive(Default)]
pub struct FileDialogView {
    open: Option<(FileDialog, Asked)>,
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
    let Some((dialog, _)) = &mut view.open else {
        if let Some(asked) = dialogs.take() {
            view.open = Some((begin(ctx, &asked), asked));
            // Its signs can be drawn from the next frame on.
            dialog_icons::install(ctx);
            ctx.request_repaint();
        }
        return;
    };
    // Checked first: a path that was typed must not be opened by the key that cancels.
    let is_cancelled = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if is_cancelled {
        if let Some((_, asked)) = view.open.take() {
            asked.answer(Answer::Cancelled);
        }
        ctx.request_repaint();
        return;
    }
    cover(ctx);
    dialog.show(ctx);
    let answer = match dialog.state() {
        State::Open => return,
        // A file that is there leads to a notice with a choice.
        State::Selected => dialog.path().map_or(Answer::Cancelled, Answer::place),
        State::Cancelled | State::Closed => Answer::Cancelled,
    };
    if let Some((_, asked)) = view.open.take() {
        asked.answer(answer);
    }
    ctx.request_repaint();
}

/// Dims the window behind the dialog and takes its clicks.
fn cover(ctx: &Context) {
    let screen = ctx.content_rect();
    Area::new(Id::unique("behind the file dialog"))
        .order(Order::Middle)
        .fixed_pos(screen.min)
        .show(ctx, |ui| {
            ui.allocate_rect(screen, Sense::click_and_drag());
            ui.painter()
                .rect_filled(screen, 0.0, Color32::from_black_alpha(120));
        });
}

fn begin(ctx: &Context, asked: &Asked) -> FileDialog {
    let question = &asked.request.question;
    let dialog = match question {
        Question::SaveMidi { suggestion } => FileDialog::save_file()
            .default_filename(suggestion)
            .show_files_filter(shown(has_midi_ending)),
        Question::ExportFolder => FileDialog::select_folder()
            .open_button_text("Export here".into())
            .file_label_text("New folder:".into())
            .new_folder_button_text("Make".into())
            // Enter in the field of a new folder's name must not export into the folder above it.
            .filename_filter(Box::new(|name: &str| name.is_empty()))
            .show_files_filter(shown(|_| false)),
        Question::Model => FileDialog::open_file().show_files_filter(shown(has_model_name)),
        Question::Song => FileDialog::open_file().show_files_filter(shown(has_midi_ending)),
    };
    let folder = asked.request.folder.clone().or_else(std::env::home_dir);
    let dialog = match folder.filter(|folder| folder.is_dir()) {
        Some(folder) => dialog.initial_path(folder),
        None => dialog,
    };
    let space = ctx.content_rect().size() - Vec2::splat(2.0 * EDGE);
    let mut dialog = dialog
        .title(question.title())
        .anchor(Align2::CENTER_CENTER, Vec2::ZERO)
        .default_size(SIZE.min(space))
        .show_rename(false)
        .keep_on_top(true);
    dialog.open();
    dialog
}

fn shown(filter: fn(&Path) -> bool) -> egui_file::Filter<PathBuf> {
    Box::new(filter)
}
