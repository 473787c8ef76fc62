//! Studies that are spread over several runs.

use std::path::Path;

use crate::command::{TINY, succeeds, tunescape};
use crate::{assert_same, study};

#[test]
fn shards_join_to_the_very_files_of_one_run_and_threads_and_batches_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    study(&at("whole"), &[]);
    study(&at("again"), &["--threads", "1", "--batch", "5"]);
    assert_same(&at("whole"), &at("again"));
    let mut shards = Vec::new();
    for shard in ["3/4", "1/4", "4/4", "2/4"] {
        let out = at(&shard.replace('/', "_of_"));
        study(&out, &["--shard", shard]);
        assert!(!out.join("run.json").exists());
        shards.push(out.to_str().unwrap().to_owned());
    }
    let merged = at("merged");
    let mut arguments = vec!["merge", "--quiet", "--device", "cpu", "--model", TINY];
    arguments.extend(["--out", merged.to_str().unwrap()]);
    let some: Vec<&str> = arguments
        .iter()
        .copied()
        .chain(shards[1..].iter().map(String::as_str))
        .collect();
    let output = tunescape(&some);
    assert_eq!(output.status.code(), Some(4));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("parts are missing"), "{message}");
    arguments.extend(shards.iter().map(String::as_str));
    // Positions, posteriors and the map of the regions that an older version did not write, or that are damaged, are computed by the
    // merge.
    let precomputed = |shard: &str| -> Vec<std::path::PathBuf> {
        let files = std::fs::read_dir(Path::new(shard).join("parts")).unwrap();
        let paths = files.map(|entry| entry.unwrap().path());
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        paths
            .filter(|path| !name(path).starts_with("part_") && !name(path).starts_with("manifest"))
            .collect()
    };
    // A part's positions and posteriors, for each of its parts, and one map.
    assert_eq!(precomputed(&shards[2]).len() % 2, 1);
    let complete = at("merged_from_complete_shards");
    let mut other = arguments.clone();
    other[7] = complete.to_str().unwrap();
    succeeds(&other);
    assert_same(&at("whole"), &complete);
    for path in precomputed(&shards[0]) {
        std::fs::remove_file(path).unwrap();
    }
    for path in precomputed(&shards[1]) {
        std::fs::write(path, b"no array").unwrap();
    }
    succeeds(&arguments);
    assert_same(&at("whole"), &merged);
}

/// Changes what the manifest of a shard says.
fn change_manifest(folder: &Path, change: impl Fn(&mut serde_json::Value)) {
    let path = folder.join("parts/manifest.json");
    let mut json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut json);
    std::fs::write(path, serde_json::to_vec(&json).unwrap()).unwrap();
}

/// The end of `tunescape merge`: its exit code and what it told.
fn merged(shards: &[&Path], out: &Path, more: &[&str]) -> (Option<i32>, String) {
    let mut arguments = vec!["merge", "--device", "cpu", "--quiet", "--model", TINY];
    arguments.extend(["--overwrite", "--out", out.to_str().unwrap()]);
    arguments.extend(shards.iter().map(|shard| shard.to_str().unwrap()));
    arguments.extend(more);
    let output = tunescape(&arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), message)
}

#[test]
fn shards_of_different_devices_are_joined_only_when_told_and_the_record_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (one, two, out) = (at("one"), at("two"), at("out"));
    study(&one, &["--shard", "1/2"]);
    study(&two, &["--shard", "2/2"]);
    let devices = || -> serde_json::Value {
        let record = std::fs::read(out.join("run.json")).unwrap();
        serde_json::from_slice::<serde_json::Value>(&record).unwrap()["devices"].clone()
    };
    let manifest = std::fs::read_to_string(two.join("parts/manifest.json")).unwrap();
    assert!(manifest.contains("CPU"), "{manifest}");
    let (code, message) = merged(&[&one, &two], &out, &[]);
    assert_eq!(code, Some(0), "{message}");
    assert_eq!(devices(), serde_json::json!(["CPU"]));
    // As if a graphics card had decoded the second half.
    change_manifest(&two, |json| {
        for device in json["devices"].as_object_mut().unwrap().values_mut() {
            *device = serde_json::json!(["A card"]);
        }
    });
    let (code, message) = merged(&[&one, &two], &out, &[]);
    assert_eq!(code, Some(1), "{message}");
    assert!(
        message.contains("CPU, A card") && message.contains("--mixed-devices"),
        "{message}"
    );
    let (code, message) = merged(&[&one, &two], &out, &["--mixed-devices"]);
    assert_eq!(code, Some(0), "{message}");
    assert!(message.contains("CPU, A card"), "{message}");
    assert_eq!(devices(), serde_json::json!(["CPU", "A card"]));
    // A part of before devices were written down.
    change_manifest(&two, |json| {
        json.as_object_mut().unwrap().remove("devices");
    });
    let (code, message) = merged(&[&one, &two], &out, &[]);
    assert_eq!(code, Some(0), "{message}");
    assert!(
        message.contains("do not say what decoded them"),
        "{message}"
    );
    assert_eq!(devices(), serde_json::json!(["CPU", "unknown"]));
}

#[test]
fn shards_of_different_runs_are_both_named_whichever_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    study(&at("one"), &["--shard", "1/2"]);
    study(&at("two"), &["--shard", "2/2"]);
    change_manifest(&at("two"), |json| json["config"]["seed"] = 4_000.into());
    for order in [["one", "two"], ["two", "one"]] {
        let shards = order.map(at);
        let (code, message) = merged(&[&shards[0], &shards[1]], &at("out"), &[]);
        assert_eq!(code, Some(6), "{message}");
        let [first, second] = shards.map(|shard| shard.display().to_string());
        let start =
            format!("{first} and {second} hold parts of different runs (the sweep differs)");
        assert!(message.contains(&start), "{message}");
        assert!(!message.contains("--overwrite"), "{message}");
    }
}

#[test]
fn a_manifest_that_claims_what_no_machine_holds_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (shard, out) = (folder.path().join("shard"), folder.path().join("out"));
    study(&shard, &["--shard", "1/1"]);
    for (at, value, words) in [
        ("/latent_size", 1_000_000_000_u64, "latent size"),
        ("/latent_size", 60_000, "latent dimensions"),
        ("/steps", 1_000, "steps"),
        ("/config/samples", 1_000_000_000_000, "manifest.json"),
    ] {
        let good = std::fs::read(shard.join("parts/manifest.json")).unwrap();
        change_manifest(&shard, |json| *json.pointer_mut(at).unwrap() = value.into());
        let (code, message) = merged(&[&shard], &out, &[]);
        assert_eq!(
            code,
            Some(if words == "latent dimensions" || at == "/steps" {
                2
            } else {
                3
            }),
            "{message}"
        );
        assert!(message.contains(words), "{at}: {message}");
        std::fs::write(shard.join("parts/manifest.json"), good).unwrap();
    }
}
