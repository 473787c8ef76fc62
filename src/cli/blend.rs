//! `tunescape blend`: from one melody to another in steps.

use super::args::BlendArgs;
use super::engine::decoded_on;
use super::error::CliError;
use super::point_names::PointNames;
use super::sequence::{generate, interpolation, print_steps};
use super::terminal::print_written;
use crate::model::Decode as _;
use crate::session::{BlendRun, write_blend};
use crate::sweep::GenerateKind;

pub(super) fn run(arguments: &BlendArgs) -> Result<(), CliError> {
    arguments.out.check()?;
    let config = arguments.config.config()?;
    let mut engine = arguments.model.open()?;
    let mut names = PointNames::new(config.clone());
    let way = interpolation(&arguments.way);
    let kind = GenerateKind::Blend {
        from: names.point(&mut engine, &arguments.from)?,
        to: names.point(&mut engine, &arguments.to)?,
        steps: arguments.steps,
        way,
        even: !arguments.equal,
    };
    let made = generate(kind, &mut engine)?;
    print_steps(&made);
    if let Some(folder) = &arguments.out.out {
        let run = BlendRun {
            made: &made,
            ends: [&arguments.from, &arguments.to],
            way,
            even: !arguments.equal,
            seed: config.seed,
            steps: engine.steps(),
            device: &decoded_on(&mut engine),
            weights_hash: engine.weights_hash(),
        };
        write_blend(&run, folder, arguments.out.overwrite)?;
        print_written(folder);
    }
    Ok(())
}
