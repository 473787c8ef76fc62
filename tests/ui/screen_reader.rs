//! A complete session by actions of a screen reader, and the names and values of all controls for it.

use eframe::egui::{Role, Vec2};
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use tunescape::melody::Feel;
use tunescape::sweep::MelodyId;
use tunescape::ui::{ChordSettings, Command, PathCommand, SearchScope, SoundCommand, SteerCommand};

use crate::open_with_dialogs;
use crate::window::Window;

impl Window {
    /// Activates a widget as a screen reader does.
    fn activate(&mut self, role: Role, label: &str) {
        let by = By::new().role(role).label(label);
        self.harness.get(by).click_accesskit();
        self.harness.run_steps(3);
    }
}

#[test]
fn a_complete_session_works_by_actions_of_the_accessibility_tree() {
    let mut window = open_with_dialogs();
    window.activate(Role::Button, "New sweep");
    window.run_until("the second map is swept", |app| {
        let state = app.state();
        state.maps().len() == 2 && state.sweep.running.is_none() && !app.map().moving()
    });

    // The melodies of the map are a list, with the attributes of each as its value.
    let region = MelodyId::Centre { region: 7 };
    let title = window.state().title(region);
    let list = By::new().role(Role::ListBoxOption);
    assert!(window.harness.query_all(list).count() >= 20);
    let item = window
        .harness
        .get_by_role_and_label(Role::ListBoxOption, &title);
    let value = item.value().unwrap();
    assert!(
        value.contains("Note density") && value.contains("notes/bar"),
        "{value}"
    );
    assert_eq!(item.accesskit_node().is_selected(), Some(false));
    window.activate(Role::ListBoxOption, &title);
    assert_eq!(window.focus(), Some(region));
    assert_eq!(window.play_count(), 1);
    let item = window
        .harness
        .get_by_role_and_label(Role::ListBoxOption, &title);
    assert_eq!(item.accesskit_node().is_selected(), Some(true));
    let map = window.harness.get_by_label("Map").value().unwrap();
    assert_eq!(map, format!("{title}, {value}"));

    // Its samples are listed too once it is open, and hearing is a button.
    let sample = MelodyId::Sample {
        region: 7,
        sample: 2,
    };
    let sample_title = window.state().title(sample);
    window.activate(Role::ListBoxOption, &sample_title);
    assert_eq!(window.focus(), Some(sample));
    window.activate(Role::Button, "Stop");
    assert!(!window.is_playing());
    window.activate(Role::Button, "Play");
    assert!(window.is_playing());

    window.activate(Role::Button, "Keep");
    window.run_until_kept(1);
    window.activate(Role::Button, "Remove what plays from the library");
    window.run_until_kept(0);
    window.activate(Role::Button, "Keep what plays");
    window.run_until_kept(1);

    let by = By::new().role(Role::Slider).label("Note density");
    window.harness.get(by).set_value_accesskit(7.0);
    window.run_until("the steered melodies are on the map", |app| {
        app.state().melodies.added_count() > 0 && app.state().steer.running.is_none()
    });

    window.activate(Role::Button, "Export…");
    window.run_until_labelled("Save");
    let name = By::new().role(Role::TextInput).label("Name");
    window
        .harness
        .get(name)
        .set_text_value_accesskit("by actions");
    window.harness.run_steps(2);
    window.activate(Role::Button, "Save");
    let file = window.folder.path().join("by actions.mid");
    window.run_until("the file is written", |_| file.exists());
    assert!(std::fs::read(&file).unwrap().starts_with(b"MThd"));
}

/// The visible controls without a name, and those without a value though their role has one.
fn missing_info(window: &Window) -> Vec<String> {
    let mut missing_info = window.harness.unnamed_widgets();
    for node in window.harness.root().children_recursive() {
        let inner = node.accesskit_node();
        if inner.is_hidden() {
            continue;
        }
        let has_state = match inner.role() {
            Role::Slider | Role::SpinButton | Role::ProgressIndicator => {
                inner.numeric_value().is_some()
            }
            Role::CheckBox | Role::RadioButton => {
                inner.toggled().is_some() || inner.is_selected().is_some()
            }
            Role::ListBoxOption => inner.is_selected().is_some() && inner.value().is_some(),
            Role::ComboBox | Role::TextInput | Role::Canvas => inner.value().is_some(),
            _ => true,
        };
        if !has_state {
            missing_info.push(format!(
                "{:?} {:?} tells no value",
                inner.role(),
                inner.label()
            ));
        }
    }
    missing_info
}

#[test]
fn every_control_has_a_name_and_tells_its_value() {
    let mut window = open_with_dialogs();
    let centre = |region| MelodyId::Centre { region };
    let points = vec![[-0.5, -0.4], [0.0, 0.4], [0.5, -0.2]];
    let steps: Vec<(&str, Vec<Command>)> = vec![
        ("swept", vec![]),
        (
            "selected",
            vec![Command::Select(centre(3)), Command::ToggleKept],
        ),
        (
            "many",
            vec![Command::SelectMany(vec![centre(1), centre(2)])],
        ),
        (
            "path",
            vec![Command::Path(PathCommand::Draw {
                points,
                closed: false,
            })],
        ),
        ("two maps", vec![Command::NewSweep]),
        ("analysis", vec![Command::ShowAnalysis(true)]),
        (
            "keys",
            vec![Command::ShowAnalysis(false), Command::ShowHelp(true)],
        ),
        (
            "search",
            vec![Command::ShowHelp(false), Command::ShowSearch(true)],
        ),
        (
            "settings",
            vec![
                Command::ShowSearch(false),
                Command::Sound(SoundCommand::ShowSettings(true)),
            ],
        ),
        (
            "held",
            vec![
                Command::Sound(SoundCommand::ShowSettings(false)),
                Command::Steer(SteerCommand::HoldRest),
                Command::Steer(SteerCommand::SetScope(SearchScope::LikeSelected)),
            ],
        ),
        ("dialog", vec![Command::ChooseModel]),
    ];
    let mut all = Vec::new();
    for (name, commands) in steps {
        for command in commands {
            window.harness.state_mut().command(command);
            window.harness.run_steps(5);
        }
        window.run_until("the work is done", |app| {
            let state = app.state();
            state.sweep.running.is_none() && !state.path.decoding
        });
        for size in [[1440.0, 900.0], [640.0, 440.0]] {
            window.harness.set_size(Vec2::from(size));
            window.harness.run_steps(5);
            let found = missing_info(&window).into_iter();
            all.extend(found.map(|gap| format!("{name} {size:?}: {gap}")));
        }
    }
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn every_control_of_the_feel_and_the_chords_has_a_name_and_tells_its_value() {
    let mut window = open_with_dialogs();
    window.select(3);
    let chords = ChordSettings {
        on: true,
        ..ChordSettings::default()
    };
    let feel = Feel {
        humanise: 20,
        snap: "D dorian".parse().ok(),
        ..Feel::PLAIN
    };
    window.command(Command::SetChords(chords));
    window.command(Command::SetFeel(feel));
    window.activate(Role::Button, "Feel");
    for size in [[1440.0, 900.0], [640.0, 440.0]] {
        window.harness.set_size(Vec2::from(size));
        window.harness.run_steps(5);
        assert_eq!(missing_info(&window), [""; 0], "{size:?}");
    }
}
