//! Tests of the MIDI input: keyboards, controllers and their clock.

use std::time::Duration;

use eframe::egui::Key;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tunescape::playback::{HAS_JACK, input::InputMessage};
use tunescape::ui::{Command, ControlTarget, MidiInputCommand};

use crate::open;
use crate::window::Window;

impl Window {
    /// Plays messages into the input, and runs a few frames.
    pub fn receive(&mut self, messages: &[InputMessage]) {
        let mut recording = self.recorder.lock().unwrap();
        recording.input.extend_from_slice(messages);
        drop(recording);
        self.harness.run_steps(3);
    }

    fn learn(&mut self, target: ControlTarget, controller: u8) {
        let command = MidiInputCommand::Learn(Some(target));
        self.command(Command::MidiInput(command));
        self.receive(&[knob(controller, 1)]);
    }
}

fn knob(controller: u8, value: u8) -> InputMessage {
    InputMessage::Control {
        channel: 0,
        controller,
        value,
    }
}

fn key(pitch: u8) -> InputMessage {
    InputMessage::NoteOn {
        channel: 0,
        pitch,
        velocity: 90,
    }
}

#[test]
fn an_input_and_its_clock_are_chosen_in_the_menu_and_remembered() {
    let mut window = open();
    window.click("Output");
    window.click("MIDI input: none");
    window.click("From Keyboard");
    window.click("Follow its MIDI clock");
    let recording = window.recorder.lock().unwrap();
    assert_eq!(recording.input_choice.as_deref(), Some("Keyboard"));
    assert!(recording.follows_clock);
    drop(recording);
    let settings = &window.state().settings;
    assert_eq!(settings.midi_input.as_deref(), Some("Keyboard"));
    assert!(settings.follow_clock);
}

#[test]
fn one_clock_is_followed_at_a_time_and_that_of_jack_only_where_the_program_has_it() {
    let mut window = open();
    window.click("Output");
    window.click("MIDI input: none");
    let switch = window.harness.get_by_label("Follow the JACK transport");
    assert_eq!(switch.accesskit_node().is_disabled(), !HAS_JACK);
    for (command, follows) in [
        (MidiInputCommand::FollowClock(true), [true, false]),
        (MidiInputCommand::FollowTransport(true), [false, true]),
        (MidiInputCommand::FollowClock(true), [true, false]),
        (MidiInputCommand::FollowClock(false), [false, false]),
    ] {
        window.command(Command::MidiInput(command));
        let recording = window.recorder.lock().unwrap();
        let flags = [recording.follows_clock, recording.follows_transport];
        drop(recording);
        let settings = &window.state().settings;
        let stored = [settings.follow_clock, settings.follow_transport];
        assert_eq!((flags, stored), (follows, follows));
    }
}

#[test]
fn a_key_transposes_the_loop_by_its_distance_from_middle_c() {
    let mut window = open();
    window.receive(&[key(67)]);
    assert_eq!(window.state().settings.feel.transpose, 7);
    window.receive(&[key(60)]);
    assert_eq!(window.state().settings.feel.transpose, 0);
}

#[test]
fn a_learnt_knob_moves_its_slider_and_makes_melodies_when_it_rests() {
    let mut window = open();
    let density = ControlTarget::Attribute("note_density".to_owned());
    window.learn(density, 21);
    let target = |window: &Window| window.state().target_value(0);
    let before = target(&window);
    window.receive(&[knob(22, 127)]);
    assert_eq!(target(&window), before, "another knob does nothing");
    window.receive(&[knob(21, 127)]);
    let range = window.state().summary.get(0).unwrap().range;
    assert_eq!(target(&window), Some(range.1));
    window.run_until("new melodies are there", |app| {
        app.state().steer.steer_count > 0
    });
}

#[test]
fn two_learnt_knobs_play_a_place_of_the_map() {
    let mut window = open();
    window.learn(ControlTarget::MapX, 10);
    window.learn(ControlTarget::MapY, 11);
    let before = window.recorder.lock().unwrap().played.len();
    window.receive(&[knob(10, 40), knob(11, 90)]);
    let recorder = window.recorder.clone();
    window.run_until("the place plays", move |_| {
        recorder.lock().unwrap().played.len() > before
    });
}

#[test]
fn a_program_change_plays_a_kept_melody() {
    let mut window = open();
    window.press(Key::Space);
    window.press(Key::F);
    window.run_until_kept(1);
    std::thread::sleep(Duration::from_millis(1));
    let before = window.recorder.lock().unwrap().played.len();
    let program = |program| InputMessage::Program {
        channel: 0,
        program,
    };
    window.receive(&[program(1)]);
    assert_eq!(window.recorder.lock().unwrap().played.len(), before);
    window.receive(&[program(0)]);
    assert_eq!(window.recorder.lock().unwrap().played.len(), before + 1);
}
