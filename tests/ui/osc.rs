//! Another program in place of the mouse: commands by OSC, and the ports on the settings page.

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
fn a_melody_is_selected_by_its_name_and_other_programs_are_told_where_it_is() {
    let mut window = open();
    let id = MelodyId::Sample {
        region: 3,
        sample: 1,
    };
    let before = window.plays();
    window.osc(OscCommand::Select("r003_s01".to_owned()));
    assert_eq!((window.focus(), window.plays()), (Some(id), before + 1));
    window.harness.run_steps(2);
    let told = window.recorder.lock().unwrap().selections.clone();
    let last = told.last().cloned().flatten().unwrap();
    assert_eq!(last.id, "r003_s01");
    assert!(last.position.iter().all(|at| (0.0..=1.0).contains(at)));
    // Told once, not in every frame.
    window.harness.run_steps(5);
    assert_eq!(window.recorder.lock().unwrap().selections.len(), told.len());
    window.command(Command::Deselect);
    window.harness.run_steps(3);
    assert_eq!(
        window.recorder.lock().unwrap().selections.last(),
        Some(&None)
    );
}

#[test]
fn what_is_not_there_is_counted_and_changes_nothing() {
    let mut window = open();
    let before = (window.focus(), window.plays());
    window.osc(OscCommand::Select("r999_s01".to_owned()));
    window.osc(OscCommand::Select("a melody".to_owned()));
    window.osc(OscCommand::Steer {
        attribute: "loudness".to_owned(),
        value: 1.0,
    });
    assert_eq!((window.focus(), window.plays()), before);
    assert_eq!(window.state().midi_input.osc_not_found, 3);
}

#[test]
fn play_stop_and_tempo_do_what_they_say_however_often_they_come() {
    let mut window = open();
    for (on, plays) in [(true, 1), (true, 1), (false, 1), (false, 1), (true, 2)] {
        window.osc(OscCommand::Play(on));
        assert_eq!((window.is_playing(), window.plays()), (on, plays));
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
    assert_eq!(window.state().midi_input.osc_not_found, 1, "nothing shown");
    window.osc(OscCommand::Select("r003_s01".to_owned()));
    window.osc(OscCommand::Keep);
    window.run_until_kept(1);
    window.osc(OscCommand::Keep);
    std::thread::sleep(Duration::from_millis(50));
    window.harness.run_steps(3);
    assert_eq!(window.state().kept_melodies.iter().count(), 1);
}

#[test]
fn the_puck_plays_its_place_and_steering_makes_melodies() {
    let mut window = open();
    let before = window.plays();
    window.osc(OscCommand::PlayPosition([0.3, 0.8]));
    window.run_until("the place plays", |app| {
        app.state()
            .selection
            .focus
            .is_some_and(|id| matches!(id, MelodyId::Generated { .. }))
    });
    assert_eq!(window.plays(), before + 1);
    window.osc(OscCommand::Steer {
        attribute: "note_density".to_owned(),
        value: 5.0,
    });
    assert_eq!(window.state().goal_value(0), Some(5.0));
    window.run_until("new melodies are there", |app| app.state().steer.steers > 0);
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
    let wanted = OscSettings {
        receives: true,
        sends: true,
        ..OscSettings::default()
    };
    assert_eq!(window.state().settings.osc, wanted);
    assert_eq!(window.recorder.lock().unwrap().osc, wanted);
    assert!(
        window.has("UDP port of OSC commands") && window.has("UDP port that notes are sent to")
    );
    window.recorder.lock().unwrap().osc_state = OscState {
        port: Some(9_000),
        send_port: Some(9_001),
        taken: 12,
        refused: 3,
        problem: None,
    };
    window.harness.run_steps(3);
    assert!(window.has("12 packets taken, 3 dropped that were not understood."));
    let message = "UDP port 9000 cannot be opened (Address already in use)";
    window.recorder.lock().unwrap().osc_state.problem = Some(message.to_owned());
    window.harness.run_steps(3);
    assert!(window.has(message));
}
