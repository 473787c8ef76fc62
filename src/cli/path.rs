//! `tunescape path`: along a path through several melodies.

use super::args::PathArgs;
use super::engine::decoded_on;
use super::error::CliError;
use super::point_names::PointNames;
use super::sequence::{generate, interpolation, print_steps};
use super::terminal::print_written;
use crate::latent::LatentPoint;
use crate::melody::PlayOrder;
use crate::model::Decode as _;
use crate::session::{PathRun, write_path};
use crate::sweep::{GenerateKind, LatentPath};

/// Most sixteenths of a melody in the piece, to bound its length.
const MAX_EVERY: usize = 4_096;

pub(super) fn run(arguments: &PathArgs) -> Result<(), CliError> {
    arguments.out.check()?;
    let config = arguments.config.config()?;
    let too_long = |every: &usize| !(1..=MAX_EVERY).contains(every);
    if let Some(every) = arguments.every.filter(too_long) {
        let advice = format!("--every takes 1 to {MAX_EVERY} sixteenths, not {every}");
        return Err(CliError::Usage(advice));
    }
    let mut engine = arguments.model.open()?;
    let mut names = PointNames::new(config.clone());
    let points: Vec<LatentPoint> = arguments
        .through
        .iter()
        .map(|name| names.point_or_region(&mut engine, name))
        .collect::<Result<_, _>>()?;
    let way = interpolation(&arguments.way);
    let path = LatentPath::through(&points, arguments.steps, way)?;
    let made = generate(GenerateKind::Path(path), &mut engine)?;
    print_steps(&made);
    if let Some(folder) = &arguments.out.out {
        let run = PathRun {
            made: &made,
            through: &arguments.through,
            way,
            order: if arguments.ping_pong {
                PlayOrder::PingPong
            } else {
                PlayOrder::Once
            },
            every: arguments.every.unwrap_or(engine.steps()),
            seed: config.seed,
            steps: engine.steps(),
            device: &decoded_on(&mut engine),
            weights_hash: engine.weights_hash(),
        };
        write_path(&run, folder, arguments.out.overwrite)?;
        print_written(folder);
    }
    Ok(())
}
