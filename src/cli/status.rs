//! `tunescape status`: progress of a study that several machines compute.
//!
//! A *shard* is what one machine was asked to compute; it writes its melodies as several *parts*, one file each.

use super::args::StatusArgs;
use super::error::CliError;
use super::terminal::{print_json, print_line};
use crate::session::ShardStatus;

pub(super) fn run(arguments: &StatusArgs) -> Result<(), CliError> {
    let shards = arguments.shards.map(|count| count as usize);
    let status = ShardStatus::read(&arguments.folder, shards, arguments.study.as_deref())?;
    if arguments.json.json {
        return Ok(print_json(&status)?);
    }
    if status.complete {
        let study = arguments.study.as_ref().unwrap_or(&arguments.folder);
        let report = study.join("report.html");
        print_line(&if report.is_file() {
            format!("finished                {}", report.display())
        } else {
            format!(
                "finished                {} (its report.html is not there)",
                study.display()
            )
        });
        return Ok(());
    }
    let Some(parts) = status.parts else {
        print_line("nothing is decoded yet");
        return Ok(());
    };
    print_line(&format!(
        "parts                   {} of {parts} finished ({} of {} melodies)",
        parts - status.missing.len(),
        status.melodies_finished,
        status.melodies
    ));
    match status.shards_missing.as_deref() {
        Some([]) => print_line("shards                  all finished; merge them"),
        Some(missing) => {
            let numbers: Vec<String> = missing.iter().map(usize::to_string).collect();
            print_line(&format!("shards to run           {}", numbers.join(",")));
        }
        None => {}
    }
    Ok(())
}
