//! Tests of the slice of the latent space that is shown over the map while its key is held.

use eframe::egui::{Key, vec2};
use tunescape::model::{MelodyModel as _, Sampling};

use crate::open;
use crate::window::fake_model::FakeModel;

#[test]
fn while_its_key_is_held_a_slice_is_played_by_moving_and_its_melody_can_be_kept() {
    let mut window = open();
    let at = window.region_position(3);
    window.harness.hover_at(at);
    window.harness.run_steps(2);
    window.harness.key_down(Key::G);
    window.run_until("the slice is decoded", |app| {
        let open = app.state().slice.open.as_ref();
        // The coarse slice comes first.
        open.is_some_and(|open| open.slice.as_ref().is_some_and(|slice| slice.side == 24))
    });
    let points = {
        let slice = window.state().slice.open.as_ref().unwrap().slice.clone();
        slice.unwrap().points
    };
    assert_eq!(points.len(), 24 * 24);
    // The grid is 264 points wide, its cells eleven: five to the right and three up from the middle, between two cells.
    window.harness.hover_at(at + vec2(60.0, -38.0));
    window.run_until("the cell plays", |app| {
        let focus = app.state().selection.focus;
        focus.is_some_and(|id| app.state().melodies.latent(id).as_ref() == points.get(15 * 24 + 17))
    });
    assert!(window.is_playing());
    let plays = window.play_count();
    window.harness.key_up(Key::G);
    window.run_until("the slice is closed", |app| {
        app.state().slice.open.is_none()
    });
    // What is heard stays selected and can be kept.
    assert_eq!(window.play_count(), plays);
    window.press(Key::F);
    window.run_until_kept(1);
    let kept = window.state().kept_melodies.iter().next().unwrap();
    let latent = kept.stored.latent.clone().unwrap();
    let decoded = FakeModel::busy().decode(&[latent], &Sampling::Greedy);
    assert_eq!(decoded.unwrap()[0], kept.stored.identity.tokens);
}

#[test]
fn the_slice_follows_a_pointer_that_leaves_its_grid() {
    let mut window = open();
    let rect = window.harness.state().map().rect().unwrap();
    let first = rect.min + vec2(160.0, 300.0);
    window.harness.hover_at(first);
    window.harness.run_steps(2);
    window.harness.key_down(Key::G);
    let is_decoded = |number| {
        move |app: &tunescape::ui::App| {
            let open = app.state().slice.open.as_ref();
            open.is_some_and(|open| open.number == number && open.slice.is_some())
        }
    };
    window.run_until("the first slice is decoded", is_decoded(1));
    window.harness.hover_at(first + vec2(400.0, 0.0));
    window.run_until("the second one is decoded", is_decoded(2));
    window.harness.key_up(Key::G);
    window.harness.run_steps(3);
    assert!(window.state().slice.open.is_none());
}
