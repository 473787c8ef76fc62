//! `tunescape explain` and `tunescape decode --share`: how a melody was made, and the melody made again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::args::{DecodeArgs, ExplainArgs};
use super::error::CliError;
use super::model::refuse_existing;
use super::terminal::{print_json, print_line, print_written};
use crate::files::WriteError;
use crate::melody::{Melody, MidiFileError, MidiWriteOptions, parse_midi, read_midi_bytes};
use crate::model::{MelodyModel, Sampling};
use crate::session::share::{SharedContent, SharedMelody, share_texts_in};
use crate::session::{
    ExportError, ExportGrouping, ExportItem, OnExisting, export_files, midi_path, write_files,
};

/// Texts that Tunescape wrote into a file, and its tempo.
struct FileTexts {
    /// The melodies of its share texts, in order.
    melodies: Vec<SharedMelody>,
    /// Its other texts.
    other_texts: Vec<String>,
    /// Its tempo, quarter notes per minute.
    tempo_bpm: f64,
}

/// A melody of `--json`.
#[derive(Serialize)]
struct MelodyRecord {
    #[serde(rename = "share")]
    share_text: String,
    weights_hash: String,
    version: String,
    steps: usize,
    latent_size: usize,
    bits: u8,
    /// Null if the most likely tokens were taken.
    temperature: Option<f32>,
    seed: Option<u64>,
    stream: Option<u64>,
    /// Whether the notes are in the text, because the model decodes others at the point.
    notes_in_text: bool,
}

/// Prints how the melodies of a file were made, and makes them again if an output is given.
pub(super) fn run(arguments: &ExplainArgs) -> Result<(), CliError> {
    let out = match &arguments.out {
        Some(out) => Some(check_output_path(out, arguments.overwrite)?),
        None => None,
    };
    let file_texts = read_texts(&arguments.file)?;
    if arguments.json.json {
        let melodies: Vec<MelodyRecord> = file_texts.melodies.iter().map(melody_record).collect();
        print_json(&serde_json::json!({ "texts": file_texts.other_texts, "melodies": melodies }))?;
    } else {
        for text in &file_texts.other_texts {
            print_line(text);
        }
        for (index, shared) in file_texts.melodies.iter().enumerate() {
            print_line(&format!("melody {}: {}", index + 1, describe(shared)));
            print_line(&shared.to_string());
        }
    }
    let Some(out) = &out else {
        return Ok(());
    };
    let mut engine = arguments.model.open()?;
    write_melodies(
        &mut engine,
        &file_texts.melodies,
        file_texts.tempo_bpm,
        out,
        arguments.overwrite,
    )?;
    if !arguments.json.json {
        print_written(out);
    }
    Ok(())
}

/// Writes the melody of a share text.
pub(super) fn decode_share(arguments: &DecodeArgs, text: &str) -> Result<(), CliError> {
    let Some(out) = &arguments.out else {
        return Err(CliError::Usage(
            "say where to write the melody: --out FILE.mid".to_owned(),
        ));
    };
    let out = &check_output_path(out, arguments.overwrite)?;
    let shared: SharedMelody = text.parse()?;
    let mut engine = arguments.model.open()?;
    let tempo = MidiWriteOptions::default().tempo_bpm;
    write_melodies(&mut engine, &[shared], tempo, out, arguments.overwrite)?;
    print_written(out);
    Ok(())
}

/// Endings to which `.mid` is not added, since the user wants another kind of file.
const OTHER_ENDINGS: [&str; 14] = [
    "wav",
    "flac",
    "mp3",
    "ogg",
    "musicxml",
    "mxl",
    "xml",
    "midi",
    "npy",
    "json",
    "csv",
    "txt",
    "tunescape",
    "safetensors",
];

/// The file to write for `--out`: `.mid` is added to a name that has no known ending.
///
/// # Errors
/// [`CliError::Usage`] for the ending of another kind of file, [`CliError::Export`] if its folder is not there,
/// [`CliError::AlreadyExists`].
fn check_output_path(out: &Path, overwrite: bool) -> Result<PathBuf, CliError> {
    let is_other = out.extension().is_some_and(|extension| {
        OTHER_ENDINGS
            .iter()
            .any(|other| extension.eq_ignore_ascii_case(other))
    });
    if is_other {
        return Err(CliError::Usage(format!(
            "{} is not written: a melody becomes a MIDI file; choose a name that ends in .mid, from which `tunescape render` makes sound (.wav, .flac) or a score (.musicxml)",
            out.display()
        )));
    }
    let out = midi_path(out);
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder
        && !folder.exists()
    {
        let folder = folder.to_path_buf();
        return Err(ExportError::from(WriteError::NoFolder { folder }).into());
    }
    refuse_existing(&out, overwrite)?;
    Ok(out)
}

/// Reads the texts of a MIDI file, or of a score.
fn read_texts(path: &Path) -> Result<FileTexts, CliError> {
    let bytes = read_midi_bytes(path).map_err(|error| match error {
        // It may be a score as well.
        MidiFileError::Read { source, .. } => CliError::file(path, source),
        error => error.into(),
    })?;
    let (texts, tempo) = match parse_midi(&bytes, path) {
        Ok(song) => (song.texts, song.tempos.first().map(|tempo| tempo.1)),
        Err(error) => {
            // A score is XML.
            let text = String::from_utf8(bytes).map_err(|_not_text| error)?;
            (share_texts_in(&text).map(str::to_owned).collect(), None)
        }
    };
    let mut file_texts = FileTexts {
        melodies: Vec::new(),
        other_texts: Vec::new(),
        tempo_bpm: tempo.unwrap_or(MidiWriteOptions::default().tempo_bpm),
    };
    for text in texts {
        let mut other_text = text.clone();
        for share_text in share_texts_in(&text) {
            file_texts.melodies.push(share_text.parse()?);
            other_text = other_text
                .replace(&format!("; {share_text}"), "")
                .replace(share_text, "");
        }
        if !other_text.is_empty() {
            file_texts.other_texts.push(other_text);
        }
    }
    if file_texts.melodies.is_empty() {
        return Err(CliError::NoShareText {
            path: path.to_owned(),
        });
    }
    Ok(file_texts)
}

fn melody_record(shared: &SharedMelody) -> MelodyRecord {
    let draw_params = match &shared.sampling {
        Sampling::Greedy => None,
        Sampling::Temperature {
            temperature,
            seed,
            streams,
        } => Some((*temperature, *seed, streams.number(0))),
    };
    MelodyRecord {
        share_text: shared.to_string(),
        weights_hash: shared.weights_hash.clone(),
        version: shared.version_text(),
        steps: shared.steps,
        latent_size: shared.point.dimensions(),
        bits: shared.point.bits(),
        temperature: draw_params.map(|(temperature, ..)| temperature),
        seed: draw_params.map(|(_, seed, _)| seed),
        stream: draw_params.map(|(.., stream)| stream),
        notes_in_text: matches!(shared.content, SharedContent::Included(_)),
    }
}

fn describe(shared: &SharedMelody) -> String {
    let content_text = match (&shared.content, &shared.sampling) {
        (SharedContent::Included(_), _) => {
            "its notes are in the text: the model alone decodes others at its point".to_owned()
        }
        (_, Sampling::Greedy) => "the most likely tokens".to_owned(),
        (
            _,
            Sampling::Temperature {
                temperature,
                seed,
                streams,
            },
        ) => format!(
            "drawn with temperature {temperature}, seed {seed}, stream {}",
            streams.number(0)
        ),
    };
    format!(
        "tunescape {}, model {}, {} steps, a point of {} dimensions in {} bits each; {content_text}",
        shared.version_text(),
        shared.weights_hash,
        shared.steps,
        shared.point.dimensions(),
        shared.point.bits(),
    )
}

/// Makes the melodies again and writes them one after another, with their share texts.
fn write_melodies(
    model: &mut dyn MelodyModel,
    shared_melodies: &[SharedMelody],
    tempo_bpm: f64,
    out: &Path,
    overwrite: bool,
) -> Result<(), CliError> {
    let mut items = Vec::with_capacity(shared_melodies.len());
    for (index, shared) in shared_melodies.iter().enumerate() {
        let melody = Melody::from_tokens(shared.tokens(model)?);
        items.push(ExportItem {
            melody: Arc::new(melody),
            name: format!("Melody {}", index + 1),
            text: shared.to_string(),
            stem: String::new(),
        });
    }
    let options = MidiWriteOptions {
        tempo_bpm,
        ..MidiWriteOptions::default()
    };
    let on_existing = if overwrite {
        OnExisting::Replace
    } else {
        OnExisting::Refuse
    };
    let files = export_files(&items, ExportGrouping::Piece, out, &options)?;
    write_files(&files, on_existing)?;
    Ok(())
}
