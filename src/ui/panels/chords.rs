//! Chords under the melodies, in the menu of the feel: the typed progression, its volume and its MIDI channel.

use eframe::egui::{DragValue, Slider, Ui};

use crate::melody::Progression;
use crate::playback::MIDI_CHANNEL_COUNT;
use crate::ui::chord_settings::ChordSettings;
use crate::ui::command::Command;
use crate::ui::settings::Settings;
use crate::ui::widgets::controls::{caption, error_label, slider};
use crate::ui::widgets::typed_field::typed_field;

/// Width of the field.
const FIELD_WIDTH: f32 = 244.0;

/// Draws the settings of the chords.
pub fn chords_ui(ui: &mut Ui, settings: &Settings, out: &mut Vec<Command>) {
    let chords = &settings.chords;
    let mut changed = chords.clone();
    let mut error = None;
    ui.horizontal(|ui| {
        ui.checkbox(&mut changed.on, "Chords").on_hover_text(
            "Play chords under the melodies, in exported files on a track of their own. Raw exports have none",
        );
        let parse = |text: &str| {
            let parsed = text.parse::<Progression>();
            parsed.map_err(|error| error.to_string())
        };
        let typed = typed_field(ui, "Progression", FIELD_WIDTH, &chords.text, parse, |_| None);
        typed.response.on_hover_text(
            "One chord for each bar, such as Am F C G. With | between bars, a bar can have several: Dm7 G7 | Cmaj7. % repeats \
             a chord, NC is silence",
        );
        if let Some(progression) = typed.changed {
            changed.text = progression.to_string();
            changed.on = true;
        }
        error = typed.error;
    });
    if let Some(error) = error {
        error_label(ui, error);
    }
    if chords.on {
        ui.horizontal(|ui| {
            caption(ui, "Volume");
            let rail = Slider::new(&mut changed.velocity, 1..=127).show_value(false);
            slider(ui, rail).accessible_name("Volume of the chords");
            caption(ui, "MIDI channel");
            let field = DragValue::new(&mut changed.channel).range(1..=MIDI_CHANNEL_COUNT);
            ui.add(field)
                .accessible_name("MIDI channel of the chords")
                .on_hover_text("On a MIDI port the chords have a channel of their own");
        });
        if changed.channel == settings.midi.channel {
            caption(
                ui,
                "The melody has the same channel: a note of both ends with the chord.",
            );
        }
    }
    if changed != *chords {
        out.push(Command::SetChords(ChordSettings::clamped(changed)));
    }
}
