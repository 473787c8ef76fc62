//! `tunescape blend`: from one melody to another in steps.

use super::args::BlendArgs;
use super::ends::Ends;
use super::error::CliError;
use super::progress::{Bar, print};
use super::steps::{print_steps, way};
use super::{decoded_on, engine};
use crate::model::Decode as _;
use crate::session::{BlendRun, check_output_folder, write_blend};
use crate::sweep::{self, GenerateKind, GenerateRequest, describe_devices};

pub(super) fn run(arguments: &BlendArgs) -> Result<(), CliError> {
    if let Some(folder) = &arguments.out {
        check_output_folder(folder, arguments.overwrite)?;
    }
    let config = arguments.config.config().map_err(CliError::Usage)?;
    let mut engine = engine(arguments.model.model.as_deref(), &arguments.model.device)?;
    let mut ends = Ends::new(config.clone());
    let from = ends.point(&mut engine, &arguments.from)?;
    let to = ends.point(&mut engine, &arguments.to)?;
    let way = way(&arguments.way);
    let request = GenerateRequest {
        set: 0,
        kind: GenerateKind::Blend {
            from,
            to,
            steps: arguments.steps,
            way,
            even: !arguments.equal,
        },
    };
    let mut bar = Bar::new(false);
    let made = sweep::generate(&request, &mut engine, &mut bar)?;
    bar.finish();
    print_steps(&made);
    if let Some(folder) = &arguments.out {
        let device = describe_devices(&decoded_on(&mut engine));
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
