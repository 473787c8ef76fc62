//! The card of the feature *Learn*: the source's summary, the new model's name, the run, and its result.

use eframe::egui::{DragValue, Frame, Grid, Label, Modal, RichText, ScrollArea, Ui};

use crate::session::{FineTuneRecord, FineTuneSource};
use crate::training::CorpusSummary;
use crate::ui::command::{Command, LearnCommand};
use crate::ui::state::{AppState, LearnDraft, MAX_LEARN_MINUTES, RunningLearn};
use crate::ui::widgets::controls::{
    caption, error_label, link, main_button, progress_bar, row_caption, separator_line,
    theme_colours,
};
use crate::ui::widgets::modal_header::{PAGE_MARGIN, modal_header, page_id};
use crate::ui::widgets::numbers::time_left;
use crate::ui::widgets::text_field::text_field;
use crate::wording::{count_with_noun, sentence_case};
use crate::worker::{FineTuneProgress, FineTuneStage};

/// Width of the card, points.
const WIDTH: f32 = 440.0;
/// Maximum height of the list of notices about excluded files, points.
const NOTICES_HEIGHT: f32 = 110.0;
/// Width of the main buttons, points.
const BUTTON_WIDTH: f32 = 120.0;

/// Draws the card while it is open.
pub fn learn_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    if !state.learn.open {
        return;
    }
    let frame = Frame::popup(ui.style()).inner_margin(PAGE_MARGIN);
    let modal = Modal::new(page_id(ui.ctx(), "learning")).frame(frame);
    let modal = modal.show(ui.ctx(), |ui| {
        ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 64.0));
        let close = modal_header(ui, "Teach it your music", "Close the card");
        ui.spacing_mut().item_spacing.y = 8.0;
        if let Some(running) = &state.learn.running {
            running_ui(ui, state, running, out);
        } else if let Some((model, progress)) = &state.learn.finished {
            result_ui(ui, &model.name, progress);
            ui.horizontal(|ui| {
                if main_button(ui, "Open it", BUTTON_WIDTH).clicked() {
                    out.push(Command::OpenModel(Some(model.path.clone())));
                    out.push(Command::Learn(LearnCommand::Show(false)));
                }
                if ui.button("Later").clicked() {
                    out.push(Command::Learn(LearnCommand::Show(false)));
                }
            });
            caption(
                ui,
                "Its melodies come on a map of their own. Both models stay in the model menu.",
            );
        } else if let Some(draft) = &state.learn.draft {
            draft_ui(ui, draft, out);
        } else {
            sources_ui(ui, state, out);
        }
        if let Some(text) = &state.learn.error {
            error_label(ui, text);
        }
        if state.learn.running.is_none() {
            for record in &state.learn.interrupted {
                interrupted_ui(ui, record, out);
            }
        }
        close
    });
    if modal.inner || modal.should_close() {
        out.push(Command::Learn(LearnCommand::Show(false)));
    }
}

/// The choice of a source.
fn sources_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    ui.add(
        Label::new("Learn from your own melodies; the new model is one more in the model menu.")
            .wrap(),
    );
    ui.horizontal(|ui| {
        if main_button(ui, "Choose a folder…", 150.0).clicked() {
            out.push(Command::Learn(LearnCommand::ChooseFolder));
        }
        let kept = state.kept_melodies.len();
        let text = format!("The {}", count_with_noun(kept, "kept melody"));
        if kept > 0 && ui.button(text).clicked() {
            out.push(Command::Learn(LearnCommand::ExamineKept));
        }
    });
    caption(
        ui,
        "Or drop a folder of MIDI files on the window. Nothing leaves your machine.",
    );
}

fn draft_ui(ui: &mut Ui, draft: &LearnDraft, out: &mut Vec<Command>) {
    let from = match draft.source {
        FineTuneSource::Folder(_) => format!("From the folder {}", draft.title),
        FineTuneSource::Melodies(_) => format!("From {}", draft.title),
    };
    ui.add(Label::new(from).truncate());
    match &draft.summary {
        None => {
            ui.horizontal(|ui| {
                ui.spinner();
                caption(ui, "Reading…");
            });
            return;
        }
        Some(Err(text)) => {
            error_label(ui, text);
            if link(ui, "Choose another folder…").clicked() {
                out.push(Command::Learn(LearnCommand::ChooseFolder));
            }
            return;
        }
        Some(Ok(summary)) => summary_ui(ui, summary),
    }
    separator_line(ui);
    Grid::new("learn form")
        .num_columns(2)
        .spacing([16.0, 8.0])
        .show(ui, |ui| {
            row_caption(ui, "Name");
            let mut name = draft.name.clone();
            let field = text_field(&mut name).desired_width(240.0);
            if ui
                .add(field)
                .accessible_name("Name of the new model")
                .changed()
            {
                out.push(Command::Learn(LearnCommand::SetName(name)));
            }
            ui.end_row();
            row_caption(ui, "Minutes");
            let mut minutes = draft.minutes;
            let field = DragValue::new(&mut minutes)
                .speed(0.1)
                .range(0.1..=MAX_LEARN_MINUTES)
                .max_decimals(1);
            if ui.add(field).accessible_name("Minutes to learn").changed() {
                out.push(Command::Learn(LearnCommand::SetMinutes(minutes)));
            }
            ui.end_row();
        });
    if let Some(text) = &draft.name_error {
        error_label(ui, text);
    }
    ui.horizontal(|ui| {
        ui.add_enabled_ui(draft.is_ready(), |ui| {
            if main_button(ui, "Learn", BUTTON_WIDTH).clicked() {
                out.push(Command::Learn(LearnCommand::Start));
            }
        });
        caption(
            ui,
            "You can keep playing the model meanwhile. It stays as it is.",
        );
    });
}

fn summary_ui(ui: &mut Ui, summary: &CorpusSummary) {
    let windows = count_with_noun(summary.window_count, "window");
    let files = count_with_noun(summary.file_count, "file");
    let text = if summary.used_file_count > 0 {
        format!("{windows} in {} of {files}", summary.used_file_count)
    } else {
        windows
    };
    ui.label(RichText::new(text).strong());
    caption(ui, format!("{}.", sentence_case(&summary.melodies_text())));
    if let Some(text) = summary.too_few_text() {
        caption(ui, text);
    }
    if summary.notices.is_empty() {
        return;
    }
    ScrollArea::vertical()
        .id_salt("left out")
        .max_height(NOTICES_HEIGHT)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for notice in &summary.notices {
                caption(ui, format!("{}.", sentence_case(notice)));
            }
        });
}

fn running_ui(ui: &mut Ui, state: &AppState, running: &RunningLearn, out: &mut Vec<Command>) {
    let progress = &running.progress;
    let stage = match progress.stage {
        _ if running.is_ending => "is being finished",
        _ if running.paused => "is paused",
        FineTuneStage::Rehearsal => "is being prepared",
        FineTuneStage::Training => "learns",
        FineTuneStage::Calibration => "is fitted to your melodies",
    };
    ui.add(Label::new(RichText::new(format!("{} {stage}", running.name)).strong()).truncate());
    let width = ui.available_width();
    let accent = theme_colours(ui).accent;
    progress_bar(
        ui,
        progress.fraction as f32,
        accent,
        width,
        4.0,
        "Learning progress",
    );
    let percent = format!("{:.0} %", 100.0 * progress.fraction);
    caption(
        ui,
        if running.paused || running.is_ending || !progress.seconds_left.is_finite() {
            percent
        } else {
            format!("{percent}, {}", time_left(progress.seconds_left))
        },
    );
    metrics_ui(ui, progress, "best so far");
    ui.horizontal(|ui| {
        ui.add_enabled_ui(!running.is_ending, |ui| {
            let (text, paused) = if running.paused {
                ("Continue", false)
            } else {
                ("Pause", true)
            };
            if ui.button(text).clicked() {
                out.push(Command::Learn(LearnCommand::Pause(paused)));
            }
        });
        let can_stop = progress.stage == FineTuneStage::Training && !running.is_ending;
        ui.add_enabled_ui(can_stop, |ui| {
            let stop = ui
                .button("Stop learning")
                .on_hover_text("Ends now, and keeps the best so far");
            if stop.clicked() {
                out.push(Command::Learn(LearnCommand::Stop));
            }
        });
        let cancel = ui
            .button("Cancel")
            .on_hover_text("Ends now, and keeps nothing of it");
        if cancel.clicked() {
            out.push(Command::Learn(LearnCommand::Cancel));
        }
    });
    let old = state
        .model
        .info()
        .map_or("The model", |info| info.name.as_str());
    caption(
        ui,
        format!(
            "You can keep playing {old}. Close this card, or the window: learning can go on later."
        ),
    );
}

fn result_ui(ui: &mut Ui, name: &str, progress: &FineTuneProgress) {
    ui.add(Label::new(RichText::new(format!("{name} has learnt your music")).strong()).wrap());
    metrics_ui(ui, progress, "after");
}

/// The metrics of the held-out excerpts, before and after: the fraction reproduced note for note, and that of the right notes.
fn metrics_ui(ui: &mut Ui, progress: &FineTuneProgress, after: &str) {
    let Some(before) = progress.start_model else {
        return;
    };
    let percent = |value: f64| format!("{:.1} %", 100.0 * value);
    let rows = [
        (
            "Reproduced note for note",
            before.exact,
            progress.best.map(|best| best.exact),
        ),
        (
            "Notes right",
            before.onset_accuracy,
            progress.best.map(|best| best.onset_accuracy),
        ),
    ];
    Grid::new("learn figures")
        .num_columns(3)
        .spacing([24.0, 4.0])
        .show(ui, |ui| {
            row_caption(ui, "Melodies that it did not learn from");
            row_caption(ui, "before");
            row_caption(ui, after);
            ui.end_row();
            for (name, before, best) in rows {
                row_caption(ui, name);
                ui.label(percent(before));
                ui.label(best.map_or_else(|| "–".to_owned(), percent));
                ui.end_row();
            }
        });
}

fn interrupted_ui(ui: &mut Ui, record: &FineTuneRecord, out: &mut Vec<Command>) {
    separator_line(ui);
    let minutes = record.seconds_done / 60.0;
    let text = format!(
        "Learning of {} was interrupted after {minutes:.1} of {:.1} minutes.",
        record.name, record.minutes
    );
    ui.add(Label::new(text).wrap());
    ui.horizontal(|ui| {
        if link(ui, "Go on").clicked() {
            out.push(Command::Learn(LearnCommand::Resume(record.name.clone())));
        }
        if link(ui, "Discard").clicked() {
            out.push(Command::Learn(LearnCommand::Discard(record.name.clone())));
        }
    });
}
