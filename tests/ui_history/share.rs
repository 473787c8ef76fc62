//! Tests of share texts in the window.

use std::sync::{Arc, Mutex};

use eframe::egui::{Event, Key, Modifiers, OutputCommand, ViewportCommand, ViewportId};
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::{GenerateMethod, MelodyId};
use tunescape::ui::{Command, GenerateCommand, ShareCommand};

use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};

fn swept() -> Window {
    Setup::new(FakeModel::busy(), 2).open().swept()
}

/// What is put on the clipboard from now on, in any frame.
fn clipboard(window: &Window) -> Arc<Mutex<Option<String>>> {
    let copied = Arc::new(Mutex::new(None));
    let copies = Arc::clone(&copied);
    window.harness.ctx.on_end_pass(
        "clipboard",
        Arc::new(move |ui| {
            let commands = ui.output(|output| output.commands.clone());
            for command in commands {
                if let OutputCommand::CopyText(text) = command {
                    *copies.lock().unwrap() = Some(text);
                }
            }
        }),
    );
    copied
}

/// The text that is put on the clipboard, once it is.
fn copied(window: &mut Window, clipboard: &Mutex<Option<String>>) -> String {
    for _ in 0..2_000 {
        window.harness.run_steps(1);
        if let Some(text) = clipboard.lock().unwrap().take() {
            return text;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    panic!("nothing was copied");
}

fn paste(window: &mut Window, text: &str) {
    window.harness.event(Event::Paste(text.to_owned()));
    window.harness.run_steps(2);
}

/// Whether the selection is an imported melody.
fn is_imported(id: Option<MelodyId>) -> bool {
    matches!(id, Some(MelodyId::Generated { method, .. }) if method == GenerateMethod::Imported)
}

#[test]
fn a_copied_text_gives_the_same_melody_in_another_window() {
    let mut window = swept();
    window.select(3);
    let wanted = window.state().inspector_melody().unwrap().melody.clone();
    let keys = Modifiers::COMMAND | Modifiers::SHIFT;
    let clipboard = clipboard(&window);
    window.harness.key_press_modifiers(keys, Key::C);
    let text = copied(&mut window, &clipboard);
    assert!(text.starts_with("tunescape:1:0123456789ab:"), "{text}");
    assert!(window.has_notice("Copied a share text"));

    let mut other = swept();
    other.select(9);
    let plays = other.play_count();
    paste(&mut other, &format!("Listen to this:\n{text}\n"));
    other.run_until("the melody is on the map", |app| {
        is_imported(app.state().selection.focus)
    });
    let entry = other.state().inspector_melody().unwrap();
    assert_eq!(entry.melody.tokens(), wanted.tokens());
    assert_eq!(other.state().title(entry.id), "Shared melody 1");
    assert_eq!(other.play_count(), plays + 1);
    other.command(Command::Undo);
    assert_eq!(other.focus(), Some(MelodyId::Centre { region: 9 }));
    assert_eq!(other.state().melodies.generated_sets().count(), 0);
}

#[test]
fn a_text_that_gives_no_melody_is_refused_with_a_sentence() {
    let mut window = swept();
    let before = window.focus();
    paste(&mut window, "Dear diary");
    assert!(window.has_notice("no share text"));
    paste(&mut window, "tunescape:1:0123456789ab:AAAA");
    assert!(window.has_notice("damaged"));
    // A text of another model names it.
    window.select(3);
    let clipboard = clipboard(&window);
    window.harness.get_by_label("Copy share text").click();
    let text = copied(&mut window, &clipboard);
    let other = tunescape::session::share::SharedMelody {
        weights_hash: "feedfeedfeed".to_owned(),
        ..text.parse().unwrap()
    };
    window.command(Command::Deselect);
    paste(&mut window, &other.to_string());
    assert!(window.has_notice("feedfeedfeed"));
    assert_eq!(window.focus(), before);
}

#[test]
fn an_explored_melody_is_shared_too_and_while_the_model_works() {
    let mut window = swept();
    let id = MelodyId::Centre { region: 4 };
    window.command(Command::Generate(GenerateCommand::Explore(id)));
    window.run_until("the explored melodies are there", |app| {
        app.state().generate.running.is_empty() && app.state().melodies.added_count() > 0
    });
    let id = window.focus().unwrap();
    let wanted = window.state().inspector_melody().unwrap().melody.clone();
    let clipboard = clipboard(&window);
    // Another exploration runs: the text brings its notes along.
    window.command(Command::Generate(GenerateCommand::Explore(id)));
    window
        .harness
        .state_mut()
        .command(Command::Share(ShareCommand::Copy(id)));
    let text = copied(&mut window, &clipboard);
    window.run_until("the model rests", |app| {
        app.state().generate.running.is_empty()
    });
    paste(&mut window, &text);
    window.run_until("the melody is on the map", |app| {
        is_imported(app.state().selection.focus)
    });
    let shown = window.state().inspector_melody().unwrap();
    assert_eq!(shown.melody.tokens(), wanted.tokens());
}

#[test]
fn the_command_search_pastes_the_text_on_the_clipboard() {
    let mut window = swept();
    window.command(Command::ShowSearch(true));
    window.harness.event(Event::Text("paste".to_owned()));
    window.harness.run_steps(2);
    // One frame with the key alone: only the last frame's commands can be seen.
    window.harness.input_mut().events.push(Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    });
    // The system answers with the text, as it does on Ctrl+V; until then the search has to be gone from the keyboard.
    let asks = |window: &Window| {
        let output = &window.harness.output().viewport_output[&ViewportId::ROOT];
        output.commands.contains(&ViewportCommand::RequestPaste)
    };
    let frames = (0..10).find(|_| {
        window.harness.run_steps(1);
        asks(&window)
    });
    assert!(frames.is_some(), "the clipboard was not asked");
    window.harness.event(Event::Paste("Dear diary".to_owned()));
    window.harness.run_steps(1);
    assert!(window.has_notice("no share text"));
    window.harness.run_steps(1);
    assert!(!asks(&window), "it is asked once");
}
