//! The sequencer under a virtual clock.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod chords;
mod feel;
mod metronome_and_clock;
mod pieces;
mod properties;

use std::sync::Arc;

use super::*;
use crate::melody::{Melody, testing};

/// At 120 quarter notes per minute a 16th lasts an eighth of a second.
const STEP: Duration = Duration::from_millis(125);

fn melody(notes: &[(u8, u32, u32)], steps: usize) -> Arc<Melody> {
    Arc::new(testing::melody(notes, steps))
}

fn note_on(pitch: u8) -> Message {
    Message::NoteOn {
        pitch,
        velocity: NOTE_VELOCITY,
    }
}

fn note_off(pitch: u8) -> Message {
    Message::NoteOff { pitch }
}

/// A sequencer, its clock and its events.
#[derive(Default)]
struct SequencerTest {
    sequencer: Sequencer,
    now: Duration,
    events: Vec<Event>,
}

impl SequencerTest {
    fn run_until(&mut self, end: Duration) {
        while let Some(deadline) = self
            .sequencer
            .next_deadline()
            .filter(|&deadline| deadline <= end)
        {
            self.now = deadline;
            self.sequencer.advance(deadline, &mut self.events);
        }
        self.now = end;
    }

    fn apply(&mut self, command: Command) {
        self.sequencer.apply(self.now, command, &mut self.events);
    }

    fn play(&mut self, melody: &Arc<Melody>, tag: u64) {
        self.apply(Command::Play {
            melody: Arc::clone(melody),
            tag,
        });
    }

    /// The messages, with their time in steps of 125 ms.
    fn messages(&self) -> Vec<(f64, Message)> {
        self.events
            .iter()
            .map(|event| (event.time.as_secs_f64() / STEP.as_secs_f64(), event.message))
            .collect()
    }
}

#[test]
fn a_melody_starts_at_once_and_every_note_lasts_as_long_as_written() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[(60, 0, 4), (64, 4, 6), (67, 8, 32)], 32), 7);
    fixture.run_until(STEP * 31);
    assert_eq!(
        fixture.messages(),
        [
            (0.0, note_on(60)),
            (4.0, note_off(60)),
            (4.0, note_on(64)),
            (6.0, note_off(64)),
            (8.0, note_on(67))
        ]
    );
}

#[test]
fn a_loop_comes_round_after_exactly_its_steps_for_an_hour() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[(60, 0, 1)], 32), 1);
    fixture.run_until(Duration::from_secs(3600));
    let starts: Vec<_> = fixture
        .events
        .iter()
        .filter(|event| event.message == note_on(60))
        .map(|event| event.time)
        .collect();
    assert_eq!(starts.len(), 901);
    for (round, &start) in starts.iter().enumerate() {
        let ideal = Duration::from_secs(4) * u32::try_from(round).unwrap();
        assert!(
            start.abs_diff(ideal) < Duration::from_nanos(10),
            "round {round} at {start:?}"
        );
    }
}

#[test]
fn a_note_held_to_the_end_of_the_loop_ends_there_before_the_first_note_sounds_again() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[(60, 0, 16)], 16), 1);
    fixture.run_until(STEP * 16);
    assert_eq!(
        fixture.messages(),
        [
            (0.0, note_on(60)),
            (16.0, note_off(60)),
            (16.0, note_on(60))
        ]
    );
}

#[test]
fn a_melody_of_sixteen_bars_comes_round_after_sixteen_bars() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[(60, 0, 1), (72, 255, 256)], 256), 1);
    fixture.run_until(STEP * 511);
    let messages_of_round = |start: f64| {
        [
            (start, note_on(60)),
            (start + 1.0, note_off(60)),
            (start + 255.0, note_on(72)),
        ]
    };
    let expected = [
        &messages_of_round(0.0)[..],
        &[(256.0, note_off(72))],
        &messages_of_round(256.0),
    ]
    .concat();
    assert_eq!(fixture.messages(), expected);
    assert_eq!(fixture.sequencer.position().unwrap().steps, 256);
}

#[test]
fn without_looping_playing_ends_after_the_last_step() {
    let mut fixture = SequencerTest::default();
    fixture.apply(Command::Looping(false));
    fixture.play(&melody(&[(60, 12, 16)], 16), 1);
    fixture.run_until(STEP * 40);
    assert_eq!(
        fixture.messages(),
        [(12.0, note_on(60)), (16.0, note_off(60))]
    );
    assert_eq!(fixture.sequencer.next_deadline(), None);
    assert!(fixture.sequencer.position().is_none());
}

#[test]
fn a_new_melody_takes_over_at_the_next_sixteenth_and_keeps_the_position() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[(60, 0, 32)], 32), 1);
    fixture.run_until(STEP * 5 + STEP / 3);
    fixture.play(&melody(&[(72, 0, 4), (74, 6, 8), (76, 9, 10)], 32), 2);
    assert_eq!(fixture.sequencer.position().unwrap().tag, 1);
    fixture.run_until(STEP * 9 + STEP / 2);
    assert_eq!(
        fixture.messages(),
        [
            (0.0, note_on(60)),
            (6.0, note_off(60)),
            (6.0, note_on(74)),
            (8.0, note_off(74)),
            (9.0, note_on(76))
        ],
        "the old note ends and the new melody goes on at step 6"
    );
    assert_eq!(fixture.sequencer.position().unwrap().tag, 2);
}

#[test]
fn of_several_clicks_within_one_sixteenth_the_last_one_plays() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[], 32), 1);
    fixture.run_until(STEP / 2);
    for tag in 2..6 {
        fixture.play(&melody(&[(60 + tag as u8, 1, 2)], 32), tag);
    }
    fixture.run_until(STEP);
    assert_eq!(fixture.messages(), [(1.0, note_on(65))]);
}

#[test]
fn a_shorter_melody_keeps_its_place_within_its_own_length() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[], 32), 1);
    fixture.run_until(STEP * 20 + STEP / 2);
    fixture.play(&melody(&[(60, 5, 6)], 16), 2);
    fixture.run_until(STEP * 22);
    assert_eq!(
        fixture.messages(),
        [(21.0, note_on(60)), (22.0, note_off(60))]
    );
}

#[test]
fn a_swap_on_the_loop_boundary_starts_the_new_melody_from_its_first_step() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[(60, 15, 16)], 16), 1);
    fixture.run_until(STEP * 15 + STEP / 2);
    fixture.play(&melody(&[(72, 0, 1)], 32), 2);
    fixture.run_until(STEP * 16);
    assert_eq!(
        fixture.messages(),
        [
            (15.0, note_on(60)),
            (16.0, note_off(60)),
            (16.0, note_on(72))
        ]
    );
}

#[test]
fn a_tempo_change_keeps_the_position_and_moves_only_what_is_to_come() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[(60, 0, 1), (62, 4, 5)], 32), 1);
    // Half-way between steps 2 and 3; at 60 a 16th lasts two of our steps, so step 4 is 1.5 * 2 steps away.
    fixture.run_until(STEP * 2 + STEP / 2);
    fixture.apply(Command::Tempo(60.0));
    fixture.run_until(STEP * 8);
    assert_eq!(
        fixture.messages(),
        [
            (0.0, note_on(60)),
            (1.0, note_off(60)),
            (5.5, note_on(62)),
            (7.5, note_off(62))
        ]
    );
}

#[test]
fn tempos_out_of_range_are_clamped_and_nan_is_ignored() {
    let mut fixture = SequencerTest::default();
    for (requested, tempo) in [
        (1.0, MIN_TEMPO),
        (1e9, MAX_TEMPO),
        (f64::NAN, MAX_TEMPO),
        (-5.0, MIN_TEMPO),
    ] {
        fixture.apply(Command::Tempo(requested));
        assert_eq!(fixture.sequencer.tempo, tempo);
    }
}

#[test]
fn stop_ends_sounding_notes_at_once() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[(60, 0, 16)], 16), 1);
    fixture.run_until(STEP * 3);
    fixture.apply(Command::Stop);
    fixture.run_until(STEP * 50);
    assert_eq!(
        fixture.messages(),
        [(0.0, note_on(60)), (3.0, note_off(60))]
    );
}

#[test]
fn panic_ends_known_notes_one_by_one_and_then_silences_everything() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[(60, 0, 16)], 16), 1);
    fixture.apply(Command::Panic);
    assert_eq!(
        fixture.messages(),
        [
            (0.0, note_on(60)),
            (0.0, note_off(60)),
            (0.0, Message::Panic)
        ]
    );
}

#[test]
fn a_test_note_sounds_for_half_a_second_beside_the_melody() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[(60, 0, 16)], 16), 1);
    fixture.run_until(STEP);
    fixture.apply(Command::TestNote);
    fixture.run_until(STEP * 8);
    assert_eq!(
        fixture.messages(),
        [
            (0.0, note_on(60)),
            (1.0, note_on(TEST_PITCH)),
            (5.0, note_off(TEST_PITCH))
        ]
    );
}

#[test]
fn after_the_machine_slept_playing_resumes_without_a_burst_of_missed_notes() {
    let mut fixture = SequencerTest::default();
    let every_step: Vec<_> = (0..16).map(|step| (60, step, step + 1)).collect();
    fixture.play(&melody(&every_step, 16), 1);
    fixture.events.clear();
    let wake_time = Duration::from_secs(100);
    fixture.sequencer.advance(wake_time, &mut fixture.events);
    assert_eq!(
        fixture.events,
        [
            Event::note_off(wake_time, 60),
            Event::note_on(wake_time, 60, NOTE_VELOCITY)
        ]
    );
    assert_eq!(fixture.sequencer.next_deadline(), Some(wake_time + STEP));
}

#[test]
fn the_position_runs_evenly_from_step_to_step_through_the_loop() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[], 16), 3);
    for quarter_steps in 0..200_u32 {
        let now = STEP * quarter_steps / 4;
        fixture.run_until(now);
        let position = fixture.sequencer.position().unwrap();
        let step = position.anchor.1
            + (now - position.anchor.0).as_secs_f64() / position.step_duration.as_secs_f64();
        let expected = f64::from(quarter_steps) / 4.0 % 16.0;
        assert!((step - expected).abs() < 1e-9, "{step} is not {expected}");
    }
}

#[test]
fn a_bar_is_finished_before_silence_unless_another_melody_is_played() {
    let quarters: Vec<_> = (0..8).map(|k| (60 + k as u8, 4 * k, 4 * k + 4)).collect();
    let tune = melody(&quarters, 32);
    let mut fixture = SequencerTest::default();
    fixture.play(&tune, 1);
    fixture.run_until(STEP * 18);
    fixture.apply(Command::FinishBar);
    fixture.run_until(STEP * 30);
    fixture.play(&tune, 2);
    fixture.run_until(STEP * 38);
    assert!(
        fixture.sequencer.position().is_some(),
        "another melody plays on"
    );
    fixture.apply(Command::FinishBar);
    fixture.run_until(STEP * 100);
    assert!(fixture.sequencer.position().is_none());
    assert!(fixture.sequencer.active_notes().pitches().next().is_none());
    let is_note_on = |message: &&(f64, Message)| matches!(message.1, Message::NoteOn { .. });
    let messages = fixture.messages();
    let last = messages.iter().rfind(is_note_on).unwrap();
    assert_eq!(
        *last,
        (44.0, note_on(63)),
        "the third bar is played to its end"
    );
}
