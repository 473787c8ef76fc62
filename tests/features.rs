//! What the program does without one of its features: it says so where the feature is asked for, and does all else. The gate runs
//! these tests with and without the default features.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/command.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod command;
#[path = "support/tune.rs"]
mod tune;

use command::{files, succeeds, tunescape, with_tiny_model};

#[test]
fn the_help_lists_the_commands_that_are_there() {
    let help = succeeds(&["--help"]);
    for name in ["sweep", "study", "merge", "steer", "train", "render"] {
        assert!(help.contains(&format!("\n  {name} ")), "{name}: {help}");
    }
    for name in ["play", "ports"] {
        let is_listed = help.contains(&format!("\n  {name} "));
        assert_eq!(is_listed, cfg!(feature = "sound"), "{name}: {help}");
    }
    let output = tunescape(&["ports", "--help"]);
    assert_eq!(output.status.success(), cfg!(feature = "sound"));
}

#[cfg(not(feature = "window"))]
#[test]
fn without_the_window_the_program_alone_is_a_usage_error() {
    let message = command::fails(&[], 2);
    assert!(
        message.contains("built without its window") && message.contains("tunescape --help"),
        "{message}"
    );
}

#[test]
fn the_processor_is_always_among_the_devices_and_alone_without_the_feature() {
    let text = succeeds(&["devices", "--device", "cpu", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    let devices = found["devices"].as_array().unwrap();
    assert_eq!(devices.last().unwrap()["kind"], "processor");
    if cfg!(not(feature = "gpu")) {
        assert_eq!(devices.len(), 1, "{text}");
    }
}

#[cfg(not(feature = "gpu"))]
#[test]
fn a_graphics_adapter_that_the_program_cannot_use_is_named_as_the_reason() {
    let reason = "built without graphics adapters";
    for device in ["gpu", "llvmpipe"] {
        let message = command::fails(&["devices", "--device", device], 1);
        assert!(
            message.contains(reason) && message.contains("--device cpu"),
            "{message}"
        );
    }
    // As everywhere, the CPU takes over from a GPU that is only preferred.
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let sweep = [
        "sweep",
        "--regions",
        "4",
        "--samples",
        "2",
        "--model",
        command::TINY,
        "--out",
        out.to_str().unwrap(),
    ];
    let output = tunescape(&[&sweep[..], &["--device", "gpu"]].concat());
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{message}");
    assert!(
        message.contains(reason) && message.contains("The CPU takes over"),
        "{message}"
    );
    assert!(out.join("run.json").is_file());
}

#[test]
fn a_study_in_two_shards_is_decoded_merged_and_rendered_on_every_build() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let [one, two, out] = ["one", "two", "out"].map(path);
    let sizes = ["--regions", "6", "--samples", "4", "--group-samples", "4"];
    for (shard, to) in [("1/2", &one), ("2/2", &two)] {
        let study = [
            &["study", "--quiet", "--shard", shard, "--out", to],
            &sizes[..],
        ]
        .concat();
        succeeds(&with_tiny_model(&study));
    }
    succeeds(&with_tiny_model(&[
        "merge", "--quiet", &one, &two, "--out", &out,
    ]));
    let written = files(std::path::Path::new(&out));
    for name in ["report.html", "study.json", "study.parquet", "run.json"] {
        assert!(written.keys().any(|path| path.ends_with(name)), "{name}");
    }

    let (midi, wav) = (path("tune.mid"), path("tune.wav"));
    std::fs::write(&midi, tune::tune("tune")).unwrap();
    succeeds(&[
        "render",
        &midi,
        "--out",
        &wav,
        "--tempo",
        "120",
        "--no-tail",
    ]);
    // Two bars at 120 beats a minute are 4 s; stereo, 3 bytes a sample.
    let length = std::fs::metadata(&wav).unwrap().len();
    let bytes = 4 * 48_000 * 6;
    assert!((bytes..bytes + 4_096).contains(&length), "{length}");
}
