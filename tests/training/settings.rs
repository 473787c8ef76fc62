//! Settings that no run can have.

use crate::command::tunescape;
use crate::small_corpus::write_corpus;

/// Bad settings: the JSON text, and what the refusal says of key, value and range.
const BAD_SETTINGS: [(&str, [&str; 2]); 60] = [
    (r#"{"learning_rat": 0.1}"#, ["learning_rat ", "0.1"]),
    (r#"{"model": {"latent": 8}}"#, ["model.latent ", "8"]),
    (r#"{"batch": 8, "batch": 9}"#, ["batch", "duplicate"]),
    (r#"[1, 2]"#, ["no JSON object", "[1, 2]"]),
    (r#"{"learning_rate": NaN}"#, ["learning_rate", "NaN"]),
    (r#"{"learning_rate": 1e999}"#, ["learning_rate", "1e999"]),
    (
        r#"{"learning_rate": "fast"}"#,
        ["learning_rate cannot be \"fast\"", "above 0, up to 1"],
    ),
    (
        r#"{"learning_rate": 0}"#,
        ["learning_rate cannot be 0", "above 0, up to 1"],
    ),
    (
        r#"{"learning_rate": -0.001}"#,
        ["learning_rate cannot be -0.001", "above 0"],
    ),
    (
        r#"{"learning_rate": 50}"#,
        ["learning_rate cannot be 50", "up to 1"],
    ),
    (r#"{"batch": 0}"#, ["batch cannot be 0", "from 1 to 65536"]),
    (
        r#"{"batch": -8}"#,
        ["batch cannot be -8", "from 1 to 65536"],
    ),
    (
        r#"{"batch": 8.5}"#,
        ["batch cannot be 8.5", "from 1 to 65536"],
    ),
    (
        r#"{"batch": 4000000000}"#,
        ["batch cannot be 4000000000", "65536"],
    ),
    (
        r#"{"shards": 0}"#,
        ["shards cannot be 0", "from 1 to 65536"],
    ),
    (
        r#"{"examples": 1e6}"#,
        ["examples cannot be 1000000.0", "a whole number"],
    ),
    (
        r#"{"examples": 18446744073709551615}"#,
        ["examples cannot be", "to 1000000000000"],
    ),
    (
        r#"{"seed": -1}"#,
        ["seed cannot be -1", "a whole number from 0"],
    ),
    (
        r#"{"warm_up_steps": -1}"#,
        ["warm_up_steps cannot be -1", "0 or more"],
    ),
    (
        r#"{"constant_share": 1.5}"#,
        ["constant_share cannot be 1.5", "from 0 to 1"],
    ),
    (
        r#"{"final_rate": 0}"#,
        ["final_rate cannot be 0", "above 0, up to 1"],
    ),
    (
        r#"{"final_rate": -1}"#,
        ["final_rate cannot be -1", "above 0, up to 1"],
    ),
    (
        r#"{"beta": -0.2}"#,
        ["beta cannot be -0.2", "from 0 to 10000"],
    ),
    (
        r#"{"beta_warm_up": 2}"#,
        ["beta_warm_up cannot be 2", "from 0 to 1"],
    ),
    (
        r#"{"free_nats": -1}"#,
        ["free_nats cannot be -1", "from 0 to 1000000"],
    ),
    (r#"{"clip_norm": 0}"#, ["clip_norm cannot be 0", "above 0"]),
    (
        r#"{"moment_decays": [0.9, 1.0]}"#,
        ["moment_decays cannot be [0.9, 1.0]", "0.999999"],
    ),
    (
        r#"{"moment_decays": [0.9]}"#,
        ["moment_decays cannot be [0.9]", "two numbers"],
    ),
    (
        r#"{"average_decay": 1.01}"#,
        ["average_decay cannot be 1.01", "from 0 to 1"],
    ),
    (
        r#"{"transpose_semitones": -8}"#,
        ["transpose_semitones cannot be -8", "from 0 to 87"],
    ),
    (
        r#"{"transpose_semitones": 200}"#,
        ["transpose_semitones cannot be 200", "0 to 87"],
    ),
    (
        r#"{"transpose_share": -0.5}"#,
        ["transpose_share cannot be -0.5", "from 0 to 1"],
    ),
    (
        r#"{"balance": 400}"#,
        ["balance cannot be 400", "from 0 to 1"],
    ),
    (
        r#"{"token_dropout": 1.2}"#,
        ["token_dropout cannot be 1.2", "from 0 to 1"],
    ),
    (
        r#"{"drawn_share": 7}"#,
        ["drawn_share cannot be 7", "from 0 to 1"],
    ),
    (r#"{"drawn_share": 0.2}"#, ["drawn_share", "--start-from"]),
    (
        r#"{"drawn_melodies": 0}"#,
        ["drawn_melodies cannot be 0", "from 1"],
    ),
    (
        r#"{"examples": 900000000000, "redraw_every": 10}"#,
        ["redraw_every cannot be 10", "210 or more"],
    ),
    (
        r#"{"walk_rounds": 100000}"#,
        ["walk_rounds cannot be 100000", "from 0 to 1000"],
    ),
    (
        r#"{"walk_noise": -0.1}"#,
        ["walk_noise cannot be -0.1", "from 0 to 100"],
    ),
    (r#"{"whiten": 1}"#, ["whiten cannot be 1", "true or false"]),
    (
        r#"{"fit_rounds": 1000000000}"#,
        ["fit_rounds cannot be 1000000000", "to 100000"],
    ),
    (r#"{"fit_draws": 0}"#, ["fit_draws cannot be 0", "from 2"]),
    (
        r#"{"arithmetic": "float16"}"#,
        ["arithmetic cannot be \"float16\"", "bfloat16"],
    ),
    (
        r#"{"validate_every": 0}"#,
        ["validate_every cannot be 0", "1 or more"],
    ),
    (
        r#"{"patience": -1}"#,
        ["patience cannot be -1", "0 or more"],
    ),
    (
        r#"{"started_from": "0123456789ab"}"#,
        ["started_from is \"0123456789ab\"", "--start-from"],
    ),
    (r#"{"model": 7}"#, ["model cannot be 7", "an object"]),
    (
        r#"{"model": {"latent_size": 0}}"#,
        ["model.latent_size cannot be 0", "from 1 to 16384"],
    ),
    (
        r#"{"model": {"latent_size": 1000000000000}}"#,
        ["model.latent_size cannot be 10", "16384"],
    ),
    (
        r#"{"model": {"steps": 0}}"#,
        ["model.steps cannot be 0", "a multiple of 16"],
    ),
    (
        r#"{"model": {"steps": 24}}"#,
        ["model.steps cannot be 24", "a multiple of 16"],
    ),
    (
        r#"{"model": {"tokens": 130}}"#,
        ["model.tokens cannot be 130", "90"],
    ),
    (
        r#"{"model": {"encoder_layers": []}}"#,
        ["model.encoder_layers cannot be []", "1 to 16 layers"],
    ),
    (
        r#"{"model": {"encoder_layers": [0]}}"#,
        ["model.encoder_layers cannot be [0]", "from 1"],
    ),
    (
        r#"{"model": {"decoder_layers": []}}"#,
        ["model.decoder_layers cannot be []", "1 to 16 layers"],
    ),
    (
        r#"{"model": {"decoder_layers": [16, 0]}}"#,
        ["model.decoder_layers cannot be [16, 0]", "from 1"],
    ),
    (
        r#"{"model": {"decoder_layers": [-1]}}"#,
        ["model.decoder_layers cannot be [-1]", "from 1"],
    ),
    (
        r#"{"model": {"decoder_layers": [16384, 16384]}}"#,
        ["model cannot be one of", "at most 1073741824"],
    ),
    (
        r#"{"model": {"hierarchy": {"segments": 2, "conductor_layers": [4]}}}"#,
        ["model.hierarchy cannot be", "flat models only"],
    ),
];

#[test]
fn settings_that_no_run_can_have_are_refused_by_key_value_and_range_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (out, settings) = (path("out/m.safetensors"), path("settings.json"));
    let corpus = folder.path().to_str().unwrap();
    let refused = |more: &[&str], says: &[&str]| {
        let mut arguments = vec!["train", "--corpus", corpus, "--out", &out, "--quiet"];
        arguments.extend(["--device", "cpu"]);
        arguments.extend(more);
        let output = tunescape(&arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(
            matches!(output.status.code(), Some(1 | 2)),
            "{more:?}: {message}"
        );
        for wanted in says {
            assert!(
                message.contains(wanted),
                "{more:?}: {wanted:?} is not in {message}"
            );
        }
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(!folder.path().join("out").exists(), "{more:?}");
    };
    for (text, says) in BAD_SETTINGS {
        std::fs::write(&settings, text).unwrap();
        let written = std::fs::read_dir(folder.path()).unwrap().count();
        refused(&["--config", &settings], &says);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), written);
    }
    for (more, says) in [
        (
            ["--learning-rate", "NaN"],
            ["learning_rate cannot be NaN", "above 0, up to 1"],
        ),
        (
            ["--learning-rate", "inf"],
            ["learning_rate cannot be inf", "above 0, up to 1"],
        ),
        (
            ["--learning-rate", "0"],
            ["learning_rate cannot be 0", "above 0, up to 1"],
        ),
        (
            ["--beta", "-0.5"],
            ["beta cannot be -0.5", "from 0 to 10000"],
        ),
        (
            ["--learning-rate", "-1"],
            ["learning_rate cannot be -1", "above 0, up to 1"],
        ),
        (["--beta", "NaN"], ["beta cannot be NaN", "from 0 to 10000"]),
        (["--batch", "0"], ["batch cannot be 0", "from 1 to 65536"]),
        (
            ["--examples", "2000000000000"],
            ["examples cannot be", "to 1000000000000"],
        ),
    ] {
        refused(&more, &says);
    }
}
