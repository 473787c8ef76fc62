//! Tests of "Steer like this": from the map, the inspector, the command search and the keyboard, in windows of any size.

use eframe::egui::{Event, Key, Modifiers, PointerButton, Role, Vec2};
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use tunescape::latent::LatentPoint;
use tunescape::melody::Tokens;
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, Panel, SearchScope};

use crate::steer::{move_slider, run_until_steered};
use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};
use crate::{SAMPLES, open, open_unswept};

const REGION: u32 = 7;
const LIKE: &str = "Like Region 7, centre";

/// Clicks the first item that contains this.
fn click_containing(window: &mut Window, part: &str) {
    let mut nodes = window.harness.query_all_by_label_contains(part);
    nodes.next().unwrap().click();
    drop(nodes);
    window.harness.run_steps(3);
}

fn right_click(window: &mut Window, region: u32) {
    let at = window.region_position(region);
    window.harness.hover_at(at);
    window.harness.run_steps(1);
    for pressed in [true, false] {
        window.harness.event(Event::PointerButton {
            pos: at,
            button: PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        window.harness.run_steps(2);
    }
}

fn is_ready_to_steer(window: &Window) -> bool {
    let steer = &window.state().steer;
    let id = MelodyId::Centre { region: REGION };
    window.state().steer_source() == Some(id)
        && steer.scope == SearchScope::LikeSelected
        && steer.running.is_none()
        && window.has(LIKE)
}

#[test]
fn the_menu_of_a_melody_steers_like_it_and_selects_it() {
    let mut window = open();
    right_click(&mut window, REGION);
    click_containing(&mut window, "Steer like this…");
    assert!(is_ready_to_steer(&window));
    assert_eq!(window.play_count(), 1, "what is selected is heard");
}

#[test]
fn the_inspector_the_command_search_and_a_key_steer_like_the_selected_melody() {
    let inputs: [fn(&mut Window); 3] = [
        |window| window.click("Steer like this…"),
        |window| {
            window.press_ctrl(Key::K);
            let text = Event::Text("steer: new melodies like".to_owned());
            window.frame([text]);
            window.press(Key::Enter);
        },
        |window| window.press(Key::L),
    ];
    for input in inputs {
        let mut window = open();
        window.select(REGION);
        assert!(!is_ready_to_steer(&window));
        input(&mut window);
        assert!(is_ready_to_steer(&window));
        assert_eq!(window.play_count(), 1, "it plays on");
        // Moving a slider searches near it.
        move_slider(&mut window, "Note density", 5.0);
        run_until_steered(&mut window, 1);
        assert!(window.has_containing("notes per bar, like Region 7, centre"));
    }
}

#[test]
fn the_sliders_come_into_view_where_they_were_hidden() {
    let mut window = open();
    window.select(REGION);
    window.command(Command::TogglePanel(Panel::Left));
    assert!(!window.has("32 new melodies"));
    window.press(Key::L);
    assert!(is_ready_to_steer(&window));

    for size in [[640.0, 440.0], [960.0, 540.0], [1024.0, 640.0]] {
        let mut window = open();
        window.harness.set_size(Vec2::from(size));
        window.harness.run_steps(5);
        window.select(REGION);
        window.harness.run_steps(3);
        assert!(!window.has("32 new melodies"), "the inspector is shown");
        window.press(Key::L);
        window.harness.run_steps(30);
        assert!(is_ready_to_steer(&window));
        // The melody, the slider of its closeness and the button are in view without scrolling.
        let map = window.harness.state().map().rect().unwrap();
        for label in [LIKE, "Notes that may change", "32 new melodies"] {
            let rect = window.harness.get_by_label(label).rect();
            let is_in_view = rect.top() >= map.top() && rect.bottom() <= map.bottom() + 1.0;
            assert!(is_in_view, "{label} at {size:?}: {rect:?} beside {map:?}");
        }
    }
}

#[test]
fn a_melody_that_a_steer_has_selected_is_itself_what_new_ones_resemble() {
    let mut window = open();
    window.select(REGION);
    window.press(Key::L);
    move_slider(&mut window, "Note density", 5.0);
    run_until_steered(&mut window, 1);
    let first = MelodyId::Steered { steer: 0, index: 0 };
    assert_eq!(window.focus(), Some(first));
    let source = MelodyId::Centre { region: REGION };
    assert_eq!(window.state().steer_source(), Some(source));
    window.press(Key::L);
    assert_eq!(window.state().steer_source(), Some(first));
}

/// A melody of one note, whose pitch follows the first latent dimension.
fn one_note(point: &LatentPoint) -> Tokens {
    let mut ids = vec![0_u8; 32];
    ids[0] = (60.0 + 5.0 * point.as_slice()[0]).clamp(30.0, 100.0) as u8 - 19;
    Tokens::new(ids).unwrap()
}

#[test]
fn of_a_melody_of_one_note_there_is_no_number_of_notes_to_choose() {
    let setup = Setup::new(FakeModel::new(one_note), SAMPLES);
    let mut window = open_unswept(setup).swept();
    window.click("Like the selected");
    window.select(REGION);
    let by = By::new().role(Role::Slider).label("Notes that may change");
    let slider = window.harness.get(by);
    assert!(slider.accesskit_node().is_disabled());
    assert!(window.has("1 of 1 notes"));
}
