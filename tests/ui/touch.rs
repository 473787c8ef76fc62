//! Tests of the map with a wheel, a trackpad and a touch screen.

use eframe::egui::{
    Event, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchDeviceId,
    TouchId, TouchPhase, Vec2, pos2, vec2,
};
use tunescape::sweep::MelodyId;

use crate::open;
use crate::window::Window;

impl Window {
    fn middle(&self) -> Pos2 {
        self.harness.state().map().rect().unwrap().center()
    }

    fn to_screen(&self, position: [f64; 2]) -> Pos2 {
        self.harness.state().map().to_screen(position).unwrap()
    }

    /// Points of screen per map unit.
    fn scale(&self) -> f32 {
        self.to_screen([0.0, 0.0])
            .distance(self.to_screen([1.0, 0.0]))
    }

    /// The map position at a screen position.
    fn to_map(&self, at: Pos2) -> [f64; 2] {
        let offset = (at - self.to_screen([0.0, 0.0])) / self.scale();
        [f64::from(offset.x), -f64::from(offset.y)]
    }

    fn scroll(&mut self, unit: MouseWheelUnit, delta: Vec2, modifiers: Modifiers) {
        let hover = Event::PointerMoved(self.middle());
        self.frame([hover]);
        let wheel = Event::MouseWheel {
            unit,
            delta,
            modifiers,
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
        };
        self.frame([wheel]);
        self.harness.run_steps(3);
    }
}

/// The events of a finger as the windowing system reports them: the first finger also moves the pointer.
fn finger(number: u64, phase: TouchPhase, at: Pos2) -> Vec<Event> {
    let mut events = vec![Event::Touch {
        device_id: TouchDeviceId(0),
        id: TouchId(number),
        phase,
        pos: at,
        force: None,
    }];
    let button = |pressed| Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::default(),
    };
    if number == 1 {
        match phase {
            TouchPhase::Start => events.extend([Event::PointerMoved(at), button(true)]),
            TouchPhase::Move => events.push(Event::PointerMoved(at)),
            _ => events.extend([button(false), Event::PointerGone]),
        }
    }
    events
}

#[test]
fn the_wheel_zooms_and_two_fingers_on_a_trackpad_move_the_map() {
    let mut window = open();
    let (scale, middle) = (window.scale(), window.middle());
    window.scroll(MouseWheelUnit::Line, vec2(0.0, 1.0), Modifiers::NONE);
    assert!(window.scale() > 1.1 * scale);
    window.scroll(MouseWheelUnit::Line, vec2(0.0, -1.0), Modifiers::NONE);
    assert!((window.scale() / scale - 1.0).abs() < 1e-3);

    let map_position = window.to_map(middle);
    window.scroll(MouseWheelUnit::Point, vec2(30.0, -12.0), Modifiers::NONE);
    assert!((window.scale() / scale - 1.0).abs() < 1e-3);
    let moved = window.to_screen(map_position) - middle;
    assert!((moved - vec2(30.0, -12.0)).length() < 0.1, "{moved:?}");

    // On X11 a trackpad scrolls by parts of a line, which no wheel has.
    window.scroll(MouseWheelUnit::Line, vec2(0.0, 0.317), Modifiers::NONE);
    assert!((window.scale() / scale - 1.0).abs() < 1e-3);
    assert!(window.to_screen(map_position).y > middle.y - 11.0);
}

#[test]
fn ctrl_and_scrolling_zoom_whatever_scrolls() {
    for (unit, delta) in [(MouseWheelUnit::Line, 1.0), (MouseWheelUnit::Point, 50.0)] {
        let mut window = open();
        let scale = window.scale();
        window.scroll(unit, vec2(0.0, delta), Modifiers::COMMAND);
        window.harness.run_steps(8);
        let zoom = window.scale() / scale;
        assert!((zoom - 1.18).abs() < 0.01, "{unit:?}: {zoom}");
    }
}

#[test]
fn a_pinch_on_a_trackpad_zooms_at_the_pointer() {
    let mut window = open();
    let at = window.middle() + vec2(80.0, 40.0);
    window.frame([Event::PointerMoved(at)]);
    let (scale, map_position) = (window.scale(), window.to_map(at));
    window.frame([Event::Zoom(1.25)]);
    window.harness.run_steps(2);
    assert!((window.scale() / scale - 1.25).abs() < 1e-3);
    assert!((window.to_screen(map_position) - at).length() < 0.1);
}

#[test]
fn two_fingers_stretch_and_move_the_map_and_play_nothing() {
    let mut window = open();
    let middle = window.middle();
    let (left, right) = (middle - vec2(60.0, 0.0), middle + vec2(60.0, 0.0));
    let (scale, map_position) = (window.scale(), window.to_map(middle));
    window.frame(finger(1, TouchPhase::Start, left));
    window.frame(finger(2, TouchPhase::Start, right));
    window.frame([]);
    // Apart to twice the distance.
    for step in [20.0, 40.0, 60.0] {
        let mut events = finger(1, TouchPhase::Move, left - vec2(step, 0.0));
        events.extend(finger(2, TouchPhase::Move, right + vec2(step, 0.0)));
        window.frame(events);
    }
    window.frame([]);
    assert!((window.scale() / scale - 2.0).abs() < 0.01);
    let moved = window.to_screen(map_position) - middle;
    assert!(
        moved.length() < 0.5,
        "the pinch's middle moved by {moved:?}"
    );

    // Both the same way.
    let offset = vec2(-25.0, 35.0);
    let mut events = finger(1, TouchPhase::Move, left - vec2(60.0, 0.0) + offset);
    events.extend(finger(
        2,
        TouchPhase::Move,
        right + vec2(60.0, 0.0) + offset,
    ));
    window.frame(events);
    window.frame([]);
    assert!((window.scale() / scale - 2.0).abs() < 0.01);
    let moved = window.to_screen(map_position) - middle;
    assert!((moved - offset).length() < 0.5, "{moved:?}");

    // One finger stays a little and moves on.
    window.frame(finger(2, TouchPhase::End, right));
    window.frame(finger(1, TouchPhase::Move, left));
    window.frame(finger(1, TouchPhase::Move, left + vec2(30.0, 0.0)));
    window.frame(finger(1, TouchPhase::End, left + vec2(30.0, 0.0)));
    window.frame([]);
    assert_eq!(window.play_count(), 0);
    assert_eq!(window.focus(), None);
}

#[test]
fn a_touch_selects_and_a_long_touch_opens_the_menu() {
    let mut window = open();
    let id = MelodyId::Centre { region: 5 };
    let at = window.harness.state().map().position(id).unwrap();
    window.frame(finger(1, TouchPhase::Start, at));
    window.frame(finger(1, TouchPhase::End, at));
    window.frame([]);
    assert_eq!(window.focus(), Some(id));
    let plays = window.play_count();

    let other = MelodyId::Centre { region: 11 };
    let at = window.harness.state().map().position(other).unwrap();
    window.frame(finger(1, TouchPhase::Start, at));
    // More than half a second.
    window.harness.run_steps(5);
    let has_menu = |window: &Window| window.has_containing("Find similar");
    assert!(has_menu(&window), "no menu while the finger is down");
    window.frame(finger(1, TouchPhase::End, at));
    window.harness.run_steps(2);
    assert!(
        has_menu(&window),
        "the menu closes when the finger is lifted"
    );
    assert!(window.has("Region 11, centre"));
    assert_eq!(window.play_count(), plays);
    window.frame(finger(1, TouchPhase::Start, pos2(10.0, 10.0)));
    window.frame(finger(1, TouchPhase::End, pos2(10.0, 10.0)));
    window.harness.run_steps(3);
    assert!(!has_menu(&window), "a touch elsewhere closes it");
}
