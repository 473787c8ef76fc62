//! `tunescape blend`: from one melody to another in steps.

use super::args::BlendArgs;
use super::engine::{decoded_on, model_info};
use super::error::CliError;
use super::point_names::PointResolver;
use super::sequence::{generate, print_steps};
use crate::session::{BlendRun, write_blend};
use crate::sweep::GenerateKind;

pub(super) fn run(arguments: &BlendArgs) -> Result<(), CliError> {
    arguments.out.check()?;
    let config = arguments.config.config();
    let mut engine = arguments.model.open()?;
    let mut names = PointResolver::new(config.clone());
    let interpolation = arguments.interpolation;
    let kind = GenerateKind::Blend {
        from: names.point(&mut engine, &arguments.from)?,
        to: names.point(&mut engine, &arguments.to)?,
        count: arguments.count,
        interpolation,
        even: !arguments.equidistant,
    };
    let blend = generate(kind, &mut engine)?;
    if let Some(folder) = &arguments.out.out {
        let device = decoded_on(&mut engine);
        let run = BlendRun {
            generated: &blend,
            ends: [&arguments.from, &arguments.to],
            interpolation,
            even: !arguments.equidistant,
            seed: config.seed,
            model: model_info(&engine, &device),
        };
        write_blend(&run, folder, arguments.out.overwrite)?;
    }
    print_steps(&blend, arguments.out.out.as_deref(), arguments.json.json)
}
