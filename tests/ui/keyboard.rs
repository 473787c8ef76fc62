//! A complete session with the keyboard alone: sweep, choose a melody, hear it, keep it, steer, export.

use eframe::egui::{Key, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::open_with_dialogs;
use crate::window::Window;

/// Maximum number of presses of Tab: more than there are widgets.
const MAX_TABS: usize = 250;

impl Window {
    fn focused_label(&self) -> Option<String> {
        let mut nodes = self.harness.root().children_recursive();
        let focused = nodes.find(|node| node.is_focused())?;
        focused.accesskit_node().label()
    }

    /// Presses Tab until the widget of this name has the focus.
    pub fn tab_to(&mut self, label: &str) {
        let mut passed_labels = Vec::new();
        for _ in 0..MAX_TABS {
            let focused = self.focused_label();
            if focused.as_deref() == Some(label) {
                return;
            }
            passed_labels.extend(focused);
            self.press(Key::Tab);
        }
        panic!("Tab does not lead to {label:?}, but to {passed_labels:#?}");
    }

    /// Opens the tab `tab` with keys if the widget `label` is not shown.
    fn show_by_tab(&mut self, label: &str, tab: &str) {
        if !self.has(label) {
            self.tab_to(tab);
            self.press(Key::Enter);
        }
    }

    fn map_value(&self) -> String {
        self.harness.get_by_label("Map").value().unwrap()
    }
}

/// From a sweep to a file, at a size of the window.
fn complete_session(size: [f32; 2]) {
    let mut window = open_with_dialogs();
    window.harness.set_size(Vec2::from(size));
    window.harness.run_steps(3);

    // Sweep: the button of the form.
    window.show_by_tab("New sweep", "Sweep");
    window.tab_to("New sweep");
    window.press(Key::Enter);
    window.run_until("the second map is swept", |app| {
        let state = app.state();
        state.maps().len() == 2 && state.sweep.running.is_none() && !app.map().moving()
    });
    window.run_until_laid_out();

    // Choose and hear: arrows on the map, whose value names the melody.
    window.tab_to("Map");
    assert!(window.map_value().contains("none selected"));
    window.press(Key::ArrowRight);
    let chosen = window.focus().expect("an arrow selects a melody");
    assert_eq!(window.play_count(), 1);
    let title = window.state().title(chosen);
    assert!(window.map_value().starts_with(&title));
    window.press(Key::ArrowDown);
    window.press(Key::ArrowLeft);
    assert!(window.play_count() > 1);
    window.press(Key::Space);
    assert!(!window.is_playing(), "Space stops");
    window.press(Key::Space);
    assert!(window.is_playing(), "Space plays");

    // Keep.
    window.press(Key::F);
    window.run_until_kept(1);

    // Steer: each step of the slider is a request.
    window.show_by_tab("32 new melodies", "Steer");
    window.tab_to("Note density");
    window.press(Key::ArrowRight);
    window.run_until("the steered melodies are on the map", |app| {
        app.state().melodies.added_count() > 0 && app.state().steer.running.is_none()
    });

    // Export: the name is typed over the suggestion.
    window.press_ctrl(Key::E);
    window.run_until_labelled("Save");
    window
        .harness
        .event(eframe::egui::Event::Text("by keys".to_owned()));
    window.harness.run_steps(2);
    window.press(Key::Enter);
    let file = window.folder.path().join("by keys.mid");
    window.run_until("the file is written", |_| file.exists());
    assert!(std::fs::read(&file).unwrap().starts_with(b"MThd"));
}

#[test]
fn a_complete_session_needs_no_pointer() {
    complete_session([1440.0, 900.0]);
}

#[test]
fn a_complete_session_needs_no_pointer_in_the_smallest_window() {
    complete_session([640.0, 440.0]);
}
