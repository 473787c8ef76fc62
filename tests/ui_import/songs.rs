//! Tests of opening a song: its tracks, its excerpts, the report of omitted notes.

use egui_kittest::kittest::Queryable as _;
use tunescape::melody::{MidiWriteOptions, Track, multi_track_bytes};
use tunescape::ui::{App, Command, ImportCommand};

use crate::window::Window;
use crate::{setup, tune, tune_melody};

#[test]
fn a_dropped_tune_is_shown_window_by_window_with_what_comes_back() {
    let mut window = Window::open();
    window.open_tune();
    for label in [
        "Your melody: John",
        "Listen to bars 1–2",
        "Take bars 3–4",
        "Play yours",
        "Play the model's",
    ] {
        assert!(window.has(label), "{label}");
    }
    let song = |window: &Window| {
        let state = window.state();
        let song = state.imported_song.as_ref().unwrap();
        let quality: Vec<f64> = song
            .encoded
            .iter()
            .flat_map(|made| &made.originals)
            .map(|(_, q)| q.onset_accuracy)
            .collect();
        (song.chosen.iter().copied().collect::<Vec<_>>(), quality)
    };
    // Without overlap: bars 1 and 2, bars 3 and 4. No excerpt begins in the last bar.
    let (chosen, quality) = song(&window);
    assert_eq!(chosen, [0, 2]);
    assert_eq!(quality.len(), 3);
    // The fake model represents quarter notes only: the first excerpt is reconstructed exactly, eighth notes are not.
    assert_eq!(quality[0], 1.0);
    assert!(quality[2] < 0.8, "{quality:?}");

    window.click("Listen to bars 3–4");
    let played = window.last_played();
    assert_eq!(played.notes().len(), 9);
    window.click("Play the model's");
    assert_ne!(window.last_played(), played);
    window.click("Take bars 3–4");
    assert!(window.has("Place 1 melody on the map"));
    window.click("None");
    assert!(!window.has("Place 1 melody on the map"));
    window.click("Close the melody");
    assert!(window.state().imported_song.is_none());
}

#[test]
fn the_file_that_the_program_is_started_with_opens_once_the_model_is_ready() {
    let mut setup = setup();
    let path = setup.folder.path().join("John.mid");
    std::fs::write(&path, tune()).unwrap();
    setup.first_file = Some(path);
    let mut window = setup.open();
    window.run_until("the song is shown", |app| {
        app.state().imported_song.is_some()
    });
    assert!(window.has("Your melody: John"));
    // It is opened once.
    window.click("Close the melody");
    window.harness.run_steps(3);
    assert!(window.state().imported_song.is_none());
}

#[test]
fn the_tracks_of_a_song_can_be_chosen() {
    let mut window = Window::open();
    let melody = tune_melody();
    let track = |name: &str| Track {
        melody: &melody,
        name: name.to_owned(),
        text: String::new(),
    };
    let tracks = [track("Strings"), track("Lead melody")];
    let path = window.write(
        "song.mid",
        &multi_track_bytes(&tracks, &MidiWriteOptions::default()),
    );
    window.command(Command::Import(ImportCommand::Open(path)));
    let part = |app: &App| app.state().imported_song.as_ref().map(|song| song.part);
    window.run_until("the song is open", |app| part(app) == Some(1));
    window.harness.get_by_label_contains("Strings").click();
    window.harness.run_steps(2);
    window.run_until("the other track is taken", |app| part(app) == Some(0));
}

#[test]
fn a_file_without_a_melody_is_one_sentence_and_nothing_is_lost() {
    let mut window = Window::open();
    let id = window.place_tune();
    for (name, bytes, message) in [
        ("empty.mid", one_track(b"\0\xff\x2f\0"), "holds no notes"),
        ("noise.mid", b"not a MIDI file".to_vec(), "not a MIDI file"),
    ] {
        let path = window.write(name, &bytes);
        window.command(Command::Import(ImportCommand::Open(path)));
        window.run_until(message, |app| {
            app.state()
                .notices
                .iter()
                .any(|notice| notice.text.contains(message))
        });
        assert!(window.state().imported_song.is_none());
        assert_eq!(window.focus(), Some(id));
    }
}

/// A file of one track with these events.
fn one_track(events: &[u8]) -> Vec<u8> {
    let mut bytes = b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk".to_vec();
    bytes.extend((events.len() as u32).to_be_bytes());
    bytes.extend(events);
    bytes
}

#[test]
fn what_was_found_and_left_out_stands_beside_the_tracks() {
    let mut window = Window::open();
    // A waltz on channel 10 with a name in Latin-1, a note below the piano, and a header that announces two tracks.
    let mut bytes = one_track(
        b"\0\xff\x03\x05Fl\xf6te\0\xff\x58\x04\x03\x02\x18\x08\0\x99\x3c\x50\x83\x60\x3c\0\
          \0\x0c\x50\x83\x60\x0c\0\0\x40\x50\x83\x60\x40\0\0\xff\x2f\0",
    );
    bytes[11] = 2;
    let path = window.write("walzer.kar", &bytes);
    window.command(Command::Import(ImportCommand::Open(path)));
    window.run_until("the song is open", |app| {
        app.state().imported_song.is_some()
    });
    for text in [
        "Its header announces 2 tracks",
        "It is in 3/4",
        "channel 10",
        "1 is left out: 1 outside the piano",
    ] {
        let lower = text.to_lowercase();
        let state = window.state();
        let report = &state.imported_song.as_ref().unwrap().imported.report;
        assert!(
            report
                .user_messages()
                .iter()
                .any(|message| message.to_lowercase().contains(&lower)),
            "{text}: {:?}",
            report.user_messages()
        );
    }
    for label in ["Flöte", "3/4", "drums?", "88 keys", "announces 2 tracks"] {
        let count = window.harness.query_all_by_label_contains(label).count();
        assert!(count > 0, "{label}");
    }
}

#[test]
fn a_song_whose_reading_was_cancelled_does_not_open_later() {
    let mut window = Window::open();
    let path = window.write("John.mid", &tune());
    // Without a frame in between, as a small song may be open before it can be cancelled.
    let app = window.harness.state_mut();
    app.command(Command::Import(ImportCommand::Open(path.clone())));
    app.command(Command::Import(ImportCommand::CancelReading));
    // The answer to a later request comes after that of the cancelled one.
    let other = window.write("empty.mid", &one_track(b"\0\xff\x2f\0"));
    window.command(Command::Import(ImportCommand::Open(other)));
    window.run_until("the other file is told", |app| {
        app.state()
            .notices
            .iter()
            .any(|notice| notice.text.contains("empty.mid"))
    });
    window.harness.run_steps(5);
    assert!(window.state().imported_song.is_none());
    // Of two requests in a row the newer one is answered.
    let newer = window.write("newer.mid", &tune());
    let app = window.harness.state_mut();
    app.command(Command::Import(ImportCommand::Open(path.clone())));
    app.command(Command::Import(ImportCommand::Open(newer.clone())));
    window.run_until("a song is open", |app| app.state().imported_song.is_some());
    window.harness.run_steps(5);
    let state = window.state();
    assert_eq!(state.imported_song.as_ref().unwrap().path, newer);
}

#[test]
fn a_song_that_is_open_when_the_model_changes_is_encoded_again() {
    let mut window = Window::open();
    window.open_tune();
    let original = |app: &App| {
        let encoded = app.state().imported_song.as_ref()?.encoded.as_ref()?;
        Some(std::sync::Arc::clone(&encoded.originals.first()?.0))
    };
    let before = original(window.harness.state()).unwrap();
    let other = window.write("other.safetensors", b"");
    window.command(Command::OpenModel(Some(other)));
    window.run_until("the song is encoded by the other model", |app| {
        let state = app.state();
        let again = original(app).is_some_and(|now| !std::sync::Arc::ptr_eq(&now, &before));
        again
            && state.can_decode()
            && state.sweep.weights_path.is_some()
            && state.sweep.running.is_none()
    });
    window.click("Place 2 melodies on the map");
    let state = window.state();
    let (_, set) = state.melodies.generated_sets().next().unwrap();
    assert_eq!(set.weights_hash, state.model.info().unwrap().weights_hash);
    assert_ne!(set.weights_hash, "0123456789ab");
}

#[test]
fn what_is_heard_after_a_song_was_closed_can_be_kept() {
    let mut window = Window::open();
    window.open_tune();
    window.click("Listen to bars 3–4");
    let of_song = window.last_played();
    window.click("Close the melody");
    assert!(!window.is_playing());
    window.command(Command::PlayStop);
    assert!(window.is_playing());
    assert_ne!(window.last_played(), of_song);
    assert!(window.has("Keep what plays"));

    // A melody of the map that plays on until the next sixteenth when the song is closed.
    let before = window.recorder.lock().unwrap().played.last().unwrap().1;
    window.open_tune();
    window.click("Listen to bars 3–4");
    window.recorder.lock().unwrap().held_tag = Some(before);
    window.harness.run_steps(1);
    window.click("Close the melody");
    window.recorder.lock().unwrap().held_tag = None;
    window.harness.run_steps(1);
    assert!(!window.is_playing());
}
