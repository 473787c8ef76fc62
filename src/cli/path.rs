//! `tunescape path`: along a path through several melodies.

use super::args::PathArgs;
use super::ends::Ends;
use super::error::CliError;
use super::progress::{Bar, print};
use super::steps::{print_steps, way};
use super::{decoded_on, engine};
use crate::latent::LatentPoint;
use crate::melody::PlayOrder;
use crate::model::Decode as _;
use crate::session::{PathRun, check_output_folder, write_path};
use crate::sweep::{self, GenerateKind, GenerateRequest, LatentPath, describe_devices};

/// Longest time that a melody may be heard, in sixteenths: a piece has to end.
const LONGEST: usize = 4_096;

pub(super) fn run(arguments: &PathArgs) -> Result<(), CliError> {
    if let Some(folder) = &arguments.out {
        check_output_folder(folder, arguments.overwrite)?;
    }
    let config = arguments.config.config().map_err(CliError::Usage)?;
    if let Some(every) = arguments
        .every
        .filter(|every| !(1..=LONGEST).contains(every))
    {
        return Err(CliError::Usage(format!(
            "--every takes 1 to {LONGEST} sixteenths, not {every}"
        )));
    }
    let mut engine = engine(arguments.model.model.as_deref(), &arguments.model.device)?;
    let mut ends = Ends::new(config.clone());
    let points: Vec<LatentPoint> = arguments
        .through
        .iter()
        .map(|name| ends.point_or_region(&mut engine, name))
        .collect::<Result<_, _>>()?;
    let way = way(&arguments.way);
    let request = GenerateRequest {
        set: 0,
        kind: GenerateKind::Path(LatentPath::through(&points, arguments.steps, way)?),
    };
    let mut bar = Bar::new(false);
    let made = sweep::generate(&request, &mut engine, &mut bar)?;
    bar.finish();
    print_steps(&made);
    if let Some(folder) = &arguments.out {
        let device = describe_devices(&decoded_on(&mut engine));
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
            device: &device,
            weights_hash: engine.weights_hash(),
        };
        write_path(&run, folder, arguments.overwrite)?;
        print(&format!("written to {}", folder.display()));
    }
    Ok(())
}
