//! One random input: of the pointer, the keyboard, a screen reader, a MIDI device or the system.

use std::fmt;

use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Role, TouchPhase,
    Vec2, accesskit, vec2,
};
use egui_kittest::kittest::NodeT as _;
use rand::RngExt as _;
use tunescape::playback::input::InputMessage;
use tunescape::ui::Command;

use crate::commands;
use crate::dropped_files::drop_on;
use crate::playing_commands::midi_message;
use crate::positions::{name_at, random_position};
use crate::random_window::RandomWindow;

/// Keys of the window, of fields, menus and lists. Not Q: with Ctrl it closes the window.
const KEYS: [Key; 36] = [
    Key::Tab,
    Key::Tab,
    Key::Enter,
    Key::Enter,
    Key::Space,
    Key::Space,
    Key::Escape,
    Key::ArrowLeft,
    Key::ArrowRight,
    Key::ArrowUp,
    Key::ArrowDown,
    Key::F,
    Key::F,
    Key::F,
    Key::S,
    Key::X,
    Key::B,
    Key::D,
    Key::O,
    Key::Z,
    Key::E,
    Key::K,
    Key::P,
    Key::F1,
    Key::PageUp,
    Key::PageDown,
    Key::Home,
    Key::End,
    Key::Backspace,
    Key::Delete,
    Key::A,
    Key::C,
    Key::V,
    Key::Num5,
    Key::Plus,
    Key::Minus,
];
/// Texts to type or paste.
const TEXTS: [&str; 16] = [
    "0",
    "7",
    "12",
    "-3",
    "1e9",
    "nan",
    ".",
    "a",
    "new sweep",
    "light",
    "song",
    "Größe",
    "/",
    "~",
    "x\ny",
    "99999999999999999999999",
];
/// Sizes of the window, points.
const SIZES: [[f32; 2]; 6] = [
    [640.0, 440.0],
    [640.0, 900.0],
    [960.0, 540.0],
    [1159.0, 700.0],
    [1440.0, 900.0],
    [2560.0, 1440.0],
];

/// An input.
pub enum Input {
    Key(Modifiers, Key),
    Click {
        at: Pos2,
        target: String,
        button: PointerButton,
        modifiers: Modifiers,
        times: usize,
    },
    /// Press at the first position, move through all, release at the last; a frame at each.
    Drag(Vec<Pos2>, PointerButton, Modifiers),
    Hover(Pos2),
    PointerGone,
    Wheel(Pos2, Vec2, Modifiers),
    Text(String),
    Paste(String),
    Resize(Vec2),
    ScreenReader(accesskit::ActionRequest, String),
    Command(Command),
    Midi(InputMessage),
    Drop,
    Wait(usize),
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(modifiers, key) => write!(f, "key {modifiers:?} {key:?}"),
            Self::Click {
                at,
                target,
                button,
                modifiers,
                times,
            } => write!(
                f,
                "{times} × click {button:?} {modifiers:?} at {at:?} on {target:?}"
            ),
            Self::Drag(positions, button, modifiers) => {
                write!(f, "drag {button:?} {modifiers:?} along {positions:?}")
            }
            Self::Hover(at) => write!(f, "hover at {at:?}"),
            Self::PointerGone => f.write_str("the pointer leaves"),
            Self::Wheel(at, delta, modifiers) => {
                write!(f, "wheel {delta:?} {modifiers:?} at {at:?}")
            }
            Self::Text(text) => write!(f, "type {text:?}"),
            Self::Paste(text) => write!(f, "paste {text:?}"),
            Self::Resize(size) => write!(f, "resize to {size:?}"),
            Self::ScreenReader(request, target) => {
                write!(
                    f,
                    "screen reader: {:?} {:?} on {target:?}",
                    request.action, request.data
                )
            }
            Self::Command(command) => write!(f, "command {command:?}"),
            Self::Midi(message) => write!(f, "MIDI {message:?}"),
            Self::Drop => f.write_str("drop a song"),
            Self::Wait(frames) => write!(f, "{frames} frames"),
        }
    }
}

impl Input {
    pub fn command(&self) -> Option<&Command> {
        match self {
            Self::Command(command) => Some(command),
            _ => None,
        }
    }

    pub fn random(window: &mut RandomWindow) -> Self {
        match window.below(100) {
            0..26 => key(window),
            26..46 => click(window),
            46..49 => drag(window),
            49..52 => Self::Hover(random_position(window)),
            52 => Self::PointerGone,
            53..57 => {
                let delta = vec2(0.0, [-1.0, 1.0, 3.0, -40.0][window.below(4)]);
                Self::Wheel(random_position(window), delta, modifiers(window))
            }
            57..61 => Self::Text(TEXTS[window.below(TEXTS.len())].to_owned()),
            61 => Self::Paste(TEXTS[window.below(TEXTS.len())].to_owned()),
            62 => resize(window),
            63..66 => screen_reader_action(window),
            66..97 => Self::Command(commands::random_command(window)),
            97 => Self::Midi(midi_message(window)),
            98 if window.once_in(2) => Self::Drop,
            _ => Self::Wait(1 + window.below(4)),
        }
    }

    /// Sends the input to the window: events wait for the next frame, some inputs run frames themselves.
    pub fn send_to(self, window: &mut RandomWindow) {
        match self {
            Self::Key(modifiers, key) => push_key(window, modifiers, key),
            Self::Click {
                at,
                button,
                modifiers,
                times,
                ..
            } => {
                let in_separate_frames = window.once_in(6);
                window.push(Event::PointerMoved(at));
                for pressed in std::iter::repeat_n([true, false], times).flatten() {
                    if in_separate_frames {
                        window.frame();
                    }
                    window.push_with(
                        modifiers,
                        Event::PointerButton {
                            pos: at,
                            button,
                            pressed,
                            modifiers,
                        },
                    );
                }
            }
            Self::Drag(positions, button, modifiers) => {
                for (index, at) in positions.iter().enumerate() {
                    window.push(Event::PointerMoved(*at));
                    if index == 0 {
                        window.push_with(
                            modifiers,
                            Event::PointerButton {
                                pos: *at,
                                button,
                                pressed: true,
                                modifiers,
                            },
                        );
                    }
                    window.frame();
                }
                let pos = positions.last().copied().unwrap_or_default();
                window.push_with(
                    modifiers,
                    Event::PointerButton {
                        pos,
                        button,
                        pressed: false,
                        modifiers,
                    },
                );
            }
            Self::Hover(at) => window.push(Event::PointerMoved(at)),
            Self::PointerGone => window.push(Event::PointerGone),
            Self::Wheel(at, delta, modifiers) => {
                window.push(Event::PointerMoved(at));
                window.push_with(
                    modifiers,
                    Event::MouseWheel {
                        unit: MouseWheelUnit::Line,
                        delta,
                        phase: TouchPhase::Move,
                        source: MouseWheelSource::Wheel,
                        modifiers,
                    },
                );
            }
            Self::Text(text) => window.push(Event::Text(text)),
            Self::Paste(text) => window.push(Event::Paste(text)),
            Self::Resize(size) => {
                window.window.harness.ctx.set_zoom_factor(1.0);
                window.window.harness.set_size(size);
            }
            Self::ScreenReader(request, _) => window.push(Event::AccessKitActionRequest(request)),
            Self::Command(command) => window.window.harness.state_mut().command(command),
            Self::Midi(message) => window.window.recorder.lock().unwrap().input.push(message),
            Self::Drop => {
                let path = window.folder().join("song.mid");
                drop_on(&mut window.window, &[&path]);
            }
            Self::Wait(frames) => (0..frames).for_each(|_| window.frame()),
        }
    }
}

impl RandomWindow {
    fn push(&mut self, event: Event) {
        self.window.harness.input_mut().events.push(event);
    }

    fn push_with(&mut self, modifiers: Modifiers, event: Event) {
        self.push(Event::ModifiersChanged(modifiers));
        self.push(event);
        self.push(Event::ModifiersChanged(Modifiers::NONE));
    }

    /// Whether pressing the widget that `is_target` accepts would create a folder on the disk.
    fn creates_folder(&self, is_target: impl Fn(&egui_kittest::Node<'_>) -> bool) -> bool {
        let mut nodes = self.window.harness.root().children_recursive();
        self.dialog_is_open()
            && nodes.any(|node| {
                let label = node.accesskit_node().label();
                label.as_deref() == Some("New folder") && is_target(&node)
            })
    }
}

fn push_key(window: &mut RandomWindow, modifiers: Modifiers, key: Key) {
    let presses = matches!(key, Key::Space | Key::Enter);
    if presses && window.creates_folder(|node| node.is_focused()) {
        return;
    }
    let event = |pressed| Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers,
    };
    window.push(Event::ModifiersChanged(modifiers));
    window.push(event(true));
    window.push(event(false));
    window.push(Event::ModifiersChanged(Modifiers::NONE));
}

fn modifiers(window: &mut RandomWindow) -> Modifiers {
    match window.below(10) {
        0 => Modifiers::COMMAND | Modifiers::CTRL,
        1 => Modifiers::SHIFT,
        2 if window.once_in(2) => Modifiers::ALT,
        _ => Modifiers::NONE,
    }
}

fn key(window: &mut RandomWindow) -> Input {
    let key = KEYS[window.below(KEYS.len())];
    let modifiers = match key {
        // Their actions need Ctrl.
        Key::O | Key::Z | Key::E | Key::K if !window.once_in(4) => {
            Modifiers::COMMAND | Modifiers::CTRL
        }
        Key::PageUp | Key::PageDown if window.once_in(2) => Modifiers::COMMAND | Modifiers::CTRL,
        _ => modifiers(window),
    };
    Input::Key(modifiers, key)
}

fn button(window: &mut RandomWindow) -> PointerButton {
    match window.below(12) {
        0 | 1 => PointerButton::Secondary,
        2 => PointerButton::Middle,
        _ => PointerButton::Primary,
    }
}

fn click(window: &mut RandomWindow) -> Input {
    let at = random_position(window);
    let button = button(window);
    let modifiers = modifiers(window);
    let times = if window.once_in(12) { 2 } else { 1 };
    let target = name_at(window, at);
    if window.creates_folder(|node| node.rect().contains(at)) {
        return Input::Hover(at);
    }
    Input::Click {
        at,
        target,
        button,
        modifiers,
        times,
    }
}

fn drag(window: &mut RandomWindow) -> Input {
    let count = 2 + window.below(3);
    let first = random_position(window);
    let mut positions = vec![first];
    for _ in 1..count {
        let offset = vec2(
            window.rng.random_range(-160.0..160.0),
            window.rng.random_range(-160.0..160.0),
        );
        let next = if window.once_in(3) {
            random_position(window)
        } else {
            first + offset
        };
        positions.push(next);
    }
    Input::Drag(positions, button(window), modifiers(window))
}

fn resize(window: &mut RandomWindow) -> Input {
    let size = if window.once_in(2) {
        Vec2::from(SIZES[window.below(SIZES.len())])
    } else {
        vec2(
            window.rng.random_range(640.0..1800.0_f32).round(),
            window.rng.random_range(440.0..1200.0_f32).round(),
        )
    };
    Input::Resize(size)
}

/// An action of a screen reader that a control supports.
fn screen_reader_action(window: &mut RandomWindow) -> Input {
    let mut actions = Vec::new();
    for node in window.window.harness.root().children_recursive() {
        let inner = node.accesskit_node();
        if inner.is_disabled() || inner.role() == Role::Label {
            continue;
        }
        for action in [
            accesskit::Action::Click,
            accesskit::Action::Focus,
            accesskit::Action::Increment,
            accesskit::Action::Decrement,
            accesskit::Action::SetValue,
        ] {
            let label = inner.label().unwrap_or_default();
            if inner.data().supports_action(action) && label != "New folder" {
                let (target_node, target_tree) = inner.locate();
                actions.push((target_node, target_tree, action, label));
            }
        }
    }
    if actions.is_empty() {
        return Input::Wait(1);
    }
    let (target_node, target_tree, action, label) =
        actions.swap_remove(window.below(actions.len()));
    let data = (action == accesskit::Action::SetValue).then(|| match window.below(4) {
        0 => accesskit::ActionData::Value("8".into()),
        1 => accesskit::ActionData::NumericValue(f64::NAN),
        _ => accesskit::ActionData::NumericValue(window.rng.random_range(-10.0..40.0)),
    });
    let request = accesskit::ActionRequest {
        target_node,
        target_tree,
        action,
        data,
    };
    Input::ScreenReader(request, label)
}
