//! `tunescape mix-models`: its file, its ends, what it refuses.

use std::path::{Path, PathBuf};

use tunescape::model::{FloatFormat, MusicVaeConfig, Parameters, Weights};

use super::command::{TINY, fails, succeeds};

/// Writes a model with the record that it was fine-tuned from the tiny model.
pub fn write_taught(folder: &Path) -> PathBuf {
    let base = Weights::open(Path::new(TINY)).unwrap();
    let parameters = Parameters::initialise(base.config(), 5);
    let record = serde_json::json!({ "config": { "started_from": base.hash() } });
    let taught = Weights::new("taught", base.config().clone(), parameters, record).unwrap();
    let path = folder.join("taught.safetensors");
    taught.save(&path, FloatFormat::Float32).unwrap();
    path
}

/// Mixes the tiny model with another.
fn mix<'a>(second: &'a Path, out: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let [second, out] = [second, out].map(|path| path.to_str().unwrap());
    let command = ["mix-models", second, "--model", TINY, "--out", out];
    [&command[..], more].concat()
}

#[test]
fn equal_mixes_are_equal_files_and_the_ends_have_the_weights_of_the_models() {
    let folder = tempfile::tempdir().unwrap();
    let taught = write_taught(folder.path());
    let [first, again, start, end] = ["first", "again", "start", "end"]
        .map(|name| folder.path().join(name).with_extension("safetensors"));
    let printed = succeeds(&mix(&taught, &first, &["--fraction", "0.25"]));
    assert!(
        printed.contains("75 % of weights and 25 % of taught"),
        "{printed}"
    );
    succeeds(&mix(&taught, &again, &["--fraction", "0.25"]));
    assert_eq!(
        std::fs::read(&first).unwrap(),
        std::fs::read(&again).unwrap()
    );
    succeeds(&mix(&taught, &start, &["--fraction", "0"]));
    succeeds(&mix(&taught, &end, &["--fraction", "1"]));
    for (mixed, model) in [(&start, Path::new(TINY)), (&end, &taught)] {
        let [mixed, model] = [mixed.as_path(), model].map(|path| Weights::open(path).unwrap());
        assert_eq!(mixed.parameters(), model.parameters());
        assert_ne!(mixed.hash(), model.hash());
    }
    // The description of the mix names both, and it is a model like any other.
    let described = succeeds(&["inspect", first.to_str().unwrap(), "--json"]);
    let described: serde_json::Value = serde_json::from_str(&described).unwrap();
    assert_eq!(described["provenance"]["mixed_from"][1]["name"], "taught");
    assert_eq!(described["provenance"]["fraction"], 0.25);
}

#[test]
fn files_are_not_written_over_and_models_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let taught = write_taught(folder.path());
    let out = folder.path().join("out.safetensors");
    std::fs::write(&out, "mine").unwrap();
    let errors = fails(&mix(&taught, &out, &[]), 1);
    assert!(errors.contains("--overwrite"), "{errors}");
    for fraction in ["1.5", "-1", "nan"] {
        let errors = fails(
            &mix(&taught, &out, &["--overwrite", "--fraction", fraction]),
            2,
        );
        assert!(errors.contains("from 0 to 1"), "{errors}");
    }
    let config = MusicVaeConfig {
        latent_size: 6,
        encoder_layers: vec![3],
        decoder_layers: vec![5],
        ..MusicVaeConfig::default()
    };
    let parameters = Parameters::initialise(&config, 1);
    let small = Weights::new("small", config, parameters, serde_json::Value::Null).unwrap();
    let path = folder.path().join("small.safetensors");
    small.save(&path, FloatFormat::Float32).unwrap();
    let errors = fails(&mix(&path, &out, &["--overwrite"]), 1);
    assert!(
        errors.contains("choose models of the same sizes"),
        "{errors}"
    );
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "mine");
    succeeds(&mix(&taught, &out, &["--overwrite"]));
    Weights::open(&out).unwrap();
}
