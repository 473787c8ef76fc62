//! `tunescape study` and `merge` as scripts use them: files, columns, taking up, joining, recomputing.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/command.rs"]
mod command;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use tunescape::statistics::{
    MannWhitneyMethod, Variances, benjamini_hochberg, cliffs_delta, hedges_g, holm, mann_whitney,
    t_test,
};

use command::{succeeds, tunescape};

fn model() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("tests/fixtures/flat_tiny/weights.safetensors");
    path.to_str().unwrap().to_owned()
}

/// A small study, or a shard of it.
fn study(out: &Path, more: &[&str]) {
    let (model, out) = (model(), out.to_str().unwrap());
    let mut arguments = vec!["study", "--device", "cpu", "--quiet", "--model", &model];
    arguments.extend([
        "--regions",
        "9",
        "--samples",
        "7",
        "--seed",
        "3",
        "--group-samples",
        "12",
    ]);
    arguments.extend(["--out", out]);
    arguments.extend(more);
    succeeds(&arguments);
}

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

/// Equal names and bytes; says which file differs.
fn assert_same(left: &Path, right: &Path) {
    let (left, right) = (files(left), files(right));
    assert_eq!(
        left.keys().collect::<Vec<_>>(),
        right.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &left {
        assert!(*bytes == right[name], "{} differs", name.display());
    }
}

fn table(path: &Path) -> (String, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let head = reader
        .headers()
        .unwrap()
        .iter()
        .collect::<Vec<_>>()
        .join(",");
    let rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    (head, rows)
}

#[test]
fn a_study_writes_the_files_and_columns_that_scripts_rely_on() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("study");
    study(&out, &[]);
    let names: Vec<String> = files(&out)
        .into_keys()
        .filter(|name| !name.starts_with("figures"))
        .map(|name| name.to_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "attributes.csv",
            "attributes.npy",
            "attributes.parquet",
            "between_attributes.csv",
            "centroids.npy",
            "correlations.csv",
            "groups.csv",
            "latents.npy",
            "latents.parquet",
            "map.npy",
            "map.parquet",
            "map_quality.csv",
            "overview.csv",
            "regions.csv",
            "report.html",
            "run.json",
            "study.json",
            "tests.csv",
            "tokens.npy",
        ]
    );
    let head = |name: &str| table(&out.join(name)).0;
    assert_eq!(
        head("tests.csv"),
        "attribute,pair,test,statistic,p,p_holm,p_bh,cliffs_delta,hedges_g,n1,n2"
    );
    assert_eq!(head("groups.csv"), "attribute,group,value");
    assert_eq!(
        head("overview.csv"),
        "attribute,n,mean,sd,median,r2,axis_r2,largest_r_regions,chance_5_percent,chance_n,moran_i,cliffs_delta_low_high"
    );
    assert_eq!(table(&out.join("overview.csv")).1.len(), 5);
    assert_eq!(
        head("correlations.csv"),
        "attribute,over,dimension,n,pearson,p,p_holm,p_bh,spearman"
    );
    assert_eq!(
        head("attributes.csv"),
        "region,sample,empty,notes,note_density,rhythmic_complexity,pitch_range,contour,signed_contour,map_x,map_y"
    );
    assert_eq!(table(&out.join("attributes.csv")).1.len(), 63);
    assert_eq!(table(&out.join("correlations.csv")).1.len(), 5 * 2 * 16);
    // The page needs nothing beside itself.
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("<svg") && !page.contains("<script") && !page.contains("<link"));
    for outside in ["src=\"http", "href=\"http", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    for figure in std::fs::read_dir(out.join("figures")).unwrap() {
        let path = figure.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        match path.extension().unwrap().to_str().unwrap() {
            "png" => assert_eq!(&bytes[1..4], b"PNG", "{path:?}"),
            _ => assert!(bytes.starts_with(b"<svg viewBox"), "{path:?}"),
        }
    }
}

#[test]
fn every_test_can_be_computed_again_from_the_raw_groups() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("study");
    study(&out, &[]);
    let (_, values) = table(&out.join("groups.csv"));
    let (_, rows) = table(&out.join("tests.csv"));
    assert_eq!(rows.len(), 5 * 3 * 3);
    let group = |attribute: &str, name: &str| -> Vec<f64> {
        values
            .iter()
            .filter(|row| row[0] == attribute && row[1] == name)
            .map(|row| row[2].parse().unwrap())
            .collect()
    };
    let mut tested = 0;
    for row in &rows {
        let (first, second) = row[1].split_once('-').unwrap();
        let (x, y) = (group(&row[0], first), group(&row[0], second));
        assert_eq!(
            (row[9].parse(), row[10].parse()),
            (Ok(x.len()), Ok(y.len()))
        );
        let found = match row[2].as_str() {
            "mann_whitney" => mann_whitney(&x, &y, MannWhitneyMethod::Auto),
            "student_t" => t_test(&x, &y, Variances::Equal),
            _ => t_test(&x, &y, Variances::Unequal),
        };
        let written = |column: usize| row[column].parse::<f64>().ok();
        assert_eq!(written(3), found.as_ref().ok().map(|found| found.statistic));
        assert_eq!(written(4), found.as_ref().ok().map(|found| found.p));
        assert_eq!(written(7), cliffs_delta(&y, &x).ok());
        assert_eq!(written(8), hedges_g(&y, &x).ok());
        tested += usize::from(found.is_ok());
    }
    assert!(tested > 20, "{tested} of the tests are defined");
    for test in ["mann_whitney", "student_t", "welch_t"] {
        let of_test = || {
            rows.iter()
                .filter(|row| row[2] == test && !row[4].is_empty())
        };
        let column = |k: usize| {
            of_test()
                .map(|row| row[k].parse::<f64>().unwrap())
                .collect()
        };
        let p: Vec<f64> = column(4);
        assert_eq!(holm(&p), column(5));
        assert_eq!(benjamini_hochberg(&p), column(6));
    }
}

#[test]
fn shards_join_to_the_very_files_of_one_run_and_threads_and_batches_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    study(&at("whole"), &[]);
    study(&at("again"), &["--threads", "1", "--batch", "5"]);
    assert_same(&at("whole"), &at("again"));
    let (mut shards, model) = (Vec::new(), model());
    for shard in ["3/4", "1/4", "4/4", "2/4"] {
        let out = at(&shard.replace('/', "_of_"));
        study(&out, &["--shard", shard]);
        assert!(!out.join("run.json").exists());
        shards.push(out.to_str().unwrap().to_owned());
    }
    let merged = at("merged");
    let mut arguments = vec!["merge", "--quiet", "--device", "cpu", "--model", &model];
    arguments.extend(["--out", merged.to_str().unwrap()]);
    let some: Vec<&str> = arguments
        .iter()
        .copied()
        .chain(shards[1..].iter().map(String::as_str))
        .collect();
    let output = tunescape(&some);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("parts are missing"));
    arguments.extend(shards.iter().map(String::as_str));
    succeeds(&arguments);
    assert_same(&at("whole"), &merged);
}

#[test]
fn a_study_that_was_stopped_is_taken_up_and_one_with_other_settings_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    study(&at("whole"), &[]);
    // A third of the parts is what a run leaves that was stopped there.
    study(&at("stopped"), &["--shard", "1/3"]);
    let (model, out) = (model(), at("stopped"));
    let other = [
        "study",
        "--quiet",
        "--device",
        "cpu",
        "--model",
        &model,
        "--regions",
        "8",
        "--out",
    ];
    let output = tunescape(&[&other[..], &[out.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("the sweep differs"), "{told}");
    study(&at("stopped"), &[]);
    assert_same(&at("whole"), &at("stopped"));
    // A finished one is left alone.
    let again = tunescape(&[&other[..], &[out.to_str().unwrap()]].concat());
    assert!(String::from_utf8_lossy(&again.stderr).contains("pass --overwrite"));
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
    let model = model();
    let mut arguments = vec!["merge", "--device", "cpu", "--quiet", "--model", &model];
    arguments.extend(["--overwrite", "--out", out.to_str().unwrap()]);
    arguments.extend(shards.iter().map(|shard| shard.to_str().unwrap()));
    arguments.extend(more);
    let output = tunescape(&arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), told)
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
    let (code, told) = merged(&[&one, &two], &out, &[]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(devices(), serde_json::json!(["CPU"]));
    // As if a graphics card had decoded the second half.
    change_manifest(&two, |json| {
        for device in json["devices"].as_object_mut().unwrap().values_mut() {
            *device = serde_json::json!(["A card"]);
        }
    });
    let (code, told) = merged(&[&one, &two], &out, &[]);
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("CPU, A card") && told.contains("--mixed-devices"),
        "{told}"
    );
    let (code, told) = merged(&[&one, &two], &out, &["--mixed-devices"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("CPU, A card"), "{told}");
    assert_eq!(devices(), serde_json::json!(["CPU", "A card"]));
    // A part of before devices were written down.
    change_manifest(&two, |json| {
        json.as_object_mut().unwrap().remove("devices");
    });
    let (code, told) = merged(&[&one, &two], &out, &[]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("do not say what decoded them"), "{told}");
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
        let (code, told) = merged(&[&shards[0], &shards[1]], &at("out"), &[]);
        assert_eq!(code, Some(1), "{told}");
        let [first, second] = shards.map(|shard| shard.display().to_string());
        let start =
            format!("{first} and {second} hold parts of different runs (the sweep differs)");
        assert!(told.contains(&start), "{told}");
        assert!(!told.contains("--overwrite"), "{told}");
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
        let (code, told) = merged(&[&shard], &out, &[]);
        assert_eq!(
            code,
            Some(if words == "latent dimensions" || at == "/steps" {
                2
            } else {
                1
            }),
            "{told}"
        );
        assert!(told.contains(words), "{at}: {told}");
        std::fs::write(shard.join("parts/manifest.json"), good).unwrap();
    }
}

#[test]
fn presets_set_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let record = |preset: &str| -> serde_json::Value {
        let out = folder.path().join(preset);
        study(&out, &["--preset", preset]);
        serde_json::from_slice(&std::fs::read(out.join("run.json")).unwrap()).unwrap()
    };
    let paper = record("paper");
    assert_eq!(paper["config"]["scaling"]["box"]["width"], 6.0);
    assert_eq!(
        (&paper["sigma"], &paper["settings"]["attributes"]),
        (&1.0.into(), &"standard".into())
    );
    let published = record("as-published");
    assert_eq!(published["config"]["sigma"], "as-published");
    assert_eq!(published["settings"]["attributes"], "as-published");
    assert_eq!(published["settings"]["group_sigma"], 1.0);
    let prior = record("prior");
    assert_eq!(
        (&prior["config"]["scaling"], &prior["sigma"]),
        (&"prior".into(), &0.5.into())
    );
    assert_eq!(prior["counts"]["melodies"], 63);
}

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
    let (model, run) = (model(), at("run"));
    let sweep = [
        "sweep",
        "--device",
        "cpu",
        "--quiet",
        "--model",
        &model,
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
    let (centroids, latents) = (points("centroids.npy"), points("latents.npy"));
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
        write_point(&region.join(name), &centroids[16 * i..][..16]);
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
    let size = ["--seed", "3", "--group-samples", "12", "--model", &model];
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
    let (model, out) = (model(), folder.path().join("study"));
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/published_output/run");
    let arguments = ["study", "--quiet", "--device", "cpu", "--model", &model];
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
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("256 latent dimensions") && told.contains("have 16"),
        "{told}"
    );
}

#[test]
fn every_figure_of_the_map_has_its_chance_level_in_every_file() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("study");
    study(&out, &[]);
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(out.join(name)).unwrap()).unwrap()
    };
    let found = read("study.json");
    assert_eq!(found["map"], read("run.json")["map_quality"]);
    let (head, rows) = table(&out.join("map_quality.csv"));
    assert_eq!(head, "measure,attribute,n,value,chance,p,p_holm");
    let map = &found["map"];
    // The JSON reader may miss the last bit.
    let close = |written: &str, told: &serde_json::Value| {
        let (written, told): (f64, f64) = (written.parse().unwrap(), told.as_f64().unwrap());
        assert!((written - told).abs() <= 1e-15, "{written} {told}");
    };
    for (row, (key, chance)) in rows.iter().zip([
        ("stress", "stress_chance"),
        ("trustworthiness", "trustworthiness_chance"),
        ("continuity", "continuity_chance"),
        ("neighbours_kept", "neighbours_chance"),
    ]) {
        assert_eq!(row[0], if key == "stress" { "stress_1" } else { key });
        close(&row[3], &map[key]);
        close(&row[4], &map[chance]);
    }
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    for row in &rows[4..] {
        assert_eq!(row[0], "moran_i");
        let on_the_map = &found["attributes"][&row[1]]["on_the_map"];
        close(&row[3], &on_the_map["moran_i"]);
        close(&row[4], &on_the_map["chance"]);
        close(&row[6], &on_the_map["p_holm"]);
    }
    assert!(rows.len() > 6, "{rows:?}");
    for words in [
        "Stress-1",
        "Trustworthiness",
        "Continuity",
        "neighbours kept",
        "Moran's I of contour",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_sigterm_keep_what_was_decoded_and_end_with_codes_of_their_own() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        stopped_by(signal, code);
    }
}

#[cfg(unix)]
fn stopped_by(signal: &str, code: i32) {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (model(), folder.path().join("study"));
    let child = Command::new(env!("CARGO_BIN_EXE_tunescape"))
        .args(["study", "--quiet", "--device", "cpu", "--model", &model])
        .args([
            "--regions",
            "100",
            "--samples",
            "20000",
            "--out",
            out.to_str().unwrap(),
        ])
        .spawn()
        .unwrap();
    let part = out.join("parts/part_00001.npy");
    let began = std::time::Instant::now();
    while !part.exists() {
        assert!(began.elapsed().as_secs() < 120, "no part came");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([signal, &pid])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(code));
    assert!(part.exists() && !out.join("run.json").exists());
}
