//! Tests of editing notes in the inspector, and of encoding an edited melody.

use eframe::egui::{Key, Modifiers, Pos2, Rect, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tunescape::melody::{Note, NoteEdit, pitch_name};
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, GenerateCommand, NotesCommand, PathCommand};

use crate::fake_melody;
use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};

pub const EDITED: &str = "Region 3, centre (edited)";

/// A note as the roll names it.
fn label(note: &Note) -> String {
    let beat = (note.start % 16) as f32 / 4.0 + 1.0;
    let length = note.end - note.start;
    let plural = if length == 1 { "" } else { "s" };
    let (pitch, bar) = (pitch_name(note.pitch), note.start / 16 + 1);
    format!("Note {pitch}, bar {bar}, beat {beat}, {length} sixteenth{plural}")
}

impl Window {
    /// A window that edits the centre of region 3: eight quarters.
    pub fn editing() -> Self {
        let mut window = Self::open();
        window.select(3);
        window.press(Key::E);
        assert!(window.has("Stop editing notes"));
        window
    }

    pub fn notes(&self) -> Vec<Note> {
        self.state()
            .inspector_melody()
            .unwrap()
            .melody
            .notes()
            .to_vec()
    }

    fn roll(&self) -> Rect {
        let roll = self.harness.get_by_label_contains("Piano roll to edit");
        roll.rect().shrink(8.0)
    }

    fn step_width(&self) -> f32 {
        self.roll().width() / 32.0
    }

    fn rect_of(&self, note: &Note) -> Rect {
        self.harness.get_by_label(&label(note)).rect()
    }

    fn drag(&mut self, from: Pos2, to: Pos2) {
        self.harness.hover_at(from);
        self.harness.run_steps(1);
        self.harness.drag_at(from);
        self.harness.run_steps(1);
        self.harness.hover_at(to);
        self.harness.run_steps(2);
        self.harness.drop_at(to);
        self.harness.run_steps(3);
    }

    fn shift(&mut self, key: Key) {
        self.harness.key_press_modifiers(Modifiers::SHIFT, key);
        self.harness.run_steps(3);
    }

    pub fn wait_for_encoding(&mut self) {
        self.run_until("the melody is encoded", |app| {
            app.state().generate.running.is_empty()
        });
    }

    pub fn title(&self) -> String {
        let state = self.state();
        state.title(state.inspector_melody().unwrap().id)
    }
}

#[test]
fn notes_are_moved_stretched_drawn_and_erased_with_the_pointer_and_undone_with_words() {
    let mut window = Window::editing();
    let before = window.notes();
    assert_eq!(before.len(), 8);
    let (plays, step) = (window.play_count(), window.step_width());
    let source = window.focus().unwrap();

    // The first quarter two sixteenths later: the second loses its beginning.
    let at = window.rect_of(&before[0]).center();
    window.drag(at, at + vec2(2.0 * step, 0.0));
    let moved = window.notes();
    let (first, second) = (before[0], before[1]);
    assert_eq!(
        moved[0],
        Note {
            start: 2,
            end: 6,
            ..first
        }
    );
    assert_eq!(moved[1], Note { start: 6, ..second });
    assert_eq!(moved[2..], before[2..]);
    assert_eq!(window.title(), EDITED);
    // It goes on with the edit, at the next sixteenth and not from the beginning; the source is as it was.
    assert_eq!(window.play_count(), plays + 1);
    assert!(
        window
            .recorder
            .lock()
            .unwrap()
            .played
            .last()
            .unwrap()
            .2
            .is_none()
    );
    assert_eq!(window.last_played().notes(), moved);
    let melodies = &window.state().melodies;
    assert_eq!(melodies.get(source).unwrap().melody.notes(), before);

    // Its right edge three sixteenths further: it ends the second.
    let rect = window.rect_of(&moved[0]);
    let edge = rect.right_center() - vec2(1.0, 0.0);
    window.drag(edge, edge + vec2(3.0 * step, 0.0));
    let stretched = window.notes();
    assert_eq!(stretched[0], Note { end: 9, ..moved[0] });
    assert_eq!(
        stretched[1],
        Note {
            start: 9,
            ..before[2]
        }
    );

    // A click in the free beginning draws one sixteenth, a drag a longer note.
    let free = Pos2::new(
        window.roll().left() + 0.5 * step,
        window.rect_of(&stretched[0]).center().y,
    );
    window.click_at(free);
    let drawn = window.notes();
    assert_eq!(
        drawn[0],
        Note {
            start: 0,
            end: 1,
            ..stretched[0]
        }
    );
    assert_eq!(drawn[1..], stretched);
    assert!(window.has_containing("Piano roll to edit, 8 notes; marked: "));
    window.press(Key::Delete);
    assert_eq!(window.notes(), stretched);
    window.drag(free, free + vec2(step, 0.0));
    assert_eq!(
        window.notes()[0],
        Note {
            start: 0,
            end: 2,
            ..stretched[0]
        }
    );

    window.right_click_at(window.rect_of(&before[7]).center());
    assert_eq!(window.notes().len(), 7);
    assert_eq!(window.state().undo_text(), "Undo: erase a note");
    for words in ["erase", "draw", "erase", "draw", "stretch", "move"] {
        assert_eq!(window.state().undo_text(), format!("Undo: {words} a note"));
        window.press_ctrl(Key::Z);
    }
    assert_eq!(window.notes(), before);
    assert_eq!(window.focus(), Some(source));
    assert_eq!(window.state().melodies.generated_sets().count(), 0);
    assert_eq!(window.last_played().notes(), before);
    assert_eq!(window.state().redo_text(), "Redo: move a note");
    for _ in 0..2 {
        window.command(Command::Redo);
    }
    assert_eq!(window.notes(), stretched);
    assert_eq!(window.title(), EDITED);
}

#[test]
fn keys_mark_move_transpose_and_erase_and_escape_leaves() {
    let mut window = Window::editing();
    let before = window.notes();
    let source = window.focus();
    window.press(Key::Tab);
    assert_eq!(window.state().notes.marked_start, Some(0));
    window.press(Key::ArrowUp);
    window.shift(Key::ArrowDown);
    window.press(Key::ArrowRight);
    let first = window.notes()[0];
    assert_eq!(
        first,
        Note {
            pitch: before[0].pitch - 11,
            start: 1,
            end: 5
        }
    );
    window.press(Key::ArrowLeft);
    window.shift(Key::ArrowUp);
    window.press(Key::ArrowDown);
    // What the move to the right has cut stays cut.
    let mut wanted = before.clone();
    wanted[1].start = 5;
    assert_eq!(window.notes(), wanted);
    window.shift(Key::Tab);
    assert_eq!(window.state().notes.marked_start, Some(28));
    window.press(Key::Backspace);
    assert_eq!(window.notes(), wanted[..7]);
    assert_eq!(window.state().notes.marked_start, Some(0));
    // The arrows have not gone to another melody of the map.
    assert_eq!(window.title(), EDITED);

    // Space plays and stops as ever.
    assert!(window.is_playing());
    window.press(Key::Space);
    assert!(!window.is_playing());
    window.press(Key::ArrowUp);
    assert!(!window.is_playing(), "an edit starts nothing");
    let edited = window.focus();
    window.press(Key::Escape);
    assert!(window.has("Edit notes") && !window.has("Stop editing notes"));
    assert_eq!(window.focus(), edited);
    window.press(Key::Escape);
    assert_eq!(window.focus(), None);
    assert_ne!(edited, source);
}

#[test]
fn one_tool_is_active_at_a_time() {
    let mut window = Window::editing();
    window.press(Key::D);
    assert!(window.state().path.tool_active && !window.state().notes.editing);
    window.press(Key::E);
    assert!(!window.state().path.tool_active && window.state().notes.editing);
    window.press(Key::B);
    assert!(window.state().generate.blend_from.is_some() && !window.state().notes.editing);
    window.click("Edit notes");
    assert!(window.state().generate.blend_from.is_none() && window.state().notes.editing);
    window.command(Command::Path(PathCommand::SetTool(false)));
    window.command(Command::Deselect);
    window.recorder.lock().unwrap().playing = false;
    window.harness.run_steps(3);
    assert!(!window.state().notes.editing, "nothing is left to edit");
    window.press(Key::E);
    assert!(window.has_notice("Select a melody on the map first"));
}

#[test]
fn an_encoded_edit_has_its_own_place_and_reconstruction_and_is_explored_from() {
    let mut window = Window::editing();
    let source = window.focus().unwrap();
    // A transposed quarter, which the toy can encode, and an eighth note, which it cannot.
    window.press(Key::Tab);
    window.shift(Key::ArrowUp);
    let notes = window.notes();
    let id = window.focus().unwrap();
    let latent = |window: &Window, id| window.state().melodies.latent(id).unwrap();
    assert_eq!(latent(&window, id), latent(&window, source));
    window.click("Encode");
    window.wait_for_encoding();
    assert_eq!(window.state().undo_text(), format!("Undo: encode {EDITED}"));
    assert_eq!(window.focus(), Some(id));
    let found = latent(&window, id);
    assert_eq!(
        found.as_slice()[0],
        (f32::from(notes[0].pitch) - 64.0) / 6.0
    );
    let versions = window
        .state()
        .melodies
        .imported_versions(id)
        .unwrap()
        .clone();
    assert_eq!(versions.original.0.notes(), notes);
    assert_eq!(versions.reconstruction.0.notes(), notes);
    assert_eq!(versions.quality.onset_accuracy, 1.0);
    assert!(!window.has("Encode"), "it is encoded");
    assert!(window.has("Original") && window.has("Reconstruction"));
    window.run_until("it is on the map", |app| app.map().position(id).is_some());

    window.command(Command::Generate(GenerateCommand::Explore(id)));
    window.wait_for_encoding();
    let explored = window
        .state()
        .melodies
        .generated_sets()
        .last()
        .unwrap()
        .1
        .clone();
    assert_eq!(explored.source_ids, [id]);
    window.command(Command::Undo);

    // The next edit is not what the model has decoded; it can be encoded again.
    window.command(Command::Select(id));
    window.press(Key::Tab);
    window.press(Key::ArrowRight);
    assert!(window.has("Encode"));
    assert!(window.state().melodies.imported_versions(id).is_none());
    window.press_ctrl(Key::Z);
    assert!(window.state().melodies.imported_versions(id).is_some());
    // The reconstruction is another melody: its edit is one too.
    window.click("Reconstruction");
    let note = window.notes()[1];
    window.command(Command::Notes(NotesCommand::Edit(NoteEdit::Move {
        start: note.start,
        new_start: note.start,
        pitch: note.pitch + 1,
    })));
    assert_eq!(window.title(), "Region 3, centre (edited 2)");
    assert_ne!(window.focus(), Some(id));
}

#[test]
fn without_an_encoder_the_button_says_so() {
    let mut window = Setup::new(FakeModel::new(fake_melody), 8).open().swept();
    window.command(Command::Select(MelodyId::Centre { region: 3 }));
    assert!(!window.has("Encode"), "it is not edited");
    window.press(Key::E);
    window.press(Key::Tab);
    window.press(Key::ArrowUp);
    let encode = window.harness.get_by_label("Encode");
    assert!(encode.accesskit_node().is_disabled());
    let at = encode.rect().center();
    window.harness.hover_at(at);
    window.harness.run_steps(60);
    assert!(window.has_containing("This model has no encoder"));
    // Also when it is asked for otherwise.
    window.command(Command::Notes(NotesCommand::Encode));
    window.run_until("the model has answered", |app| {
        app.state().generate.running.is_empty()
    });
    assert!(window.state().generate.error.is_some());
}
