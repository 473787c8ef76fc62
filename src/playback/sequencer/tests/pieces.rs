//! Long melodies that are played from a step inside them.

use super::*;

/// A piece of four two-bar melodies, a note of its own pitch on each quarter.
fn piece() -> Arc<Melody> {
    let notes: Vec<_> = (0..32).map(|k| (60 + k as u8, 4 * k, 4 * k + 4)).collect();
    melody(&notes, 128)
}

#[test]
fn a_piece_starts_at_its_start_step_from_silence_and_at_the_loop_position_in_a_loop() {
    let start = StartPosition {
        step: 36,
        loop_offset: 64,
        loop_length: 32,
        play_once: false,
    };
    let play_piece = |fixture: &mut SequencerTest| {
        fixture.apply(Command::PlayFrom {
            melody: piece(),
            tag: 2,
            start,
        });
    };
    let mut from_silence = SequencerTest::default();
    play_piece(&mut from_silence);
    from_silence.run_until(STEP);
    assert_eq!(from_silence.messages()[0], (0.0, note_on(69)));
    let step = from_silence.sequencer.position().unwrap().anchor.1;
    assert!((step - 36.0).abs() < 1e-9, "{step}");

    // In a loop that is in its second bar, in the second bar of the third melody.
    let mut in_loop = SequencerTest::default();
    in_loop.play(&melody(&[(40, 0, 32)], 32), 1);
    in_loop.run_until(STEP * 51 - Duration::from_millis(1));
    play_piece(&mut in_loop);
    in_loop.run_until(STEP * 53);
    let messages = in_loop.messages();
    assert_eq!(
        messages[messages.len() - 1],
        (52.0, note_on(60 + (64 + 20) / 4))
    );

    // On the loop's boundary, from that melody's first step.
    let mut at_boundary = SequencerTest::default();
    at_boundary.play(&melody(&[(40, 0, 32)], 32), 1);
    at_boundary.run_until(STEP * 32 - Duration::from_millis(1));
    play_piece(&mut at_boundary);
    at_boundary.run_until(STEP * 33);
    let messages = at_boundary.messages();
    assert_eq!(messages[messages.len() - 1], (32.0, note_on(60 + 64 / 4)));
}

#[test]
fn a_piece_that_is_played_once_ends_also_in_a_loop_and_what_follows_loops_again() {
    let mut fixture = SequencerTest::default();
    let start = StartPosition {
        play_once: true,
        ..StartPosition::default()
    };
    fixture.apply(Command::PlayFrom {
        melody: piece(),
        tag: 2,
        start,
    });
    assert!(!fixture.sequencer.position().unwrap().looping);
    fixture.run_until(STEP * 129);
    assert!(fixture.sequencer.position().is_none());
    fixture.play(&melody(&[(40, 0, 32)], 32), 3);
    fixture.run_until(STEP * 300);
    assert!(fixture.sequencer.position().unwrap().looping);
}
