//! The commands `train` and `evaluate` on the corpus.

use crate::command::succeeds;
use crate::harness::{Missing, tests};
use crate::requirements::corpus;

tests![training_and_evaluating_from_the_command_line_give_weights_and_figures];

fn training_and_evaluating_from_the_command_line_give_weights_and_figures() -> Result<(), Missing> {
    let corpus = corpus()?;
    let corpus = corpus.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(
        path("settings.json"),
        r#"{"model": {"latent_size": 8, "steps": 32, "tokens": 90, "encoder_layers": [16],
            "decoder_layers": [16, 16]}}"#,
    )
    .unwrap();
    let (split, out, settings) = (
        format!("{corpus}/split.csv"),
        path("m.safetensors"),
        path("settings.json"),
    );
    let mut arguments = vec![
        "train", "--corpus", corpus, "--split", &split, "--out", &out,
    ];
    arguments.extend(["--config", &settings, "--device", "cpu", "--quiet"]);
    arguments.extend(["--examples", "640"]);
    succeeds(&arguments);
    let json = path("figures.json");
    let message = succeeds(&[
        "evaluate",
        "--weights",
        &out,
        "--corpus",
        corpus,
        "--split",
        "test",
        "--device",
        "cpu",
        "--draws",
        "20",
        "--json",
        &json,
    ]);
    let figures: serde_json::Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(figures["windows"], 2885);
    // The issue counted about 2.4 % of the split.
    let shared = figures["shared_windows"].as_u64().unwrap();
    assert!((66..=72).contains(&shared), "{shared}");
    let without = &figures["without_shared_windows"];
    assert_eq!(without["windows"], 2885 - shared);
    assert!(message.contains(&format!("{shared} (2.4 %)")), "{message}");
    assert!(
        message.contains("all windows") && message.contains("without these"),
        "{message}"
    );
    for key in [
        "token_accuracy_teacher_forced",
        "token_accuracy_greedy",
        "onset_accuracy",
        "exact",
        "kl_nats",
        "active_dimensions",
        "prior_empty",
        "prior_overlap",
        "prior_copies",
        "in_scale_prior",
        "in_scale_corpus",
    ] {
        assert!(figures[key].is_number(), "{key}: {figures}");
        assert!(without[key].is_number(), "{key}: {figures}");
    }
    Ok(())
}
