//! Tests of the player as the window uses it, without a sound or MIDI device.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/wait_until.rs"]
mod wait_until;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tunescape::{
    melody::{Feel, Melody, MidiWriteOptions, Note, SwingUnit, Track, single_track_bytes},
    playback::{
        Command, Event, Instrument, Message, OutputChoice, Player, Sequencer, SoundChoice,
        TEST_PITCH,
    },
};

use wait_until::wait_until;

fn melody(notes: &[(u8, u32, u32)]) -> Arc<Melody> {
    let notes: Vec<_> = notes
        .iter()
        .map(|&(pitch, start, end)| Note { pitch, start, end })
        .collect();
    Arc::new(Melody::from_notes(&notes, 32).unwrap())
}

/// The shortest time of ten: other programs can hold up one, not all of them.
fn fastest_of_ten(act: impl Fn()) -> Duration {
    let fastest = (0..10)
        .map(|_| {
            let start = Instant::now();
            act();
            start.elapsed()
        })
        .min()
        .unwrap();
    eprintln!("the fastest of ten took {fastest:?}");
    fastest
}

#[test]
fn starting_a_player_and_giving_it_commands_takes_no_time() {
    let took = fastest_of_ten(|| {
        let player = Player::start();
        for tag in 0..100 {
            player.play(melody(&[(60, 0, 32)]), tag);
            player.set_tempo(60.0 + tag as f64);
            player.set_volume(0.5);
            player.set_sound(&SoundChoice::BuiltIn(Instrument::WarmOrgan));
            player.playhead();
            player.output_state();
            player.ports();
        }
        player.set_volume(0.0);
    });
    // Opening a device alone takes longer than this on most machines.
    assert!(took < Duration::from_millis(100), "{took:?}");
}

#[test]
fn the_playhead_follows_the_clock_and_shows_what_sounds() {
    let player = Player::start_with(OutputChoice::Silent);
    assert!(!player.playhead().playing);
    player.play(melody(&[(60, 0, 8), (67, 8, 32)]), 7);
    assert!(wait_until(|| player.playhead().playing));
    let head = player.playhead();
    assert_eq!((head.tag, head.active_pitches), (Some(7), vec![60]));

    // Eight 16ths per second at 120 quarter notes per minute; other programs may hold up the test now and then.
    assert!(wait_until(|| {
        let (first, start) = (player.playhead().step, Instant::now());
        std::thread::sleep(Duration::from_millis(400));
        let moved = player.playhead().step - first;
        let due = 8.0 * start.elapsed().as_secs_f64();
        eprintln!("moved by {moved:.2} steps where {due:.2} were due");
        (moved - due).abs() < 0.8
    }));
    assert!(wait_until(|| player.playhead().active_pitches == [67]));
    player.stop();
    assert!(wait_until(|| !player.playhead().playing));
    assert_eq!(player.playhead().active_pitches, Vec::<u8>::new());
}

#[test]
fn a_click_while_playing_swaps_the_melody_and_keeps_the_position() {
    let player = Player::start_with(OutputChoice::Silent);
    player.play(melody(&[(60, 0, 32)]), 1);
    assert!(wait_until(|| player.playhead().step > 3.0));
    player.play(melody(&[(72, 0, 32)]), 2);
    assert!(wait_until(|| player.playhead().tag == Some(2)));
    let step = player.playhead().step;
    assert!((3.0..32.0).contains(&step), "{step}");
}

#[test]
fn the_music_goes_on_while_the_output_changes_to_a_port_that_is_not_there() {
    let player = Player::start_with(OutputChoice::Silent);
    assert!(wait_until(|| player.output_state().connected));
    player.play(melody(&[(60, 0, 32)]), 1);
    let absent = OutputChoice::Port("A port that no machine has".to_owned());
    player.set_output(absent.clone());
    assert!(wait_until(|| player.output_state().message.is_some()));
    let state = player.output_state();
    assert_eq!((state.choice, state.connected), (absent, false));
    let message = state.message.unwrap();
    assert!(message.contains("A port that no machine has"), "{message}");
    assert!(
        wait_until(|| player.playhead().step > 2.0),
        "the music goes on"
    );

    player.set_output(OutputChoice::Silent);
    assert!(wait_until(|| player.output_state().connected));
    assert_eq!(player.output_state().message, None);
}

#[test]
fn the_synth_either_plays_or_says_in_one_sentence_why_not() {
    let player = Player::start();
    player.set_volume(0.0);
    assert!(wait_until(|| {
        let state = player.output_state();
        state.connected || state.message.is_some()
    }));
    let state = player.output_state();
    if let Some(message) = state.message {
        assert_eq!(
            message.matches(". ").count() + usize::from(message.ends_with('.')),
            2,
            "{message}"
        );
    }
    player.play(melody(&[(60, 0, 32)]), 1);
    assert!(
        wait_until(|| player.playhead().step > 1.0),
        "the clock runs with or without sound"
    );
}

#[test]
fn panic_and_test_note_work_while_nothing_plays() {
    let player = Player::start_with(OutputChoice::Silent);
    player.test_note();
    assert!(wait_until(
        || player.playhead().active_pitches == [TEST_PITCH]
    ));
    player.panic();
    assert!(wait_until(|| player.playhead().active_pitches.is_empty()));
}

#[test]
fn without_looping_playing_ends_by_itself() {
    let player = Player::start_with(OutputChoice::Silent);
    player.set_tempo(300.0);
    player.set_looping(false);
    player.play(melody(&[(60, 0, 32)]), 1);
    assert!(wait_until(|| player.playhead().playing));
    assert!(
        wait_until(|| !player.playhead().playing),
        "32 steps last 1.6 s at this tempo"
    );
}

#[test]
fn dropping_a_playing_player_is_quick() {
    let took = fastest_of_ten(|| {
        let player = Player::start_with(OutputChoice::Silent);
        player.play(melody(&[(60, 0, 32)]), 1);
        assert!(wait_until(|| player.playhead().playing));
    });
    assert!(took < Duration::from_secs(1), "{took:?}");
}

/// Microseconds, pitch and velocity (0 for the end) of everything that a loop sounds, from the sequencer.
fn recorded(tune: &Arc<Melody>, feel: Feel, tempo: f64) -> Vec<(u64, u8, u8)> {
    let mut sequencer = Sequencer::default();
    let mut events = Vec::new();
    let melody = Arc::clone(tune);
    let commands = [
        Command::Tempo(tempo),
        Command::Feel(feel),
        Command::Looping(false),
        Command::Play { melody, tag: 1 },
    ];
    for command in commands {
        sequencer.apply(Duration::ZERO, command, &mut events);
    }
    while let Some(deadline) = sequencer.next_deadline() {
        sequencer.advance(deadline, &mut events);
    }
    let note = |event: &Event| {
        let at = (event.time.as_secs_f64() * 1e6).round() as u64;
        match event.message {
            Message::NoteOn { pitch, velocity } => Some((at, pitch, velocity)),
            Message::NoteOff { pitch } => Some((at, pitch, 0)),
            _ => None,
        }
    };
    events.iter().filter_map(note).collect()
}

/// The same from the bytes of a MIDI file.
fn written(bytes: &[u8]) -> Vec<(u64, u8, u8)> {
    use midly::{MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};
    let file = Smf::parse(bytes).unwrap();
    let Timing::Metrical(division) = file.header.timing else {
        panic!("the file counts in quarters");
    };
    let (mut ticks, mut tempo, mut notes) = (0_u64, 0, Vec::new());
    for event in &file.tracks[0] {
        ticks += u64::from(event.delta.as_int());
        let micros = ticks as f64 * f64::from(tempo) / f64::from(division.as_int());
        let at = micros.round() as u64;
        match event.kind {
            TrackEventKind::Meta(MetaMessage::Tempo(micros)) => tempo = micros.as_int(),
            TrackEventKind::Midi { message, .. } => match message {
                MidiMessage::NoteOn { key, vel } => notes.push((at, key.as_int(), vel.as_int())),
                MidiMessage::NoteOff { key, .. } => notes.push((at, key.as_int(), 0)),
                _ => {}
            },
            _ => {}
        }
    }
    notes
}

#[test]
fn an_exported_file_has_every_event_that_is_heard_at_its_time() {
    let scale: Vec<_> = (0..16)
        .map(|k| (48 + 3 * k as u8, 2 * k, 2 * k + 1 + k % 2))
        .collect();
    let tune = melody(&scale);
    let swung = Feel {
        swing: 67,
        ..Feel::PLAIN
    };
    let everything = Feel {
        swing: 40,
        swing_unit: SwingUnit::Eighth,
        note_length: 170,
        transpose: 31,
        velocity: 101,
        humanise: 80,
        seed: 12,
        snap: "E minor pentatonic".parse().ok(),
    };
    // A whole number of microseconds per quarter, as a file stores it.
    for (feel, tempo) in [(Feel::PLAIN, 120.0), (swung, 96.0), (everything, 150.0)] {
        let options = MidiWriteOptions {
            tempo_bpm: tempo,
            feel,
            ..MidiWriteOptions::default()
        };
        let track = Track {
            melody: &tune,
            name: String::new(),
            text: String::new(),
        };
        let written = written(&single_track_bytes(&track, &options));
        assert_eq!(written.len(), 32);
        assert_eq!(recorded(&tune, feel, tempo), written, "{feel}");
    }
}
