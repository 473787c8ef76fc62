//! Latent points by name: a melody of a sweep, a window of a MIDI file, or a row of an array.

use std::path::Path;

use super::encode::select_part;
use super::error::CliError;
use super::npy::RowReader;
use super::terminal::{TerminalProgress, print_notice};
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::model::{Engine, MelodyModel as _, ModelError};
use crate::sweep::{MelodyId, SweepConfig, SweepPlan};
use crate::wording::count_with_noun;

/// Maximum number of rows of an array that are read at once while skipping to the named one.
const MAX_ROWS_AT_ONCE: usize = 1_024;

/// Resolves names of latent points. The sweep is planned when it is first needed.
pub(super) struct PointResolver {
    config: SweepConfig,
    plan: Option<SweepPlan>,
}

impl PointResolver {
    /// A resolver whose names of melodies refer to this sweep.
    pub(super) fn new(config: SweepConfig) -> Self {
        Self { config, plan: None }
    }

    /// The point with a name such as `r041_s12`, `tune.mid:3` or `z.npy:0`.
    pub(super) fn point(
        &mut self,
        engine: &mut Engine,
        name: &str,
    ) -> Result<LatentPoint, CliError> {
        Ok(self.point_and_melody(engine, name)?.0)
    }

    /// As [`Self::point`], with the melody of a window of a MIDI file.
    pub(super) fn point_and_melody(
        &mut self,
        engine: &mut Engine,
        name: &str,
    ) -> Result<(LatentPoint, Option<Melody>), CliError> {
        match MelodyId::from_slug(name) {
            Some(id) => Ok((self.sweep_point(engine, id, name)?, None)),
            None => point_in_file(engine, name),
        }
    }

    /// As [`Self::point`]; a number alone names the centre of a region.
    pub(super) fn point_or_region(
        &mut self,
        engine: &mut Engine,
        name: &str,
    ) -> Result<LatentPoint, CliError> {
        match name.parse() {
            Ok(region) if !Path::new(name).exists() => {
                let id = MelodyId::Centre { region };
                self.sweep_point(engine, id, &format!("region {region}"))
            }
            _ => self.point(engine, name),
        }
    }

    /// The latent point of a melody of the sweep; `name` is for the error message.
    fn sweep_point(
        &mut self,
        engine: &Engine,
        id: MelodyId,
        name: &str,
    ) -> Result<LatentPoint, CliError> {
        let plan = match self.plan.take() {
            Some(plan) => plan,
            None => SweepPlan::with_observer(
                &self.config,
                engine.latent_size(),
                &mut TerminalProgress::hidden(),
            )?,
        };
        let point = self.plan.insert(plan).latent(id);
        let config = &self.config;
        point.ok_or_else(|| {
            CliError::Usage(format!("there is no {name} in a sweep of {} with {}; give its --regions, --samples and --seed", count_with_noun(config.regions as usize, "region"), count_with_noun(config.samples as usize, "sample")))
        })
    }
}

/// The latent point and the melody of a window of a MIDI file, or the point of a row of an array.
fn point_in_file(
    engine: &mut Engine,
    name: &str,
) -> Result<(LatentPoint, Option<Melody>), CliError> {
    // The number after the last colon, unless a file has this very name.
    let (path, number) = match name.rsplit_once(':') {
        Some((path, number)) if !Path::new(name).exists() => match number.parse::<usize>() {
            Ok(number) => (Path::new(path), Some(number)),
            Err(_) => (Path::new(name), None),
        },
        _ => (Path::new(name), None),
    };
    if path.extension().is_some_and(|ending| ending == "npy") {
        let mut rows = RowReader::floats(path, engine.latent_size())?;
        let row = number.unwrap_or(0);
        let no_such_row =
            || CliError::array(path, format!("it has no row {row}; rows count from 0"));
        if row as u64 >= rows.rows() {
            return Err(no_such_row());
        }
        let mut rows_to_skip = row;
        while rows_to_skip >= MAX_ROWS_AT_ONCE {
            rows.next(MAX_ROWS_AT_ONCE)?;
            rows_to_skip -= MAX_ROWS_AT_ONCE;
        }
        let mut last_rows = rows.next(rows_to_skip + 1)?;
        let point = last_rows
            .pop()
            .map(LatentPoint::new)
            .ok_or_else(no_such_row)?;
        return Ok((point, None));
    }
    let selected_part = select_part(path, None, engine.steps())?;
    for notice in selected_part.imported.report.user_messages() {
        print_notice(&format!("Note: {name}: {notice}"));
    }
    let number = number.unwrap_or(1);
    let excerpts = &selected_part.imported.excerpts;
    let excerpt = number.checked_sub(1).and_then(|index| excerpts.get(index));
    let Some(excerpt) = excerpt else {
        return Err(CliError::Usage(format!(
            "there is no window {number} in {}; there are 1 to {}",
            path.display(),
            excerpts.len()
        )));
    };
    let mut posteriors = engine.encode(&[excerpt.melody.tokens().clone()])?;
    let posterior = posteriors.pop().ok_or(ModelError::NoEncoder)?;
    Ok((LatentPoint::new(posterior.mu), Some(excerpt.melody.clone())))
}
