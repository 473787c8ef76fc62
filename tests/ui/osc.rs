//! Tests of commands by OSC from another program, and of the OSC ports on the settings page.

use std::time::Duration;

use tunescape::playback::input::{InputMessage, OscCommand, OscSettings, OscState};
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, SoundCommand};

use crate::open;
use crate::window::Window;

impl Window {
    fn osc(&mut self, command: OscCommand) {
        self.receive(&[InputMessage::Osc(command)]);
    }
}

#[test]
fn a_melody_is_selected_by_its_id_and_its_position_is_sent_to_other_programs() {
    let mut window = open();
    let id = MelodyId::Sample {
        region: 3,
        sample: 1,
    };
    let before = window.play_count();
    window.osc(OscCommand::Select("r003_s01".to_owned()));
    assert_eq!(
        (window.focus(), window.play_count()),
        (Some(id), before + 1)
    );
    window.harness.run_steps(2);
    let sent = window.recorder.lock().unwrap().selections.clone();
    let last = sent.last().cloned().flatten().unwrap();
    assert_eq!(last.id, "r003_s01");
    assert!(last.position.iter().all(|at| (0.0..=1.0).contains(at)));
    // Told once, not in every frame.
    window.harness.run_steps(5);
    assert_eq!(window.recorder.lock().unwrap().selections.len(), sent.len());
    window.command(Command::Deselect);
    window.harness.run_steps(3);
    assert_eq!(
        window.recorder.lock().unwrap().selections.last(),
        Some(&None)
    );
}

#[test]
fn commands_with_unknown_ids_are_counted_and_change_nothing() {
    let mut window = open();
    let before = (window.focus(), window.play_count());
    window.osc(OscCommand::Select("r999_s01".to_owned()));
    window.osc(OscCommand::Select("a melody".to_owned()));
    window.osc(OscCommand::Steer {
        attribute: "loudness".to_owned(),
        value: 1.0,
    });
    assert_eq!((window.focus(), window.play_count()), before);
    assert_eq!(window.state().midi_input.osc_unknown_item_count, 3);
}

#[test]
fn play_stop_and_tempo_can_be_repeated() {
    let mut window = open();
    for (on, plays) in [(true, 1), (true, 1), (false, 1), (false, 1), (true, 2)] {
        window.osc(OscCommand::Play(on));
        assert_eq!((window.is_playing(), window.play_count()), (on, plays));
    }
    window.osc(OscCommand::Tempo(93.5));
    assert_eq!(window.recorder.lock().unwrap().tempo, 93.5);
    window.osc(OscCommand::Tempo(1e6));
    assert_eq!(window.state().settings.tempo, 300.0);
}

#[test]
fn keep_keeps_once_and_never_removes() {
    let mut window = open();
    window.osc(OscCommand::Keep);
    assert_eq!(
        window.state().midi_input.osc_unknown_item_count,
        1,
        "nothing shown"
    );
    window.osc(OscCommand::Select("r003_s01".to_owned()));
    window.osc(OscCommand::Keep);
    window.run_until_kept(1);
    window.osc(OscCommand::Keep);
    std::thread::sleep(Duration::from_millis(50));
    window.harness.run_steps(3);
    assert_eq!(window.state().kept_melodies.iter().count(), 1);
}

#[test]
fn a_position_is_played_and_steering_generates_melodies() {
    let mut window = open();
    let before = window.play_count();
    window.osc(OscCommand::PlayPosition([0.3, 0.8]));
    window.run_until("the place plays", |app| {
        app.state()
            .selection
            .focus
            .is_some_and(|id| matches!(id, MelodyId::Generated { .. }))
    });
    assert_eq!(window.play_count(), before + 1);
    window.osc(OscCommand::Steer {
        attribute: "note_density".to_owned(),
        value: 5.0,
    });
    assert_eq!(window.state().target_value(0), Some(5.0));
    window.run_until("new melodies are there", |app| {
        app.state().steer.steer_count > 0
    });
}

#[test]
fn ports_are_off_at_first_and_chosen_on_the_settings_page_which_counts_what_was_dropped() {
    let mut window = open();
    assert_eq!(window.state().settings.osc, OscSettings::default());
    assert!(!window.state().settings.osc.receives && !window.state().settings.osc.sends);
    window.command(Command::Sound(SoundCommand::ShowSettings(true)));
    window.harness.run_steps(3);
    window.click("Receive commands on UDP port");
    window.click("Send notes and selection to");
    let expected = OscSettings {
        receives: true,
        sends: true,
        ..OscSettings::default()
    };
    assert_eq!(window.state().settings.osc, expected);
    assert_eq!(window.recorder.lock().unwrap().osc, expected);
    assert!(
        window.has("UDP port of OSC commands") && window.has("UDP port that notes are sent to")
    );
    window.recorder.lock().unwrap().osc_state = OscState {
        port: Some(9_000),
        send_port: Some(9_001),
        accepted_packets: 12,
        refused_packets: 3,
        problem: None,
    };
    window.harness.run_steps(3);
    assert!(window.has("12 packets taken, 3 dropped that were not understood."));
    let message = "UDP port 9000 cannot be opened (Address already in use)";
    window.recorder.lock().unwrap().osc_state.problem = Some(message.to_owned());
    window.harness.run_steps(3);
    assert!(window.has(message));
}
