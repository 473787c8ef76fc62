//! The dialog of an open song: its tracks, the excerpts of the chosen one, the quality of their reconstruction, and the button
//! that places them on the map.

use std::sync::Arc;

use eframe::egui::{
    Align, Align2, Area, Button, Frame, Id, Key, Label, Layout, Margin, Modal, Order, Pos2, Rect,
    Response, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};
use egui_material_icons::icons::{ICON_CHECK, ICON_PLAY_ARROW};

use crate::melody::{ImportedExcerpt, Melody, Reconstruction};
use crate::ui::command::{Command, ImportCommand};
use crate::ui::state::{AppState, ImportedSong, SongReading};
use crate::ui::theme::{CAPTION, font};
use crate::ui::widgets::compare_roll;
use crate::ui::widgets::controls::{
    caption, card_frame, error_label, icon_text_button, link, main_button, progress_bar,
    theme_colours,
};
use crate::ui::widgets::modal_header::modal_header;
use crate::ui::widgets::piano_roll::{self, RollStyle};
use crate::wording::{count_with_noun, sentence_case};

/// Width of the dialog where the window has space for it, points.
const DIALOG_WIDTH: f32 = 900.0;
/// Width of the list of tracks, points.
const TRACKS_WIDTH: f32 = 216.0;
/// Maximum width of the message that a song is being read, points.
const READING_WIDTH: f32 = 420.0;
/// Width of the spinner and the cancel link beside the song's name in that message, points.
const SPACE_BESIDE_NAME: f32 = 100.0;
/// Size of the card of an excerpt, points.
const CARD_SIZE: Vec2 = Vec2::new(152.0, 82.0);
/// Space between two cards, points.
const CARD_GAP: f32 = 8.0;
/// Height of the label and the checkbox of a card above its lower edge, points.
const LABEL_HEIGHT: f32 = 14.0;

/// Draws the song that is open, and the progress of one that is being read.
pub fn import_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    if let Some(reading) = &state.song_reading {
        reading_ui(ui, reading, out);
    }
    let Some(song) = &state.imported_song else {
        return;
    };
    let id = Id::unique("imported song");
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(16));
    let modal = Modal::new(id).frame(frame).show(ui.ctx(), |ui| {
        let window = ui.ctx().content_rect();
        ui.set_width(DIALOG_WIDTH.min(window.width() - 64.0));
        // A half row shows that there are more.
        let rows = match song.imported.excerpts.len() {
            // The report needs space beside the excerpts.
            0..=4 if song.imported.report.user_messages().is_empty() => 1.0,
            0..=4 => 2.0,
            5..=8 => 2.0,
            _ => 2.5,
        };
        let height =
            (window.height() - 400.0).clamp(CARD_SIZE.y, rows * (CARD_SIZE.y + CARD_GAP) + 4.0);
        let name = format!("Your melody: {}", song.name());
        if modal_header(ui, &name, "Close the melody") {
            out.push(Command::Import(ImportCommand::Close));
        }
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(TRACKS_WIDTH);
                tracks(ui, song, height, out);
            });
            ui.add_space(8.0);
            ui.vertical(|ui| {
                ui.set_width(ui.available_width());
                excerpts(ui, state, song, height, out);
            });
        });
        shown_excerpt(ui, state, song, out);
        footer(ui, state, song, out);
    });
    if modal.should_close() {
        out.push(Command::Import(ImportCommand::Close));
    }
}

fn reading_ui(ui: &mut Ui, reading: &SongReading, out: &mut Vec<Command>) {
    Area::new(Id::unique("reading a song"))
        .anchor(Align2::CENTER_CENTER, Vec2::ZERO)
        .order(Order::Foreground)
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style())
                .inner_margin(Margin::same(16))
                .show(ui, |ui| {
                    ui.set_max_width(READING_WIDTH);
                    ui.horizontal(|ui| {
                        ui.spinner();
                        ui.scope(|ui| {
                            ui.set_max_width(READING_WIDTH - SPACE_BESIDE_NAME);
                            ui.add(Label::new(format!("Reading {}…", reading.name)).truncate());
                        });
                        if link(ui, "Cancel").clicked() {
                            out.push(Command::Import(ImportCommand::CancelReading));
                        }
                    });
                });
        });
}

fn tracks(ui: &mut Ui, song: &ImportedSong, height: f32, out: &mut Vec<Command>) {
    caption(ui, "Which track?");
    ScrollArea::vertical()
        .id_salt("tracks")
        .max_height(height)
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            for (index, part) in song.parts.iter().enumerate() {
                let name = part.title();
                let drums = if part.may_be_drums() { ", drums?" } else { "" };
                let notes = count_with_noun(part.notes.len(), "note") + drums;
                let notes = RichText::new(notes).size(CAPTION);
                let button = Button::selectable(index == song.part, &name)
                    .truncate()
                    .right_text(notes);
                let size = [ui.available_width(), 26.0];
                let response = ui
                    .add_sized(size, button)
                    .on_hover_text(format!("{name}, {}", part.channels_text()));
                if response.clicked() && index != song.part {
                    out.push(Command::Import(ImportCommand::SetPart(index)));
                }
            }
            ui.add_space(4.0);
            for notice in song.imported.report.user_messages() {
                caption(ui, format!("{}.", sentence_case(&notice)));
            }
        });
}

fn bars_text(song: &ImportedSong, excerpt: usize) -> String {
    song.imported
        .excerpts
        .get(excerpt)
        .map_or_else(String::new, ImportedExcerpt::bars_text)
}

fn excerpts(
    ui: &mut Ui,
    state: &AppState,
    song: &ImportedSong,
    height: f32,
    out: &mut Vec<Command>,
) {
    let count = song.imported.excerpts.len();
    ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
        ui.set_max_height(18.0);
        if link(ui, "None").clicked() {
            out.push(Command::Import(ImportCommand::SetExcerpts(Vec::new())));
        }
        if link(ui, "All").clicked() {
            out.push(Command::Import(ImportCommand::SetExcerpts((0..count).collect())));
        }
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            caption(
                ui,
                "Which bars? Click to listen, tick to take them to the map. %: note beginnings that the model reproduces.",
            );
        });
    });
    if count == 0 {
        caption(
            ui,
            "This track has no note in the range of a piano; choose another one.",
        );
        return;
    }
    let columns =
        (((ui.available_width() + CARD_GAP) / (CARD_SIZE.x + CARD_GAP)).floor() as usize).max(1);
    ui.spacing_mut().item_spacing = vec2(CARD_GAP, CARD_GAP);
    ScrollArea::vertical()
        .id_salt("excerpts")
        .max_height(height)
        .auto_shrink([false, false])
        .show_rows(ui, CARD_SIZE.y, count.div_ceil(columns), |ui, rows| {
            for row in rows {
                ui.horizontal(|ui| {
                    for excerpt in (row * columns..count).take(columns) {
                        excerpt_card(ui, state, song, excerpt, out);
                    }
                });
            }
        });
}

fn excerpt_card(
    ui: &mut Ui,
    state: &AppState,
    song: &ImportedSong,
    excerpt: usize,
    out: &mut Vec<Command>,
) {
    let (rect, response) = ui.allocate_exact_size(CARD_SIZE, Sense::click());
    let name = bars_text(song, excerpt);
    let shown = song.shown == excerpt;
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, shown, format!("Listen to {name}"))
    });
    paint_excerpt(ui, state, song, excerpt, &response);
    let box_centre = pos2(rect.left() + 17.0, rect.bottom() - LABEL_HEIGHT);
    let chosen = song.chosen.contains(&excerpt);
    let id = response.id.with("choose");
    let choose = checkbox(ui, rect, box_centre, id, chosen, format!("Take {name}"));
    if choose.clicked() {
        let mut excerpts = song.chosen.clone();
        if !excerpts.remove(&excerpt) {
            excerpts.insert(excerpt);
        }
        out.push(Command::Import(ImportCommand::SetExcerpts(
            excerpts.into_iter().collect(),
        )));
    } else if response.clicked() {
        out.push(Command::Import(ImportCommand::ShowExcerpt(excerpt)));
        out.push(Command::Import(ImportCommand::Play {
            excerpt,
            reconstructed: false,
        }));
    }
    response.on_hover_text(match original(song, excerpt) {
        Some((_, quality)) => format!(
            "{:.0} % of its note beginnings are the same in the reconstruction",
            100.0 * quality.onset_accuracy
        ),
        None => "Click to listen".to_owned(),
    });
}

/// An excerpt as it is in the file with the quality of its reconstruction, once it is encoded.
fn original(song: &ImportedSong, excerpt: usize) -> Option<&(Arc<Melody>, Reconstruction)> {
    song.encoded.as_ref()?.originals.get(excerpt)
}

/// Paints the card of an excerpt: its notes, its bars and the quality of its reconstruction.
fn paint_excerpt(
    ui: &Ui,
    state: &AppState,
    song: &ImportedSong,
    excerpt: usize,
    response: &Response,
) {
    let c = theme_colours(ui);
    let Some(content) = song.imported.excerpts.get(excerpt) else {
        return;
    };
    let rect = response.rect;
    let shown = song.shown == excerpt;
    let edge = if shown {
        c.accent
    } else if response.hovered() {
        c.muted
    } else {
        c.line
    };
    let painter = ui.painter().with_clip_rect(rect);
    let width = if shown { 1.5 } else { 1.0 };
    card_frame(&painter, rect, c.background, (width, edge));
    let original = original(song, excerpt);
    let style = RollStyle {
        note: if song.chosen.contains(&excerpt) {
            c.accent
        } else {
            c.muted
        },
        grid: false,
        playhead: original.and_then(|(melody, _)| state.playback.step_in(melody)),
    };
    let roll = Rect::from_min_max(rect.min + vec2(8.0, 8.0), rect.max - vec2(8.0, 28.0));
    piano_roll::paint(&painter, roll, &content.melody, &style, c);
    let label = pos2(rect.left() + 30.0, rect.bottom() - LABEL_HEIGHT);
    let name = bars_text(song, excerpt);
    painter.text(label, Align2::LEFT_CENTER, name, font(CAPTION), c.text);
    if let Some((_, quality)) = original {
        let text = format!("{:.0} %", 100.0 * quality.onset_accuracy);
        let right = pos2(rect.right() - 8.0, label.y);
        painter.text(right, Align2::RIGHT_CENTER, text, font(CAPTION), c.muted);
    }
}

/// Draws a checkbox around `centre`, inside the card `clip`.
fn checkbox(ui: &Ui, clip: Rect, centre: Pos2, id: Id, checked: bool, name: String) -> Response {
    let c = theme_colours(ui);
    let square = Rect::from_center_size(centre, Vec2::splat(15.0));
    let response = ui.interact(square.expand(4.0), id, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, checked, &name));
    let (fill, line) = if checked {
        (c.accent, c.accent)
    } else {
        (c.background, c.muted)
    };
    let painter = ui.painter().with_clip_rect(clip);
    let stroke = Stroke::new(1.2, line);
    painter.rect(square, 3.0, fill, stroke, StrokeKind::Inside);
    if checked {
        painter.text(
            square.center() + vec2(0.0, 0.5),
            Align2::CENTER_CENTER,
            ICON_CHECK.codepoint,
            eframe::egui::FontId::new(12.0, ICON_CHECK.font_family()),
            c.on_accent,
        );
    }
    response
}

/// The shown excerpt and its reconstruction over each other.
fn shown_excerpt(ui: &mut Ui, state: &AppState, song: &ImportedSong, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    let Some(content) = song.imported.excerpts.get(song.shown) else {
        return;
    };
    let original = original(song, song.shown);
    let decoded = song
        .encoded
        .as_ref()
        .and_then(|encoded| encoded.melodies.get(song.shown))
        .map(|encoded| &encoded.melody);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), 132.0), Sense::hover());
    let name = format!("Melody and reconstruction, {}", bars_text(song, song.shown));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    card_frame(ui.painter(), rect, c.background, (1.0, c.line));
    let playhead = original
        .and_then(|(melody, _)| state.playback.step_in(melody))
        .or_else(|| state.playback.step_in(decoded?));
    let melody = original.map_or(&content.melody, |(melody, _)| &**melody);
    let painter = ui.painter().with_clip_rect(rect);
    compare_roll::paint(
        &painter,
        rect.shrink(8.0),
        melody,
        decoded.map(|m| &**m),
        playhead,
        c,
    );
    ui.horizontal(|ui| {
        let play = |ui: &mut Ui, text, reconstructed, out: &mut Vec<Command>| {
            if icon_text_button(ui, ICON_PLAY_ARROW, text, c.text, None).clicked() {
                out.push(Command::Import(ImportCommand::Play {
                    excerpt: song.shown,
                    reconstructed,
                }));
            }
        };
        play(ui, "Play yours", false, out);
        if decoded.is_some() {
            play(ui, "Play the model's", true, out);
        }
        if let Some((_, quality)) = original {
            caption(ui, legend(quality.onset_accuracy, quality.token_accuracy));
        }
    });
}

fn legend(onsets: f64, tokens: f64) -> String {
    format!(
        "Filled: yours. Outlined: the model's, red where it differs; {:.0} % of note beginnings, {:.0} % of steps are the same.",
        100.0 * onsets,
        100.0 * tokens
    )
}

fn footer(ui: &mut Ui, state: &AppState, song: &ImportedSong, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let count = song.chosen.len();
        if let Some(text) = &song.error {
            error_label(ui, text);
        } else if song.encoded.is_none() {
            progress_bar(
                ui,
                song.progress,
                theme_colours(ui).accent,
                200.0,
                4.0,
                "Encoding progress",
            );
            caption(ui, "Encoding the melodies…");
        } else if count == 0 {
            caption(ui, "Tick the bars that you want on the map.");
        } else if state.melodies.plan().is_none() {
            caption(ui, "There is no map yet; start a sweep first.");
        } else {
            let text = format!("Place {} on the map", count_with_noun(count, "melody"));
            let enter = ui.input(|input| input.key_pressed(Key::Enter))
                && ui.memory(|memory| memory.focused().is_none());
            if main_button(ui, text, 230.0)
                .on_hover_text("Enter")
                .clicked()
                || enter
            {
                out.push(Command::Import(ImportCommand::Place));
            }
            caption(ui, "Nothing that is on the map moves.");
        }
    });
}
