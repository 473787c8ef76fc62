//! Tests of exporting a path.

use tunescape::melody::read_midi_file;
use tunescape::ui::{Command, ExportGrouping, ExportSelection};

use crate::piece;
use crate::window::Window;

#[test]
fn a_path_leaves_as_one_piece_and_as_numbered_files() {
    let mut window = Window::with_path();
    window.click("Path: Ping-pong");
    window.click("Export the path");
    window.click("As one long piece, as it is heard…");
    window.run_until_notice("Written to");
    let files = window.files();
    assert_eq!(files.len(), 1);
    let song = read_midi_file(&files[0]).unwrap();
    let visits: Vec<usize> = (0..16).chain((1..15).rev()).collect();
    let expected = piece(&window.melodies(), &visits, 32);
    let notes: Vec<(u8, u64)> = song.tracks[0]
        .notes
        .iter()
        .map(|note| (note.pitch, note.start / 120))
        .collect();
    let wanted: Vec<(u8, u64)> = expected
        .notes()
        .iter()
        .map(|note| (note.pitch, u64::from(note.start)))
        .collect();
    assert_eq!(notes, wanted);
    let bytes = std::fs::read(&files[0]).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    for message in [
        "seed 99",
        "weights 0123456789ab",
        env!("CARGO_PKG_VERSION"),
        "ping-pong",
        "every 2 bars",
        " + r0",
    ] {
        assert!(text.contains(message), "{message}");
    }

    // The same export again is refused; separate files are written beside it.
    window.harness.state_mut().command(Command::Export(
        ExportSelection::Path,
        ExportGrouping::Piece,
    ));
    window.run_until_notice("already there");
    window.harness.state_mut().command(Command::Export(
        ExportSelection::Path,
        ExportGrouping::Folder,
    ));
    window.run_until_notice("16 files");
    let files = window.files();
    assert_eq!(files.len(), 17);
    let names: Vec<String> = files
        .iter()
        .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(
        names.iter().any(|name| name.contains("_on_path_01_of_16_")),
        "{names:?}"
    );
    assert!(
        names.iter().any(|name| name.contains("_on_path_16_of_16_")),
        "{names:?}"
    );
}
