//! Tests of reading the published scripts' output.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use npyz::WriterBuilder as _;

use super::*;
use crate::latent::prior_point;
use crate::melody::{MidiWriteOptions, Track, single_track_bytes};
use crate::study::{Study, StudySettings};

fn array<T: npyz::AutoSerialize + Copy>(path: &Path, shape: &[u64], numbers: &[T]) {
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

/// Four regions with three samples, each with as many notes as its region and sample say.
fn published(folder: &Path) {
    for i in 0..4_u32 {
        let region = folder.join(format!("grid_point_{i}"));
        let centre = prior_point(8, 1, u64::from(i));
        for j in 0..3_u32 {
            let sample = region.join(format!("sample_{j}"));
            fs::create_dir_all(&sample).unwrap();
            let point = prior_point(8, 2, u64::from(3 * i + j));
            let name = format!("sample_coord_{j}.npy");
            array(&sample.join(name), &[1, 8], point.as_slice());
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
        array(
            &region.join(format!("mean_pt_coord_{i}.npy")),
            &[8],
            &centre,
        );
    }
}

#[test]
fn the_output_of_the_published_scripts_is_read() {
    let folder = tempfile::tempdir().unwrap();
    published(folder.path());
    let read = read_published_output(folder.path(), AttributeSet::Standard).unwrap();
    let data = &read.data;
    assert_eq!((data.len(), data.latent_size(), data.steps), (12, 8, 32));
    assert_eq!(data.regions, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
    assert_eq!(read.notes, [0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8]);
    assert_eq!(data.latent(7), Some(prior_point(8, 2, 7)));
    assert_eq!(data.region_centres[2], prior_point(8, 1, 2));
    assert_eq!(data.counts.empty, 1);
    // The first region's mean is over the two samples that are not empty.
    assert_eq!(data.region_means(0)[0], Some(1.5 / 32.0));
}

#[test]
fn a_region_with_a_single_sample_leaves_the_others_complete() {
    let folder = tempfile::tempdir().unwrap();
    published(folder.path());
    for sample in ["sample_1", "sample_2"] {
        fs::remove_dir_all(folder.path().join("grid_point_2").join(sample)).unwrap();
    }
    let read = read_published_output(folder.path(), AttributeSet::Standard).unwrap();
    let data = &read.data;
    assert_eq!(data.regions, [0, 0, 0, 1, 1, 1, 2, 3, 3, 3]);
    assert_eq!(data.even_indices(1_000), (0..10).collect::<Vec<_>>());
    let settings = StudySettings::default();
    let study = Study::quick(data, &settings, true, &|| true).unwrap();
    // Nine of the ten have a note.
    for attribute in &study.attributes {
        let over = &attribute.over_samples;
        let chance = over.chance.as_ref().unwrap();
        assert_eq!(
            (attribute.n, over.n, over.spearman_n, chance.n),
            (9, 9, 9, 9)
        );
        assert!(attribute.linear.as_ref().is_none_or(|linear| linear.n == 9));
    }
    assert_eq!(study.attributes[0].linear.as_ref().unwrap().n, 9);
    // The encoder is given some of them.
    assert_eq!(read.encoder_sample.len(), 9);
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
fn a_run_that_numpy_and_pretty_midi_wrote_is_read_to_the_last_note() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/published_output");
    let text = fs::read(folder.join("expected.json")).unwrap();
    let expected: Expected = serde_json::from_slice(&text).unwrap();
    let read = read_published_output(&folder.join("run"), AttributeSet::Standard).unwrap();
    let data = &read.data;
    assert_eq!((data.latent_size(), data.steps), (16, 32));
    let centres: Vec<LatentPoint> = expected.centres.into_iter().map(LatentPoint::new).collect();
    assert_eq!(data.region_centres, centres);
    assert_eq!(data.len(), expected.samples.len());
    assert_eq!(data.counts.empty, 1);
    for (place, sample) in expected.samples.into_iter().enumerate() {
        assert_eq!(data.regions[place], sample.region);
        assert_eq!(data.latent(place), Some(LatentPoint::new(sample.point)));
        let measured = sample.measured.unwrap_or_default();
        let notes = measured.get("notes").copied().unwrap_or(0.0);
        assert_eq!(f64::from(read.notes[place]), notes, "{place}");
        for (attribute, column) in crate::attributes::STUDY_ATTRIBUTES
            .iter()
            .zip(&data.columns)
        {
            let wanted = measured.get(attribute.id).copied();
            match (column[place], wanted) {
                (Some(found), Some(wanted)) => {
                    assert!((found - wanted).abs() < 1e-12, "{place} {}", attribute.id);
                }
                (found, wanted) => assert_eq!(found, wanted, "{place}"),
            }
        }
    }
    // The folder inside is as good.
    let inner = read_published_output(&folder.join("run/samples"), AttributeSet::Standard).unwrap();
    assert_eq!(inner.data.columns, read.data.columns);
}

#[test]
fn what_is_missing_or_damaged_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join("grid_point_2/sample_1").join(name);
    let told = || {
        read_published_output(folder.path(), AttributeSet::Standard)
            .unwrap_err()
            .to_string()
    };
    assert!(told().contains("no folder grid_point_0"), "{}", told());
    published(folder.path());
    let (point, midi) = (at("sample_coord_1.npy"), at("sample_midi_out_1.mid"));
    let (good_point, good_midi) = (fs::read(&point).unwrap(), fs::read(&midi).unwrap());
    let is_told = |path: &Path, bytes: &[u8], words: &str| {
        let good = fs::read(path).unwrap();
        fs::write(path, bytes).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let said = told();
        assert!(said.contains(words) && said.contains(name), "{said}");
        fs::write(path, good).unwrap();
    };
    is_told(&point, b"nonsense", "cannot be used");
    is_told(&point, b"", "cannot be used");
    is_told(
        &point,
        &good_point[..good_point.len() - 3],
        "cannot be used",
    );
    is_told(&midi, &good_midi[..20], "cannot be used");
    is_told(&midi, b"", "cannot be used");
    // Wrong arrays, as whole files.
    let bytes = |shape: &[u64], numbers: &[f64]| {
        let path = folder.path().join("array");
        array(&path, shape, numbers);
        fs::read(&path).unwrap()
    };
    is_told(&point, &bytes(&[2], &[f64::NAN, 1.0]), "no finite numbers");
    is_told(&point, &bytes(&[0], &[]), "no finite numbers");
    is_told(&point, &bytes(&[2, 4], &[0.5; 8]), "the shape [2, 4]");
    let words = "same number of dimensions";
    fs::write(&point, bytes(&[3], &[1.0, 2.0, 3.0])).unwrap();
    assert!(told().contains(words), "{}", told());
    // A header that promises more than any memory holds.
    let mut oversized = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,), }";
    oversized.extend(format!("{header:<117}\n").bytes());
    is_told(&point, &oversized, "too many numbers");
    let wrapped = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 18446744073709551615), }";
    let mut oversized = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    oversized.extend(format!("{wrapped:<117}\n").bytes());
    is_told(&point, &oversized, "cannot be used");
    fs::write(&point, good_point).unwrap();
    fs::remove_file(&midi).unwrap();
    assert!(told().contains("sample_midi_out_1.mid"), "{}", told());
    fs::write(&midi, good_midi).unwrap();
    let centre = folder.path().join("grid_point_2/mean_pt_coord_2.npy");
    fs::remove_file(centre).unwrap();
    assert!(
        told().contains("mean_pt_coord_2.npy is missing"),
        "{}",
        told()
    );
}
