//! What `--json` prints, field by field: names and types that scripts may rely on.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::command::{succeeds, with_tiny_model};
use super::small_corpus::write_corpus;
use super::tune::tune;

/// A field's path, `[]` for the elements of a list, and its types; `*` for whatever lies below it.
type Schema = [(&'static str, &'static str)];

/// The types of all fields of a value by path; those of all elements of a list together.
fn types(value: &Value, path: &str, found: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    if !path.is_empty() {
        found.entry(path.to_owned()).or_default().insert(kind);
    }
    let below = |name: &str| match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    match value {
        Value::Array(items) => {
            for item in items {
                types(item, &format!("{path}[]"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                types(field, &below(name), found);
            }
        }
        _ => {}
    }
}

/// Checks that a value has the fields of a schema, of their types, and no others. A field below a list or a null may be absent.
fn check(text: &str, schema: &Schema) {
    let value: Value = serde_json::from_str(text).unwrap();
    let mut found = BTreeMap::new();
    types(&value, "", &mut found);
    for (path, kinds) in &found {
        let is_below = |open: &str| {
            path.strip_prefix(open)
                .is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        let known = schema.iter().find(|(known, _)| known == path);
        if let Some((_, wanted)) = known {
            let wanted: Vec<&str> = wanted.split('|').collect();
            assert!(
                kinds
                    .iter()
                    .all(|kind| wanted.contains(kind) || wanted.contains(&"*")),
                "{path} is {kinds:?}, not {wanted:?}"
            );
        } else {
            let is_open = schema
                .iter()
                .any(|(open, kind)| kind.contains('*') && is_below(open));
            assert!(is_open, "{path} is not in the schema");
        }
    }
    for (path, _) in schema {
        let may_be_absent = path.contains("[]")
            || path.rsplit_once('.').is_some_and(|(parent, _)| {
                found
                    .get(parent)
                    .is_some_and(|kinds| kinds.contains("null"))
            });
        assert!(
            found.contains_key(*path) || may_be_absent,
            "{path} is missing in {text}"
        );
    }
}

#[test]
fn sweep_and_steer() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let size = ["--regions", "6", "--samples", "5", "--json"];
    let sweep = [&["sweep", "--out", out.to_str().unwrap()], &size[..]].concat();
    check(
        &succeeds(&with_tiny_model(&sweep)),
        &[
            ("out", "string"),
            ("seconds", "number"),
            ("device", "string"),
            ("weights_hash", "string"),
            ("seed", "number"),
            ("samples", "object"),
            ("samples.melodies", "number"),
            ("samples.empty", "number"),
            ("samples.distinct", "number"),
            ("centres", "object"),
            ("centres.melodies", "number"),
            ("centres.empty", "number"),
            ("centres.distinct", "number"),
            ("attributes", "list"),
            ("attributes[]", "object"),
            ("attributes[].id", "string"),
            ("attributes[].mean", "number|null"),
            ("attributes[].sd", "number|null"),
            ("attributes[].shown_mean", "number|null"),
            ("attributes[].shown_unit", "string"),
            ("map_quality", "object|*"),
            ("layout", "object|*"),
            ("spread", "object"),
            ("spread.to_own_centre", "number"),
            ("spread.to_nearest_other", "number|null"),
            ("spread.at_home", "number"),
            ("differ_from_cpu", "number|null"),
        ],
    );
    let steer = [&["steer", "--density", "4", "--count", "4"], &size[..]].concat();
    check(
        &succeeds(&with_tiny_model(&steer)),
        &[
            ("attributes", "list"),
            ("attributes[]", "object"),
            ("attributes[].attribute", "string"),
            ("attributes[].unit", "string"),
            ("attributes[].goal", "string"),
            ("attributes[].value", "number|null"),
            ("attributes[].obtained_mean", "number|null"),
            ("attributes[].obtained_sd", "number|null"),
            ("attributes[].tolerance", "number"),
            ("attributes[].within", "number|null"),
            ("sweep", "object"),
            ("sweep.within", "number"),
            ("sweep.of", "number"),
            ("sweep.nearest", "string|null"),
            ("sweep.rare", "bool"),
            ("sweep.text", "string"),
            ("within", "number"),
            ("within_half", "number"),
            ("distinct", "number"),
            ("changed_notes", "number|null"),
            ("spread_notes", "number|null"),
            ("scale", "string|null"),
            ("decoded", "number"),
            ("seed", "number"),
            ("melodies", "list"),
            ("melodies[]", "object"),
            ("melodies[].id", "string"),
            ("melodies[].in_sweep", "string|null"),
            ("melodies[].attributes", "object|*"),
            ("melodies[].notes", "list|*"),
        ],
    );
}

#[test]
fn blend_and_path() {
    let schema: &Schema = &[
        ("melodies", "list"),
        ("melodies[]", "object"),
        ("melodies[].step", "number"),
        ("melodies[].share", "number"),
        ("melodies[].notes", "number"),
        ("melodies[].distance", "number|null"),
        ("out", "string|null"),
    ];
    let sweep = ["--regions", "4", "--samples", "2", "--steps", "4", "--json"];
    let blend = [&["blend", "r000_centre", "r001_s01"], &sweep[..]].concat();
    check(&succeeds(&with_tiny_model(&blend)), schema);
    let path = [&["path", "--through", "0", "2"], &sweep[..]].concat();
    check(&succeeds(&with_tiny_model(&path)), schema);
}

#[test]
fn encode() {
    let folder = tempfile::tempdir().unwrap();
    let song = folder.path().join("song.mid");
    std::fs::write(&song, tune("Lead")).unwrap();
    check(
        &succeeds(&with_tiny_model(&[
            "encode",
            song.to_str().unwrap(),
            "--json",
        ])),
        &[
            ("song", "string"),
            ("tracks", "list"),
            ("tracks[]", "object"),
            ("tracks[].track", "number"),
            ("tracks[].name", "string"),
            ("tracks[].channels", "list"),
            ("tracks[].channels[]", "number"),
            ("tracks[].notes", "number"),
            ("tracks[].may_be_drums", "bool"),
            ("tracks[].chosen", "bool"),
            ("report", "object|*"),
            ("sentences", "list"),
            ("sentences[]", "string"),
            ("windows", "list"),
            ("windows[]", "object"),
            ("windows[].window", "number"),
            ("windows[].bar", "number"),
            ("windows[].notes", "number"),
            ("windows[].token_accuracy", "number"),
            ("windows[].onset_accuracy", "number"),
            ("windows[].edit_distance", "number"),
        ],
    );
}

#[test]
fn evaluate() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let file = folder.path().join("metrics.json");
    let corpus = folder.path().to_str().unwrap();
    let begin = ["evaluate", "--corpus", corpus, "--draws", "20"];
    let rest = ["--json", "--metrics-out", file.to_str().unwrap()];
    let text = succeeds(&with_tiny_model(&[&begin[..], &rest].concat()));
    let numbers = [
        "windows",
        "token_accuracy_teacher_forced",
        "token_accuracy_greedy",
        "onset_accuracy",
        "exact",
        "kl_nats",
        "active_dimensions",
        "prior_draws",
        "prior_empty",
        "prior_distinct",
        "prior_overlap",
        "learnt_overlap",
        "prior_copies",
        "in_scale_prior",
        "in_scale_corpus",
        "prior_notes_per_bar",
        "prior_notes_per_bar_sd",
        "corpus_notes_per_bar",
        "corpus_notes_per_bar_sd",
    ];
    let mut schema: Vec<(&str, &str)> = numbers.map(|name| (name, "number")).to_vec();
    schema.extend([
        ("shared_windows", "number|null"),
        ("prior_overlaps", "object|*"),
        ("prior_further_overlaps", "object|*"),
    ]);
    check(&text, &schema);
    assert_eq!(
        std::fs::read_to_string(file).unwrap().trim_end(),
        text.trim_end()
    );
}

#[test]
fn inspect_devices_and_status() {
    let model = [
        ("name", "string"),
        ("form", "string"),
        ("kind", "string"),
        ("bars", "number"),
        ("config", "object"),
        ("config.latent_size", "number"),
        ("config.steps", "number"),
        ("config.tokens", "number"),
        ("config.encoder_layers", "list"),
        ("config.encoder_layers[]", "number"),
        ("config.decoder_layers", "list"),
        ("config.decoder_layers[]", "number"),
        ("parameters", "number"),
        ("hash", "string"),
        ("provenance", "object|null|*"),
    ];
    check(
        &succeeds(&["inspect", super::command::TINY, "--json"]),
        &model,
    );
    check(
        &succeeds(&["model", super::command::TINY, "--json"]),
        &model,
    );
    check(
        &succeeds(&["devices", "--device", "cpu", "--json"]),
        &[
            ("devices", "list"),
            ("devices[]", "object"),
            ("devices[].name", "string"),
            ("devices[].kind", "string"),
            ("devices[].api", "string"),
            ("devices[].chosen", "bool"),
            ("chosen", "string"),
            ("decodes_on", "string|null"),
            ("self_test", "object|null|*"),
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    check(
        &succeeds(&["status", folder.path().to_str().unwrap(), "--json"]),
        &[
            ("complete", "bool"),
            ("parts", "number|null"),
            ("melodies", "number"),
            ("melodies_finished", "number"),
            ("missing", "list"),
            ("missing[]", "number"),
            ("shards_missing", "list|null"),
            ("shards_missing[]", "number"),
        ],
    );
}

#[test]
fn mix_models() {
    let folder = tempfile::tempdir().unwrap();
    let taught = super::mix_models::write_taught(folder.path());
    let out = folder.path().join("mixed.safetensors");
    let [taught, out] = [&taught, &out].map(|path| path.to_str().unwrap());
    let tiny = ["--model", super::command::TINY];
    check(
        &succeeds(&[&["mix-models", taught, "--out", out, "--json"], &tiny[..]].concat()),
        &[
            ("model", "string"),
            ("fraction", "number"),
            ("mixed_from", "list"),
            ("mixed_from[]", "object"),
            ("mixed_from[].name", "string"),
            ("mixed_from[].hash", "string"),
        ],
    );
}

#[test]
fn ports() {
    check(
        &succeeds(&["ports", "--json"]),
        &[
            ("outputs", "list"),
            ("outputs[]", "object"),
            ("outputs[].name", "string"),
            ("outputs[].id", "string|null"),
            ("inputs", "list"),
            ("inputs[]", "object"),
            ("inputs[].name", "string"),
            ("inputs[].id", "string|null"),
        ],
    );
}

#[test]
fn what_learning_prints() {
    let folder = tempfile::tempdir().unwrap();
    let songs = folder.path().join("songs");
    write_corpus(&songs);
    let out = folder.path().join("fine_tuned.safetensors");
    let command = [
        "learn",
        songs.to_str().unwrap(),
        "--model",
        super::command::TINY,
        "--examples",
        "64",
        "--json",
        "--out",
        out.to_str().unwrap(),
    ];
    check(
        &succeeds(&command),
        &[
            ("examples", "number"),
            ("windows", "number"),
            ("held_out", "number"),
            ("model", "string"),
            ("started_from", "string"),
            ("before", "object"),
            ("before.exact", "number|null"),
            ("before.onsets", "number|null"),
            ("before.overlap", "number"),
            ("before.copies", "number"),
            ("after", "object"),
            ("after.exact", "number|null"),
            ("after.onsets", "number|null"),
            ("after.overlap", "number"),
            ("after.copies", "number"),
            ("kept", "list"),
            ("kept[]", "number"),
        ],
    );
}
