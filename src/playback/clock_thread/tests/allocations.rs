//! The clock thread neither allocates nor frees memory while it plays: both may wait for a lock of another thread.

use assert_no_alloc::{assert_no_alloc, violation_count};

use super::*;
use crate::{
    melody::{Backing, Feel},
    playback::{
        input::ClockSignal,
        osc_output::OscOutput,
        sequencer::{LaunchQuantization, MetronomeAndClock, StartPosition},
    },
};

/// How often memory is allocated or freed by `work` on this thread.
fn count_allocations(work: impl FnOnce()) -> u32 {
    let before = violation_count();
    assert_no_alloc(work);
    violation_count() - before
}

fn scale_melody(pitch: u8, count: u32) -> Arc<Melody> {
    let note = |step: u32| Note {
        pitch: pitch + (step % 3) as u8,
        start: step,
        end: step + 1,
    };
    let notes: Vec<Note> = (0..count).map(note).collect();
    Arc::new(Melody::from_notes(&notes, 32).unwrap())
}

/// Plays, changes everything that can be changed, and quits. Takes about a second.
fn use_everything(clock: &ClockSender, melodies: &[Arc<Melody>], chords: &Arc<Backing>) {
    let send = |command| {
        clock.send(ClockMessage::Command(command));
        std::thread::sleep(Duration::from_millis(20));
    };
    let play = |number: usize| Command::Play {
        melody: Arc::clone(&melodies[number % melodies.len()]),
        tag: number as u64,
    };
    send(Command::Tempo(300.0));
    send(Command::MetronomeAndClock(MetronomeAndClock {
        metronome: true,
        count_in: false,
        clock_out: true,
    }));
    send(Command::Chords(Some(Arc::clone(chords))));
    for number in 0..8 {
        send(play(number));
        clock.send(ClockMessage::Offset(25 * (number as i32 - 4)));
        send(Command::Feel(Feel {
            swing: 60,
            humanise: 10 * number as u8,
            ..Feel::default()
        }));
        send(Command::LaunchQuantization(
            LaunchQuantization::ALL[number % LaunchQuantization::ALL.len()],
        ));
        clock.send(ClockMessage::Signal {
            arrival: Duration::from_millis(20 * number as u64),
            signal: ClockSignal::Pulse,
        });
    }
    send(Command::PlayFrom {
        melody: Arc::clone(&melodies[0]),
        tag: 9,
        start: StartPosition {
            step: 5,
            ..StartPosition::default()
        },
    });
    send(Command::Chords(None));
    send(Command::TestNote);
    send(Command::FinishBar);
    send(Command::Looping(false));
    send(Command::Panic);
    send(Command::Looping(true));
    send(play(1));
    send(Command::Stop);
    clock.send(ClockMessage::Quit);
}

#[test]
fn an_allocation_is_counted() {
    assert!(count_allocations(|| drop(std::hint::black_box(Box::new(7)))) > 0);
}

#[test]
fn the_clock_thread_neither_allocates_nor_frees_while_it_plays() {
    let (clock, inbox) = clock_channel();
    let (devices, _device_inbox) = channel();
    let clock_thread = ClockThread {
        epoch: Instant::now(),
        inbox,
        devices,
        playhead: Arc::default(),
        sent_message_count: Arc::default(),
        input: Arc::default(),
        osc: Arc::default(),
        priority: Arc::default(),
    };
    // Notes are also sent by OSC, to the port that discards what arrives.
    let _osc = OscOutput::open(9, Arc::clone(&clock_thread.osc)).unwrap();
    clock_thread.input.set_follows_clock(true);
    let thread = std::thread::spawn(move || {
        let mut driver =
            SequencerDriver::new(Output::Silent).with_listener(Arc::clone(&clock_thread.osc));
        let mut transport = FollowedTransport::default();
        let mut output_number = 0;
        let mut serve = || clock_thread.serve(&mut driver, &mut transport, &mut output_number);
        // The standard library allocates its data of a thread when the thread waits for the first time.
        serve();
        count_allocations(serve)
    });
    // Held here, as the player holds references to what it plays.
    let melodies = [
        scale_melody(60, 32),
        scale_melody(70, 5),
        scale_melody(50, 17),
    ];
    let chords = Arc::new(Backing {
        progression: "Am F C G7".parse().unwrap(),
        velocity: 50,
        channel: 2,
    });
    use_everything(&clock, &melodies, &chords);
    use_everything(&clock, &melodies, &chords);
    assert_eq!(thread.join().unwrap(), 0);
}
