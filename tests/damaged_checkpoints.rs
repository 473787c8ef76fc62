//! Checkpoints that cannot be used: one clear sentence each, and no memory for what is not there.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/checkpoint_files.rs"]
mod checkpoint_files;
#[path = "support/tensorflow_table.rs"]
mod tensorflow_table;

use std::path::Path;

use checkpoint_files::{Files, magenta_js, random_tensors, tar, tensorflow, tensorflow_entries};
use tensorflow_table::{
    block, bundle_entry, bundle_entry_in, bundle_header, bytes_of, table_of_blocks,
};
use tunescape::model::{Hierarchy, MusicVaeConfig, Weights};

fn small() -> MusicVaeConfig {
    MusicVaeConfig {
        latent_size: 4,
        steps: 32,
        vocab_size: 90,
        encoder_layers: vec![3],
        decoder_layers: vec![5, 6],
        hierarchy: None,
    }
}

fn tensors(config: &MusicVaeConfig) -> checkpoint_files::Tensors {
    random_tensors(&config.tensor_shapes(), 1)
}

fn js() -> Files {
    magenta_js(&tensors(&small()), 32, true, 1_001)
}

fn tf() -> Files {
    tensorflow("my_2bar.ckpt", &tensors(&small()))
}

fn open(files: Files) -> Result<Weights, String> {
    Weights::from_files(files, Path::new("somewhere")).map_err(|error| error.to_string())
}

/// The one sentence that refuses these files.
fn refused(files: Files) -> String {
    let said = open(files).unwrap_err();
    assert!(!said.contains('\n') && said.len() < 400, "{said}");
    said
}

fn edit(mut files: Files, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Files {
    change(files.get_mut(name).unwrap());
    files
}

fn edit_text(files: Files, name: &str, from: &str, to: &str) -> Files {
    edit(files, name, |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        *bytes = text.replacen(from, to, 1).into_bytes();
    })
}

const DATA: &str = "my_2bar.ckpt.data-00000-of-00001";
const INDEX: &str = "my_2bar.ckpt.index";
const MANIFEST: &str = "weights_manifest.json";

#[test]
fn the_undamaged_files_open_in_every_form_and_give_the_same_weights() {
    let js = open(magenta_js(&tensors(&small()), 32, false, 999)).unwrap();
    let tf = open(tf()).unwrap();
    assert_eq!(js.config(), &small());
    assert_eq!(tf.config(), &small());
    assert_eq!(js.parameters(), tf.parameters());
    assert_eq!(js.hash(), tf.hash());
    let archive = tar(&self::tf()).unwrap();
    let from_tar = Weights::from_bytes(&archive, "x", Path::new("x_2bar.tar")).unwrap();
    assert_eq!(from_tar.hash(), tf.hash());
    assert!(open(self::js()).is_ok());
}

#[test]
fn tensors_come_together_from_several_data_files() {
    let tensors = tensors(&small());
    let mut data = [Vec::new(), Vec::new(), Vec::new()];
    let mut entries = vec![(Vec::new(), bundle_header(3))];
    for (position, (name, shape, values)) in tensors.iter().enumerate() {
        let (shard, bytes) = (position % 3, bytes_of(values));
        let (at, crc) = (data[shard].len() as u64, crc32c::crc32c(&bytes));
        let entry = bundle_entry_in(shard as u64, 1, shape, at, bytes.len() as u64, crc);
        entries.push((name.clone().into_bytes(), entry));
        data[shard].extend(bytes);
    }
    entries.sort();
    let mut files = Files::from([(
        "m.index".to_owned(),
        table_of_blocks(&[block(&entries)], true),
    )]);
    for (shard, bytes) in data.into_iter().enumerate() {
        files.insert(format!("m.data-0000{shard}-of-00003"), bytes);
    }
    let whole = open(tf()).unwrap();
    assert_eq!(
        open(files.clone()).unwrap().parameters(),
        whole.parameters()
    );
    files.remove("m.data-00001-of-00003").unwrap();
    assert!(refused(files).contains("m.data-00001-of-00003"));
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
fn a_truncated_shard_and_a_missing_one_are_named() {
    let said = refused(edit(js(), "group1-shard2", |bytes| bytes.truncate(1_000)));
    assert!(said.contains("hold") && said.contains("bytes"), "{said}");
    let mut files = js();
    files.remove("group1-shard2").unwrap();
    let said = refused(files);
    assert!(
        said.contains("group1-shard2") && said.contains("is missing") && said.contains(MANIFEST),
        "{said}"
    );
    let said = refused(edit(tf(), DATA, |bytes| bytes.truncate(9_000)));
    assert!(
        said.contains(DATA) && said.contains("ends before"),
        "{said}"
    );
    let mut files = tf();
    files.remove(DATA).unwrap();
    let said = refused(files);
    assert!(said.contains(DATA) && said.contains("is missing"), "{said}");
}

#[test]
fn a_flipped_bit_is_found_by_its_checksum() {
    // Behind the eight bytes of the step counter, which nobody reads.
    let said = refused(edit(tf(), DATA, |bytes| bytes[18] ^= 4));
    assert!(said.contains("checksum of the tensor"), "{said}");
    let said = refused(edit(tf(), INDEX, |bytes| bytes[20] ^= 4));
    assert!(said.contains("checksum of the block"), "{said}");
}

#[test]
fn an_unknown_number_format_and_a_wrong_shape_name_the_tensor() {
    let said = refused(edit_text(js(), MANIFEST, "\"uint8\"", "\"int4\""));
    assert!(said.contains("int4") && said.contains("/kernel"), "{said}");
    let said = refused(edit_text(js(), MANIFEST, "\"float32\"", "\"complex64\""));
    assert!(said.contains("complex64"), "{said}");
    let said = refused(edit_text(js(), MANIFEST, "[90]", "[9,10]"));
    assert!(
        said.contains("decoder/output_projection/bias") && said.contains("[9, 10]"),
        "{said}"
    );
    let (values, mut files) = (vec![0.5; 4], tf());
    let entries = [
        (Vec::new(), bundle_header(1)),
        (
            b"decoder/output_projection/kernel".to_vec(),
            bundle_entry(9, &[6, 90], 0, 16, crc32c::crc32c(&bytes_of(&values))),
        ),
    ];
    files.insert(INDEX.to_owned(), table_of_blocks(&[block(&entries)], true));
    let said = refused(files);
    assert!(said.contains("is missing"), "{said}");
}

#[test]
fn an_integer_where_weights_should_be_is_refused() {
    let mut entries = tensorflow_entries(&tensors(&small()));
    let at = |(name, _): &(Vec<u8>, Vec<u8>)| name == b"encoder/mu/bias";
    let entry = &mut entries.iter_mut().find(|entry| at(entry)).unwrap().1;
    // The entry begins with the number format: 1 is float32, 3 is int32.
    assert_eq!(entry[..2], [0x08, 1]);
    entry[1] = 3;
    let mut files = tf();
    files.insert(INDEX.to_owned(), table_of_blocks(&[block(&entries)], true));
    let said = refused(files);
    assert!(
        said.contains("encoder/mu/bias") && said.contains("int32"),
        "{said}"
    );
}

#[test]
fn tensors_that_share_their_bytes_cannot_ask_for_more_memory_than_the_file_has() {
    // Each tensor claims to begin at byte 0 of a file that is as long as the largest of them.
    let config = MusicVaeConfig {
        latent_size: 400,
        encoder_layers: vec![300; 9],
        ..small()
    };
    let shapes = config.tensor_shapes();
    let most = shapes
        .iter()
        .map(|(_, shape)| shape.iter().product::<usize>())
        .max()
        .unwrap();
    let data = vec![0_u8; 4 * most];
    let mut entries: Vec<_> = shapes
        .iter()
        .map(|(name, shape)| {
            let size = 4 * shape.iter().product::<usize>();
            let crc = crc32c::crc32c(&data[..size]);
            let entry = bundle_entry(1, shape, 0, size as u64, crc);
            (name.clone().into_bytes(), entry)
        })
        .collect();
    entries.push((Vec::new(), bundle_header(1)));
    entries.sort();
    let said = refused(Files::from([
        (
            "m.index".to_owned(),
            table_of_blocks(&[block(&entries)], true),
        ),
        ("m.data-00000-of-00001".to_owned(), data),
    ]));
    assert!(said.contains("hold only"), "{said}");
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
    let said = Weights::open(&inside).unwrap_err().to_string();
    assert!(said.contains("is missing"), "{said}");
    let said = refused(edit_text(
        js(),
        MANIFEST,
        "group1-shard2\"",
        "group1-shard1\"",
    ));
    assert!(said.contains("twice"), "{said}");
}

#[test]
fn other_archives_and_a_giant_file_of_zeros_are_refused_by_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let said = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let said = Weights::open(&path).unwrap_err().to_string();
        assert!(said.contains(name), "{said}");
        said
    };
    assert!(said("mel_2bar.tar", b"PK\x03\x04....").contains("is a zip archive"));
    assert!(said("mel_2bar.tar", b"\x1f\x8b....").contains("gzip"));
    assert!(said("notes.txt", b"Dear diary").contains("is a text file"));
    for name in ["empty.tar", "empty.safetensors", "empty.index"] {
        assert!(said(name, b"").contains("is empty"), "{name}");
    }
    assert!(said("cover.bin", b"\x89PNG\r\n\x1a\n").contains("is a PNG image"));
    // Sparse on the disk; to read it would take memory or hours.
    let giant = if cfg!(unix) { 1 << 40 } else { 2 << 30 };
    let path = folder.path().join("giant.tar");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(giant).unwrap();
    let started = std::time::Instant::now();
    let text = Weights::open(&path).unwrap_err().to_string();
    assert!(text.contains("in none of the forms"), "{text}");
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
    let said = Weights::from_bytes(&bytes, "x", Path::new("loop.tar"))
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("loop.tar") && said.contains("is a link"),
        "{said}"
    );
}

#[test]
fn a_cut_archive_and_one_without_a_checkpoint_say_so() {
    let archive = tar(&tf()).unwrap();
    let said = |bytes: &[u8]| {
        Weights::from_bytes(bytes, "x", Path::new("mel_2bar.tar"))
            .unwrap_err()
            .to_string()
    };
    let cut = said(&archive[..2_000]);
    assert!(cut.contains("ends inside"), "{cut}");
    let other = tar(&Files::from([("readme".to_owned(), b"hello".to_vec())])).unwrap();
    assert!(said(&other).contains("holds no checkpoint"));
}

#[test]
fn drums_and_trios_are_refused_with_what_they_are() {
    let drums = MusicVaeConfig {
        vocab_size: 512,
        ..small()
    };
    let said = refused(tensorflow("drums_2bar.ckpt", &tensors(&drums)));
    assert!(said.contains("a drum model"), "{said}");
    let mut files = js();
    let config = r#"{"type":"MusicVAE","dataConverter":{"type":"TrioConverter","args":{}}}"#;
    files.insert("config.json".to_owned(), config.into());
    assert!(refused(files).contains("a trio model"));
    let trio = MusicVaeConfig {
        steps: 256,
        hierarchy: Some(Hierarchy {
            segments: 16,
            conductor_layers: vec![7],
            segment_encoder_layers: Vec::new(),
        }),
        ..small()
    };
    let mut parts = Vec::new();
    for (name, shape, values) in tensors(&trio) {
        match name.strip_prefix("core_decoder/") {
            None => parts.push((name, shape, values)),
            Some(rest) => parts.extend((0..3).map(|part| {
                (
                    format!("core_decoder_{part}/{rest}"),
                    shape.clone(),
                    values.clone(),
                )
            })),
        }
    }
    let said = refused(tensorflow("trio.ckpt", &parts));
    assert!(said.contains("a trio model"), "{said}");
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
    let said = refused(files.clone());
    assert!(
        said.contains("several checkpoints") && said.contains("my_2bar.ckpt"),
        "{said}"
    );
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

fn write(folder: &Path, files: &Files) {
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
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
    let said = |path: &Path| Weights::open(path).unwrap_err().to_string();
    for name in [
        "song.mid",
        "SONG.KAR",
        "song",
        "song.safetensors",
        "song.tar",
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, midi).unwrap();
        let said = said(&path);
        for part in [name, "is a MIDI file and not a model", "tunescape encode"] {
            assert!(said.contains(part), "{said}");
        }
        std::fs::remove_file(path).unwrap();
    }
    std::fs::write(folder.path().join("song.mid"), midi).unwrap();
    let said = said(folder.path());
    assert!(said.contains("holds MIDI files and no model"), "{said}");
}

#[test]
fn impossible_lengths_are_refused_before_anything_is_decoded() {
    let said = refused(edit_text(js(), "config.json", ":32", ":4000000000"));
    assert!(said.contains("4000000000 steps"), "{said}");
    let said = refused(edit_text(js(), "config.json", ":32", ":0"));
    assert!(said.contains("0 steps"), "{said}");
}
