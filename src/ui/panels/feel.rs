//! How melodies are played, behind one button of the transport: swing, lengths, velocities, and what is sent besides the notes.

use eframe::egui::{
    Button, DragValue, Grid, Label, Popup, PopupCloseBehavior, RectAlign, Response, RichText, Role,
    ScrollArea, Slider, Ui, WidgetInfo, emath::Numeric, style::StyleModifier,
};
use egui_material_icons::icons::{ICON_CASINO, ICON_RESTART_ALT, ICON_TUNE};

use super::chords::chords_ui;
use crate::melody::{
    Feel, MAX_NOTE_LENGTH_PERCENT, MAX_TRANSPOSE, MIN_NOTE_LENGTH_PERCENT, SwingUnit,
};
use crate::playback::{LaunchQuantization, MAX_OFFSET_MS, MetronomeAndClock};
use crate::ui::command::Command;
use crate::ui::settings::Settings;
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::{
    caption, icon_button, icon_text_button, row_caption, separator_line, slider, theme_colours,
};
use crate::ui::widgets::scale_choice::scale_choice;

/// Width of the sliders' tracks.
const TRACK_WIDTH: f32 = 96.0;
/// Width of the menu.
const MENU_WIDTH: f32 = 320.0;
/// Height of the menu's frame and of its distance from the button and the edge of the window.
const MENU_MARGIN: f32 = 28.0;

/// Draws the button, which opens the settings. It is lit while melodies sound other than they are written.
pub fn feel_button(ui: &mut Ui, settings: &Settings, out: &mut Vec<Command>) {
    let on = !settings.feel.is_plain()
        || settings.chords.on
        || settings.metronome_and_clock != MetronomeAndClock::default();
    let c = theme_colours(ui);
    let colour = if on { c.accent } else { c.text };
    let button = icon_text_button(ui, ICON_TUNE, "Feel", colour, None).on_hover_text(
        "Swing, note lengths, transposition, scale and velocity; chords; launch, metronome and MIDI clock",
    );
    Popup::menu(&button)
        .align(RectAlign::TOP_START)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        // The style of menus draws buttons and boxes without frames.
        .style(StyleModifier::default())
        .show(|ui| {
            ui.set_max_width(MENU_WIDTH);
            // The menu opens above the transport and scrolls in a window that is lower than it.
            let height_above = button.rect.top() - ui.ctx().content_rect().top() - MENU_MARGIN;
            let scroll = ScrollArea::vertical().max_height(height_above);
            // Without this it is as high as egui's first guess.
            scroll.min_scrolled_height(height_above).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 3.0;
                feel_grid(ui, settings.feel, out);
                separator_line(ui);
                chords_ui(ui, settings, out);
                separator_line(ui);
                timing_ui(ui, settings, out);
            });
        });
}

fn feel_grid(ui: &mut Ui, feel: Feel, out: &mut Vec<Command>) {
    let mut changed = feel;
    let default_value = Feel::PLAIN;
    ui.spacing_mut().slider_width = TRACK_WIDTH;
    Grid::new("feel").num_columns(4).show(ui, |ui| {
        row_caption(ui, "Swing");
        percent_slider(ui, &mut changed.swing, 0..=100, "Swing strength").on_hover_text(format!(
            "How late the second note of a pair is: 0 is straight, 67 a triplet, 100 dotted. Now the first note has {:.0} % \
             of the pair's time",
            feel.swing_ratio()
        ));
        swing_unit(ui, &mut changed.swing_unit);
        reset(ui, &mut changed.swing, default_value.swing, "swing");
        ui.end_row();

        row_caption(ui, "Note length");
        let range = MIN_NOTE_LENGTH_PERCENT..=MAX_NOTE_LENGTH_PERCENT;
        percent_slider(ui, &mut changed.note_length, range, "Length of notes").on_hover_text(
            "From staccato over 100, the length that is written, to legato, where each note lasts up to the next",
        );
        ui.label("");
        reset(ui, &mut changed.note_length, default_value.note_length, "note length");
        ui.end_row();

        row_caption(ui, "Transpose");
        ui.horizontal(|ui| transposition(ui, &mut changed.transpose));
        ui.label("");
        reset(ui, &mut changed.transpose, default_value.transpose, "transposition");
        ui.end_row();

        row_caption(ui, "Snap");
        if let Some(scale) = scale_choice(ui, "Snap to scale", "Off", changed.snap) {
            changed.snap = scale;
        }
        ui.end_row();

        row_caption(ui, "Velocity");
        slider(ui, Slider::new(&mut changed.velocity, 1..=127))
            .accessible_name("Velocity of notes")
            .on_hover_text("How hard every note is played, before accents. The model writes none");
        ui.label("");
        reset(ui, &mut changed.velocity, default_value.velocity, "velocity");
        ui.end_row();

        row_caption(ui, "Humanise");
        percent_slider(ui, &mut changed.humanise, 0..=100, "Strength of deviations").on_hover_text(
            "Accents on the strong beats, and notes that are a little late, short, loud or soft",
        );
        let reseed = icon_button(ui, ICON_CASINO, "Other deviations");
        if reseed.clicked() {
            changed.seed = changed.seed.wrapping_add(1);
        }
        reset(ui, &mut changed.humanise, default_value.humanise, "humanising");
        ui.end_row();
    });
    // Always there, so that the menu does not move while a scale is chosen.
    let c = theme_colours(ui);
    let colour = if feel.snap.is_some() {
        c.accent
    } else {
        c.muted
    };
    let text = RichText::new("Snap changes what the model wrote.").size(CAPTION);
    ui.add(Label::new(text.color(colour))).on_hover_text(
        "Notes outside the scale move to its nearest note, in what is heard and exported",
    );
    if changed != feel {
        out.push(Command::SetFeel(changed));
    }
}

fn timing_ui(ui: &mut Ui, settings: &Settings, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        caption(ui, "Next melody");
        launch_choice(ui, settings.launch, out);
    });
    ui.horizontal(|ui| {
        caption(ui, "Tempo");
        for (text, name, factor) in [
            ("½", "Half the tempo", 0.5),
            ("×2", "Double the tempo", 2.0),
        ] {
            let button = ui.add(Button::new(text));
            if button.accessible_name(name).on_hover_text(name).clicked() {
                out.push(Command::SetTempo(settings.tempo * factor));
            }
        }
    });
    let metronome_and_clock = settings.metronome_and_clock;
    let mut changed = metronome_and_clock;
    ui.horizontal(|ui| {
        ui.checkbox(&mut changed.metronome, "Metronome")
            .on_hover_text("A click on each beat: a wood block of channel 10, or a high note of the synth");
        ui.checkbox(&mut changed.count_in, "Count-in")
            .on_hover_text("A bar of clicks before a melody starts in silence");
        ui.checkbox(&mut changed.clock_out, "MIDI clock").on_hover_text(
            "Send clock, start, stop and song position to the MIDI port, so that other programs and devices follow",
        );
    });
    if changed != metronome_and_clock {
        out.push(Command::SetMetronomeAndClock(changed));
    }
    let mut offset = settings.latency_offset;
    ui.horizontal(|ui| {
        caption(ui, "Offset");
        let field = DragValue::new(&mut offset)
            .range(-MAX_OFFSET_MS..=MAX_OFFSET_MS)
            .suffix(" ms");
        ui.add(field).accessible_name("Latency offset").on_hover_text(
            "Plays the notes later than the clock that is sent or followed, or earlier below 0: about minus the latency of what \
             sounds brings the sound onto the beat of the other programs",
        );
    });
    if offset != settings.latency_offset {
        out.push(Command::SetLatencyOffset(offset));
    }
    let mut raw = settings.export_raw;
    let raw_notes = ui.checkbox(&mut raw, "Export raw notes");
    let hint = "Exports have the notes as the model wrote them. Off, they are what is heard: swing, lengths, transposition, \
                snap, velocities and chords included";
    if raw_notes.on_hover_text(hint).changed() {
        out.push(Command::SetExportRaw(raw));
    }
}

fn percent_slider(
    ui: &mut Ui,
    value: &mut u8,
    range: std::ops::RangeInclusive<u8>,
    name: &str,
) -> Response {
    slider(ui, Slider::new(value, range).suffix(" %")).accessible_name(name)
}

/// What swings: a button that changes between the two.
fn swing_unit(ui: &mut Ui, unit: &mut SwingUnit) {
    let (text, other) = match *unit {
        SwingUnit::Sixteenth => ("16ths", SwingUnit::Eighth),
        SwingUnit::Eighth => ("8ths", SwingUnit::Sixteenth),
    };
    let button = ui.add(Button::new(text).small());
    let button = button.accessible_name(format!("Swing of {text}"));
    if button
        .on_hover_text("Swing sixteenths or eighths")
        .clicked()
    {
        *unit = other;
    }
}

fn transposition(ui: &mut Ui, semitones: &mut i8) {
    for (text, name, semitone_change) in [("−8ve", "Octave down", -12), ("+8ve", "Octave up", 12)]
    {
        let button = ui.add(Button::new(text).small()).accessible_name(name);
        if button.on_hover_text(name).clicked() {
            *semitones = (*semitones + semitone_change).clamp(-MAX_TRANSPOSE, MAX_TRANSPOSE);
        }
    }
    let field = DragValue::new(semitones)
        .range(-MAX_TRANSPOSE..=MAX_TRANSPOSE)
        .speed(0.1)
        .suffix(" st");
    ui.add(field)
        .accessible_name("Transposition")
        .on_hover_text("Semitones up, or down below 0, of what is heard; the melody itself stays");
}

/// The button that resets a value; disabled while it has its default.
fn reset<T: Numeric>(ui: &mut Ui, value: &mut T, default_value: T, value_name: &str) {
    let name = format!("Reset {value_name}");
    let changed = *value != default_value;
    ui.add_enabled_ui(changed, |ui| {
        if icon_button(ui, ICON_RESTART_ALT, &name).clicked() {
            *value = default_value;
        }
    });
}

/// When the next melody starts. Buttons, not a drop-down list, which would close the menu that contains it.
fn launch_choice(ui: &mut Ui, launch: LaunchQuantization, out: &mut Vec<Command>) {
    for choice in LaunchQuantization::ALL {
        let (text, name) = match choice {
            LaunchQuantization::Now => ("Now", "Start at once"),
            LaunchQuantization::Sixteenth => ("16th", "Start at the next 16th"),
            LaunchQuantization::Beat => ("Beat", "Start at the next beat"),
            LaunchQuantization::Bar => ("Bar", "Start at the next bar"),
            LaunchQuantization::LoopEnd => ("Loop", "Start at the end of the loop"),
        };
        let button = ui.selectable_label(choice == launch, text);
        button
            .widget_info(|| WidgetInfo::selected(Role::RadioButton, true, choice == launch, name));
        if button.on_hover_text(name).clicked() {
            out.push(Command::SetLaunch(choice));
        }
    }
}
