//! Tests of the folder of a sweep.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;

use super::*;
use crate::files::folder_entries;
use crate::melody::read_midi_file;
use crate::session::{SteerRun, write_steer};
use crate::sweep::testing::FakeModel;
use crate::sweep::{
    RunOptions, SteerBasis, SteerGoals, SteerRequest, SweepConfig, Unobserved, run, steer,
};

fn run_sweep(regions: u32, samples: u32) -> Sweep {
    // A wide spread, so that some melodies are silent.
    let sigma = crate::latent::Sigma::Fixed(3.0);
    let config = SweepConfig {
        regions,
        samples,
        sigma,
        ..SweepConfig::default()
    };
    run(
        &config,
        &RunOptions::default(),
        &mut FakeModel::new(24),
        &mut Unobserved,
    )
    .unwrap()
}

#[test]
fn an_archive_has_the_same_files_as_the_folders_and_replaces_them() {
    let sweep = run_sweep(4, 3);
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    write_sweep(&sweep, folder, MelodyFiles::SeparateFiles, false).unwrap();
    fs::write(folder.join("centres/notes.txt"), "mine").unwrap();
    let mut expected = Vec::new();
    for subfolder in ["melodies", "centres"] {
        for name in sorted_names(&folder.join(subfolder)) {
            let path = format!("{subfolder}/{name}");
            let bytes = fs::read(folder.join(&path)).unwrap();
            expected.push((path, bytes));
        }
    }
    expected.retain(|(path, _)| !path.ends_with(".txt"));
    write_sweep(&sweep, folder, MelodyFiles::Archive, true).unwrap();
    let bytes = fs::read(folder.join(ARCHIVE_FILE)).unwrap();
    let mut archive = tar::Archive::new(&bytes[..]);
    let archived: Vec<(String, Vec<u8>)> = archive
        .entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
            (path, content)
        })
        .collect();
    assert_eq!(archived.len(), 16);
    assert_eq!(archived, expected);
    // Files of the user stay.
    assert!(!folder.join("melodies").exists());
    assert_eq!(sorted_names(&folder.join("centres")), ["notes.txt"]);
    write_sweep(&sweep, folder, MelodyFiles::Archive, true).unwrap();
    assert!(fs::read(folder.join(ARCHIVE_FILE)).unwrap() == bytes);
    write_sweep(&sweep, folder, MelodyFiles::SeparateFiles, true).unwrap();
    assert!(!folder.join(ARCHIVE_FILE).exists());
}

fn read_table(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let head = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    (head, rows)
}

fn read_array<T: npyz::Deserialize>(path: &Path) -> (Vec<u64>, Vec<T>) {
    let bytes = fs::read(path).unwrap();
    let file = npyz::NpyFile::new(&bytes[..]).unwrap();
    (file.shape().to_vec(), file.into_vec::<T>().unwrap())
}

fn sorted_names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = folder_entries(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_run_has_the_files_and_columns_that_scripts_rely_on() {
    let sweep = run_sweep(12, 5);
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("runs/first");
    write_sweep(&sweep, &folder, MelodyFiles::SeparateFiles, false).unwrap();
    let files = [
        "centres",
        "centroids.npy",
        "latents.npy",
        "melodies",
        "regions.csv",
        "run.json",
        "samples.csv",
        "tokens.npy",
    ];
    assert_eq!(sorted_names(&folder), files);
    assert_eq!(
        (
            sorted_names(&folder.join("melodies")).len(),
            sorted_names(&folder.join("centres")).len()
        ),
        (60, 12)
    );

    let (head, rows) = read_table(&folder.join("samples.csv"));
    assert_eq!(
        head.join(","),
        "region,sample,file,empty,notes,note_density,pitch_range,contour,rhythmic_complexity,map_x,map_y,signed_contour,highest_note,lowest_note,syncopation,rests,repetition,note_length,motif_repetition"
    );
    assert_eq!(rows.len(), 60);
    for (index, (row, entry)) in rows.iter().zip(&sweep.samples).enumerate() {
        assert_eq!(
            (row[0].parse(), row[1].parse()),
            (Ok(index / 5), Ok(index % 5))
        );
        let song = read_midi_file(&folder.join(&row[2])).unwrap();
        let notes: usize = song.tracks.iter().map(|track| track.notes.len()).sum();
        assert_eq!(row[4].parse(), Ok(notes));
        // Two bars of four quarters, silent or not.
        assert_eq!(song.length_ticks, 2 * 4 * u64::from(song.ticks_per_quarter));
        assert_eq!(row[3], if notes == 0 { "true" } else { "false" });
        if notes == 0 {
            assert!(row[5..9].iter().chain(&row[11..]).all(String::is_empty));
        } else {
            assert_eq!(row[5].parse(), Ok(notes as f64 / 32.0));
            assert_eq!(row[8].parse::<f64>().ok(), entry.attributes.value(1));
            let pitches = || entry.melody.notes().iter().map(|note| note.pitch);
            assert_eq!(row[12].parse().ok(), pitches().max());
            assert_eq!(row[13].parse().ok(), pitches().min());
        }
        assert_eq!(
            (row[9].parse(), row[10].parse()),
            (Ok(entry.position[0]), Ok(entry.position[1]))
        );
    }
    assert!(
        rows.iter().any(|row| row[3] == "true"),
        "the test needs a silent melody"
    );

    let (shape, latents) = read_array::<f32>(&folder.join("latents.npy"));
    assert_eq!(shape, [60, 24]);
    assert_eq!(
        latents[17 * 24..18 * 24],
        *sweep.plan.latent(sweep.samples[17].id).unwrap().as_slice()
    );
    let (shape, region_centres) = read_array::<f32>(&folder.join("centroids.npy"));
    assert_eq!(
        (shape.as_slice(), &region_centres[..24]),
        ([12, 24].as_slice(), sweep.plan.region_centres[0].as_slice())
    );
    let (shape, tokens) = read_array::<u8>(&folder.join("tokens.npy"));
    assert_eq!(shape, [60, 32]);
    assert_eq!(
        tokens[59 * 32..],
        *sweep.samples[59].melody.tokens().as_slice()
    );

    let (head, rows) = read_table(&folder.join("regions.csv"));
    assert_eq!(
        head.join(","),
        "region,samples,empty,distinct,note_density,pitch_range,contour,rhythmic_complexity,map_x,map_y,signed_contour,highest_note,lowest_note,syncopation,rests,repetition,note_length,motif_repetition"
    );
    assert_eq!(rows.len(), 12);
    let density: Vec<f64> = sweep.samples[5..10]
        .iter()
        .filter_map(|e| e.attributes.value(0))
        .collect();
    let mean = density.iter().sum::<f64>() / density.len() as f64;
    assert!((rows[1][4].parse::<f64>().unwrap() - mean).abs() < 1e-12);
    assert_eq!(rows[1][8].parse(), Ok(sweep.plan.map.points[1][0]));

    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap();
    assert_eq!(
        (record["seed"].as_u64(), record["weights_hash"].as_str()),
        (Some(99), Some("0123456789ab"))
    );
    assert_eq!(
        (
            record["counts"]["melodies"].as_u64(),
            record["device"].as_str()
        ),
        (Some(60), Some("a fake"))
    );
    assert_eq!(record["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        record["map_quality"]["stress"].as_f64(),
        Some(sweep.plan.quality.stress)
    );
    let config: SweepConfig = serde_json::from_value(record["config"].clone()).unwrap();
    assert_eq!(config, sweep.plan.config);
}

#[test]
fn a_folder_in_use_is_not_changed_unless_overwriting_is_allowed() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    write_sweep(&run_sweep(4, 3), folder, MelodyFiles::SeparateFiles, false).unwrap();
    let user_file = folder.join("melodies/my region_000_sample_00.mid");
    fs::write(&user_file, "mine").unwrap();
    let error =
        write_sweep(&run_sweep(2, 3), folder, MelodyFiles::SeparateFiles, false).unwrap_err();
    assert!(error.to_string().contains("pass --overwrite"), "{error}");
    assert_eq!(read_table(&folder.join("samples.csv")).1.len(), 12);
    write_sweep(&run_sweep(2, 3), folder, MelodyFiles::SeparateFiles, true).unwrap();
    assert_eq!(read_table(&folder.join("samples.csv")).1.len(), 6);
    // The melodies of the smaller run and the user's file, none of the larger run.
    assert_eq!(sorted_names(&folder.join("melodies")).len(), 7);
    assert!(user_file.exists());
}

#[test]
fn a_target_that_is_a_file_is_an_error_of_one_sentence() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("run");
    fs::write(&file, "x").unwrap();
    let error = write_sweep(&run_sweep(2, 2), &file, MelodyFiles::SeparateFiles, true).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("is a file, not a folder; choose another name"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "x");
}

#[test]
fn a_steer_has_the_layout_of_a_sweep_with_one_region() {
    let sweep = run_sweep(20, 8);
    let mut basis = SteerBasis::from_sweep(&sweep);
    let request = SteerRequest {
        goals: SteerGoals::wanted(0, 0.4),
        count: 6,
        ..SteerRequest::default()
    };
    let mut decoder = FakeModel::new(24);
    let steered = steer(&mut basis, &request, &mut decoder, &mut Unobserved).unwrap();
    let (devices, weights_hash) = (["a fake".to_owned()], "0123456789ab");
    let temporary = tempfile::tempdir().unwrap();
    let plan = &sweep.plan;
    let steer_run = SteerRun {
        plan,
        request: &request,
        steered: &steered,
        steps: 32,
        layout: None,
        devices: &devices,
        weights_hash,
    };
    write_steer(&steer_run, temporary.path(), false).unwrap();
    let (_, rows) = read_table(&temporary.path().join("samples.csv"));
    assert_eq!(
        (rows.len(), rows[5][..3].join(",")),
        (6, "0,5,melodies/steered_05.mid".to_owned())
    );
    assert_eq!(read_table(&temporary.path().join("regions.csv")).1.len(), 1);
    let (shape, latents) = read_array::<f32>(&temporary.path().join("latents.npy"));
    assert_eq!(
        (shape, &latents[..24]),
        (vec![6, 24], steered.entries[0].latent.as_slice())
    );
    assert_eq!(
        read_array::<f32>(&temporary.path().join("centroids.npy")).0,
        [1, 24]
    );
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(temporary.path().join("run.json")).unwrap()).unwrap();
    assert_eq!(
        (
            record["kind"].as_str(),
            record["steering"]["goals"][0]["shown_value"].as_f64()
        ),
        (Some("steer"), Some(6.4))
    );
}
