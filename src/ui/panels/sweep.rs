//! The sweep form, and the progress of a sweep.

use eframe::egui::{ComboBox, DragValue, Grid, RichText, Ui};
use egui_material_icons::icons::ICON_CASINO;

use super::maps::maps_ui;
use crate::latent::{Scaling, Sigma};
use crate::sweep::{Phase, SweepConfig, parse_seed};
use crate::ui::command::Command;
use crate::ui::options::MAX_TEMPERATURE;
use crate::ui::state::{AppState, ModelState};
use crate::ui::widgets::controls::{
    caption, error_label, fold, link, progress_bar, row_icon_button, theme_colours, title,
};
use crate::ui::widgets::numbers::{grouped, grouped_with_noun, time_left};
use crate::ui::widgets::typed_field::typed_field;

/// Width of the fields, points.
const FIELD_WIDTH: f32 = 84.0;
/// Memory of a decoded melody, bytes, as measured on a sweep of 3,660.
const MELODY_BYTES: u64 = 2_660;
/// Number of melodies from which the form shows the memory that they need.
const MANY_MELODIES: u64 = 100_000;

/// Draws the sweep form and the progress of the running sweep. `with_title_and_button` adds the title, which a tab may show instead,
/// and the button that starts a sweep, which the caller may draw below ([`sweep_button`]). Returns whether a sweep can be started.
pub fn sweep_ui(
    ui: &mut Ui,
    state: &AppState,
    with_title_and_button: bool,
    out: &mut Vec<Command>,
) -> bool {
    if with_title_and_button {
        title(ui, "Sweep");
    }
    maps_ui(ui, state, out);
    progress(ui, state, out);
    if let Some(text) = &state.sweep.error {
        error_label(ui, text);
    }
    let mut form = state.sweep.form.clone();
    let typed = fields(ui, &mut form);
    let valid = typed.and_then(|()| form.validate().map_err(|error| error.to_string()));
    match &valid {
        Ok(()) => {
            // The size of the map that is shown, or that will be, stands above.
            let shown = state.melodies.config();
            let is_same_size = shown.is_none_or(|shown| shown.melodies() == form.melodies());
            if !is_same_size || form.melodies() >= MANY_MELODIES {
                caption(ui, size_text(&form));
            }
        }
        Err(error) => {
            error_label(ui, error);
        }
    }
    let ready = matches!(state.model, ModelState::Ready(_)) && valid.is_ok();
    if form != state.sweep.form {
        out.push(Command::SetSweep(form));
    }
    if with_title_and_button {
        sweep_button(ui, ready, out);
    }
    ready
}

/// Draws the button that starts a sweep, if one can be started.
pub fn sweep_button(ui: &mut Ui, ready: bool, out: &mut Vec<Command>) {
    let button = ui.add_enabled_ui(ready, |ui| {
        ui.add_sized(
            [ui.available_width(), 28.0],
            eframe::egui::Button::new("New sweep"),
        )
    });
    if button
        .inner
        .on_hover_text(
            "Sample and decode a new map; this one stays in the list, and what plays goes on",
        )
        .clicked()
    {
        out.push(Command::NewSweep);
    }
}

/// Draws the size of the map and the progress of the running sweep, or the number of melodies.
fn progress(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let melodies = &state.melodies;
    ui.spacing_mut().item_spacing.y = 4.0;
    // Before there is a map, what the form asks for stands in its place, so that nothing moves when it comes.
    let config = melodies.config().unwrap_or(&state.sweep.form);
    // As high as its text: nothing in it is clicked.
    let height = std::mem::replace(&mut ui.spacing_mut().interact_size.y, 17.0);
    ui.horizontal(|ui| {
        ui.label(format!(
            "{} × {}",
            grouped_with_noun(config.regions as usize, "region"),
            config.samples
        ));
        let seed = RichText::new(format!("seed {}", config.seed))
            .size(12.0)
            .color(theme_colours(ui).muted);
        ui.with_layout(
            eframe::egui::Layout::right_to_left(eframe::egui::Align::Center),
            |ui| ui.label(seed),
        );
    });
    ui.spacing_mut().interact_size.y = height;
    if state.sweep.running.is_some() {
        // A sweep without a map yet has the form's size.
        let running_config = if state.is_sweeping() {
            config
        } else {
            &state.sweep.form
        };
        running_sweep(ui, state, running_config, out);
    } else if melodies.config().is_none() {
        let count = grouped_with_noun(config.melodies() as usize, "melody");
        caption(ui, format!("{count} will appear on the map"));
    } else {
        let mut text = grouped_with_noun(melodies.decoded_count(), "melody");
        if melodies.empty_count() > 0 {
            text.push_str(&format!(
                ", {} of them silent",
                grouped(melodies.empty_count() as u64)
            ));
        }
        caption(ui, text);
    }
    ui.spacing_mut().item_spacing.y = 6.0;
}

/// Draws the progress of the running sweep, whose configuration is `config`, and the link that cancels it.
fn running_sweep(ui: &mut Ui, state: &AppState, config: &SweepConfig, out: &mut Vec<Command>) {
    let decoding = state.sweep.progress.filter(|p| p.phase == Phase::Melodies);
    let (done, total, rate, seconds_left) = decoding.map_or(
        (
            0,
            u64::from(config.regions) * u64::from(config.samples + 1),
            0.0,
            f64::NAN,
        ),
        |p| (p.done, p.total, p.rate, p.seconds_left),
    );
    let width = ui.available_width();
    let fraction = state.sweep.progress.map_or(0.0, |p| p.fraction() as f32);
    let accent = theme_colours(ui).accent;
    progress_bar(ui, fraction, accent, width, 6.0, "Sweep progress");
    // As high as its text, so that the button below stays in view in a window of 1440 by 900.
    let height = std::mem::replace(&mut ui.spacing_mut().interact_size.y, 15.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().button_padding.y = 0.0;
        let mut text = match state.sweep.progress {
            Some(p) if p.phase != Phase::Melodies => "laying the regions out".to_owned(),
            _ => format!("{} of {}", grouped(done), grouped(total)),
        };
        if rate > 0.0 {
            text.push_str(&format!(", {}/s", grouped(rate.round() as u64)));
        }
        let time_left = time_left(seconds_left);
        if !time_left.is_empty() {
            text.push_str(&format!(", {time_left}"));
        }
        ui.label(
            RichText::new(text)
                .size(12.0)
                .color(theme_colours(ui).muted),
        );
        ui.with_layout(
            eframe::egui::Layout::right_to_left(eframe::egui::Align::Center),
            |ui| {
                if link(ui, "Cancel").clicked() {
                    out.push(Command::Cancel);
                }
            },
        );
    });
    ui.spacing_mut().interact_size.y = height;
}

/// Draws the fields of the form. An error is the first text that is no number.
fn fields(ui: &mut Ui, form: &mut SweepConfig) -> Result<(), String> {
    let muted = theme_colours(ui).muted;
    let name = |text: &str| RichText::new(text).size(12.0).color(muted);
    let mut first_error = None;
    Grid::new("sweep form")
        .num_columns(2)
        .spacing([12.0, 4.0])
        .min_col_width(78.0)
        .show(ui, |ui| {
            for (text, value) in [
                ("Regions", &mut form.regions),
                ("Samples each", &mut form.samples),
            ] {
                ui.label(name(text));
                let parse_number = |typed: &str| whole_number(text, typed);
                let step = |up| u32::try_from(adjacent_number(u64::from(*value), up)?).ok();
                let field = typed_field(
                    ui,
                    text,
                    FIELD_WIDTH,
                    &value.to_string(),
                    parse_number,
                    step,
                );
                *value = field.changed.unwrap_or(*value);
                first_error = first_error.take().or(field.error);
                ui.end_row();
            }
            ui.label(name("Seed"));
            ui.horizontal(|ui| {
                let seed = form.seed;
                let step = |up| adjacent_number(seed, up);
                let field =
                    typed_field(ui, "Seed", FIELD_WIDTH, &seed.to_string(), parse_seed, step);
                form.seed = field.changed.unwrap_or(seed);
                first_error = first_error.take().or(field.error);
                field
                    .response
                    .on_hover_text("Equal seeds give equal maps; a word stands for a number");
                if row_icon_button(ui, ICON_CASINO, "Another seed", 24.0).clicked() {
                    form.seed = next_seed(form.seed);
                }
            });
            ui.end_row();
        });
    fold(ui, "More", None, |ui| more(ui, form));
    first_error.map_or(Ok(()), Err)
}

/// The next number, or the previous one.
fn adjacent_number(value: u64, up: bool) -> Option<u64> {
    if up {
        value.checked_add(1)
    } else {
        value.checked_sub(1)
    }
}

fn whole_number(name: &str, typed: &str) -> Result<u32, String> {
    let typed = typed.trim();
    typed.parse().map_err(|_| {
        format!(
            "{name} cannot be {}; type a whole number",
            if typed.is_empty() { "empty" } else { typed }
        )
    })
}

/// How many melodies the form asks for, and what memory many of them need.
fn size_text(form: &SweepConfig) -> String {
    let melodies = form.melodies();
    let count = grouped_with_noun(melodies as usize, "melody");
    if melodies < MANY_MELODIES {
        return count;
    }
    let gigabytes = (melodies * MELODY_BYTES) as f64 / 1e9;
    format!("{count}, about {gigabytes:.1} GB of memory")
}

/// Another small seed, easy to write down.
fn next_seed(seed: u64) -> u64 {
    seed.wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407)
        >> 33
        & 0xffff
}

fn more(ui: &mut Ui, form: &mut SweepConfig) {
    Grid::new("more of the sweep form")
        .num_columns(2)
        .spacing([12.0, 6.0])
        .show(ui, |ui| {
            scaling(ui, form);
            ui.end_row();
            sigma(ui, form);
            ui.end_row();
            let label = ui.label("Temperature");
            ui.add(
                DragValue::new(&mut form.temperature)
                    .range(0.0..=MAX_TEMPERATURE)
                    .speed(0.01)
                    .max_decimals(2),
            )
            .labelled_by(label.id)
            .on_hover_text("0 always takes the most probable note; higher values are more varied");
            ui.end_row();
        });
}

fn scaling(ui: &mut Ui, form: &mut SweepConfig) {
    let label = ui.label("Scaling");
    let is_box = matches!(form.scaling, Scaling::Box { .. });
    let text = if is_box { "Box" } else { "Prior" };
    ui.horizontal(|ui| {
        ComboBox::from_id_salt("scaling")
            .width(84.0)
            .selected_text(text)
            .show_ui(ui, |ui| {
                if ui.selectable_label(!is_box, "Prior").clicked() {
                    form.scaling = Scaling::Prior;
                }
                if ui.selectable_label(is_box, "Box").clicked() && !is_box {
                    form.scaling = Scaling::Box { width: 6.0 };
                }
            })
            .response
            .labelled_by(label.id)
            .on_hover_text("Prior: points like those the model was trained on. Box: evenly over a cube, as in the study");
        if let Scaling::Box { width } = &mut form.scaling {
            ui.add(DragValue::new(width).range(0.1..=20.0).speed(0.05))
                .accessible_name("Width of the box");
        }
    });
}

fn sigma(ui: &mut Ui, form: &mut SweepConfig) {
    let label = ui.label("Spread");
    let is_published = matches!(form.sigma, Sigma::PublishedCode);
    let text = if is_published {
        "As published"
    } else {
        "Fixed"
    };
    ui.horizontal(|ui| {
        ComboBox::from_id_salt("sigma")
            .width(84.0)
            .selected_text(text)
            .show_ui(ui, |ui| {
                if ui.selectable_label(!is_published, "Fixed").clicked() && is_published {
                    form.sigma = Sigma::default();
                }
                if ui.selectable_label(is_published, "As published").clicked() {
                    form.sigma = Sigma::PublishedCode;
                }
            })
            .response
            .labelled_by(label.id)
            .on_hover_text(
                "How far samples lie from their region, in standard deviations of the prior",
            );
        if let Sigma::Fixed(sigma) = &mut form.sigma {
            ui.add(DragValue::new(sigma).range(0.0..=10.0).speed(0.01))
                .accessible_name("Sigma");
        }
    });
}
