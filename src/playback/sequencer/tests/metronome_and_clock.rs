//! The clock for other devices, the metronome and the count-in.

use super::*;

const CLOCK_ONLY: MetronomeAndClock = MetronomeAndClock {
    metronome: false,
    count_in: false,
    clock_out: true,
};

fn clicks(fixture: &SequencerTest) -> Vec<(f64, bool)> {
    let click = |(step, message): (f64, Message)| match message {
        Message::ClickOn { accent } => Some((step, accent)),
        _ => None,
    };
    fixture.messages().into_iter().filter_map(click).collect()
}

/// Times of the pulses in seconds.
fn pulses(fixture: &SequencerTest) -> Vec<f64> {
    let clock = fixture.events.iter();
    let clock = clock.filter(|event| event.message == Message::Clock);
    clock.map(|event| event.time.as_secs_f64()).collect()
}

fn without_pulses(fixture: &SequencerTest) -> Vec<(f64, Message)> {
    let mut messages = fixture.messages();
    messages.retain(|(_, message)| *message != Message::Clock);
    messages
}

#[test]
fn nothing_but_notes_leaves_until_it_is_asked_for() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[(60, 0, 1)], 16), 1);
    fixture.run_until(STEP * 8);
    assert_eq!(
        fixture.messages(),
        [(0.0, note_on(60)), (1.0, note_off(60))]
    );
}

#[test]
fn twenty_four_pulses_leave_in_each_quarter_from_start_to_stop() {
    let mut fixture = SequencerTest::default();
    fixture.apply(Command::MetronomeAndClock(CLOCK_ONLY));
    fixture.play(&melody(&[(60, 0, 1)], 16), 1);
    let first_messages: Vec<Message> = fixture.events.iter().map(|event| event.message).collect();
    assert_eq!(
        first_messages,
        [Message::Start, Message::Clock, note_on(60)]
    );
    fixture.run_until(STEP * 4 - Duration::from_millis(1));
    assert_eq!(pulses(&fixture).len(), 24);
    fixture.apply(Command::Stop);
    fixture.run_until(STEP * 50);
    assert_eq!(pulses(&fixture).len(), 24);
    assert_eq!(fixture.events.last().unwrap().message, Message::Stop);
}

#[test]
fn pulses_do_not_drift_in_an_hour_with_melodies_that_take_over() {
    let mut fixture = SequencerTest::default();
    fixture.apply(Command::MetronomeAndClock(CLOCK_ONLY));
    fixture.play(&melody(&[(60, 0, 1)], 24), 1);
    for minute in 1..=60_u64 {
        fixture.run_until(Duration::from_secs(60 * minute) + STEP / 3);
        fixture.play(&melody(&[(61, 0, 1)], 16 + minute as usize), minute);
    }
    for (pulse, time) in pulses(&fixture).iter().enumerate() {
        let ideal = pulse as f64 / 48.0;
        assert!((time - ideal).abs() < 1e-8, "pulse {pulse} at {time}");
    }
    assert_eq!(pulses(&fixture).len(), 3600 * 48 + 2);
}

#[test]
fn a_tempo_change_moves_only_the_pulses_to_come() {
    let mut fixture = SequencerTest::default();
    fixture.apply(Command::MetronomeAndClock(CLOCK_ONLY));
    fixture.play(&melody(&[], 32), 1);
    for (from, tempo) in [(8, 60.0), (16, 240.0), (24, 97.3)] {
        fixture.run_until(STEP * from + Duration::from_millis(7));
        fixture.apply(Command::Tempo(tempo));
    }
    fixture.run_until(STEP * 60);
    let pulses = pulses(&fixture);
    let gaps: Vec<f64> = pulses.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let pulse_seconds = |tempo: f64| 60.0 / tempo / 24.0;
    let tempos = [120.0, 60.0, 240.0, 97.3];
    let has_known_tempo = |gap: f64| {
        tempos
            .iter()
            .any(|&tempo| (gap - pulse_seconds(tempo)).abs() < 1e-8)
    };
    let uneven = gaps.iter().filter(|gap| !has_known_tempo(**gap)).count();
    assert!(uneven <= 3, "only the gaps of the changes differ: {uneven}");
    let (shortest, longest) = (pulse_seconds(240.0) - 1e-8, pulse_seconds(60.0) + 1e-8);
    assert!(gaps.iter().all(|gap| (shortest..=longest).contains(gap)));
    let beats = 1.007 * 2.0 + 1.0 + 4.0 + (7.5 - 3.007) * 97.3 / 60.0;
    assert_eq!(pulses.len() as f64, (beats * 24.0_f64).floor() + 1.0);
}

#[test]
fn a_clock_that_is_switched_on_while_playing_sends_the_position_on_the_next_step() {
    let mut fixture = SequencerTest::default();
    fixture.play(&melody(&[], 16), 1);
    fixture.run_until(STEP * 37 + STEP / 2);
    fixture.apply(Command::MetronomeAndClock(CLOCK_ONLY));
    fixture.run_until(STEP * 38);
    // The third round of 16 steps.
    assert_eq!(
        without_pulses(&fixture),
        [(38.0, Message::SongPosition(6)), (38.0, Message::Continue)]
    );
    assert_eq!(fixture.events.last().unwrap().message, Message::Clock);
    fixture.run_until(STEP * 38 + STEP / 2);
    fixture.apply(Command::MetronomeAndClock(MetronomeAndClock::default()));
    fixture.run_until(STEP * 60);
    assert_eq!(without_pulses(&fixture)[2], (38.5, Message::Stop));
    assert_eq!(fixture.events.last().unwrap().message, Message::Stop);
}

#[test]
fn a_piece_that_starts_inside_sends_its_position() {
    let mut fixture = SequencerTest::default();
    fixture.apply(Command::MetronomeAndClock(CLOCK_ONLY));
    let start = StartPosition {
        step: 36,
        ..StartPosition::default()
    };
    fixture.apply(Command::PlayFrom {
        melody: melody(&[], 64),
        tag: 1,
        start,
    });
    let messages: Vec<Message> = fixture.events.iter().map(|event| event.message).collect();
    assert_eq!(
        messages,
        [Message::SongPosition(36), Message::Continue, Message::Clock]
    );
}

#[test]
fn after_the_machine_slept_receivers_are_where_the_melody_is() {
    let mut fixture = SequencerTest::default();
    fixture.apply(Command::MetronomeAndClock(CLOCK_ONLY));
    fixture.play(&melody(&[], 16), 1);
    fixture.run_until(STEP * 5);
    fixture.now = Duration::from_secs(100);
    fixture.sequencer.advance(fixture.now, &mut fixture.events);
    let position = fixture.sequencer.position().unwrap();
    assert_eq!(position.anchor.0, fixture.now);
    // The first pulse is at 0.
    let next = pulses(&fixture).len() as f64 / 6.0;
    assert!(
        (next - position.anchor.1 - 1.0 / 6.0).abs() < 1e-9,
        "{next}"
    );
}

#[test]
fn a_metronome_clicks_on_each_beat_and_accents_the_first_of_a_bar() {
    let mut fixture = SequencerTest::default();
    let metronome = true;
    fixture.apply(Command::MetronomeAndClock(MetronomeAndClock {
        metronome,
        ..MetronomeAndClock::default()
    }));
    fixture.play(&melody(&[], 32), 1);
    fixture.run_until(STEP * 17);
    assert_eq!(
        clicks(&fixture),
        [
            (0.0, true),
            (4.0, false),
            (8.0, false),
            (12.0, false),
            (16.0, true)
        ]
    );
    let ends = fixture.events.iter();
    let ends = ends.filter(|event| matches!(event.message, Message::ClickOff { .. }));
    assert_eq!(ends.count(), 5);
}

#[test]
fn a_count_in_of_one_bar_comes_before_a_melody_that_starts_in_silence() {
    let mut fixture = SequencerTest::default();
    fixture.apply(Command::MetronomeAndClock(MetronomeAndClock {
        count_in: true,
        ..CLOCK_ONLY
    }));
    fixture.play(&melody(&[(60, 0, 32)], 32), 1);
    assert!(fixture.sequencer.position().is_some());
    fixture.run_until(STEP * 8);
    // Another choice during the count-in takes its place at once.
    fixture.play(&melody(&[(72, 0, 32)], 32), 2);
    fixture.run_until(STEP * 20);
    assert_eq!(
        clicks(&fixture),
        [(0.0, true), (4.0, false), (8.0, false), (12.0, false)]
    );
    let mut messages = without_pulses(&fixture);
    messages.retain(|(_, m)| !matches!(m, Message::ClickOn { .. } | Message::ClickOff { .. }));
    assert_eq!(messages, [(16.0, Message::Start), (16.0, note_on(72))]);
    assert_eq!(
        pulses(&fixture).len(),
        20 * 6 + 1,
        "also during the count-in"
    );
    // A melody that takes over while another plays has no count-in.
    fixture.play(&melody(&[(48, 5, 6)], 32), 3);
    fixture.run_until(STEP * 21);
    assert_eq!(fixture.messages().last().unwrap().1, note_on(48));
}

#[test]
fn stop_and_the_end_of_a_bar_end_a_count_in_too() {
    for command in [Command::Stop, Command::FinishBar, Command::Panic] {
        let mut fixture = SequencerTest::default();
        fixture.apply(Command::MetronomeAndClock(MetronomeAndClock {
            count_in: true,
            ..CLOCK_ONLY
        }));
        fixture.play(&melody(&[(60, 0, 32)], 32), 1);
        fixture.run_until(STEP * 8);
        fixture.apply(command);
        fixture.run_until(STEP * 50);
        assert_eq!(fixture.sequencer.next_deadline(), None);
        assert!(
            !fixture
                .messages()
                .iter()
                .any(|&(_, message)| message == note_on(60))
        );
    }
}
