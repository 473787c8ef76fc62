//! The files of a finished study.

use std::io::{self, Write};
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use super::error::StudyFilesError;
use super::input::StudyInput;
use super::melodies::write_melodies;
use super::parquet::{Column, column_names, coordinate_columns, integer_column, write_parquet};
use super::tables::{
    numbered_samples, write_attributes, write_between, write_correlations, write_groups,
    write_map_quality, write_overview, write_regions, write_tests,
};
use crate::attributes::STUDY_ATTRIBUTES;
use crate::latent::LatentPoint;
use crate::session::output_folder::OutputFolder;
use crate::session::run_record::{PROGRAM, VERSION};
use crate::session::tables::begin_array;
use crate::study::figures::figures;
use crate::study::{StudyData, StudyProvenance, StudyResults, report};
use crate::sweep::MelodyCounts;

/// Writes one table of a study.
type WriteTable = fn(&mut dyn Write, &StudyResults) -> io::Result<()>;

/// The results of a study and the data that its files are written from.
pub struct StudyRun<'a> {
    /// The results of the study.
    pub results: &'a StudyResults,
    /// The samples that it was computed from.
    pub input: &'a StudyInput,
    /// Facts about the run for the report.
    pub provenance: &'a StudyProvenance,
}

/// `kind` in the `run.json` of a study.
pub(super) const STUDY_KIND: &str = "study";

/// The content of `run.json`. It has no times, so that equal runs on equal devices write equal files.
#[derive(Serialize)]
struct StudyRecord<'a> {
    program: &'static str,
    version: &'static str,
    kind: &'static str,
    seed: u64,
    weights_hash: &'a str,
    device: String,
    /// Distinct devices that decoded the samples and the groups' new samples; `unknown` for parts whose device is not recorded.
    devices: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    latent_size: usize,
    steps: usize,
    config: Option<&'a crate::sweep::SweepConfig>,
    settings: &'a crate::study::StudySettings,
    sigma: Option<f64>,
    counts: MelodyCounts,
    centre_counts: Option<MelodyCounts>,
    /// Empty melodies among the new samples of each attribute's low, mid and high groups.
    group_empty: std::collections::BTreeMap<&'static str, Vec<usize>>,
    map_quality: crate::study::MapQuality,
}

/// Writes all files into `folder`, which must exist; `run.json` comes last.
///
/// # Errors
/// [`StudyFilesError`].
pub fn write_study(run: &StudyRun<'_>, folder: &Path) -> Result<(), StudyFilesError> {
    let StudyRun {
        results,
        input,
        provenance,
    } = run;
    let data = &input.data;
    let out = OutputFolder::prepare(folder, true)?;
    out.write_json("study.json", results)?;
    let tables: [(&str, WriteTable); 6] = [
        ("tests.csv", write_tests),
        ("groups.csv", write_groups),
        ("correlations.csv", write_correlations),
        ("between_attributes.csv", write_between),
        ("overview.csv", write_overview),
        ("map_quality.csv", write_map_quality),
    ];
    for (name, write) in tables {
        out.write(name, |file| write(file, results))?;
    }
    out.write("attributes.csv", |file| write_attributes(file, input))?;
    out.write("regions.csv", |file| write_regions(file, data))?;
    write_arrays(input, &out)?;
    write_melodies(input, &out)?;
    write_parquet_tables(input, &out)?;

    let figures = figures(results, data);
    let folder = out.subfolder("figures")?;
    figures.par_iter().try_for_each(|figure| {
        let (svg, name) = (figure.svg(), &figure.name);
        folder.write(&format!("{name}.svg"), |file| {
            file.write_all(svg.as_bytes())
        })?;
        let image = figure.png().map_err(|reason| StudyFilesError::Figure {
            name: name.clone(),
            reason,
        })?;
        folder.write(&format!("{name}.png"), |file| file.write_all(&image))?;
        Ok::<(), StudyFilesError>(())
    })?;
    let page = report(results, &figures, provenance);
    out.write("report.html", |file| file.write_all(page.as_bytes()))?;
    Ok(out.write_record(&record(results, provenance))?)
}

fn record<'a>(results: &'a StudyResults, provenance: &'a StudyProvenance) -> StudyRecord<'a> {
    StudyRecord {
        program: PROGRAM,
        version: VERSION,
        kind: STUDY_KIND,
        seed: results
            .config
            .as_ref()
            .map_or(results.settings.seed, |c| c.seed),
        weights_hash: &results.weights_hash,
        device: provenance.device(),
        devices: &provenance.devices,
        origin: provenance.origin.as_deref(),
        latent_size: results.latent_size,
        steps: results.steps,
        config: results.config.as_ref(),
        settings: &results.settings,
        sigma: results.sigma,
        counts: results.samples,
        centre_counts: results.centres,
        group_empty: results
            .attributes
            .iter()
            .filter_map(|attribute| {
                let groups = attribute.groups.as_ref()?;
                let empty = groups.groups.iter().map(|group| group.empty).collect();
                Some((attribute.attribute.id, empty))
            })
            .collect(),
        map_quality: results.map,
    }
}

/// Writes the NumPy files.
fn write_arrays(input: &StudyInput, out: &OutputFolder) -> Result<(), StudyFilesError> {
    let data = &input.data;
    let (count, latent_size) = (data.len(), data.latent_size());
    let points = (0..count).filter_map(|index| data.latent(index));
    out.write_latents("latents.npy", count, latent_size, points)?;
    let region_centres = data.region_centres.iter().cloned();
    out.write_latents(
        "centroids.npy",
        data.region_centres.len(),
        latent_size,
        region_centres,
    )?;
    out.write("attributes.npy", |file| {
        let shape = [count as u64, STUDY_ATTRIBUTES.len() as u64];
        let mut array = begin_array::<f64>(file, &shape)?;
        array.extend((0..count).flat_map(|index| {
            let value = move |column: &Vec<Option<f64>>| column[index].unwrap_or(f64::NAN);
            data.columns.iter().map(value)
        }))?;
        array.finish()
    })?;
    out.write("map.npy", |file| {
        let mut array = begin_array::<f64>(file, &[data.map.points.len() as u64, 2])?;
        array.extend(data.map.points.iter().flatten().copied())?;
        array.finish()
    })?;
    Ok(())
}

/// Writes the Parquet files.
fn write_parquet_tables(input: &StudyInput, out: &OutputFolder) -> Result<(), StudyFilesError> {
    let sample_numbers = numbered_samples(&input.data);
    write_attributes_parquet(input, &sample_numbers, out)?;
    write_map_parquet(&input.data, out)?;
    write_latents_parquet(&input.data, &sample_numbers, out)
}

/// Writes a row per sample with its attributes and map position. `sample_numbers` are the region and number of each sample.
fn write_attributes_parquet(
    input: &StudyInput,
    sample_numbers: &[(u32, u32)],
    out: &OutputFolder,
) -> Result<(), StudyFilesError> {
    let data = &input.data;
    let ids = STUDY_ATTRIBUTES
        .iter()
        .map(|attribute| attribute.id.to_owned());
    let names = column_names(&["region", "sample", "notes"], ids, &["map_x", "map_y"]);
    out.write("attributes.parquet", |out| {
        write_parquet(out, &names, data.len(), |rows| {
            let row_numbers = &sample_numbers[rows.clone()];
            let mut columns = vec![
                integer_column(row_numbers.iter().map(|(region, _)| *region)),
                integer_column(row_numbers.iter().map(|(_, sample)| *sample)),
                integer_column(
                    input.note_counts[rows.clone()]
                        .iter()
                        .map(|n| u32::from(*n)),
                ),
            ];
            let values = data.columns.iter();
            columns.extend(
                values.map(|column| Column::OptionalFloat64(column[rows.clone()].to_vec())),
            );
            columns.extend(coordinate_columns(&input.positions[rows]));
            columns
        })
    })?;
    Ok(())
}

/// Writes a row per region with the means of its attributes and its map position.
fn write_map_parquet(data: &StudyData, out: &OutputFolder) -> Result<(), StudyFilesError> {
    let ids = STUDY_ATTRIBUTES
        .iter()
        .map(|attribute| attribute.id.to_owned());
    let names = column_names(&["region"], ids, &["map_x", "map_y"]);
    let means: Vec<Vec<Option<f64>>> = (0..data.columns.len())
        .map(|attribute| data.region_means(attribute))
        .collect();
    out.write("map.parquet", |out| {
        write_parquet(out, &names, data.region_centres.len(), |rows| {
            let mut columns = vec![integer_column(rows.clone().map(|region| region as u32))];
            columns.extend(
                means
                    .iter()
                    .map(|m| Column::OptionalFloat64(m[rows.clone()].to_vec())),
            );
            columns.extend(coordinate_columns(&data.map.points[rows]));
            columns
        })
    })?;
    Ok(())
}

/// Writes a row per sample with its latent point. `sample_numbers` are the region and number of each sample.
fn write_latents_parquet(
    data: &StudyData,
    sample_numbers: &[(u32, u32)],
    out: &OutputFolder,
) -> Result<(), StudyFilesError> {
    let latent_size = data.latent_size();
    let dimensions = (0..latent_size).map(|d| format!("z_{d}"));
    let names = column_names(&["region", "sample"], dimensions, &[]);
    out.write("latents.parquet", |out| {
        write_parquet(out, &names, data.len(), |rows| {
            let row_numbers = &sample_numbers[rows.clone()];
            let points: Vec<LatentPoint> = rows.filter_map(|index| data.latent(index)).collect();
            let mut columns = vec![
                integer_column(row_numbers.iter().map(|(region, _)| *region)),
                integer_column(row_numbers.iter().map(|(_, sample)| *sample)),
            ];
            columns.extend((0..latent_size).map(|d| {
                Column::Float32(points.iter().map(|point| point.as_slice()[d]).collect())
            }));
            columns
        })
    })?;
    Ok(())
}
