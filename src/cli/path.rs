//! `tunescape path`: along a path through several melodies.

use super::args::PathArgs;
use super::engine::{decoding_devices, model_info};
use super::error::CliError;
use super::point_names::PointResolver;
use super::sequence::{generate, print_steps};
use crate::latent::LatentPoint;
use crate::melody::PlayOrder;
use crate::model::MelodyModel as _;
use crate::session::{PathRun, write_path};
use crate::sweep::{GenerateKind, LatentPath};

/// Maximum number of sixteenths of a melody in the piece, to bound its length.
const MAX_STEPS_PER_MELODY: usize = 4_096;

pub(super) fn run(arguments: &PathArgs) -> Result<(), CliError> {
    arguments.output.check()?;
    let config = arguments.config.config();
    let out_of_range = |every: &usize| !(1..=MAX_STEPS_PER_MELODY).contains(every);
    if let Some(every) = arguments.sixteenths_per_melody.filter(out_of_range) {
        let advice = format!("--every takes 1 to {MAX_STEPS_PER_MELODY} sixteenths, not {every}");
        return Err(CliError::Usage(advice));
    }
    let mut engine = arguments.model.open()?;
    let mut resolver = PointResolver::new(config.clone());
    let points: Vec<LatentPoint> = arguments
        .through
        .iter()
        .map(|name| resolver.point_or_region(&mut engine, name))
        .collect::<Result<_, _>>()?;
    let interpolation = arguments.interpolation;
    let path = LatentPath::through(&points, arguments.count, interpolation)?;
    let path = generate(GenerateKind::Path(path), &mut engine)?;
    if let Some(folder) = &arguments.output.out {
        let device = decoding_devices(&mut engine);
        let run = PathRun {
            generated: &path,
            point_names: &arguments.through,
            interpolation,
            order: if arguments.ping_pong {
                PlayOrder::PingPong
            } else {
                PlayOrder::Once
            },
            steps_per_melody: arguments.sixteenths_per_melody.unwrap_or(engine.steps()),
            seed: config.seed,
            model: model_info(&engine, &device),
        };
        write_path(&run, folder, arguments.output.overwrite)?;
    }
    print_steps(&path, arguments.output.out.as_deref(), arguments.json.json)
}
