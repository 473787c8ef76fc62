//! `tunescape encode FILE`: the melodies of a song, where they lie in the latent space, and how well they come back.

use std::path::Path;

use super::args::EncodeArgs;
use super::engine::{decoded_on, model_info};
use super::error::CliError;
use super::sequence::generate;
use super::song::part_index;
use super::terminal::{print_line, print_notice};
use crate::files::sanitise;
use crate::melody::{
    ImportOptions, ImportedExcerpt, ImportedPart, Melody, SongPart, import_part, import_parts,
    read_midi_file,
};
use crate::model::{Engine, MelodyModel as _};
use crate::session::{EncodeRun, EncodedWindow, check_output_folder, write_encoded};
use crate::sweep::{GenerateKind, Generated};

/// The parts of a song, and the imported windows of one of them.
pub(super) struct SelectedPart {
    pub(super) parts: Vec<SongPart>,
    pub(super) index: usize,
    pub(super) imported: ImportedPart,
}

/// Reads a song and cuts one of its parts, counted from 1, into windows of the model's length.
pub(super) fn select_part(
    path: &Path,
    track: Option<usize>,
    steps: usize,
) -> Result<SelectedPart, CliError> {
    let song = read_midi_file(path)?;
    let parts = import_parts(&song, path)?;
    let index = part_index(&parts, track, path)?;
    let imported = import_part(&song, &parts[index], &ImportOptions::song(steps));
    if imported.excerpts.is_empty() {
        return Err(CliError::Usage(format!(
            "{} of {} has no note that a piano has; choose another track",
            parts[index].title(),
            path.display()
        )));
    }
    Ok(SelectedPart {
        parts,
        index,
        imported,
    })
}

/// Lists the windows of a song with their reconstructions, and writes them if a folder is given.
pub(super) fn run(arguments: &EncodeArgs) -> Result<(), CliError> {
    let Some(path) = arguments.file.as_deref() else {
        return Err(CliError::Usage("name a MIDI file to encode".to_owned()));
    };
    if let Some(folder) = &arguments.out {
        check_output_folder(folder, arguments.overwrite)?;
    }
    let mut engine = arguments.model.open()?;
    let chosen = select_part(path, arguments.track, engine.steps())?;
    let all = &chosen.imported.excerpts;
    let selected_numbers = match &arguments.windows {
        Some(list) => parse_numbers(list, all.len())?,
        None => (1..=all.len()).collect(),
    };
    let notices = chosen.imported.report.user_messages();
    let (generated, windows) = reconstruct(&mut engine, all, &selected_numbers)?;
    if arguments.json {
        print_line(&json(path, &chosen, &windows, &generated)?);
    } else {
        list_tracks(&chosen);
        for notice in &notices {
            print_notice(&format!("Note: {notice}"));
        }
        list_windows(&windows, &generated);
    }
    if let Some(folder) = &arguments.out {
        let device = decoded_on(&mut engine);
        let run = EncodeRun {
            generated: &generated,
            windows: &windows,
            song: &file_name(path),
            part: &chosen.parts[chosen.index].title(),
            notices: &notices,
            report: &chosen.imported.report,
            model: model_info(&engine, &device),
        };
        write_encoded(&run, folder, arguments.overwrite)?;
        print_notice(&format!("written to {}", folder.display()));
    }
    Ok(())
}

/// Encodes windows, given by their numbers from 1, and decodes them again.
fn reconstruct(
    engine: &mut Engine,
    all: &[ImportedExcerpt],
    selected_numbers: &[usize],
) -> Result<(Generated, Vec<EncodedWindow>), CliError> {
    let chosen: Vec<(usize, &ImportedExcerpt)> = selected_numbers
        .iter()
        .filter_map(|number| Some((*number, all.get(number.checked_sub(1)?)?)))
        .collect();
    let melodies: Vec<Melody> = chosen
        .iter()
        .map(|(_, window)| window.melody.clone())
        .collect();
    let generated = generate(GenerateKind::Encode(melodies), engine)?;
    let windows = chosen
        .iter()
        .map(|(window, content)| EncodedWindow {
            window: *window,
            bar: content.first_bar,
        })
        .collect();
    Ok((generated, windows))
}

fn list_tracks(chosen: &SelectedPart) {
    print_line("track  notes  name");
    for (index, part) in chosen.parts.iter().enumerate() {
        let mark = if index == chosen.index { '*' } else { ' ' };
        print_line(&format!(
            "{mark}{:>4}  {:>5}  {}, {}",
            index + 1,
            part.notes.len(),
            part.title(),
            part.channels_text()
        ));
    }
}

fn list_windows(windows: &[EncodedWindow], generated: &Generated) {
    print_line("");
    print_line("window   bar  notes  tokens  onsets  distance");
    for (at, (melody, quality)) in windows.iter().zip(&generated.originals) {
        print_line(&format!(
            "{:>6}  {:>4}  {:>5}  {:>4.0} %  {:>4.0} %  {:>8}",
            at.window,
            at.bar,
            melody.notes().len(),
            100.0 * quality.tokens,
            100.0 * quality.onsets,
            quality.distance
        ));
    }
}

/// Tracks, report and windows as one JSON object.
fn json(
    path: &Path,
    chosen: &SelectedPart,
    windows: &[EncodedWindow],
    generated: &Generated,
) -> Result<String, CliError> {
    let tracks: Vec<serde_json::Value> = chosen
        .parts
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let channels: Vec<u8> = part.channels.iter().map(|channel| channel + 1).collect();
            serde_json::json!({
                "track": index + 1,
                "name": part.title(),
                "channels": channels,
                "notes": part.notes.len(),
                "may_be_drums": part.may_be_drums(),
                "chosen": index == chosen.index,
            })
        })
        .collect();
    let windows: Vec<serde_json::Value> = windows
        .iter()
        .zip(&generated.originals)
        .map(|(at, (melody, quality))| {
            serde_json::json!({
                "window": at.window,
                "bar": at.bar,
                "notes": melody.notes().len(),
                "token_accuracy": quality.tokens,
                "onset_accuracy": quality.onsets,
                "edit_distance": quality.distance,
            })
        })
        .collect();
    let report = &chosen.imported.report;
    Ok(serde_json::to_string_pretty(&serde_json::json!({
        "song": file_name(path),
        "tracks": tracks,
        "report": report,
        "sentences": report.user_messages(),
        "windows": windows,
    }))?)
}

/// The file name of a path, safe to print.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| sanitise(&name.to_string_lossy()).into_owned())
        .unwrap_or_default()
}

/// The numbers of a list such as `1,3-5`, in its order, each once.
fn parse_numbers(list: &str, max: usize) -> Result<Vec<usize>, CliError> {
    let invalid = || {
        CliError::Usage(format!(
            "--windows takes numbers from 1 to {max}, such as 1,3-5, not {list:?}"
        ))
    };
    let mut found = Vec::new();
    for item in list.split(',') {
        let (from, to) = item.split_once('-').unwrap_or((item, item));
        let number = |text: &str| text.trim().parse::<usize>().map_err(|_| invalid());
        let (from, to) = (number(from)?, number(to)?);
        if from < 1 || to < from || to > max {
            return Err(invalid());
        }
        found.extend(
            (from..=to)
                .filter(|number| !found.contains(number))
                .collect::<Vec<_>>(),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::parse_numbers;

    #[test]
    fn a_list_of_windows_has_single_numbers_and_ranges() {
        assert_eq!(parse_numbers("1,3-5, 4,2", 9).unwrap(), [1, 3, 4, 5, 2]);
        for wrong in ["", "0", "3-1", "10", "2-10", "a", "1-", "-3", "1,,2"] {
            assert!(parse_numbers(wrong, 9).is_err(), "{wrong}");
        }
    }
}
