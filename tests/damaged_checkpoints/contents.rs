//! Tables, manifests and tensors that are damaged or say what is not so.

use std::path::Path;
use tunescape::model::{Hierarchy, MusicVaeConfig, Weights};

use crate::checkpoint_files::{Files, magenta_js, tar, tensorflow, tensorflow_entries};
use crate::tensorflow_table::{
    block, bundle_entry, bundle_entry_in, bundle_header, bytes_of, table_of_blocks,
};
use crate::{DATA, INDEX, MANIFEST, assert_refused, edit, edit_text, js, open, small, tensors, tf};

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
    assert_refused(files, &["m.data-00001-of-00003"]);
}

#[test]
fn a_truncated_shard_and_a_missing_one_are_named() {
    assert_refused(
        edit(js(), "group1-shard2", |bytes| bytes.truncate(1_000)),
        &["hold", "bytes"],
    );
    let mut files = js();
    files.remove("group1-shard2").unwrap();
    assert_refused(files, &["group1-shard2", "is missing", MANIFEST]);
    assert_refused(
        edit(tf(), DATA, |bytes| bytes.truncate(9_000)),
        &[DATA, "ends before"],
    );
    let mut files = tf();
    files.remove(DATA).unwrap();
    assert_refused(files, &[DATA, "is missing"]);
}

#[test]
fn a_flipped_bit_is_found_by_its_checksum() {
    // Behind the eight bytes of the step counter, which nobody reads.
    assert_refused(
        edit(tf(), DATA, |bytes| bytes[18] ^= 4),
        &["checksum of the tensor"],
    );
    assert_refused(
        edit(tf(), INDEX, |bytes| bytes[20] ^= 4),
        &["checksum of the block"],
    );
}

#[test]
fn an_unknown_number_format_and_a_wrong_shape_name_the_tensor() {
    assert_refused(
        edit_text(js(), MANIFEST, "\"uint8\"", "\"int4\""),
        &["int4", "/kernel"],
    );
    assert_refused(
        edit_text(js(), MANIFEST, "\"float32\"", "\"complex64\""),
        &["complex64"],
    );
    assert_refused(
        edit_text(js(), MANIFEST, "[90]", "[9,10]"),
        &["decoder/output_projection/bias", "[9, 10]"],
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
    assert_refused(files, &["is missing"]);
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
    assert_refused(files, &["encoder/mu/bias", "int32"]);
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
    let max = shapes
        .iter()
        .map(|(_, shape)| shape.iter().product::<usize>())
        .max()
        .unwrap();
    let data = vec![0_u8; 4 * max];
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
    assert_refused(
        Files::from([
            (
                "m.index".to_owned(),
                table_of_blocks(&[block(&entries)], true),
            ),
            ("m.data-00000-of-00001".to_owned(), data),
        ]),
        &["hold only"],
    );
}

#[test]
fn drums_and_trios_are_refused_with_what_they_are() {
    let drums = MusicVaeConfig {
        vocab_size: 512,
        ..small()
    };
    assert_refused(
        tensorflow("drums_2bar.ckpt", &tensors(&drums)),
        &["a drum model"],
    );
    let mut files = js();
    let config = r#"{"type":"MusicVAE","dataConverter":{"type":"TrioConverter","args":{}}}"#;
    files.insert("config.json".to_owned(), config.into());
    assert_refused(files, &["a trio model"]);
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
    assert_refused(tensorflow("trio.ckpt", &parts), &["a trio model"]);
}

#[test]
fn impossible_lengths_are_refused_before_anything_is_decoded() {
    assert_refused(
        edit_text(js(), "config.json", ":32", ":4000000000"),
        &["4000000000 steps"],
    );
    assert_refused(edit_text(js(), "config.json", ":32", ":0"), &["0 steps"]);
}
