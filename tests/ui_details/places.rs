//! Where new points appear.

use std::collections::HashMap;

use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, GenerateCommand, SteerCommand};

use crate::open;
use crate::window::Window;

/// Runs frames until added melodies are placed; in each, a point that is seen stands where it is said to be placed. Only a
/// point whose melody was replaced by a better one while a steer searched may move to the new melody's position.
fn stand_still(window: &mut Window, count: usize) {
    let mut first = HashMap::new();
    for _ in 0..100_000 {
        let app = window.harness.state();
        let state = app.state();
        let added = state.melodies.added_melodies();
        let mut seen = 0;
        for id in added.iter().map(|added| added.entry.id) {
            let Some(at) = app.map().position(id) else {
                continue;
            };
            let placed = state
                .layout
                .placed
                .get(&id)
                .expect("seen before it has a place");
            let place = app.map().to_screen(placed.position).unwrap();
            let replaced = *first.entry(id).or_insert(placed.position) != placed.position;
            assert!(
                replaced || at.distance(place) < 0.01,
                "{id}: {at:?} {place:?}"
            );
            seen += 1;
        }
        if seen >= count && state.steer.running.is_none() {
            return;
        }
        window.harness.run_steps(1);
    }
    panic!("they are not placed");
}

#[test]
fn steered_and_explored_melodies_appear_at_their_places_and_nowhere_before() {
    let mut window = open();
    window
        .harness
        .state_mut()
        .command(Command::Steer(SteerCommand::Start));
    stand_still(&mut window, 32);
    let centre = MelodyId::Centre { region: 4 };
    let explore = GenerateCommand::Explore(centre);
    window
        .harness
        .state_mut()
        .command(Command::Generate(explore));
    stand_still(&mut window, 32 + 16);
    assert!(window.state().melodies.is_placed(centre));
}
