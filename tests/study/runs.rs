//! Studies in one run: what they write, how they stop and go on.

use std::process::{Command, Stdio};

use tunescape::statistics::{
    MannWhitneyMethod, Variances, benjamini_hochberg, cliffs_delta, hedges_g, holm, mann_whitney,
    t_test,
};

use crate::command::{TINY, files, tunescape};
use crate::{assert_same, study, table};

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
            "study.parquet",
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
fn a_study_that_was_stopped_is_taken_up_and_one_with_other_settings_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    study(&at("whole"), &[]);
    // A third of the parts is what a run leaves that was stopped there.
    study(&at("stopped"), &["--shard", "1/3"]);
    let out = at("stopped");
    let other = [
        "study",
        "--quiet",
        "--device",
        "cpu",
        "--model",
        TINY,
        "--regions",
        "8",
        "--out",
    ];
    let output = tunescape(&[&other[..], &[out.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(6));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("the sweep differs"), "{message}");
    study(&at("stopped"), &[]);
    assert_same(&at("whole"), &at("stopped"));
    // A finished one is left alone.
    let again = tunescape(&[&other[..], &[out.to_str().unwrap()]].concat());
    assert!(String::from_utf8_lossy(&again.stderr).contains("pass --overwrite"));
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
    let close = |written: &str, stored: &serde_json::Value| {
        let (written, stored): (f64, f64) = (written.parse().unwrap(), stored.as_f64().unwrap());
        assert!((written - stored).abs() <= 1e-15, "{written} {stored}");
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
    stopped_by("-INT", 1, 130);
    // A batch system sends SIGTERM to the program, and the script of the job sends it again.
    stopped_by("-TERM", 2, 143);
}

#[cfg(unix)]
fn stopped_by(signal: &str, times: usize, code: i32) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("study");
    let child = Command::new(env!("CARGO_BIN_EXE_tunescape"))
        .args(["study", "--quiet", "--device", "cpu", "--model", TINY])
        .args([
            "--regions",
            "100",
            "--samples",
            "20000",
            "--out",
            out.to_str().unwrap(),
        ])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let part = out.join("parts/part_00001.npy");
    let began = std::time::Instant::now();
    while !part.exists() {
        assert!(began.elapsed().as_secs() < 600, "no part came");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([signal])
            .args(vec![&pid; times])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains("What was decoded is kept"), "{said}");
    assert!(part.exists() && !out.join("run.json").exists());
}
