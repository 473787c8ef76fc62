//! Executing commands: the only place where they change the state.
//!
//! One file per subject. `play` sends melodies to the player and `model` submits jobs to the worker; the others use them.

mod copies;
mod drag;
mod export;
mod generate;
mod history;
mod import;
mod kept_melodies;
mod landmarks;
mod layout;
mod learn;
mod library_reports;
mod maps;
mod midi_input;
mod mix;
mod model;
mod notes;
mod osc;
mod path;
mod play;
mod probes;
mod selected;
mod selection;
mod session;
mod share;
mod similar;
mod slice;
mod sound;
mod steer;
mod steer_goals;
mod sweep;
mod taste;
mod timeline;
mod timeline_generation;
mod transport;
mod tray;
mod undo;
mod view;

pub(in crate::ui) use generate::receive as receive_generated;
pub(in crate::ui) use history::record as record_heard;
pub(in crate::ui) use import::receive_song;
pub(in crate::ui) use kept_melodies::save_unsaved;
pub(in crate::ui) use landmarks::{end as end_landmarks, refresh as refresh_landmarks};
pub(in crate::ui) use layout::{lay_out, receive as receive_layout};
pub(in crate::ui) use learn::receive as receive_learning;
pub(in crate::ui) use library_reports::receive_library;
pub(in crate::ui) use maps::show_new_map;
pub(in crate::ui) use midi_input::receive as receive_midi_input;
pub use model::open_model;
pub(in crate::ui) use model::open_model_of_map;
pub(in crate::ui) use path::{
    move_stops, receive as receive_path, resume as resume_path, update_marker as update_path_marker,
};
pub(in crate::ui) use play::select_playing_of_blend;
pub(in crate::ui) use probes::receive as receive_probe;
pub(in crate::ui) use session::{add_session_kept, receive as receive_session, receive_restored};
pub(in crate::ui) use share::{
    NOTHING_TO_PASTE, receive_melody as receive_shared_melody, receive_no_files,
    receive_text as receive_share_text,
};
pub(in crate::ui) use slice::receive as receive_slice;
pub(in crate::ui) use sound::{receive_sound_font, restore as restore_sound};
pub(in crate::ui) use steer::{
    end as end_steer, fit_attribute, receive as receive_steered, receive_round,
};

use std::time::Instant;

use super::command::{Command, TimelineCommand};
use super::services::Services;
use super::state::AppState;
use crate::session::OnExisting;

/// Executes a command.
pub fn apply(state: &mut AppState, services: &mut Services, command: Command) {
    match command {
        Command::Select(id) => selection::select(state, services, id),
        Command::ToggleSelected(id) => selection::toggle(state, id),
        Command::SelectMany(ids) => selection::select_many(state, ids),
        Command::Deselect => selection::deselect(state),
        Command::Selected(command) => selected::apply(state, services, command),
        Command::StepSample(offset) => selection::step_sample(state, services, offset),
        Command::Undo => undo::undo(state, services),
        Command::Redo => undo::redo(state, services),

        Command::PlayStop => transport::play_stop(state, services),
        Command::SetTempo(bpm) => transport::set_tempo(state, services, bpm),
        Command::TapTempo => transport::tap(state, services, Instant::now()),
        Command::SetLooping(looping) => transport::set_looping(state, services, looping),
        Command::SetVolume(volume) => transport::set_volume(state, services, volume),
        Command::SetOutput(output) => transport::set_output(state, services, output),
        Command::SetMidiPatch(patch) => transport::set_midi_patch(state, services, patch),
        Command::Sound(command) => sound::apply(state, services, command),
        Command::SetFeel(feel) => transport::set_feel(state, services, feel),
        Command::SetChords(chords) => transport::set_chords(state, services, chords),
        Command::SetLaunch(launch) => transport::set_launch(state, services, launch),
        Command::SetLatencyOffset(offset) => transport::set_latency_offset(state, services, offset),
        Command::SetMetronomeAndClock(options) => {
            transport::set_metronome_and_clock(state, services, options)
        }
        Command::SetExportRaw(raw) => state.settings.export_raw = raw,
        Command::MidiInput(command) => midi_input::apply(state, services, command),
        Command::SetOsc(settings) => osc::set_osc(state, services, settings),
        Command::Panic => services.player.panic(),
        Command::TestNote => services.player.test_note(),

        Command::Steer(command) => steer_goals::apply(state, services, command),
        Command::ClearHighlight => state.steer.highlighted = false,
        Command::SetSweep(form) => state.sweep.form = form,
        Command::NewSweep => sweep::new_sweep(state, services),
        Command::Cancel => sweep::cancel(state, services),
        Command::ChooseModel => model::choose_model(state, services),
        Command::OpenModel(path) => model::open_model(state, services, path),
        Command::SetDevice(device) => model::set_device(state, services, device),

        Command::Probe(command) => probes::apply(state, services, command),
        Command::Slice(command) => slice::apply(state, services, command),
        Command::Similar(command) => similar::apply(state, command),
        Command::Path(command) => path::apply(state, services, command),
        Command::Learn(command) => learn::apply(state, services, command),
        Command::Landmarks(command) => landmarks::apply(state, command),
        Command::Mix(command) => mix::apply(state, services, command),
        Command::Import(command) => import::apply(state, services, command),
        Command::Notes(command) => notes::apply(state, services, command),
        Command::Generate(command) => generate::apply(state, services, command),
        Command::Taste(command) => taste::apply(state, command),

        Command::ToggleKept => kept_melodies::toggle_kept(state, services),
        Command::ToggleKeptPlaying => kept_melodies::toggle_kept_playing(state, services),
        Command::PlayKept(number) => transport::play_kept(state, services, number),
        Command::RemoveKept(number) => kept_melodies::remove_kept(state, services, number),
        Command::ToggleKeptMarked(number) => kept_melodies::toggle_marked(state, services, number),
        Command::Tray(command) => tray::apply(state, services, command),
        Command::SaveUnsaved => kept_melodies::save_unsaved(state, services),
        Command::Export(selection, grouping) => {
            export::export(state, services, selection, grouping);
        }
        Command::CopyFiles(selection) => export::copy_files(state, services, selection),
        Command::Record(selection, format) => export::record(state, services, selection, format),
        Command::CancelRecording(notice) => export::cancel_recording(state, notice),
        Command::ReplaceFiles(id) => {
            export::write_refused(state, services, id, OnExisting::Replace)
        }
        Command::KeepBothFiles(id) => {
            export::write_refused(state, services, id, OnExisting::Number)
        }

        Command::Session(command) => session::execute(state, services, command),
        Command::Drag(command) => drag::apply(state, services, command),
        Command::Share(command) => share::apply(state, services, command),
        Command::History(command) => history::apply(state, services, command),
        Command::Timeline(TimelineCommand::Bridge(index)) => {
            generate::bridge(state, services, index)
        }
        Command::Timeline(TimelineCommand::Vary(index)) => generate::vary(state, services, index),
        Command::Timeline(command) => timeline::apply(state, services, command),
        Command::ShowMap(number) => maps::show(state, services, number),
        Command::StepMap(offset) => maps::step(state, services, offset),
        Command::SetLayout(layout) => layout::set_layout(state, services, layout),
        Command::ColourBy(attribute) => view::colour_by(state, attribute),
        Command::SetFilter(attribute, range) => view::set_filter(state, attribute, range),
        Command::SetScaleFilter(scale) => view::set_scale_filter(state, scale),
        Command::SetPalette(palette) => state.settings.palette = palette,
        Command::ShowFill(shown) => state.settings.show_fill = shown,
        Command::ShowContours(shown) => state.settings.contours = shown,
        Command::FitMap => state.fit_map_requests += 1,
        Command::ShowAnalysis(open) => state.analysis.open = open,
        Command::ExportFigures => export::export_figures(state, services),
        Command::SetTheme(theme) => state.settings.theme = theme,
        Command::SetMotion(motion) => state.settings.motion = motion,
        Command::SetUiScale(percent) => view::set_ui_scale(state, percent),
        Command::TogglePanel(panel) => view::toggle_panel(state, panel),
        Command::ResizePanel(panel, size) => view::resize_panel(state, panel, size),
        Command::CloseWindow => state.close_window = true,
        Command::ShowHelp(open) => state.help = open,
        Command::ShowSearch(open) => state.search = open,
        Command::Dismiss(id) => drop(state.notices.dismiss(id)),
    }
}
