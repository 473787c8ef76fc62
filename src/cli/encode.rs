//! `tunescape encode FILE`: the melodies of a song, where they lie in the latent space, and how well they are reconstructed.

use std::path::Path;

use super::args::EncodeArgs;
use super::engine::{decoding_devices, model_info};
use super::error::CliError;
use super::sequence::generate;
use super::song::part_index;
use super::terminal::{print_line, print_notice};
use crate::files::sanitise;
use crate::melody::{
    ImportOptions, ImportedExcerpt, ImportedPart, Melody, SongPart, import_part, importable_parts,
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
    let parts = importable_parts(&song, path)?;
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
    let selected_part = select_part(path, arguments.track, engine.steps())?;
    let excerpts = &selected_part.imported.excerpts;
    let selected_numbers = match &arguments.windows {
        Some(list) => parse_numbers(list, excerpts.len())?,
        None => (1..=excerpts.len()).collect(),
    };
    let notices = selected_part.imported.report.user_messages();
    let (generated, windows) = reconstruct(&mut engine, excerpts, &selected_numbers)?;
    if arguments.json {
        print_line(&json(path, &selected_part, &windows, &generated)?);
    } else {
        list_tracks(&selected_part);
        for notice in &notices {
            print_notice(&format!("Note: {notice}"));
        }
        list_windows(&windows, &generated);
    }
    if let Some(folder) = &arguments.out {
        let device = decoding_devices(&mut engine);
        let run = EncodeRun {
            generated: &generated,
            windows: &windows,
            song: &file_name(path),
            part: &selected_part.parts[selected_part.index].title(),
            notices: &notices,
            report: &selected_part.imported.report,
            model: model_info(&engine, &device),
        };
        write_encoded(&run, folder, arguments.overwrite)?;
        print_notice(&format!("written to {}", folder.display()));
    }
    Ok(())
}

/// Encodes the windows with these numbers, counted from 1, and decodes them again.
fn reconstruct(
    engine: &mut Engine,
    excerpts: &[ImportedExcerpt],
    selected_numbers: &[usize],
) -> Result<(Generated, Vec<EncodedWindow>), CliError> {
    let numbered_excerpts: Vec<(usize, &ImportedExcerpt)> = selected_numbers
        .iter()
        .filter_map(|number| Some((*number, excerpts.get(number.checked_sub(1)?)?)))
        .collect();
    let melodies: Vec<Melody> = numbered_excerpts
        .iter()
        .map(|(_, excerpt)| excerpt.melody.clone())
        .collect();
    let generated = generate(GenerateKind::Encode(melodies), engine)?;
    let windows = numbered_excerpts
        .iter()
        .map(|(number, excerpt)| EncodedWindow {
            window: *number,
            bar: excerpt.first_bar,
        })
        .collect();
    Ok((generated, windows))
}

fn list_tracks(selected_part: &SelectedPart) {
    print_line("track  notes  name");
    for (index, part) in selected_part.parts.iter().enumerate() {
        let mark = if index == selected_part.index {
            '*'
        } else {
            ' '
        };
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
    for (window, (melody, quality)) in windows.iter().zip(&generated.originals) {
        print_line(&format!(
            "{:>6}  {:>4}  {:>5}  {:>4.0} %  {:>4.0} %  {:>8}",
            window.window,
            window.bar,
            melody.notes().len(),
            100.0 * quality.token_accuracy,
            100.0 * quality.onset_accuracy,
            quality.distance
        ));
    }
}

/// Tracks, report and windows as one JSON object.
fn json(
    path: &Path,
    selected_part: &SelectedPart,
    windows: &[EncodedWindow],
    generated: &Generated,
) -> Result<String, CliError> {
    let tracks: Vec<serde_json::Value> = selected_part
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
                "chosen": index == selected_part.index,
            })
        })
        .collect();
    let windows: Vec<serde_json::Value> = windows
        .iter()
        .zip(&generated.originals)
        .map(|(window, (melody, quality))| {
            serde_json::json!({
                "window": window.window,
                "bar": window.bar,
                "notes": melody.notes().len(),
                "token_accuracy": quality.token_accuracy,
                "onset_accuracy": quality.onset_accuracy,
                "edit_distance": quality.distance,
            })
        })
        .collect();
    let report = &selected_part.imported.report;
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
    let mut numbers = Vec::new();
    for item in list.split(',') {
        let (from, to) = item.split_once('-').unwrap_or((item, item));
        let parse_number = |text: &str| text.trim().parse::<usize>().map_err(|_| invalid());
        let (from, to) = (parse_number(from)?, parse_number(to)?);
        if from < 1 || to < from || to > max {
            return Err(invalid());
        }
        numbers.extend(
            (from..=to)
                .filter(|number| !numbers.contains(number))
                .collect::<Vec<_>>(),
        );
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::parse_numbers;

    #[test]
    fn a_list_of_windows_has_single_numbers_and_ranges() {
        assert_eq!(parse_numbers("1,3-5, 4,2", 9).unwrap(), [1, 3, 4, 5, 2]);
        for invalid in ["", "0", "3-1", "10", "2-10", "a", "1-", "-3", "1,,2"] {
            assert!(parse_numbers(invalid, 9).is_err(), "{invalid}");
        }
    }
}
