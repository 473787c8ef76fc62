//! `tunescape blend`: from one melody to another in steps.

use std::path::Path;

use super::args::BlendArgs;
use super::npy::FloatRows;
use super::own::choose;
use super::progress::{Bar, note, print};
use super::{CliError, engine};
use crate::latent::{LatentPoint, Way};
use crate::melody::edit_distance;
use crate::model::{Decode as _, Engine};
use crate::session::{BlendRun, prepare_run, write_blend};
use crate::sweep::{self, Make, MakeRequest, MelodyId, SweepPlan};

pub(super) fn run(arguments: &BlendArgs) -> Result<(), CliError> {
    if let Some(folder) = &arguments.out {
        prepare_run(folder, arguments.overwrite)?;
    }
    let config = arguments.config.config().map_err(CliError::Usage)?;
    let mut engine = engine(arguments.model.model.as_deref(), &arguments.model.device)?;
    let mut plan = None;
    let mut end = |engine: &Engine, name: &str| match MelodyId::from_slug(name) {
        Some(id) => {
            if plan.is_none() {
                plan = Some(SweepPlan::new(&config, engine.latent_size())?);
            }
            let point = plan.as_ref().and_then(|plan: &SweepPlan| plan.latent(id));
            point.ok_or_else(|| {
                CliError::Usage(format!("there is no {name} in a sweep of {} regions with {} samples; give its --regions, --samples and --seed", config.regions, config.samples))
            })
        }
        None => point(engine, name),
    };
    let (from, to) = (end(&engine, &arguments.from)?, end(&engine, &arguments.to)?);
    let way = match arguments.way.as_str() {
        "linear" => Way::Linear,
        _ => Way::Spherical,
    };
    let request = MakeRequest {
        set: 0,
        what: Make::Between {
            from,
            to,
            steps: arguments.steps,
            way,
            even: !arguments.equal,
        },
    };
    let mut bar = Bar::new(false);
    let made = sweep::make(&request, &mut engine, &mut bar)?;
    bar.finish();
    print("step  share  notes  distance");
    for (step, melody) in made.melodies.iter().enumerate() {
        let before = step
            .checked_sub(1)
            .and_then(|before| made.melodies.get(before))
            .map(|before| edit_distance(&before.melody, &melody.melody).to_string());
        print(&format!(
            "{step:>4}  {:>5.3}  {:>5}  {:>8}",
            made.shares.get(step).copied().unwrap_or(0.0),
            melody.melody.notes().len(),
            before.unwrap_or_default()
        ));
    }
    if let Some(folder) = &arguments.out {
        let device = engine.device_name();
        let run = BlendRun {
            made: &made,
            ends: [&arguments.from, &arguments.to],
            way,
            even: !arguments.equal,
            seed: config.seed,
            steps: engine.steps(),
            device: &device,
            weights_hash: engine.weights_hash(),
        };
        write_blend(&run, folder, arguments.overwrite)?;
        print(&format!("written to {}", folder.display()));
    }
    Ok(())
}

/// The latent point that a MIDI file or a row of an array means.
fn point(engine: &Engine, name: &str) -> Result<LatentPoint, CliError> {
    // A number behind the last colon, unless that is the file's own name.
    let (path, number) = match name.rsplit_once(':') {
        Some((path, number)) if !Path::new(name).exists() => match number.parse::<usize>() {
            Ok(number) => (Path::new(path), Some(number)),
            Err(_) => (Path::new(name), None),
        },
        _ => (Path::new(name), None),
    };
    if path.extension().is_some_and(|ending| ending == "npy") {
        let mut rows = FloatRows::open(path, engine.latent_size())?;
        let row = number.unwrap_or(0);
        let missing = || CliError::Array {
            path: path.to_owned(),
            reason: format!("it has no row {row}; rows count from 0"),
        };
        if row as u64 >= rows.rows() {
            return Err(missing());
        }
        // Rows are read in order, few at a time.
        let mut left = row;
        while left >= SKIP {
            rows.next(SKIP)?;
            left -= SKIP;
        }
        let mut last = rows.next(left + 1)?;
        return last.pop().map(LatentPoint::new).ok_or_else(missing);
    }
    let chosen = choose(path, None, engine.steps())?;
    for remark in &chosen.remarks {
        note(&format!("Note: {name}: {remark}"));
    }
    let number = number.unwrap_or(1);
    let windows = &chosen.windows.windows;
    let window = number.checked_sub(1).and_then(|index| windows.get(index));
    let Some(window) = window else {
        return Err(CliError::Usage(format!(
            "there is no window {number} in {}; there are 1 to {}",
            path.display(),
            windows.len()
        )));
    };
    let mut posteriors = engine.encode(&[window.melody.tokens().clone()])?;
    let posterior = posteriors
        .pop()
        .ok_or(crate::model::ModelError::NoEncoder)?;
    Ok(LatentPoint::new(posterior.mu))
}

/// Rows of an array read at once on the way to the one that is wanted.
const SKIP: usize = 1_024;
