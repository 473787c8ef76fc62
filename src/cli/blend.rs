//! `tunescape blend`: from one melody to another in steps.

use super::args::BlendArgs;
use super::engine::{decoding_devices, model_info};
use super::error::CliError;
use super::point_names::PointResolver;
use super::sequence::{generate, print_steps};
use crate::session::{BlendRun, write_blend};
use crate::sweep::GenerateKind;

pub(super) fn run(arguments: &BlendArgs) -> Result<(), CliError> {
    arguments.output.check()?;
    let config = arguments.config.config();
    let mut engine = arguments.model.open()?;
    let mut resolver = PointResolver::new(config.clone());
    let interpolation = arguments.interpolation;
    let kind = GenerateKind::Blend {
        from: resolver.point(&mut engine, &arguments.from)?,
        to: resolver.point(&mut engine, &arguments.to)?,
        count: arguments.count,
        interpolation,
        even: !arguments.equidistant,
    };
    let blend = generate(kind, &mut engine)?;
    if let Some(folder) = &arguments.output.out {
        let device = decoding_devices(&mut engine);
        let run = BlendRun {
            generated: &blend,
            ends: [&arguments.from, &arguments.to],
            interpolation,
            has_even_changes: !arguments.equidistant,
            seed: config.seed,
            model: model_info(&engine, &device),
        };
        write_blend(&run, folder, arguments.output.overwrite)?;
    }
    print_steps(&blend, arguments.output.out.as_deref(), arguments.json.json)
}
