//! The context menu of the map, and the menu of the tray.

use eframe::egui::{Key, Order, Pos2, Rect, Role, vec2};
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::MelodyId;
use tunescape::ui::Command;

use crate::open;

const CENTRE: MelodyId = MelodyId::Centre { region: 4 };
const OTHER: MelodyId = MelodyId::Centre { region: 11 };

#[test]
fn every_entry_names_its_key_and_a_path_can_begin_at_the_melody() {
    let mut window = open();
    let at = window.point_of(CENTRE);
    window.right_click_at(at);
    for (entry, key) in [
        ("Find similar", "S"),
        ("Keep", "F"),
        ("Export…", "Ctrl+E"),
        ("Explore around it", "X"),
        ("Blend to…", "B, then click"),
        ("Draw path from here", "D, then click or drag"),
    ] {
        let label = format!("{entry} {key}");
        assert_eq!(window.count(&label), 1, "{label}");
    }
    window.click_containing("Draw path from here");
    let path = &window.state().path;
    assert!(path.tool_active);
    let points = &path.drawn.as_ref().unwrap().points;
    let melodies = &window.state().melodies;
    let centre_position = melodies.get(CENTRE).unwrap().position;
    assert_eq!(points.len(), 1);
    let point_position = points[0].position(melodies);
    assert!(
        (point_position[0] - centre_position[0]).hypot(point_position[1] - centre_position[1])
            < 1e-6
    );
    assert_eq!(window.count("Draw path from here"), 0, "the menu has gone");
}

#[test]
fn the_menu_closes_when_a_slider_is_dragged() {
    let mut window = open();
    let at = window.point_of(CENTRE);
    window.right_click_at(at);
    assert_eq!(window.count("Draw path from here"), 1);
    let slider = window
        .harness
        .get_by_role_and_label(Role::Slider, "Note density")
        .rect();
    window.harness.hover_at(slider.center());
    window.harness.run_steps(1);
    window.harness.drag_at(slider.center());
    window.harness.run_steps(2);
    assert_eq!(window.count("Draw path from here"), 0);
    let end = Pos2::new(slider.right() - 20.0, slider.center().y);
    window.harness.hover_at(end);
    window.harness.run_steps(2);
    window.harness.drop_at(end);
    window.harness.run_steps(2);
    assert!(window.state().steer.highlighted);
}

#[test]
fn the_menu_closes_when_anything_else_is_clicked() {
    let mut window = open();
    let at = window.point_of(CENTRE);
    for label in ["Tap", "Show the whole map"] {
        window.right_click_at(at);
        assert_eq!(window.count("Draw path from here"), 1);
        let button = window.harness.get_by_label(label).rect().center();
        window.click_at(button);
        assert_eq!(window.count("Draw path from here"), 0, "{label}");
    }
    window.right_click_at(at);
    let other = window.point_of(OTHER);
    window.right_click_at(other);
    window.click_containing("Find similar");
    let reference = window.state().similar.reference.as_ref().unwrap();
    assert_eq!(reference.0, OTHER, "the menu is that of the last click");
}

#[test]
fn a_melody_under_a_point_of_the_path_has_its_menu_with_the_point_in_it() {
    let mut window = open();
    window.press(Key::D);
    for id in [CENTRE, OTHER] {
        let at = window.point_of(id);
        window.click_at(at);
    }
    window.run_until("the path is decoded", |app| {
        app.state().path.stops().is_some()
    });
    let at = window.point_of(OTHER);
    window.right_click_at(at);
    assert_eq!(window.count("Find similar S"), 1);
    assert_eq!(window.count("Continue the path here"), 1);
    assert_eq!(window.count("Remove this point of the path Delete"), 1);
    assert!(window.count("Region 11, centre") > 0);
    window.press(Key::Escape);

    // Without the tool its melody is still below the path.
    window.press(Key::Escape);
    assert!(!window.state().path.tool_active);
    window.right_click_at(at);
    assert_eq!(window.count("Find similar S"), 1);
    assert_eq!(window.count("Edit the path D"), 1);
    window.click_containing("Find similar S");
    let reference = window.state().similar.reference.as_ref().unwrap();
    assert_eq!(reference.0, OTHER);
}

#[test]
fn the_menu_of_sort_orders_is_inside_the_window_in_every_frame() {
    for size in [vec2(1440.0, 900.0), vec2(1024.0, 640.0), vec2(640.0, 440.0)] {
        let mut window = open();
        window.command(Command::Select(CENTRE));
        window.press(Key::F);
        window.run_until_kept(1);
        window.harness.set_size(size);
        window.harness.run_steps(4);
        window.click_containing("Sort and filter the kept melodies");
        let order = "Order of the kept melodies: As kept and moved";
        let button = window.harness.get_by_label(order).rect().center();
        window.harness.hover_at(button);
        window.harness.run_steps(1);
        window.harness.drag_at(button);
        window.harness.run_steps(1);
        window.harness.drop_at(button);
        let screen = window.harness.ctx.content_rect();
        for frame in 0..6 {
            window.harness.run_steps(1);
            let popup_rects = window.harness.ctx.memory(|memory| {
                let layers = memory.areas().visible_layer_ids().into_iter();
                let popups = layers.filter(|layer| layer.order == Order::Foreground);
                let rects = popups.filter_map(|layer| memory.area_rect(layer.id));
                rects.collect::<Vec<Rect>>()
            });
            let popup_outside = popup_rects
                .iter()
                .find(|rect| !screen.contains_rect(**rect));
            assert_eq!(popup_outside, None, "frame {frame} of {size:?}");
        }
        let first = window.harness.get_by_label("Name").rect();
        assert!(screen.contains_rect(first), "{first:?}");
    }
}
