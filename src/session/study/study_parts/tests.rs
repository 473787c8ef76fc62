//! Tests of the parts of a study.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use super::*;
use crate::study::StudySettings;
use crate::sweep::SweepConfig;

fn manifest(regions: u32, samples: u32) -> StudyManifest {
    StudyManifest {
        config: SweepConfig {
            regions,
            samples,
            ..SweepConfig::default()
        },
        settings: StudySettings::default(),
        weights_hash: "0123456789ab".to_owned(),
        latent_size: 24,
        steps: 32,
        devices: BTreeMap::new(),
        shards: None,
    }
}

fn open_error(manifest: &StudyManifest, change: impl Fn(&mut serde_json::Value)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let parts = StudyParts::begin(folder.path(), manifest.clone(), false).unwrap();
    let path = parts.folder.join(MANIFEST_FILE);
    let mut json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut json);
    fs::write(&path, serde_json::to_vec(&json).unwrap()).unwrap();
    let error = StudyParts::open(folder.path()).unwrap_err().to_string();
    // A new run does not resume such parts either.
    assert!(StudyParts::begin(folder.path(), manifest.clone(), false).is_err());
    assert!(StudyParts::begin(folder.path(), manifest.clone(), true).is_ok());
    error
}

#[test]
fn impossible_sizes_are_refused_before_memory_is_allocated() {
    let manifest = manifest(100, 64);
    for (pointer, value, words) in [
        ("/latent_size", 1_000_000_000_u64, "latent size"),
        ("/latent_size", 0, "latent size"),
        ("/steps", 1_000_000_000_000, "number of steps"),
        ("/steps", 0, "number of steps"),
        ("/config/samples", 1_000_000_000_000, "manifest.json"),
        ("/config/samples", 4_000_000_000, "samples per region"),
        ("/config/regions", 4_000_000_000, "number of regions"),
        ("/settings/group_samples", 4_000_000_000, "new samples"),
        ("/settings/permutations", 1_000_000_000_000, "permutations"),
        ("/settings/resamples", 1_000_000_000_000, "resamples"),
        ("/latent_size", u64::MAX, "manifest.json"),
    ] {
        let error = open_error(&manifest, |json| {
            *json.pointer_mut(pointer).unwrap() = value.into()
        });
        assert!(
            error.contains(words) && error.contains("manifest.json"),
            "{pointer}: {error}"
        );
    }
    let error = open_error(&manifest, |json| {
        *json.pointer_mut("/config/regions").unwrap() = 20_000.into();
        *json.pointer_mut("/config/samples").unwrap() = 10.into();
        *json.pointer_mut("/latent_size").unwrap() = 65_000.into();
    });
    assert!(error.contains("more than a run can have"), "{error}");
}

#[test]
fn a_part_is_read_only_if_its_length_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let mut parts = StudyParts::begin(folder.path(), manifest(6, 5), false).unwrap();
    let count = parts.manifest.ids(0).len();
    let melody = Melody::from_tokens(Tokens::new(vec![0; 32]).unwrap());
    parts
        .write(0, &vec![melody; count], vec!["CPU".to_owned()])
        .unwrap();
    assert_eq!(parts.read(0).unwrap().1.len(), count);
    let path = parts.path(0);
    let valid_bytes = fs::read(&path).unwrap();
    let read_error = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let error = parts.read(0).unwrap_err().to_string();
        assert!(error.contains("part_00000.npy") && error.contains("run the shard again"));
        error
    };
    for length in [0, 5, 60, valid_bytes.len() - 1] {
        read_error(&valid_bytes[..length]);
    }
    let longer = [&valid_bytes[..], &[0; 7]].concat();
    assert!(read_error(&longer).contains("7 bytes follow"));
    let much_longer = [&valid_bytes[..], &vec![0; 100_000]].concat();
    assert!(read_error(&much_longer).contains("not the length"));
    // A header that claims more than the file holds.
    let mut oversized = valid_bytes.clone();
    let name = b"'shape': ";
    let offset = valid_bytes
        .windows(name.len())
        .position(|w| w == name)
        .unwrap()
        + name.len();
    let width = valid_bytes[offset..]
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap();
    let shape_text = format!("{:<width$}", "(9999999, 9999999), }");
    oversized[offset..offset + width].copy_from_slice(shape_text.as_bytes());
    assert!(
        read_error(&oversized).contains("the shape"),
        "{}",
        read_error(&oversized)
    );
}

#[test]
fn each_part_has_its_devices_unless_an_older_version_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut parts = StudyParts::begin(folder.path(), manifest(6, 5), false).unwrap();
    // Another shard in the same folder.
    let mut other_shard = parts.clone();
    let melodies = |part: usize| {
        let melody = Melody::from_tokens(Tokens::new(vec![0; 32]).unwrap());
        vec![melody; manifest(6, 5).ids(part).len()]
    };
    parts
        .write(0, &melodies(0), vec!["A card".to_owned(), "CPU".to_owned()])
        .unwrap();
    other_shard
        .write(1, &melodies(1), vec!["CPU".to_owned()])
        .unwrap();
    let reopened = StudyParts::open(folder.path()).unwrap();
    assert_eq!(reopened.devices(0), ["A card", "CPU"]);
    assert_eq!(reopened.devices(1), ["CPU"]);
    assert!(reopened.devices(2).is_empty());
    // Manifests of older versions have no such field.
    let path = reopened.folder.join(MANIFEST_FILE);
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    json.as_object_mut().unwrap().remove("devices").unwrap();
    fs::write(&path, serde_json::to_vec(&json).unwrap()).unwrap();
    assert!(
        StudyParts::open(folder.path())
            .unwrap()
            .devices(0)
            .is_empty()
    );
}

#[test]
fn shards_that_work_in_one_folder_at_the_same_time_lose_no_devices() {
    const PARTS: usize = 12;
    let folder = tempfile::tempdir().unwrap();
    let shards = [0, 1].map(|shard| {
        let parts = StudyParts::begin(folder.path(), manifest(100, 64), false).unwrap();
        (shard, parts)
    });
    assert!(shards[0].1.manifest.part_count() >= 2 * PARTS);
    std::thread::scope(|scope| {
        for (shard, mut parts) in shards {
            scope.spawn(move || {
                for part in (0..PARTS).map(|part| 2 * part + shard) {
                    let add = |manifest: &mut StudyManifest| {
                        manifest.devices.insert(part, vec![format!("GPU {shard}")]);
                    };
                    parts.update_manifest(add).unwrap();
                }
            });
        }
    });
    let stored = StudyParts::open(folder.path()).unwrap();
    let with_devices = stored.manifest().devices.keys().copied();
    assert_eq!(
        with_devices.collect::<Vec<_>>(),
        (0..2 * PARTS).collect::<Vec<_>>()
    );
}
