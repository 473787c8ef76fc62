//! The sequencer under a virtual clock.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;

use super::*;
use crate::melody::Note;

/// At 120 quarter notes per minute a 16th lasts an eighth of a second.
const STEP: Duration = Duration::from_millis(125);

fn melody(notes: &[(u8, u32, u32)], steps: usize) -> Arc<Melody> {
    let notes: Vec<_> = notes
        .iter()
        .map(|&(pitch, start, end)| Note { pitch, start, end })
        .collect();
    Arc::new(Melody::from_notes(&notes, steps).unwrap())
}

fn on(pitch: u8) -> Message {
    Message::NoteOn {
        pitch,
        velocity: VELOCITY,
    }
}

fn off(pitch: u8) -> Message {
    Message::NoteOff { pitch }
}

/// A sequencer, its clock and everything it has said.
#[derive(Default)]
struct Bench {
    sequencer: Sequencer,
    now: Duration,
    events: Vec<Event>,
}

impl Bench {
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

    /// What was said, with the step (of 125 ms) it was said at.
    fn said(&self) -> Vec<(f64, Message)> {
        self.events
            .iter()
            .map(|event| (event.at.as_secs_f64() / STEP.as_secs_f64(), event.message))
            .collect()
    }
}

#[test]
fn a_melody_starts_at_once_and_every_note_lasts_as_long_as_written() {
    let mut bench = Bench::default();
    bench.play(&melody(&[(60, 0, 4), (64, 4, 6), (67, 8, 32)], 32), 7);
    bench.run_until(STEP * 31);
    assert_eq!(
        bench.said(),
        [
            (0.0, on(60)),
            (4.0, off(60)),
            (4.0, on(64)),
            (6.0, off(64)),
            (8.0, on(67))
        ]
    );
}

#[test]
fn a_loop_comes_round_after_exactly_its_steps_for_an_hour() {
    let mut bench = Bench::default();
    bench.play(&melody(&[(60, 0, 1)], 32), 1);
    bench.run_until(Duration::from_secs(3600));
    let starts: Vec<_> = bench
        .events
        .iter()
        .filter(|event| event.message == on(60))
        .map(|event| event.at)
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
    let mut bench = Bench::default();
    bench.play(&melody(&[(60, 0, 16)], 16), 1);
    bench.run_until(STEP * 16);
    assert_eq!(
        bench.said(),
        [(0.0, on(60)), (16.0, off(60)), (16.0, on(60))]
    );
}

#[test]
fn a_melody_of_sixteen_bars_comes_round_after_sixteen_bars() {
    let mut bench = Bench::default();
    bench.play(&melody(&[(60, 0, 1), (72, 255, 256)], 256), 1);
    bench.run_until(STEP * 511);
    let round = |start: f64| {
        [
            (start, on(60)),
            (start + 1.0, off(60)),
            (start + 255.0, on(72)),
        ]
    };
    let wanted = [&round(0.0)[..], &[(256.0, off(72))], &round(256.0)].concat();
    assert_eq!(bench.said(), wanted);
    assert_eq!(bench.sequencer.position().unwrap().steps, 256);
}

#[test]
fn without_looping_playing_ends_after_the_last_step() {
    let mut bench = Bench::default();
    bench.apply(Command::Looping(false));
    bench.play(&melody(&[(60, 12, 16)], 16), 1);
    bench.run_until(STEP * 40);
    assert_eq!(bench.said(), [(12.0, on(60)), (16.0, off(60))]);
    assert_eq!(bench.sequencer.next_deadline(), None);
    assert!(bench.sequencer.position().is_none());
}

#[test]
fn a_new_melody_takes_over_at_the_next_sixteenth_and_keeps_the_position() {
    let mut bench = Bench::default();
    bench.play(&melody(&[(60, 0, 32)], 32), 1);
    bench.run_until(STEP * 5 + STEP / 3);
    bench.play(&melody(&[(72, 0, 4), (74, 6, 8), (76, 9, 10)], 32), 2);
    assert_eq!(bench.sequencer.position().unwrap().tag, 1);
    bench.run_until(STEP * 9 + STEP / 2);
    assert_eq!(
        bench.said(),
        [
            (0.0, on(60)),
            (6.0, off(60)),
            (6.0, on(74)),
            (8.0, off(74)),
            (9.0, on(76))
        ],
        "the old note ends and the new melody goes on at step 6"
    );
    assert_eq!(bench.sequencer.position().unwrap().tag, 2);
}

#[test]
fn of_several_clicks_within_one_sixteenth_the_last_one_plays() {
    let mut bench = Bench::default();
    bench.play(&melody(&[], 32), 1);
    bench.run_until(STEP / 2);
    for tag in 2..6 {
        bench.play(&melody(&[(60 + tag as u8, 1, 2)], 32), tag);
    }
    bench.run_until(STEP);
    assert_eq!(bench.said(), [(1.0, on(65))]);
}

#[test]
fn a_shorter_melody_keeps_its_place_within_its_own_length() {
    let mut bench = Bench::default();
    bench.play(&melody(&[], 32), 1);
    bench.run_until(STEP * 20 + STEP / 2);
    bench.play(&melody(&[(60, 5, 6)], 16), 2);
    bench.run_until(STEP * 22);
    assert_eq!(bench.said(), [(21.0, on(60)), (22.0, off(60))]);
}

#[test]
fn a_swap_on_the_loop_boundary_starts_the_new_melody_from_its_first_step() {
    let mut bench = Bench::default();
    bench.play(&melody(&[(60, 15, 16)], 16), 1);
    bench.run_until(STEP * 15 + STEP / 2);
    bench.play(&melody(&[(72, 0, 1)], 32), 2);
    bench.run_until(STEP * 16);
    assert_eq!(
        bench.said(),
        [(15.0, on(60)), (16.0, off(60)), (16.0, on(72))]
    );
}

#[test]
fn a_tempo_change_keeps_the_position_and_moves_only_what_is_to_come() {
    let mut bench = Bench::default();
    bench.play(&melody(&[(60, 0, 1), (62, 4, 5)], 32), 1);
    // Half-way between steps 2 and 3; at 60 a 16th lasts two of our steps, so step 4 is 1.5 * 2 steps away.
    bench.run_until(STEP * 2 + STEP / 2);
    bench.apply(Command::Tempo(60.0));
    bench.run_until(STEP * 8);
    assert_eq!(
        bench.said(),
        [(0.0, on(60)), (1.0, off(60)), (5.5, on(62)), (7.5, off(62))]
    );
}

#[test]
fn impossible_tempos_are_brought_into_range_and_nonsense_is_ignored() {
    let mut bench = Bench::default();
    for (wanted, tempo) in [
        (1.0, SLOWEST_TEMPO),
        (1e9, FASTEST_TEMPO),
        (f64::NAN, FASTEST_TEMPO),
        (-5.0, SLOWEST_TEMPO),
    ] {
        bench.apply(Command::Tempo(wanted));
        assert_eq!(bench.sequencer.tempo, tempo);
    }
}

#[test]
fn stop_ends_what_sounds_at_once() {
    let mut bench = Bench::default();
    bench.play(&melody(&[(60, 0, 16)], 16), 1);
    bench.run_until(STEP * 3);
    bench.apply(Command::Stop);
    bench.run_until(STEP * 50);
    assert_eq!(bench.said(), [(0.0, on(60)), (3.0, off(60))]);
}

#[test]
fn panic_ends_known_notes_one_by_one_and_then_silences_everything() {
    let mut bench = Bench::default();
    bench.play(&melody(&[(60, 0, 16)], 16), 1);
    bench.apply(Command::Panic);
    assert_eq!(
        bench.said(),
        [(0.0, on(60)), (0.0, off(60)), (0.0, Message::Panic)]
    );
}

#[test]
fn a_test_note_sounds_for_half_a_second_beside_the_melody() {
    let mut bench = Bench::default();
    bench.play(&melody(&[(60, 0, 16)], 16), 1);
    bench.run_until(STEP);
    bench.apply(Command::TestNote);
    bench.run_until(STEP * 8);
    assert_eq!(
        bench.said(),
        [(0.0, on(60)), (1.0, on(TEST_PITCH)), (5.0, off(TEST_PITCH))]
    );
}

#[test]
fn after_the_machine_slept_playing_resumes_without_a_burst_of_missed_notes() {
    let mut bench = Bench::default();
    let every_step: Vec<_> = (0..16).map(|step| (60, step, step + 1)).collect();
    bench.play(&melody(&every_step, 16), 1);
    bench.events.clear();
    let woken = Duration::from_secs(100);
    bench.sequencer.advance(woken, &mut bench.events);
    assert_eq!(
        bench.events,
        [
            Event {
                at: woken,
                message: off(60)
            },
            Event {
                at: woken,
                message: on(60)
            }
        ]
    );
    assert_eq!(bench.sequencer.next_deadline(), Some(woken + STEP));
}

#[test]
fn the_position_runs_evenly_from_step_to_step_through_the_loop() {
    let mut bench = Bench::default();
    bench.play(&melody(&[], 16), 3);
    for quarter_steps in 0..200_u32 {
        let now = STEP * quarter_steps / 4;
        bench.run_until(now);
        let position = bench.sequencer.position().unwrap();
        let step = position.anchor.1
            + (now - position.anchor.0).as_secs_f64() / position.step_duration.as_secs_f64();
        let expected = f64::from(quarter_steps) / 4.0 % 16.0;
        assert!((step - expected).abs() < 1e-9, "{step} is not {expected}");
    }
}

#[derive(Clone, Debug)]
enum Act {
    Wait(u64),
    Do(Command),
}

fn any_melody() -> impl Strategy<Value = Arc<Melody>> {
    (
        1_usize..40,
        prop::collection::vec((21_u8..=108, 0_u32..40, 1_u32..12), 0..16),
    )
        .prop_map(|(steps, notes)| {
            // One voice, in order, inside the melody.
            let mut onsets: Vec<_> = notes
                .into_iter()
                .filter(|note| (note.1 as usize) < steps)
                .collect();
            onsets.sort_by_key(|note| note.1);
            onsets.dedup_by_key(|note| note.1);
            let notes: Vec<_> = (0..onsets.len())
                .map(|k| {
                    let (pitch, start, length) = onsets[k];
                    let limit = onsets.get(k + 1).map_or(steps as u32, |next| next.1);
                    (pitch, start, (start + length).min(limit))
                })
                .collect();
            melody(&notes, steps)
        })
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0_u64..700).prop_map(Act::Wait),
        1 => (1000_u64..20_000).prop_map(Act::Wait),
        4 => (any_melody(), 0_u64..5).prop_map(|(melody, tag)| Act::Do(Command::Play { melody, tag })),
        2 => (any_melody(), 0_usize..99, 0_usize..99, 0_usize..40, any::<bool>()).prop_map(
            |(melody, from, base, round, once)| Act::Do(Command::PlayFrom {
                melody,
                tag: 9,
                entry: Entry { from, base, round, once },
            })
        ),
        1 => Just(Act::Do(Command::Stop)),
        2 => (10.0..400.0_f64).prop_map(|tempo| Act::Do(Command::Tempo(tempo))),
        1 => any::<bool>().prop_map(|looping| Act::Do(Command::Looping(looping))),
        1 => Just(Act::Do(Command::TestNote)),
        1 => Just(Act::Do(Command::Panic)),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_every_note_ends_once_and_none_before_it_began(acts in prop::collection::vec(any_act(), 0..60)) {
        let mut bench = Bench::default();
        for act in acts {
            match act {
                // Odd waits come in one leap, as after a stall; even ones wake at each deadline.
                Act::Wait(ms) if ms % 2 == 1 => {
                    bench.now += Duration::from_millis(ms);
                    bench.sequencer.advance(bench.now, &mut bench.events);
                }
                Act::Wait(ms) => bench.run_until(bench.now + Duration::from_millis(ms)),
                Act::Do(command) => bench.apply(command),
            }
            if let Some(deadline) = bench.sequencer.next_deadline() {
                prop_assert!(deadline > bench.now, "nothing that is due may be left over");
            }
        }
        bench.apply(Command::Stop);
        prop_assert_eq!(bench.sequencer.next_deadline(), None);

        let mut sounding = std::collections::BTreeSet::new();
        let mut last = Duration::ZERO;
        for event in &bench.events {
            prop_assert!(event.at >= last, "events come in time order");
            last = event.at;
            match event.message {
                Message::NoteOn { pitch, .. } => prop_assert!(sounding.insert(pitch), "{} began twice", pitch),
                Message::NoteOff { pitch } => prop_assert!(sounding.remove(&pitch), "{} ended before it began", pitch),
                Message::Panic => prop_assert!(sounding.is_empty()),
            }
        }
        prop_assert!(sounding.is_empty(), "left sounding: {:?}", sounding);
    }
}

#[test]
fn a_bar_is_finished_before_it_goes_silent_and_a_new_wish_keeps_it_going() {
    let quarters: Vec<_> = (0..8).map(|k| (60 + k as u8, 4 * k, 4 * k + 4)).collect();
    let tune = melody(&quarters, 32);
    let mut bench = Bench::default();
    bench.play(&tune, 1);
    bench.run_until(STEP * 18);
    bench.apply(Command::FinishBar);
    bench.run_until(STEP * 30);
    bench.play(&tune, 2);
    bench.run_until(STEP * 38);
    assert!(
        bench.sequencer.position().is_some(),
        "a new wanted plays on"
    );
    bench.apply(Command::FinishBar);
    bench.run_until(STEP * 100);
    assert!(bench.sequencer.position().is_none());
    assert!(bench.sequencer.sounding().pitches().next().is_none());
    let begun = |message: &&(f64, Message)| matches!(message.1, Message::NoteOn { .. });
    let said = bench.said();
    let last = said.iter().rfind(begun).unwrap();
    assert_eq!(*last, (44.0, on(63)), "the third bar is played to its end");
}

/// A piece of four two-bar melodies, a note of its own pitch on each quarter.
fn piece() -> Arc<Melody> {
    let notes: Vec<_> = (0..32).map(|k| (60 + k as u8, 4 * k, 4 * k + 4)).collect();
    melody(&notes, 128)
}

#[test]
fn a_piece_is_entered_where_it_is_asked_for_in_silence_and_on_the_beat_of_a_loop() {
    let entry = Entry {
        from: 36,
        base: 64,
        round: 32,
        once: false,
    };
    let enter = |bench: &mut Bench| {
        bench.apply(Command::PlayFrom {
            melody: piece(),
            tag: 2,
            entry,
        });
    };
    let mut silent = Bench::default();
    enter(&mut silent);
    silent.run_until(STEP);
    assert_eq!(silent.said()[0], (0.0, on(69)));
    let step = silent.sequencer.position().unwrap().anchor.1;
    assert!((step - 36.0).abs() < 1e-9, "{step}");

    // In a loop that is in its second bar, in the second bar of the third melody.
    let mut looping = Bench::default();
    looping.play(&melody(&[(40, 0, 32)], 32), 1);
    looping.run_until(STEP * 51 - Duration::from_millis(1));
    enter(&mut looping);
    looping.run_until(STEP * 53);
    let said = looping.said();
    assert_eq!(said[said.len() - 1], (52.0, on(60 + (64 + 20) / 4)));

    // On the loop's boundary, from that melody's first step.
    let mut boundary = Bench::default();
    boundary.play(&melody(&[(40, 0, 32)], 32), 1);
    boundary.run_until(STEP * 32 - Duration::from_millis(1));
    enter(&mut boundary);
    boundary.run_until(STEP * 33);
    let said = boundary.said();
    assert_eq!(said[said.len() - 1], (32.0, on(60 + 64 / 4)));
}

#[test]
fn a_piece_that_is_played_once_ends_also_in_a_loop_and_what_follows_loops_again() {
    let mut bench = Bench::default();
    let entry = Entry {
        once: true,
        ..Entry::default()
    };
    bench.apply(Command::PlayFrom {
        melody: piece(),
        tag: 2,
        entry,
    });
    assert!(!bench.sequencer.position().unwrap().looping);
    bench.run_until(STEP * 129);
    assert!(bench.sequencer.position().is_none());
    bench.play(&melody(&[(40, 0, 32)], 32), 3);
    bench.run_until(STEP * 300);
    assert!(bench.sequencer.position().unwrap().looping);
}
