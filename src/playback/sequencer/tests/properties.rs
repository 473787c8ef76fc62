//! Properties that hold for any sequence of commands.

use proptest::prelude::*;

use super::*;
use crate::playback::testing::any_setting;

#[derive(Clone, Debug)]
enum Action {
    /// Moves the clock on by milliseconds.
    AdvanceMs(u64),
    Apply(Command),
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

fn any_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => (0_u64..700).prop_map(Action::AdvanceMs),
        1 => (1000_u64..20_000).prop_map(Action::AdvanceMs),
        4 => (any_melody(), 0_u64..5).prop_map(|(melody, tag)| Action::Apply(Command::Play { melody, tag })),
        2 => (any_melody(), 0_usize..99, 0_usize..99, 0_usize..40, any::<bool>()).prop_map(
            |(melody, step, loop_offset, loop_length, play_once)| Action::Apply(Command::PlayFrom {
                melody,
                tag: 9,
                start: StartPosition { step, loop_offset, loop_length, play_once },
            })
        ),
        1 => Just(Action::Apply(Command::Stop)),
        10 => any_setting().prop_map(Action::Apply),
        1 => Just(Action::Apply(Command::FinishBar)),
        1 => Just(Action::Apply(Command::TestNote)),
        1 => Just(Action::Apply(Command::Panic)),
    ]
}

proptest! {
    #[test]
    fn every_note_ends_once_and_not_before_it_starts(actions in prop::collection::vec(any_action(), 0..60)) {
        let mut fixture = SequencerTest::default();
        for action in actions {
            match action {
                // An odd number of milliseconds is one call, as after a stall; an even one is a call at each deadline.
                Action::AdvanceMs(ms) if ms % 2 == 1 => {
                    fixture.now += Duration::from_millis(ms);
                    fixture.sequencer.advance(fixture.now, &mut fixture.events);
                }
                Action::AdvanceMs(ms) => fixture.run_until(fixture.now + Duration::from_millis(ms)),
                Action::Apply(command) => fixture.apply(command),
            }
            if let Some(deadline) = fixture.sequencer.next_deadline() {
                prop_assert!(deadline > fixture.now, "nothing that is due may be left over");
            }
        }
        fixture.apply(Command::Stop);
        prop_assert_eq!(fixture.sequencer.next_deadline(), None);

        let mut active = std::collections::BTreeSet::new();
        let (mut clicks, mut is_running) = (0_i32, false);
        let mut last_time = Duration::ZERO;
        for event in &fixture.events {
            prop_assert!(event.time >= last_time, "events come in time order");
            last_time = event.time;
            match event.message {
                Message::NoteOn { pitch, .. } => prop_assert!(active.insert(pitch), "{} began twice", pitch),
                Message::NoteOff { pitch } => prop_assert!(active.remove(&pitch), "{} ended before it began", pitch),
                Message::Patch(_) => {}
                Message::Panic => prop_assert!(active.is_empty()),
                Message::ClickOn { .. } => clicks += 1,
                Message::ClickOff { .. } => clicks -= 1,
                Message::Start | Message::Continue => {
                    prop_assert!(!is_running, "started twice");
                    is_running = true;
                }
                Message::Stop => {
                    prop_assert!(is_running, "stopped before it started");
                    is_running = false;
                }
                Message::SongPosition(_) => prop_assert!(!is_running),
                _ => {}
            }
            prop_assert!((0..=1).contains(&clicks), "{} clicks sound", clicks);
        }
        prop_assert_eq!((clicks, is_running), (0, false));
        prop_assert!(active.is_empty(), "left sounding: {:?}", active);
    }
}
