//! Tests of reading the published scripts' output.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use npyz::WriterBuilder as _;

use super::*;
use crate::latent::prior_point;
use crate::melody::{MidiWriteOptions, Track, single_track_bytes};
use crate::study::{StudyResults, StudySettings};

fn write_array<T: npyz::AutoSerialize + Copy>(path: &Path, shape: &[u64], numbers: &[T]) {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::<T>::new()
        .default_dtype()
        .shape(shape)
        .writer(&mut bytes)
        .begin_nd()
        .unwrap();
    writer.extend(numbers.iter().copied()).unwrap();
    writer.finish().unwrap();
    fs::write(path, bytes).unwrap();
}

/// Writes four regions with three samples each; sample j of region i has 2 i + j notes.
fn write_published_output(folder: &Path) {
    for i in 0..4_u32 {
        let region = folder.join(format!("grid_point_{i}"));
        let centre = prior_point(8, 1, u64::from(i));
        for j in 0..3_u32 {
            let sample = region.join(format!("sample_{j}"));
            fs::create_dir_all(&sample).unwrap();
            let point = prior_point(8, 2, u64::from(3 * i + j));
            let name = format!("sample_coord_{j}.npy");
            write_array(&sample.join(name), &[1, 8], point.as_slice());
            let notes: Vec<Note> = (0..2 * i + j)
                .map(|k| Note {
                    pitch: 60 + k as u8,
                    start: 2 * k,
                    end: 2 * k + 2,
                })
                .collect();
            let melody = Melody::from_notes(&notes, 32).unwrap();
            let track = Track {
                melody: &melody,
                name: String::new(),
                text: String::new(),
            };
            let bytes = single_track_bytes(&track, &MidiWriteOptions::default());
            fs::write(sample.join(format!("sample_midi_out_{j}.mid")), bytes).unwrap();
        }
        let centre: Vec<f64> = centre.as_slice().iter().map(|x| f64::from(*x)).collect();
        write_array(
            &region.join(format!("mean_pt_coord_{i}.npy")),
            &[8],
            &centre,
        );
    }
}

#[test]
fn the_output_of_the_published_scripts_is_read() {
    let folder = tempfile::tempdir().unwrap();
    write_published_output(folder.path());
    let input = read_published_output(folder.path(), AttributeSet::Standard).unwrap();
    let data = &input.data;
    assert_eq!((data.len(), data.latent_size(), data.steps), (12, 8, 32));
    assert_eq!(data.regions, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
    assert_eq!(input.note_counts, [0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8]);
    assert_eq!(data.latent(7), Some(prior_point(8, 2, 7)));
    assert_eq!(data.region_centres[2], prior_point(8, 1, 2));
    assert_eq!(data.counts.empty, 1);
    // The first region's mean is over the two samples that are not empty.
    assert_eq!(data.region_means(0)[0], Some(1.5 / 32.0));
}

#[test]
fn a_region_with_a_single_sample_leaves_the_others_complete() {
    let folder = tempfile::tempdir().unwrap();
    write_published_output(folder.path());
    for sample in ["sample_1", "sample_2"] {
        fs::remove_dir_all(folder.path().join("grid_point_2").join(sample)).unwrap();
    }
    let input = read_published_output(folder.path(), AttributeSet::Standard).unwrap();
    let data = &input.data;
    assert_eq!(data.regions, [0, 0, 0, 1, 1, 1, 2, 3, 3, 3]);
    assert_eq!(data.even_indices(1_000), (0..10).collect::<Vec<_>>());
    let settings = StudySettings::default();
    let results = StudyResults::quick(data, &settings, true, &|| true).unwrap();
    // Nine of the ten have a note.
    for attribute in &results.attributes {
        let correlations = &attribute.over_samples;
        let chance = correlations.chance.as_ref().unwrap();
        assert_eq!(
            (
                attribute.n,
                correlations.n,
                correlations.spearman_n,
                chance.n
            ),
            (9, 9, 9, 9)
        );
        assert!(attribute.linear.as_ref().is_none_or(|linear| linear.n == 9));
    }
    assert_eq!(results.attributes[0].linear.as_ref().unwrap().n, 9);
    // The encoder's sample has all of them that are not empty.
    assert_eq!(input.encoder_sample.len(), 9);
}

#[derive(serde::Deserialize)]
struct Expected {
    centres: Vec<Vec<f32>>,
    samples: Vec<ExpectedSample>,
}

#[derive(serde::Deserialize)]
struct ExpectedSample {
    region: u32,
    point: Vec<f32>,
    measured: Option<std::collections::BTreeMap<String, f64>>,
}

#[test]
fn a_run_written_by_numpy_and_pretty_midi_is_read_to_the_last_note() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/published_output");
    let text = fs::read(folder.join("expected.json")).unwrap();
    let expected: Expected = serde_json::from_slice(&text).unwrap();
    let input = read_published_output(&folder.join("run"), AttributeSet::Standard).unwrap();
    let data = &input.data;
    assert_eq!((data.latent_size(), data.steps), (16, 32));
    let centres: Vec<LatentPoint> = expected.centres.into_iter().map(LatentPoint::new).collect();
    assert_eq!(data.region_centres, centres);
    assert_eq!(data.len(), expected.samples.len());
    assert_eq!(data.counts.empty, 1);
    for (sample_index, sample) in expected.samples.into_iter().enumerate() {
        assert_eq!(data.regions[sample_index], sample.region);
        assert_eq!(
            data.latent(sample_index),
            Some(LatentPoint::new(sample.point))
        );
        let measured = sample.measured.unwrap_or_default();
        let notes = measured.get("notes").copied().unwrap_or(0.0);
        assert_eq!(
            f64::from(input.note_counts[sample_index]),
            notes,
            "{sample_index}"
        );
        for (attribute, column) in crate::attributes::STUDY_ATTRIBUTES
            .iter()
            .zip(&data.columns)
        {
            let expected_value = measured.get(attribute.id).copied();
            match (column[sample_index], expected_value) {
                (Some(found), Some(expected_value)) => {
                    assert!(
                        (found - expected_value).abs() < 1e-12,
                        "{sample_index} {}",
                        attribute.id
                    );
                }
                (found, expected_value) => assert_eq!(found, expected_value, "{sample_index}"),
            }
        }
    }
    // The folder of the samples gives the same result.
    let nested =
        read_published_output(&folder.join("run/samples"), AttributeSet::Standard).unwrap();
    assert_eq!(nested.data.columns, input.data.columns);
}

#[test]
fn errors_name_the_missing_or_damaged_file() {
    let folder = tempfile::tempdir().unwrap();
    let sample_path = |name: &str| folder.path().join("grid_point_2/sample_1").join(name);
    let read_error = || {
        read_published_output(folder.path(), AttributeSet::Standard)
            .unwrap_err()
            .to_string()
    };
    assert!(
        read_error().contains("no folder grid_point_0"),
        "{}",
        read_error()
    );
    write_published_output(folder.path());
    let (point, midi) = (
        sample_path("sample_coord_1.npy"),
        sample_path("sample_midi_out_1.mid"),
    );
    let (valid_point, valid_midi) = (fs::read(&point).unwrap(), fs::read(&midi).unwrap());
    let assert_error = |path: &Path, bytes: &[u8], words: &str| {
        let valid_bytes = fs::read(path).unwrap();
        fs::write(path, bytes).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let message = read_error();
        assert!(
            message.contains(words) && message.contains(name),
            "{message}"
        );
        fs::write(path, valid_bytes).unwrap();
    };
    assert_error(&point, b"nonsense", "cannot be used");
    assert_error(&point, b"", "cannot be used");
    assert_error(
        &point,
        &valid_point[..valid_point.len() - 3],
        "cannot be used",
    );
    assert_error(&midi, &valid_midi[..20], "cannot be used");
    assert_error(&midi, b"", "cannot be used");
    // Complete files with wrong arrays.
    let bytes = |shape: &[u64], numbers: &[f64]| {
        let path = folder.path().join("array");
        write_array(&path, shape, numbers);
        fs::read(&path).unwrap()
    };
    assert_error(&point, &bytes(&[2], &[f64::NAN, 1.0]), "no finite numbers");
    assert_error(&point, &bytes(&[0], &[]), "no finite numbers");
    assert_error(&point, &bytes(&[2, 4], &[0.5; 8]), "the shape [2, 4]");
    let words = "same number of dimensions";
    fs::write(&point, bytes(&[3], &[1.0, 2.0, 3.0])).unwrap();
    assert!(read_error().contains(words), "{}", read_error());
    // A header with a shape that does not fit into memory.
    let mut oversized = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,), }";
    oversized.extend(format!("{header:<117}\n").bytes());
    assert_error(&point, &oversized, "too many numbers");
    let wrapped = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 18446744073709551615), }";
    let mut oversized = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    oversized.extend(format!("{wrapped:<117}\n").bytes());
    assert_error(&point, &oversized, "cannot be used");
    fs::write(&point, valid_point).unwrap();
    fs::remove_file(&midi).unwrap();
    assert!(
        read_error().contains("sample_midi_out_1.mid"),
        "{}",
        read_error()
    );
    fs::write(&midi, valid_midi).unwrap();
    let centre = folder.path().join("grid_point_2/mean_pt_coord_2.npy");
    fs::remove_file(centre).unwrap();
    assert!(
        read_error().contains("mean_pt_coord_2.npy is missing"),
        "{}",
        read_error()
    );
}
