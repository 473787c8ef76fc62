//! A sweep as a folder of files.
//!
//! | file | what |
//! |---|---|
//! | `melodies/region_RRR_sample_SS.mid` | one MIDI file per sample, silent ones too |
//! | `centres/region_RRR.mid` | one per region: the melody of its centre |
//! | `samples.csv` | one row per sample, in order; attributes of an empty melody are blank |
//! | `regions.csv` | one row per region: counts, means over its samples, map position |
//! | `latents.npy` | `[regions * samples, dimensions]` float32, in the order of `samples.csv` |
//! | `centroids.npy` | `[regions, dimensions]` float32 |
//! | `tokens.npy` | `[regions * samples, steps]` uint8 |
//! | `run.json` | config, seed, weights, version, device, counts, map quality, layout and its quality; written last |

use std::path::Path;

use super::error::ExportError;
use super::naming::{digits, provenance};
use super::output_folder::OutputFolder;
use super::run_record::{PROGRAM, RunRecord, VERSION};
use super::tables::{ColumnValues, RegionRow, SampleRow, write_regions, write_samples};
use crate::melody::Track;
use crate::statistics::mean;
use crate::sweep::{Counts, MelodyEntry, Sweep};

/// Prefixes of the names of melodies of sweeps and steering runs.
const PREFIXES: [&str; 2] = ["region_", "steered_"];

/// Writes a sweep to `folder`, which is created if it does not exist.
///
/// `run.json` comes last: a folder that has it is complete. With `overwrite` an earlier run in the folder is replaced, and
/// its remaining melodies are removed; other files in the folder stay.
///
/// # Errors
/// [`ExportError::FolderNotEmpty`] if the folder is in use and `overwrite` is off; [`ExportError::Write`] if the system
/// does not allow writing.
pub fn write_sweep(sweep: &Sweep, folder: &Path, overwrite: bool) -> Result<(), ExportError> {
    let out = OutputFolder::prepare(folder, overwrite)?;
    let plan = &sweep.plan;
    let per_region = plan.config.samples as usize;
    let (region_digits, sample_digits) =
        (digits(plan.region_centres.len(), 3), digits(per_region, 2));
    let region_name = |region: u32| format!("region_{region:0region_digits$}");
    let regions = || (0..).zip(sweep.samples.chunks(per_region.max(1)));

    let row = |region: u32, sample: u32, entry| {
        let name = region_name(region);
        let file = format!("melodies/{name}_sample_{sample:0sample_digits$}.mid");
        SampleRow::new(region, sample, file, entry)
    };
    let rows: Vec<SampleRow<'_>> = regions()
        .flat_map(|(region, entries)| {
            (0..)
                .zip(entries)
                .map(move |(sample, entry)| row(region, sample, entry))
        })
        .collect();
    let names = rows.iter().map(SampleRow::file_name);
    let source = (plan.config.seed, sweep.weights_hash.as_str());
    write_melodies(&out, "melodies", names.zip(&sweep.samples), source)?;
    let names = (0..).map(|region| format!("{}.mid", region_name(region)));
    write_melodies(&out, "centres", names.zip(&sweep.centres), source)?;

    let latent_size = plan.latent_size();
    let count = sweep.samples.len();
    let latents = sweep.samples.iter().filter_map(|e| plan.latent(e.id));
    out.write_latents("latents.npy", count, latent_size, latents)?;
    let (count, region_centres) = (
        plan.region_centres.len(),
        plan.region_centres.iter().cloned(),
    );
    out.write_latents("centroids.npy", count, latent_size, region_centres)?;
    let tokens = sweep.samples.iter().map(|entry| &*entry.melody);
    out.write_tokens("tokens.npy", sweep.steps, tokens)?;
    out.write("samples.csv", |out| write_samples(out, &rows))?;
    let region_rows: Vec<RegionRow> = regions()
        .zip(&sweep.centres)
        .map(|((region, entries), centre)| region_row(region, entries, centre.position))
        .collect();
    out.write("regions.csv", |out| write_regions(out, &region_rows))?;

    let summary = sweep.summary();
    out.write_record(&RunRecord {
        program: PROGRAM,
        version: VERSION,
        kind: "sweep",
        seed: plan.config.seed,
        weights_hash: &sweep.weights_hash,
        device: &summary.device,
        devices: sweep.devices.iter().map(String::as_str).collect(),
        latent_size,
        steps: sweep.steps,
        config: &plan.config,
        sigma: plan.sigma,
        counts: summary.samples,
        centre_counts: Some(summary.centres),
        attributes: summary.attributes,
        map_quality: plan.quality,
        layout: sweep.layout_quality.as_ref(),
        spread: Some(summary.spread),
        seconds: Some(sweep.seconds),
        steering: None,
    })
}

/// Writes melodies under their file names into the folder `inner`, and removes those of an earlier run. `seed` and
/// `weights_hash` are those of the sweep.
pub(super) fn write_melodies<'a>(
    out: &OutputFolder,
    inner: &str,
    melodies: impl Iterator<Item = (String, &'a MelodyEntry)>,
    (seed, weights_hash): (u64, &str),
) -> Result<(), ExportError> {
    let tracks = melodies.map(|(name, entry)| {
        let track = Track {
            melody: &entry.melody,
            name: entry.id.to_string(),
            text: provenance(entry.id, seed, weights_hash),
        };
        (name, track)
    });
    out.write_melodies(inner, &PREFIXES, tracks)
}

/// The row of a region with these samples.
pub(super) fn region_row(region: u32, entries: &[MelodyEntry], position: [f64; 2]) -> RegionRow {
    let counts = Counts::count(entries);
    let column_mean = |attribute: usize| {
        let values = entries
            .iter()
            .filter_map(|entry| entry.attributes.value(attribute));
        mean(&values.collect::<Vec<f64>>())
    };
    RegionRow {
        region,
        samples: counts.melodies,
        empty: counts.empty,
        distinct: counts.distinct,
        means: ColumnValues::new(column_mean),
        position,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::fs;

    use super::*;
    use crate::melody::read_midi_file;
    use crate::session::{SteerRun, write_steer};
    use crate::sweep::testing::FakeModel;
    use crate::sweep::{
        RunOptions, SteerBasis, SteerGoals, SteerRequest, SweepConfig, Unobserved, run, steer,
    };

    fn swept(regions: u32, samples: u32) -> Sweep {
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

    fn table(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
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

    fn array<T: npyz::Deserialize>(path: &Path) -> (Vec<u64>, Vec<T>) {
        let bytes = fs::read(path).unwrap();
        let file = npyz::NpyFile::new(&bytes[..]).unwrap();
        (file.shape().to_vec(), file.into_vec::<T>().unwrap())
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_run_has_the_files_and_columns_that_scripts_rely_on() {
        let sweep = swept(12, 5);
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("runs/first");
        write_sweep(&sweep, &folder, false).unwrap();
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
        assert_eq!(names(&folder), files);
        assert_eq!(
            (
                names(&folder.join("melodies")).len(),
                names(&folder.join("centres")).len()
            ),
            (60, 12)
        );

        let (head, rows) = table(&folder.join("samples.csv"));
        assert_eq!(
            head.join(","),
            "region,sample,file,empty,notes,note_density,pitch_range,contour,rhythmic_complexity,map_x,map_y,signed_contour,highest_note,lowest_note,syncopation,rests,repetition,note_length"
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

        let (shape, latents) = array::<f32>(&folder.join("latents.npy"));
        assert_eq!(shape, [60, 24]);
        assert_eq!(
            latents[17 * 24..18 * 24],
            *sweep.plan.latent(sweep.samples[17].id).unwrap().as_slice()
        );
        let (shape, region_centres) = array::<f32>(&folder.join("centroids.npy"));
        assert_eq!(
            (shape.as_slice(), &region_centres[..24]),
            ([12, 24].as_slice(), sweep.plan.region_centres[0].as_slice())
        );
        let (shape, tokens) = array::<u8>(&folder.join("tokens.npy"));
        assert_eq!(shape, [60, 32]);
        assert_eq!(
            tokens[59 * 32..],
            *sweep.samples[59].melody.tokens().as_slice()
        );

        let (head, rows) = table(&folder.join("regions.csv"));
        assert_eq!(
            head.join(","),
            "region,samples,empty,distinct,note_density,pitch_range,contour,rhythmic_complexity,map_x,map_y,signed_contour,highest_note,lowest_note,syncopation,rests,repetition,note_length"
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
    fn a_folder_in_use_is_left_alone_unless_it_is_to_be_overwritten() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path();
        write_sweep(&swept(4, 3), folder, false).unwrap();
        let mine = folder.join("melodies/my region_000_sample_00.mid");
        fs::write(&mine, "mine").unwrap();
        let error = write_sweep(&swept(2, 3), folder, false).unwrap_err();
        assert!(error.to_string().contains("pass --overwrite"), "{error}");
        assert_eq!(table(&folder.join("samples.csv")).1.len(), 12);
        write_sweep(&swept(2, 3), folder, true).unwrap();
        assert_eq!(table(&folder.join("samples.csv")).1.len(), 6);
        // The smaller run's own melodies and the stranger's file, nothing of the larger run.
        assert_eq!(names(&folder.join("melodies")).len(), 7);
        assert!(mine.exists());
    }

    #[test]
    fn a_target_that_is_a_file_is_said_in_one_sentence() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("run");
        fs::write(&file, "x").unwrap();
        let error = write_sweep(&swept(2, 2), &file, true).unwrap_err();
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
        let sweep = swept(20, 8);
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
        let (_, rows) = table(&temporary.path().join("samples.csv"));
        assert_eq!(
            (rows.len(), rows[5][..3].join(",")),
            (6, "0,5,melodies/steered_05.mid".to_owned())
        );
        assert_eq!(table(&temporary.path().join("regions.csv")).1.len(), 1);
        let (shape, latents) = array::<f32>(&temporary.path().join("latents.npy"));
        assert_eq!(
            (shape, &latents[..24]),
            (vec![6, 24], steered.entries[0].latent.as_slice())
        );
        assert_eq!(
            array::<f32>(&temporary.path().join("centroids.npy")).0,
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
}
