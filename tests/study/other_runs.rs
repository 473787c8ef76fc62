//! Studies of what other programs wrote.

use std::path::Path;

use crate::command::{TINY, succeeds, tunescape};
use crate::{study, table};

/// An array of latent points as the published scripts left them: double precision.
fn write_point(path: &Path, point: &[f32]) {
    use npyz::WriterBuilder as _;
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::<f64>::new()
        .default_dtype()
        .shape(&[point.len() as u64])
        .writer(&mut bytes)
        .begin_nd()
        .unwrap();
    writer.extend(point.iter().map(|x| f64::from(*x))).unwrap();
    writer.finish().unwrap();
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn the_output_of_the_published_scripts_is_studied_like_a_sweep_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // A sweep, laid out in their way.
    let run = at("run");
    let sweep = [
        "sweep",
        "--device",
        "cpu",
        "--quiet",
        "--model",
        TINY,
        "--regions",
        "9",
    ];
    let out = [
        "--samples",
        "7",
        "--seed",
        "3",
        "--out",
        run.to_str().unwrap(),
    ];
    succeeds(&[&sweep[..], &out].concat());
    let points = |name: &str| -> Vec<f32> {
        let bytes = std::fs::read(run.join(name)).unwrap();
        npyz::NpyFile::new(&bytes[..]).unwrap().into_vec().unwrap()
    };
    let (region_centres, latents) = (points("centroids.npy"), points("latents.npy"));
    for i in 0..9 {
        let region = at("theirs").join(format!("grid_point_{i}"));
        for j in 0..7 {
            let sample = region.join(format!("sample_{j}"));
            std::fs::create_dir_all(&sample).unwrap();
            let point = &latents[(7 * i + j) * 16..][..16];
            write_point(&sample.join(format!("sample_coord_{j}.npy")), point);
            let from = run.join(format!("melodies/region_{i:03}_sample_{j:02}.mid"));
            std::fs::copy(from, sample.join(format!("sample_midi_out_{j}.mid"))).unwrap();
        }
        let name = format!("mean_pt_coord_{i}.npy");
        write_point(&region.join(name), &region_centres[16 * i..][..16]);
    }
    let theirs = at("theirs");
    let from = [
        "study",
        "--quiet",
        "--device",
        "cpu",
        "--from",
        theirs.to_str().unwrap(),
    ];
    let found = at("found");
    let size = ["--seed", "3", "--group-samples", "12", "--model", TINY];
    succeeds(&[&from[..], &size, &["--out", found.to_str().unwrap()]].concat());
    study(&at("own"), &[]);
    // The same points and melodies give the same numbers, whoever wrote them.
    for name in [
        "correlations.csv",
        "between_attributes.csv",
        "tests.csv",
        "groups.csv",
    ] {
        let read = |folder: &str| std::fs::read(at(folder).join(name)).unwrap();
        assert!(read("found") == read("own"), "{name} differs");
    }
    // Without a model the regions' own samples stand in, and the report says so.
    let alone = at("alone");
    succeeds(&[&from[..], &["--out", alone.to_str().unwrap()]].concat());
    let page = std::fs::read_to_string(alone.join("report.html")).unwrap();
    assert!(page.contains("The regions were chosen by these very samples"));
    // What could not be measured is told, not left out.
    let alone_told: serde_json::Value =
        serde_json::from_slice(&std::fs::read(alone.join("study.json")).unwrap()).unwrap();
    let reason = alone_told["active_not_measured"].as_str().unwrap();
    assert!(
        reason.contains("--model") && page.contains("was not measured"),
        "{reason}"
    );
    // With the model they are.
    let with_model: serde_json::Value =
        serde_json::from_slice(&std::fs::read(found.join("study.json")).unwrap()).unwrap();
    assert!(with_model["active"]["melodies"].as_u64().unwrap() > 1);
    let groups = table(&alone.join("groups.csv")).1;
    assert!(groups.iter().filter(|row| row[0] == "contour").count() <= 21);
}

#[test]
fn a_run_that_other_programs_wrote_is_studied_from_one_command() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("study");
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/published_output/run");
    let arguments = ["study", "--quiet", "--device", "cpu", "--model", TINY];
    let paths = [
        "--from",
        run.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ];
    succeeds(&[&arguments[..], &paths].concat());
    let found: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("study.json")).unwrap()).unwrap();
    assert_eq!(
        (&found["regions"], &found["latent_size"]),
        (&4.into(), &16.into())
    );
    assert_eq!(
        (&found["samples"]["melodies"], &found["samples"]["empty"]),
        (&12.into(), &1.into())
    );
    assert_eq!(table(&out.join("attributes.csv")).1.len(), 12);
    // A model of another size is refused before anything is written.
    let other = folder.path().join("other");
    let wrong = ["study", "--quiet", "--device", "cpu", "--model"];
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/default.safetensors");
    let rest = [
        default.to_str().unwrap(),
        "--from",
        run.to_str().unwrap(),
        "--out",
        other.to_str().unwrap(),
    ];
    let output = tunescape(&[&wrong[..], &rest].concat());
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        message.contains("256 latent dimensions") && message.contains("have 16"),
        "{message}"
    );
}
