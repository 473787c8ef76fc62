//! Chords under melodies.

use super::*;

fn set_chords(text: &str) -> Command {
    Command::Chords(Some(Arc::new(Backing {
        progression: text.parse().unwrap(),
        velocity: 50,
        channel: 2,
    })))
}

/// The steps at which a chord starts, with its bass note.
fn chord_starts(fixture: &SequencerTest) -> Vec<(f64, u8)> {
    let mut starts: Vec<(f64, u8)> = Vec::new();
    for (step, message) in fixture.messages() {
        if let Message::ChordOn { pitch, channel, .. } = message {
            assert_eq!(channel, 1);
            // The bass note comes first.
            if starts.last().is_none_or(|(last, _)| *last != step) {
                starts.push((step, pitch));
            }
        }
    }
    starts
}

/// A loop of two bars.
fn two_bars() -> Arc<Melody> {
    melody(&[(72, 0, 4), (74, 16, 20)], 32)
}

/// A clock that is at this step of its song now, in step with the sequencer.
fn follow(fixture: &mut SequencerTest, song_step: f64) {
    let estimate = ClockEstimate {
        tempo: DEFAULT_TEMPO,
        time: fixture.now,
        step: Some(song_step),
    };
    fixture.apply(Command::Follow(Some(estimate)));
}

const A: u8 = 45;
const F: u8 = 41;
const C: u8 = 36;
const G: u8 = 43;

#[test]
fn each_chord_starts_on_its_bar_while_the_melody_loops() {
    let mut fixture = SequencerTest::default();
    fixture.apply(set_chords("Am F C G"));
    fixture.play(&two_bars(), 1);
    fixture.run_until(STEP * 80);
    let expected = [
        (0.0, A),
        (16.0, F),
        (32.0, C),
        (48.0, G),
        (64.0, A),
        (80.0, F),
    ];
    assert_eq!(chord_starts(&fixture), expected);
    fixture.apply(Command::Stop);
    let [mut starts, mut ends] = [0, 0];
    for event in &fixture.events {
        match event.message {
            Message::ChordOn { velocity, .. } => {
                assert_eq!(velocity, 50);
                starts += 1;
            }
            Message::ChordOff { .. } => ends += 1,
            _ => {}
        }
    }
    assert_eq!((starts, ends), (6 * 4, 6 * 4));
}

#[test]
fn chords_wait_for_the_count_in_and_can_start_and_stop_while_a_melody_plays() {
    let mut fixture = SequencerTest::default();
    let options = MetronomeAndClock {
        count_in: true,
        ..MetronomeAndClock::default()
    };
    fixture.apply(Command::MetronomeAndClock(options));
    fixture.apply(set_chords("Am F |"));
    fixture.play(&two_bars(), 1);
    fixture.run_until(STEP * 25);
    assert_eq!(chord_starts(&fixture), [(16.0, A), (24.0, F)]);
    fixture.apply(Command::Chords(None));
    fixture.run_until(STEP * 40);
    assert_eq!(chord_starts(&fixture).len(), 2);
    // From the next step on, as if the progression had played all the time.
    fixture.now += STEP / 2;
    fixture.apply(set_chords("C G |"));
    fixture.run_until(STEP * 48);
    assert_eq!(chord_starts(&fixture)[2..], [(41.0, G), (48.0, C)]);
}

#[test]
fn chords_stay_on_the_bar_lines_of_a_melody_that_takes_over() {
    let mut fixture = SequencerTest::default();
    fixture.apply(Command::Looping(false));
    fixture.apply(set_chords("Am F"));
    fixture.play(&two_bars(), 1);
    fixture.run_until(STEP * 5);
    // Without looping it begins with its first step at the next 16th.
    fixture.now += STEP / 2;
    fixture.play(&two_bars(), 2);
    fixture.run_until(STEP * 23);
    assert_eq!(chord_starts(&fixture), [(0.0, A), (6.0, F), (22.0, A)]);
}

#[test]
fn chords_follow_the_bars_of_the_clock_not_the_loop_of_the_melody() {
    let mut fixture = SequencerTest::default();
    fixture.apply(set_chords("Am F C G"));
    // Bar 6 of the song: the second chord of the second round.
    follow(&mut fixture, 80.0);
    fixture.play(&two_bars(), 1);
    fixture.run_until(STEP * 33);
    assert_eq!(chord_starts(&fixture), [(0.0, F), (16.0, C), (32.0, G)]);
    // Back by two bars, the length of the loop: the melody stays where it is, and the chords do not.
    fixture.now += STEP / 2;
    follow(&mut fixture, 81.5);
    fixture.run_until(STEP * 66);
    assert_eq!(
        chord_starts(&fixture)[3..],
        [(34.0, F), (48.0, C), (64.0, G)]
    );
    // A pulse that comes a little late or early moves no chord.
    for late_steps in [0.05, -0.05, 0.02] {
        fixture.run_until(fixture.now + STEP);
        let song = fixture.now.as_secs_f64() / STEP.as_secs_f64() + 48.0;
        follow(&mut fixture, song + late_steps);
    }
    assert_eq!(chord_starts(&fixture).len(), 6);
    // Without a clock the progression continues from its position.
    fixture.apply(Command::Follow(None));
    fixture.run_until(STEP * 82);
    let last_start = chord_starts(&fixture)[6];
    assert!(
        (last_start.0 - 80.0).abs() < 0.1 && last_start.1 == A,
        "{last_start:?}"
    );
    let is_chord_off = |message: &(f64, Message)| matches!(message.1, Message::ChordOff { .. });
    let ends = fixture
        .messages()
        .iter()
        .filter(|m| is_chord_off(m))
        .count();
    assert_eq!(ends, 6 * 4);
}

#[test]
fn chords_are_transposed_with_the_melody_from_the_next_step_on() {
    let mut fixture = SequencerTest::default();
    fixture.apply(set_chords("Am F"));
    let set_transpose = |transpose| {
        Command::Feel(Feel {
            transpose,
            ..Feel::default()
        })
    };
    fixture.apply(set_transpose(2));
    fixture.play(&two_bars(), 1);
    fixture.run_until(STEP * 20 + STEP / 2);
    // Transposed by an octave it is the same chord, which goes on sounding.
    fixture.apply(set_transpose(14));
    fixture.run_until(STEP * 24 + STEP / 2);
    fixture.apply(set_transpose(-3));
    fixture.run_until(STEP * 32);
    let expected = [(0.0, 47), (16.0, 43), (25.0, 38), (32.0, 42)];
    assert_eq!(chord_starts(&fixture), expected);
    fixture.apply(Command::Stop);
    let count = |predicate: fn(Message) -> bool| {
        let messages = fixture.messages();
        messages.iter().filter(|m| predicate(m.1)).count()
    };
    assert_eq!(count(|m| matches!(m, Message::ChordOn { .. })), 4 * 4);
    assert_eq!(count(|m| matches!(m, Message::ChordOff { .. })), 4 * 4);
}
