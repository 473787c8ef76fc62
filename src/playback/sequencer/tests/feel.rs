//! Swing, lengths and velocities while a melody plays, and where another one takes over.

use super::*;

fn set_feel(fixture: &mut SequencerTest, feel: Feel) {
    fixture.apply(Command::Feel(feel));
}

/// A sequencer with the most swing.
fn swinging_sequencer() -> SequencerTest {
    let mut fixture = SequencerTest::default();
    set_feel(
        &mut fixture,
        Feel {
            swing: 100,
            ..Feel::default()
        },
    );
    fixture
}

fn note_starts(fixture: &SequencerTest) -> Vec<(f64, u8)> {
    let note_start = |(step, message): (f64, Message)| match message {
        Message::NoteOn { pitch, .. } => Some((step, pitch)),
        _ => None,
    };
    fixture
        .messages()
        .into_iter()
        .filter_map(note_start)
        .collect()
}

#[test]
fn a_loop_sounds_exactly_as_its_performance_says() {
    let tune = melody(&[(60, 0, 1), (62, 1, 2), (64, 3, 6), (67, 7, 16)], 16);
    let feel = Feel {
        swing: 67,
        note_length: 90,
        transpose: -12,
        velocity: 90,
        humanise: 60,
        seed: 11,
        ..Feel::default()
    };
    let mut fixture = SequencerTest::default();
    set_feel(&mut fixture, feel);
    fixture.play(&tune, 1);
    fixture.run_until(STEP * 48 - Duration::from_millis(1));
    let performance = crate::melody::perform(&tune, &feel);
    let mut expected = Vec::new();
    for round in 0..3_u32 {
        for note in performance.notes() {
            let to_seconds = |tick: u32| f64::from(round * 1_920 + tick) / 960.0;
            let (pitch, velocity) = (note.pitch, note.velocity);
            expected.push((to_seconds(note.start), Message::NoteOn { pitch, velocity }));
            expected.push((to_seconds(note.end), Message::NoteOff { pitch }));
        }
    }
    assert_eq!(fixture.events.len(), expected.len());
    for (event, (seconds, message)) in fixture.events.iter().zip(expected) {
        assert_eq!(event.message, message);
        let error = (event.time.as_secs_f64() - seconds).abs();
        assert!(error < 1e-8, "{event:?} is not at {seconds} s");
    }
}

#[test]
fn another_feel_acts_from_the_next_note_on_and_the_sounding_one_ends_as_it_was() {
    let quarters: Vec<_> = (0..4).map(|k| (60 + k as u8, 4 * k, 4 * k + 4)).collect();
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&quarters, 16), 1);
    fixture.run_until(STEP * 3);
    set_feel(
        &mut fixture,
        Feel {
            note_length: 25,
            velocity: 50,
            transpose: 12,
            ..Feel::default()
        },
    );
    fixture.run_until(STEP * 8 - Duration::from_millis(1));
    let soft_note_on = |pitch| Message::NoteOn {
        pitch,
        velocity: 50,
    };
    assert_eq!(
        fixture.messages(),
        [
            (0.0, note_on(60)),
            (4.0, note_off(60)),
            (4.0, soft_note_on(73)),
            (5.0, note_off(73))
        ]
    );
}

#[test]
fn a_note_that_no_longer_swings_is_played_at_once_and_in_full() {
    let mut fixture = swinging_sequencer();
    fixture.play(&melody(&[(60, 1, 2), (62, 8, 9)], 16), 1);
    // Swung, the note is due half a step after its step.
    fixture.run_until(STEP + STEP / 4);
    assert_eq!(fixture.messages(), []);
    set_feel(&mut fixture, Feel::default());
    fixture.run_until(STEP * 8);
    assert_eq!(
        fixture.messages(),
        [
            (1.25, note_on(60)),
            (2.25, note_off(60)),
            (8.0, note_on(62))
        ]
    );
}

#[test]
fn a_swinging_melody_that_takes_over_on_a_step_keeps_the_note_of_that_step() {
    let mut fixture = swinging_sequencer();
    fixture.play(&melody(&[(60, 0, 1), (61, 3, 4)], 16), 1);
    fixture.run_until(STEP * 2 + STEP / 2);
    fixture.play(&melody(&[(72, 2, 3), (73, 3, 4), (74, 4, 5)], 16), 2);
    fixture.run_until(STEP * 4);
    assert_eq!(note_starts(&fixture), [(0.0, 60), (3.5, 73), (4.0, 74)]);
}

#[test]
fn a_melody_takes_over_at_the_beat_the_bar_or_the_end_of_the_loop() {
    let note_on_every_step: Vec<_> = (0..40).map(|step| (72, step, step + 1)).collect();
    for (launch, first) in [
        (LaunchQuantization::Now, 17.5),
        (LaunchQuantization::Sixteenth, 18.0),
        (LaunchQuantization::Beat, 20.0),
        (LaunchQuantization::Bar, 32.0),
        (LaunchQuantization::LoopEnd, 40.0),
    ] {
        let mut fixture = SequencerTest::default();
        fixture.apply(Command::LaunchQuantization(launch));
        fixture.play(&melody(&[], 40), 1);
        fixture.run_until(STEP * 17 + STEP / 2);
        fixture.play(&melody(&note_on_every_step, 40), 2);
        fixture.run_until(STEP * 41);
        assert_eq!(note_starts(&fixture)[0], (first, 72), "{launch:?}");
    }
}

#[test]
fn a_melody_that_takes_over_at_once_plays_the_note_of_its_step_late_and_the_next_ones_on_the_beat()
{
    // At the slowest tempo half a step lasts 375 ms.
    for tempo in [DEFAULT_TEMPO, MIN_TEMPO] {
        let step = STEP.mul_f64(DEFAULT_TEMPO / tempo);
        let mut fixture = SequencerTest::default();
        fixture.apply(Command::Tempo(tempo));
        fixture.apply(Command::LaunchQuantization(LaunchQuantization::Now));
        fixture.play(&melody(&[(60, 0, 8), (62, 8, 16)], 16), 1);
        fixture.run_until(step * 2 + step / 2);
        fixture.play(&melody(&[(71, 0, 2), (72, 2, 3), (74, 3, 4)], 16), 2);
        assert_eq!(fixture.sequencer.position().unwrap().tag, 2);
        // Step 4 has no note; nor has the step in which the third melody comes.
        fixture.run_until(step * 4 + step / 2);
        fixture.play(&melody(&[(76, 3, 6), (77, 5, 6)], 16), 3);
        fixture.run_until(step * 7);
        let in_steps = |steps: f64| steps * DEFAULT_TEMPO / tempo;
        let expected = [
            (in_steps(0.0), note_on(60)),
            (in_steps(2.5), note_off(60)),
            (in_steps(2.5), note_on(72)),
            (in_steps(3.0), note_off(72)),
            (in_steps(3.0), note_on(74)),
            (in_steps(4.0), note_off(74)),
            (in_steps(5.0), note_on(77)),
            (in_steps(6.0), note_off(77)),
        ];
        assert_eq!(fixture.messages(), expected, "{tempo}");
    }
}

#[test]
fn the_last_of_several_melodies_waits_for_the_bar_and_the_first_in_silence_does_not() {
    let mut fixture = SequencerTest::default();
    fixture.apply(Command::LaunchQuantization(LaunchQuantization::Bar));
    fixture.run_until(STEP / 3);
    fixture.play(&melody(&[(60, 0, 1)], 32), 1);
    for tag in 2..5 {
        fixture.run_until(STEP * tag);
        fixture.play(&melody(&[(70 + tag as u8, 16, 17)], 32), u64::from(tag));
    }
    fixture.run_until(STEP * 17);
    let pitches: Vec<u8> = note_starts(&fixture)
        .iter()
        .map(|&(_, pitch)| pitch)
        .collect();
    assert_eq!(pitches, [60, 74]);
    assert_eq!(fixture.sequencer.position().unwrap().tag, 4);
}
