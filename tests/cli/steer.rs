//! `tunescape steer` as scripts use it.

use std::collections::BTreeMap;

use crate::command::{TINY, array, fails, succeeds};

/// What is printed of eight melodies that are steered to these goals, all different.
fn steer_to_eight(goals: &[&str]) -> serde_json::Value {
    let begin = [
        "steer", "--device", "cpu", "--quiet", "--count", "8", "--json",
    ];
    let found: serde_json::Value =
        serde_json::from_str(&succeeds(&[&begin, goals].concat())).unwrap();
    let count = found["melodies"].as_array().unwrap().len();
    assert_eq!((count, found["distinct"].as_f64()), (8, Some(1.0)));
    found
}

#[test]
fn steer_with_the_default_model_meets_the_density_and_writes_the_layout_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    for density in [2.0, 4.0, 6.0, 8.0, 10.0, 12.0] {
        let out = folder.path().join(density.to_string());
        let value = density.to_string();
        succeeds(&[
            "steer",
            "--device",
            "cpu",
            "--quiet",
            "--density",
            &value,
            "--count",
            "32",
            "--out",
            out.to_str().unwrap(),
        ]);
        let (shape, tokens) = array::<u8>(&out.join("tokens.npy"));
        assert_eq!(shape, [32, 32]);
        let melodies: Vec<&[u8]> = tokens.chunks(32).collect();
        let per_bar: Vec<f64> = melodies
            .iter()
            .map(|melody| melody.iter().filter(|token| **token >= 2).count() as f64 / 2.0)
            .collect();
        let mean = per_bar.iter().sum::<f64>() / 32.0;
        let within = per_bar
            .iter()
            .filter(|found| (*found - density).abs() <= 0.5)
            .count();
        let distinct = melodies
            .iter()
            .collect::<std::collections::HashSet<_>>()
            .len();
        assert!((mean - density).abs() < 1e-9, "{density}: mean {mean}");
        assert_eq!((within, distinct), (32, 32), "{density}");
        for file in [
            "samples.csv",
            "regions.csv",
            "latents.npy",
            "centroids.npy",
            "run.json",
        ] {
            assert!(out.join(file).is_file(), "{file}");
        }
    }
}

#[test]
fn steer_takes_notes_by_name_and_a_key_and_has_an_option_for_each_attribute() {
    let found = steer_to_eight(&["--highest", "G5", "--rests", "25", "--key", "F major"]);
    let melodies = found["melodies"].as_array().unwrap();
    for melody in melodies {
        let notes: Vec<(u8, u32, u32)> = serde_json::from_value(melody["notes"].clone()).unwrap();
        let highest = notes.iter().map(|note| note.0).max().unwrap();
        assert!(highest.abs_diff(79) <= 1, "{melody}");
        // Eight of 32 steps are a quarter; one step is 3.1 %.
        let sounding: u32 = notes.iter().map(|note| note.2 - note.1).sum();
        assert!((32 - sounding).abs_diff(8) <= 1, "{melody}");
        let in_key = |pitch: u8| [0, 2, 4, 5, 7, 9, 10].contains(&(pitch % 12));
        assert!(notes.iter().all(|note| in_key(note.0)), "{melody}");
    }
    let help = succeeds(&["steer", "--help"]);
    for option in [
        "density",
        "highest",
        "lowest",
        "syncopation",
        "rests",
        "repetition",
        "note-length",
        "motif",
    ] {
        assert!(help.contains(&format!("--{option} <VALUE|hold>")), "{help}");
    }
}

#[test]
fn steer_takes_several_attributes_holds_one_and_stays_near_a_melody() {
    let found = steer_to_eight(&[
        "--density",
        "6",
        "--contour",
        "hold",
        "--range",
        "12",
        "--like",
        "r041_s12",
        "--closeness",
        "0.4",
    ]);
    let melodies = found["melodies"].as_array().unwrap();
    let goals = found["attributes"].as_array().unwrap();
    let goal = |id: &str| goals.iter().find(|goal| goal["attribute"] == id).unwrap();
    assert_eq!(goal("contour")["goal"], "held");
    assert_eq!(goal("rhythmic_complexity")["goal"], "free");
    let held = goal("contour")["value"].as_f64().unwrap();
    for melody in melodies {
        let value = |id: &str| melody["attributes"][id].as_f64().unwrap();
        assert_eq!(
            value("note_density"),
            melody["notes"].as_array().unwrap().len() as f64 / 2.0
        );
        assert!((value("note_density") - 6.0).abs() <= 0.5, "{melody}");
        assert!((value("pitch_range") - 12.0).abs() <= 2.0, "{melody}");
        assert!((value("contour") - held).abs() <= 5.0, "{melody}");
    }
    // What is wrong is said before the sweep, which needs the model.
    let steer = ["steer", "--model", "/no/such/model"];
    let refused = |rest: &[&str]| fails(&[&steer[..], rest].concat(), 2);
    assert!(refused(&[]).contains("say what to steer to"));
    assert!(refused(&["--density", "many"]).contains("a number, or hold"));
    assert!(refused(&["--lowest", "H3"]).contains("a note such as C4"));
    assert!(refused(&["--density", "17"]).contains("0.0 notes/bar to 16.0 notes/bar"));
    assert!(refused(&["--range", "-3"]).contains("0.0 semitones to 88.0 semitones"));
    let by_id = |id, value| refused(&["--attribute", id, "--value", value]);
    assert!(by_id("highest_note", "high").contains("a note such as C4"));
    assert!(by_id("loudness", "3").contains("there is no attribute"));
    assert!(refused(&["--like", "r1_s1", "--closeness", "2"]).contains("0 to 1"));
    assert!(refused(&["--like", "r1_s1", "--keep", "all"]).contains("first-bar"));
    let twice = [
        "--density",
        "5",
        "--attribute",
        "note_density",
        "--value",
        "6",
    ];
    assert!(refused(&twice).contains("wanted twice"));
}

#[test]
fn steered_melodies_lie_on_the_map_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let steer =
        |layout: &[&str], name: &str| -> (Vec<BTreeMap<String, String>>, serde_json::Value) {
            let out = folder.path().join(name);
            let mut arguments = vec!["steer", "--device", "cpu", "--quiet", "--regions", "20"];
            arguments.extend(["--samples", "16", "--density", "5", "--count", "24"]);
            arguments.extend(["--model", TINY]);
            arguments.extend(["--out", out.to_str().unwrap()]);
            arguments.extend(layout);
            succeeds(&arguments);
            let rows = csv::Reader::from_path(out.join("samples.csv"))
                .unwrap()
                .deserialize()
                .map(Result::unwrap)
                .collect();
            let record = std::fs::read(out.join("run.json")).unwrap();
            (rows, serde_json::from_slice(&record).unwrap())
        };
    let number = |row: &BTreeMap<String, String>, column: &str| row[column].parse::<f64>().ok();
    let (latent, record) = steer(&[], "latent");
    assert!(record["layout"].is_null());
    let (axes, record) = steer(&["--layout", "axes:note_density,pitch_range"], "axes");
    assert_eq!(record["layout"]["layout"], "axes:note_density,pitch_range");
    // The same melodies, elsewhere: on these axes one with more notes lies farther to the right.
    let mut different = 0;
    for (a, other) in axes.iter().zip(&latent) {
        assert_eq!(a["note_density"], other["note_density"]);
        different += usize::from(a["map_x"] != other["map_x"]);
        for b in &axes {
            let density = number(a, "note_density").zip(number(b, "note_density"));
            if let Some((less, more)) = density.filter(|(less, more)| less < more) {
                let (left, right) = (number(a, "map_x").unwrap(), number(b, "map_x").unwrap());
                assert!(left < right, "{less} notes at {left}, {more} at {right}");
            }
        }
    }
    assert_eq!(different, axes.len());
    let message = fails(&["steer", "--density", "5", "--layout", "axes"], 2);
    assert!(message.contains("--out"), "{message}");
}

#[test]
fn melodies_like_another_one_are_told_of_without_sentences_on_values_that_nobody_asked_for() {
    let steer = [
        "steer",
        "--model",
        TINY,
        "--device",
        "cpu",
        "--regions",
        "12",
        "--samples",
        "3",
        "--count",
        "4",
        "--like",
        "r003_centre",
    ];
    let printed = succeeds(&steer);
    for odd in ["have it", "within", "asked", "free"] {
        assert!(!printed.contains(odd), "{odd}: {printed}");
    }
    for line in [
        "attribute               obtained\n",
        "changed         ",
        "melodies        4, ",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    assert!(printed.lines().all(|line| line == line.trim_end()));
    let wished = succeeds(&[&steer[..], &["--density", "6"]].concat());
    for line in ["melodies meet all goals\n", "asked  ", "together        "] {
        assert!(wished.contains(line), "{line}: {wished}");
    }
}
