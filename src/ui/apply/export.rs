//! Exporting melodies and figures.

use std::sync::Arc;

use super::path::{path_piece, sources_text};
use super::{copies, share};
use crate::attributes::AttributeRow;
use crate::melody::{Backing, Feel, Melody, MidiWriteOptions};
use crate::playback::{AudioFormat, OutputChoice, RenderSettings};
use crate::session::library::KeptMelody;
use crate::session::piece::Piece;
use crate::session::{
    ExportItem, OnExisting, file_stem, named_file_stem, piece_items, text_with_origin,
};
use crate::sweep::{MelodyEntry, MelodyId};
use crate::ui::command::{ExportGrouping, ExportSelection, TimelineSource};
use crate::ui::export::{ExportJob, timeline_stem};
use crate::ui::recording::RecordingJob;
use crate::ui::services::Services;
use crate::ui::state::{AppState, KeptEntry, NoticeAction, Provenance};
use crate::wording::count_with_noun;

/// Sample rate of recordings, Hz.
const RECORDING_RATE: u32 = 48_000;

fn provenance(state: &AppState, id: MelodyId) -> Provenance {
    Provenance {
        id,
        name: state.title(id),
        seed: state.seed(),
        weights_hash: state.weights_hash().to_owned(),
    }
}

pub(super) fn export(
    state: &mut AppState,
    services: &mut Services,
    selection: ExportSelection,
    grouping: ExportGrouping,
) {
    let items = export_items(state, selection, grouping);
    if items.is_empty() {
        show_nothing_to_export(state, selection);
        return;
    }
    copies::notify(state, selection);
    let job = ExportJob {
        items,
        grouping,
        options: midi_options(state),
    };
    let folder = state.settings.export_folder.as_deref();
    services.exporter.export(job, folder);
}

/// Copies melodies as MIDI files to the clipboard.
pub(super) fn copy_files(
    state: &mut AppState,
    services: &mut Services,
    selection: ExportSelection,
) {
    let items = export_items(state, selection, ExportGrouping::Folder);
    if items.is_empty() {
        show_nothing_to_export(state, selection);
        return;
    }
    copies::notify(state, selection);
    services.exporter.copy(ExportJob {
        items,
        grouping: ExportGrouping::Folder,
        options: midi_options(state),
    });
}

/// Starts to write the file of a melody that is dragged out of the window.
pub(super) fn drag_out(state: &AppState, services: &mut Services, source: TimelineSource) {
    if let Some(item) = source_item(state, source) {
        services.exporter.drag_out(ExportJob {
            items: vec![item],
            grouping: ExportGrouping::Folder,
            options: midi_options(state),
        });
    }
}

/// The file of the melody of a source; for a block, with its transposition and repeats.
fn source_item(state: &AppState, source: TimelineSource) -> Option<ExportItem> {
    let tempo = state.settings.tempo;
    match source {
        TimelineSource::Shown => Some(map_item(state, state.inspector_melody()?)),
        TimelineSource::Melody(id) => Some(map_item(state, state.melodies.get(id)?)),
        TimelineSource::Kept(number) => Some(kept_item(state.kept_melodies.get(number)?, tempo)),
        TimelineSource::Heard(number) => {
            let heard = state.history.get(number)?;
            let name = state.kept_melodies.name_of(&heard.stored).to_owned();
            let stored = KeptMelody {
                name,
                ..heard.stored.clone()
            };
            let melody = Arc::clone(&heard.melody);
            let kept = KeptEntry {
                number,
                melody,
                stored,
                saved: true,
            };
            Some(kept_item(&kept, tempo))
        }
        TimelineSource::Block(id) => {
            let index = state.timeline.piece.index_of(id)?;
            let mut blocks = export_items(state, ExportSelection::Timeline, ExportGrouping::Folder);
            (index < blocks.len()).then(|| blocks.swap_remove(index))
        }
    }
}

/// Records melodies with the sound and tempo of the synth.
pub(super) fn record(
    state: &mut AppState,
    services: &mut Services,
    selection: ExportSelection,
    format: AudioFormat,
) {
    let items = export_items(state, selection, ExportGrouping::Piece);
    let Some(first) = items.first() else {
        show_nothing_to_export(state, selection);
        return;
    };
    copies::notify(state, selection);
    let is_timeline = selection == ExportSelection::Timeline;
    let stem = match items.len() {
        _ if is_timeline => timeline_stem(&items, state.settings.tempo),
        1 => first.stem.clone(),
        count => file_stem(&format!("{count}_melodies"), state.settings.tempo),
    };
    let chords = export_chords(state);
    // One melody is repeated until it and the chords end together.
    let loops = match (&chords, items.as_slice()) {
        (Some(backing), [single]) if !is_timeline => backing.loops(single.melody.steps()) as u32,
        _ => 1,
    };
    let job = RecordingJob {
        // A timeline is played as one melody.
        melodies: if is_timeline {
            vec![Arc::new(Piece::joined(state.timeline.piece.blocks()))]
        } else {
            items.into_iter().map(|item| item.melody).collect()
        },
        settings: RenderSettings {
            sample_rate: RECORDING_RATE,
            tempo: state.settings.tempo,
            feel: export_feel(state),
            chords: chords.clone(),
            loops,
            sound: state.settings.sound.clone(),
            sound_font: state.sound.sound_font.clone(),
            cut_tail: false,
        },
        stem,
        format,
    };
    let folder = state.settings.export_folder.as_deref();
    services.exporter.record(job, folder);
}

pub(super) fn cancel_recording(state: &mut AppState, notice: u64) {
    if let Some(NoticeAction::CancelRecording(recording)) = state
        .notices
        .dismiss(notice)
        .and_then(|notice| notice.action)
    {
        recording.cancel();
    }
}

fn show_nothing_to_export(state: &mut AppState, selection: ExportSelection) {
    state.notices.info(match selection {
        ExportSelection::Path => "There is no path to export yet; draw one first",
        ExportSelection::Timeline => "The timeline is empty; add melodies to it first",
        _ => "Select or keep a melody first, then export it",
    });
}

/// The melodies to be exported, with their names and origins.
fn export_items(
    state: &AppState,
    selection: ExportSelection,
    grouping: ExportGrouping,
) -> Vec<ExportItem> {
    let tempo = state.settings.tempo;
    match selection {
        ExportSelection::Shown => state
            .inspector_melody()
            .map(|entry| map_item(state, entry))
            .into_iter()
            .collect(),
        ExportSelection::Selected => state
            .selection
            .all
            .iter()
            .filter_map(|id| state.melodies.get(*id))
            .map(|entry| map_item(state, entry))
            .collect(),
        ExportSelection::Path if grouping == ExportGrouping::Piece => path_piece(state)
            .map(|(piece, text)| piece_item(state, piece, &text))
            .into_iter()
            .collect(),
        ExportSelection::Path => state
            .path
            .stops()
            .into_iter()
            .flat_map(|stops| stops.set.entries.iter().zip(&stops.sources))
            .map(|(entry, sources)| {
                let mut item = map_item(state, entry);
                item.text = format!("{}; made of {}", item.text, sources_text(sources));
                item
            })
            .collect(),
        ExportSelection::Timeline => {
            let name = |source: &KeptMelody| state.kept_melodies.name_of(source).to_owned();
            piece_items(&state.timeline.piece, tempo, name)
        }
        ExportSelection::Kept => state
            .kept_melodies
            .to_export()
            .into_iter()
            .map(|kept| kept_item(kept, tempo))
            .collect(),
    }
}

/// The file of a melody on the map, by the name that the user gave it if it is kept, with its share text.
fn map_item(state: &AppState, entry: &MelodyEntry) -> ExportItem {
    let source = provenance(state, entry.id);
    let renamed = state.kept(entry).is_some_and(KeptEntry::is_renamed);
    let mut item = export_item(&entry.melody, source, renamed, state.settings.tempo);
    let origin = state.edit_origin_text(entry.id);
    item.text = text_with_origin(item.text, origin.as_deref());
    add_share_text(&mut item, share::file_text(state, entry.id));
    item
}

/// The file of a kept melody, by the name that the user gave it, with its share text if its latent point is known.
pub(super) fn kept_item(kept: &KeptEntry, tempo: f64) -> ExportItem {
    let mut item = export_item(&kept.melody, kept.provenance(), kept.is_renamed(), tempo);
    let origin = kept.stored.annotations.origin.as_deref();
    item.text = text_with_origin(item.text, origin);
    add_share_text(&mut item, share::kept_text(kept));
    item
}

fn add_share_text(item: &mut ExportItem, share: Option<String>) {
    if let Some(share) = share {
        item.text = format!("{}; {share}", item.text);
    }
}

/// The feel of the notes in a file: the one that is heard, unless raw notes are asked for.
fn export_feel(state: &AppState) -> Feel {
    if state.settings.export_raw {
        Feel::PLAIN
    } else {
        state.settings.feel
    }
}

/// The chords of a file: the ones that are heard, unless raw notes are asked for.
fn export_chords(state: &AppState) -> Option<Arc<Backing>> {
    let backing = state.settings.chords.backing();
    backing.filter(|_| !state.settings.export_raw)
}

/// Tempo, feel and MIDI program of a file: as they are heard, unless raw notes are asked for.
fn midi_options(state: &AppState) -> MidiWriteOptions {
    let settings = &state.settings;
    let mut options = MidiWriteOptions {
        tempo_bpm: settings.tempo,
        feel: export_feel(state),
        chords: export_chords(state),
        key_signature: !settings.export_raw,
        ..MidiWriteOptions::default()
    };
    match settings.output {
        _ if settings.export_raw => {}
        OutputChoice::Port(_) => {
            let voice = settings.midi.clamped();
            options.channel = voice.channel - 1;
            options.bank = voice.bank.filter(|_| voice.program.is_some());
            options.program = voice.program.map_or(options.program, |program| program - 1);
        }
        OutputChoice::Synth => options.program = settings.sound.program(),
        OutputChoice::Silent => {}
    }
    options
}

/// The file of a path as one piece.
fn piece_item(state: &AppState, piece: Melody, text: &str) -> ExportItem {
    let (seed, hash) = (state.seed(), state.weights_hash());
    let stops = state.path.stops();
    let (set, count) = stops.map_or((0, 0), |stops| (stops.set_number, stops.parameters.len()));
    let entries = state
        .path
        .stops()
        .into_iter()
        .flat_map(|stops| &stops.set.entries);
    let mut item = ExportItem {
        melody: Arc::new(piece),
        name: format!("Path of {}", count_with_noun(count, "melody")),
        text: format!(
            "seed {seed}, path {set}, weights {hash}, tunescape {}; {text}",
            env!("CARGO_PKG_VERSION")
        ),
        stem: file_stem(&format!("path_of_{count}"), state.settings.tempo),
    };
    for entry in entries {
        add_share_text(&mut item, share::file_text(state, entry.id));
    }
    item
}

pub(super) fn export_figures(state: &AppState, services: &mut Services) {
    if let Some(analysis) = state.analysis.finished() {
        let folder = state.settings.export_folder.as_deref();
        let attribute = state.studied_attribute();
        services
            .exporter
            .export_figures(Arc::clone(analysis.result()), attribute, folder);
    }
}

/// The file of a melody. The file name has the density of the written melody, and the melody's name if it was generated after
/// the sweep or `renamed` by the user.
fn export_item(melody: &Arc<Melody>, source: Provenance, renamed: bool, tempo: f64) -> ExportItem {
    let attributes = AttributeRow::measure(melody);
    let has_own_name = renamed || source.id.region().is_none();
    let stem = has_own_name.then(|| named_file_stem(&source.name, source.id, &attributes, tempo));
    let item = ExportItem::new(
        source.id,
        source.name,
        Arc::clone(melody),
        &attributes,
        source.seed,
        &source.weights_hash,
        tempo,
    );
    match stem {
        Some(stem) => ExportItem { stem, ..item },
        None => item,
    }
}

/// Writes the files that a notice says were refused.
pub(super) fn write_refused(
    state: &mut AppState,
    services: &mut Services,
    notice: u64,
    on_existing: OnExisting,
) {
    if let Some(NoticeAction::Replace(refused)) = state
        .notices
        .dismiss(notice)
        .and_then(|notice| notice.action)
    {
        services.exporter.write_refused(refused, on_existing);
    }
}
