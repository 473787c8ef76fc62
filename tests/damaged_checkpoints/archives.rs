//! Archives, folders and files of other kinds.

use std::path::Path;

use tunescape::model::Weights;

use crate::checkpoint_files::{Files, random_tensors, tar, tensorflow};
use crate::{MANIFEST, assert_refused, edit_text, js, open, small, tensors, tf};

fn write(folder: &Path, files: &Files) {
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn the_number_of_bars_is_read_off_the_checkpoint_the_archive_or_the_folder() {
    let steps = |files: Files, path: &str| {
        Weights::from_files(files, Path::new(path))
            .unwrap()
            .config()
            .steps
    };
    let tensors = tensors(&small());
    assert_eq!(
        steps(tensorflow("mel_4bar.ckpt", &tensors), "runs/mel_8bar"),
        64
    );
    assert_eq!(
        steps(tensorflow("model.ckpt-500", &tensors), "runs/mel_8bar"),
        128
    );
    assert_eq!(
        steps(tensorflow("model.ckpt-500", &tensors), "runs/mine"),
        32
    );
    let archive = |stem: &str, path: &str| {
        let bytes = tar(&tensorflow(stem, &tensors)).unwrap();
        Weights::from_bytes(&bytes, "x", Path::new(path))
            .unwrap()
            .config()
            .steps
    };
    assert_eq!(archive("mel_4bar.ckpt", "mine.tar"), 64);
    assert_eq!(archive("model.ckpt", "mel_8bar.tar"), 128);
}

#[test]
fn a_manifest_cannot_lead_out_of_its_folder_or_name_a_file_twice() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    let inside = folder.path().join("model");
    std::fs::create_dir(&inside).unwrap();
    let files = edit_text(js(), MANIFEST, "group1-shard1\"", "../secret\"");
    for (name, bytes) in &files {
        std::fs::write(inside.join(name), bytes).unwrap();
    }
    let message = Weights::open(&inside).unwrap_err().to_string();
    assert!(message.contains("is missing"), "{message}");
    assert_refused(
        edit_text(js(), MANIFEST, "group1-shard2\"", "group1-shard1\""),
        &["twice"],
    );
}

#[test]
fn other_archives_and_a_giant_file_of_zeros_are_refused_by_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let message = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let message = Weights::open(&path).unwrap_err().to_string();
        assert!(message.contains(name), "{message}");
        message
    };
    assert!(message("mel_2bar.tar", b"PK\x03\x04....").contains("is a zip archive"));
    assert!(message("mel_2bar.tar", b"\x1f\x8b....").contains("gzip"));
    assert!(message("notes.txt", b"Dear diary").contains("is a text file"));
    for name in ["empty.tar", "empty.safetensors", "empty.index"] {
        assert!(message(name, b"").contains("is empty"), "{name}");
    }
    assert!(message("cover.bin", b"\x89PNG\r\n\x1a\n").contains("is a PNG image"));
    // Sparse on the disk; to read it would take memory or hours.
    let giant = if cfg!(unix) { 1 << 40 } else { 2 << 30 };
    let path = folder.path().join("giant.tar");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(giant).unwrap();
    let started = std::time::Instant::now();
    let text = Weights::open(&path).unwrap_err().to_string();
    assert!(text.contains("in none of the formats"), "{text}");
    let path = folder.path().join("giant.safetensors");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(giant).unwrap();
    assert!(Weights::open(&path).is_err());
    eprintln!("refused in {:?}", started.elapsed());
    assert!(started.elapsed().as_secs() < 30);
    let text = Weights::open(folder.path()).unwrap_err().to_string();
    assert!(text.contains("no"), "{text}");
}

#[test]
fn links_in_an_archive_are_not_followed() {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, target) in [("a.index", "b.index"), ("b.index", "a.index")] {
        let mut header = ::tar::Header::new_gnu();
        header.set_entry_type(::tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, name, target).unwrap();
    }
    let bytes = builder.into_inner().unwrap();
    let message = Weights::from_bytes(&bytes, "x", Path::new("loop.tar"))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("loop.tar") && message.contains("is a link"),
        "{message}"
    );
}

#[test]
fn a_cut_archive_and_one_without_a_checkpoint_say_so() {
    let archive = tar(&tf()).unwrap();
    let message = |bytes: &[u8]| {
        Weights::from_bytes(bytes, "x", Path::new("mel_2bar.tar"))
            .unwrap_err()
            .to_string()
    };
    let cut = message(&archive[..2_000]);
    assert!(cut.contains("ends inside"), "{cut}");
    let other = tar(&Files::from([("readme".to_owned(), b"hello".to_vec())])).unwrap();
    assert!(message(&other).contains("holds no checkpoint"));
}

#[test]
fn a_folder_with_several_checkpoints_opens_the_latest_or_asks() {
    let mut files = tf();
    let later = tensorflow(
        "later_2bar.ckpt",
        &random_tensors(&small().tensor_shapes(), 9),
    );
    let wanted = open(later.clone()).unwrap();
    files.extend(later);
    assert_refused(files.clone(), &["several checkpoints", "my_2bar.ckpt"]);
    files.insert(
        "checkpoint".to_owned(),
        b"model_checkpoint_path: \"later_2bar.ckpt\"\n".to_vec(),
    );
    assert_eq!(open(files.clone()).unwrap().hash(), wanted.hash());
    // Training wrote where its folder was on the machine that trained.
    for folder in ["/home/someone/train/", "C:\\\\train\\\\run 1\\\\"] {
        let text = format!(
            "model_checkpoint_path: \"{folder}later_2bar.ckpt\"\nall_model_checkpoint_paths: \"{folder}my_2bar.ckpt\"\n"
        );
        files.insert("checkpoint".to_owned(), text.into_bytes());
        assert_eq!(open(files.clone()).unwrap().hash(), wanted.hash());
        let disk = tempfile::tempdir().unwrap();
        write(disk.path(), &files);
        assert_eq!(Weights::open(disk.path()).unwrap().hash(), wanted.hash());
    }
}

#[test]
fn files_of_the_macintosh_change_no_checkpoint() {
    let wanted = open(tf()).unwrap();
    let mut files = tf();
    for name in [
        "._my_2bar.ckpt.index",
        "__MACOSX/my_2bar.ckpt.index",
        "__MACOSX/weights_manifest.json",
        ".DS_Store",
    ] {
        files.insert(name.to_owned(), b"\0\x05\x16\x07".to_vec());
    }
    assert_eq!(open(files.clone()).unwrap().hash(), wanted.hash());
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &files);
    assert_eq!(Weights::open(folder.path()).unwrap().hash(), wanted.hash());
    let archive = Weights::from_bytes(&tar(&files).unwrap(), "x", Path::new("my_2bar.tar"));
    assert_eq!(archive.unwrap().hash(), wanted.hash());
}

#[test]
fn a_melody_in_place_of_a_model_is_named_with_how_to_open_it() {
    let folder = tempfile::tempdir().unwrap();
    let midi = b"MThd\0\0\0\x06\0\0\0\x01\0\x60";
    let message = |path: &Path| Weights::open(path).unwrap_err().to_string();
    for name in [
        "song.mid",
        "SONG.KAR",
        "song",
        "song.safetensors",
        "song.tar",
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, midi).unwrap();
        let message = message(&path);
        for part in [name, "is a MIDI file and not a model", "tunescape encode"] {
            assert!(message.contains(part), "{message}");
        }
        std::fs::remove_file(path).unwrap();
    }
    std::fs::write(folder.path().join("song.mid"), midi).unwrap();
    let message = message(folder.path());
    assert!(
        message.contains("holds MIDI files and no model"),
        "{message}"
    );
}
