//! Everything that a finished study writes.

use std::io::{self, Write};
use std::path::Path;

use npyz::WriterBuilder as _;
use serde::Serialize;

use super::parquet::{Column, write_parquet};
use super::tables::{
    numbered, write_attributes, write_between, write_correlations, write_groups, write_map_quality,
    write_overview, write_regions, write_tests,
};
use super::{Gathered, StudyFilesError};
use crate::attributes::ATTRIBUTES;
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::session::files::{make_folder, prepare_run_folder, write_atomic};
use crate::session::tables::write_latents;
use crate::study::figures::figures;
use crate::study::{RunFacts, Study, report};
use crate::sweep::Counts;

/// A study with all that its files are made from.
pub struct StudyRun<'a> {
    /// The numbers.
    pub study: &'a Study,
    /// The samples.
    pub gathered: &'a Gathered,
    /// What the report says of the run.
    pub facts: &'a RunFacts,
}

/// `run.json`: no times, so that equal runs on equal devices write equal files.
#[derive(Serialize)]
struct Record<'a> {
    program: &'static str,
    version: &'static str,
    kind: &'static str,
    seed: u64,
    weights_hash: &'a str,
    device: String,
    /// What decoded the samples and the groups' new samples, each device once; `unknown` stands for parts that do not say.
    devices: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    latent_size: usize,
    steps: usize,
    config: Option<&'a crate::sweep::SweepConfig>,
    settings: &'a crate::study::StudySettings,
    sigma: Option<f64>,
    counts: Counts,
    centre_counts: Option<Counts>,
    /// Empty melodies among the new samples of each attribute's low, mid and high groups.
    group_empty: std::collections::BTreeMap<&'static str, Vec<usize>>,
    map_quality: crate::study::MapStudy,
}

/// Writes all files into `folder`, which must be there; `run.json` comes last.
///
/// # Errors
/// [`StudyFilesError`].
pub fn write_study(run: &StudyRun<'_>, folder: &Path) -> Result<(), StudyFilesError> {
    let StudyRun {
        study,
        gathered,
        facts,
    } = run;
    let material = &gathered.material;
    // An old record must not vouch for new files.
    prepare_run_folder(folder, true)?;
    let into = |name: &str| folder.join(name);
    write_atomic(&into("study.json"), true, |out| {
        serde_json::to_writer_pretty(&mut *out, study)?;
        out.write_all(b"\n")
    })?;
    write_atomic(&into("tests.csv"), true, |out| write_tests(out, study))?;
    write_atomic(&into("groups.csv"), true, |out| write_groups(out, study))?;
    write_atomic(&into("correlations.csv"), true, |out| {
        write_correlations(out, study)
    })?;
    write_atomic(&into("between_attributes.csv"), true, |out| {
        write_between(out, study)
    })?;
    write_atomic(&into("overview.csv"), true, |out| {
        write_overview(out, study)
    })?;
    write_atomic(&into("map_quality.csv"), true, |out| {
        write_map_quality(out, study)
    })?;
    write_atomic(&into("attributes.csv"), true, |out| {
        write_attributes(out, gathered)
    })?;
    write_atomic(&into("regions.csv"), true, |out| {
        write_regions(out, material)
    })?;
    write_arrays(gathered, folder)?;
    write_tables(gathered, folder)?;

    let figures = figures(study, material);
    make_folder(&into("figures"))?;
    for figure in &figures {
        let path = folder.join("figures").join(format!("{}.svg", figure.name));
        write_atomic(&path, true, |out| out.write_all(figure.svg().as_bytes()))?;
        let image = figure.png().map_err(|reason| StudyFilesError::Figure {
            name: figure.name.clone(),
            reason,
        })?;
        write_atomic(&path.with_extension("png"), true, |out| {
            out.write_all(&image)
        })?;
    }
    let page = report(study, &figures, facts);
    write_atomic(&into("report.html"), true, |out| {
        out.write_all(page.as_bytes())
    })?;

    let record = Record {
        program: "tunescape",
        version: env!("CARGO_PKG_VERSION"),
        kind: "study",
        seed: study
            .config
            .as_ref()
            .map_or(study.settings.seed, |c| c.seed),
        weights_hash: &study.weights_hash,
        device: facts.device(),
        devices: &facts.devices,
        origin: facts.origin.as_deref(),
        latent_size: study.latent_size,
        steps: study.steps,
        config: study.config.as_ref(),
        settings: &study.settings,
        sigma: study.sigma,
        counts: study.samples,
        centre_counts: study.centres,
        group_empty: study
            .attributes
            .iter()
            .filter_map(|attribute| {
                let groups = attribute.groups.as_ref()?;
                let empty = groups.groups.iter().map(|group| group.empty).collect();
                Some((attribute.id, empty))
            })
            .collect(),
        map_quality: study.map,
    };
    write_atomic(&into("run.json"), true, |out| {
        serde_json::to_writer_pretty(&mut *out, &record)?;
        out.write_all(b"\n")
    })?;
    Ok(())
}

/// The NumPy files.
fn write_arrays(gathered: &Gathered, folder: &Path) -> Result<(), StudyFilesError> {
    let material = &gathered.material;
    let (count, width) = (material.len(), material.latent_size());
    let into = |name: &str| folder.join(name);
    write_atomic(&into("latents.npy"), true, |out| {
        let points = (0..count).filter_map(|place| material.latent(place));
        write_latents(out, count, width, points)
    })?;
    write_atomic(&into("centroids.npy"), true, |out| {
        let centroids = material.centroids.iter().cloned();
        write_latents(out, material.centroids.len(), width, centroids)
    })?;
    write_atomic(&into("attributes.npy"), true, |out| {
        let rows = (0..count).flat_map(|place| {
            let at = move |column: &Vec<Option<f64>>| column[place].unwrap_or(f64::NAN);
            material.columns.iter().map(at)
        });
        doubles(out, &[count as u64, ATTRIBUTES.len() as u64], rows)
    })?;
    write_atomic(&into("map.npy"), true, |out| {
        let rows = material.map.points.iter().flatten().copied();
        doubles(out, &[material.map.points.len() as u64, 2], rows)
    })?;
    // A part that cannot be read in the middle of a write is told as itself.
    let mut unreadable = None;
    let written = write_atomic(&into("tokens.npy"), true, |out| {
        let mut array = npyz::WriteOptions::<u8>::new()
            .default_dtype()
            .shape(&[count as u64, material.steps as u64])
            .writer(out)
            .begin_nd()?;
        let told = gathered.each_part(|melodies| -> Result<(), Stop> {
            Ok(array.extend(melodies.iter().flat_map(steps))?)
        });
        match told {
            Ok(()) => array.finish(),
            Err(Stop::Write(error)) => Err(error),
            Err(Stop::Part(error)) => {
                unreadable = Some(error);
                Err(io::Error::other("a part cannot be read"))
            }
        }
    });
    match unreadable {
        Some(error) => Err(error),
        None => Ok(written?),
    }
}

/// Why melodies were not handed on.
enum Stop {
    Part(StudyFilesError),
    Write(io::Error),
}

impl From<StudyFilesError> for Stop {
    fn from(error: StudyFilesError) -> Self {
        Self::Part(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

fn steps(melody: &Melody) -> Vec<u8> {
    melody.tokens().as_slice().to_vec()
}

fn doubles(
    out: &mut dyn Write,
    shape: &[u64],
    values: impl Iterator<Item = f64>,
) -> io::Result<()> {
    let mut array = npyz::WriteOptions::<f64>::new()
        .default_dtype()
        .shape(shape)
        .writer(out)
        .begin_nd()?;
    array.extend(values)?;
    array.finish()
}

/// The Parquet files.
fn write_tables(gathered: &Gathered, folder: &Path) -> Result<(), StudyFilesError> {
    let material = &gathered.material;
    let places = numbered(material);
    let whole = |values: &mut dyn Iterator<Item = u32>| {
        Column::Whole(
            values
                .map(|x| i32::try_from(x).unwrap_or(i32::MAX))
                .collect(),
        )
    };
    let named = |first: &[&str], more: &mut dyn Iterator<Item = String>, last: &[&str]| {
        let first = first.iter().map(|name| (*name).to_owned());
        let last = last.iter().map(|name| (*name).to_owned());
        first.chain(more).chain(last).collect::<Vec<String>>()
    };
    let mut ids = ATTRIBUTES.iter().map(|attribute| attribute.id.to_owned());
    let names = named(
        &["region", "sample", "notes"],
        &mut ids,
        &["map_x", "map_y"],
    );
    write_atomic(&folder.join("attributes.parquet"), true, |out| {
        write_parquet(out, &names, material.len(), |rows| {
            let here = &places[rows.clone()];
            let mut columns = vec![
                whole(&mut here.iter().map(|place| place.0)),
                whole(&mut here.iter().map(|place| place.1)),
                whole(&mut gathered.notes[rows.clone()].iter().map(|n| u32::from(*n))),
            ];
            let values = material.columns.iter();
            columns.extend(values.map(|column| Column::Gapped(column[rows.clone()].to_vec())));
            let at = |axis: usize| {
                let points = gathered.positions[rows.clone()].iter();
                Column::Double(points.map(|point| point[axis]).collect())
            };
            columns.extend([at(0), at(1)]);
            columns
        })
    })?;
    let mut ids = ATTRIBUTES.iter().map(|attribute| attribute.id.to_owned());
    let names = named(&["region"], &mut ids, &["map_x", "map_y"]);
    let means: Vec<Vec<Option<f64>>> = (0..material.columns.len())
        .map(|attribute| material.region_means(attribute))
        .collect();
    write_atomic(&folder.join("map.parquet"), true, |out| {
        write_parquet(out, &names, material.centroids.len(), |rows| {
            let mut columns = vec![whole(&mut rows.clone().map(|region| region as u32))];
            columns.extend(
                means
                    .iter()
                    .map(|m| Column::Gapped(m[rows.clone()].to_vec())),
            );
            let at = |axis: usize| {
                let points = material.map.points[rows.clone()].iter();
                Column::Double(points.map(|point| point[axis]).collect())
            };
            columns.extend([at(0), at(1)]);
            columns
        })
    })?;
    let width = material.latent_size();
    let mut dimensions = (0..width).map(|d| format!("z_{d}"));
    let names = named(&["region", "sample"], &mut dimensions, &[]);
    write_atomic(&folder.join("latents.parquet"), true, |out| {
        write_parquet(out, &names, material.len(), |rows| {
            let here = &places[rows.clone()];
            let points: Vec<LatentPoint> =
                rows.filter_map(|place| material.latent(place)).collect();
            let mut columns = vec![
                whole(&mut here.iter().map(|place| place.0)),
                whole(&mut here.iter().map(|place| place.1)),
            ];
            columns.extend(
                (0..width).map(|d| {
                    Column::Single(points.iter().map(|point| point.as_slice()[d]).collect())
                }),
            );
            columns
        })
    })?;
    Ok(())
}
