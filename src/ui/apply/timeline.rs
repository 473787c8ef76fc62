//! The timeline: changing its blocks, each change a step to undo, and playing them.

use std::sync::Arc;

use super::play::send;
use crate::melody::STEPS_PER_BAR;
use crate::playback::StartPosition;
use crate::session::library::KeptMelody;
use crate::session::piece::{Piece, PieceError};
use crate::ui::command::{TimelineCommand, TimelineSource};
use crate::ui::services::Services;
use crate::ui::state::{AppState, PlayRequest, PlayedPiece, UndoAction};

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: TimelineCommand) {
    match command {
        TimelineCommand::Show(shown) => {
            state.timeline.shown = shown;
            state.history.shown &= !shown;
        }
        TimelineCommand::Add(source) => add(state, services, source),
        TimelineCommand::SelectBlock(place) => {
            state.timeline.select(place);
            note_selected(state);
        }
        TimelineCommand::PlayStop if state.playing_block().is_some() => stop(state, services),
        TimelineCommand::PlayStop => play_selected(state, services),
        TimelineCommand::PlayFrom(place) => {
            state.timeline.select(Some(place));
            play(state, services, place, None);
        }
        change => change_piece(state, services, &change),
    }
}

/// Executes a command that changes blocks that are there.
fn change_piece(state: &mut AppState, services: &mut Services, command: &TimelineCommand) {
    let labels = state.timeline.piece.labels();
    let label = |place: usize| labels.get(place).cloned().unwrap_or_default();
    let words = match command {
        TimelineCommand::Remove(at) => format!("remove {} from the timeline", label(*at)),
        TimelineCommand::Move(from, _) => format!("move {} in the timeline", label(*from)),
        TimelineCommand::Duplicate(at) => format!("duplicate {}", label(*at)),
        TimelineCommand::SetRepeats(at, repeats) => {
            format!("play {} ×{repeats}", label(*at))
        }
        TimelineCommand::Transpose(at, by) => format!("transpose {} to {by:+}", label(*at)),
        TimelineCommand::Rename(at, _) => format!("rename {}", label(*at)),
        _ => "loop in the timeline".to_owned(),
    };
    edit(state, services, words, |piece| match command {
        TimelineCommand::Remove(at) => {
            piece.remove(*at)?;
            // What comes after it is selected, so that Delete can go on.
            let next = (*at).min(piece.len().saturating_sub(1));
            Ok(piece.blocks().get(next).map(|block| block.id()))
        }
        TimelineCommand::Move(from, to) => piece.move_to(*from, *to).map(|()| None),
        TimelineCommand::Duplicate(at) => piece.duplicate(*at).map(Some),
        TimelineCommand::SetRepeats(at, repeats) => piece.set_repeats(*at, *repeats).map(|()| None),
        TimelineCommand::Transpose(at, by) => piece.transpose(*at, *by).map(|()| None),
        TimelineCommand::Rename(at, label) => piece.rename(*at, label.as_deref()).map(|()| None),
        TimelineCommand::SetLoop(range) => piece.set_loop(*range).map(|()| None),
        _ => Ok(None),
    });
}

/// Changes the piece, a step to undo with these words; `change` returns the id of the block that is selected then, if another one is.
pub(super) fn edit(
    state: &mut AppState,
    services: &mut Services,
    words: String,
    change: impl FnOnce(&mut Piece) -> Result<Option<u64>, PieceError>,
) {
    let before = Arc::clone(&state.timeline.piece);
    let mut piece = (*before).clone();
    match change(&mut piece) {
        Err(error) => state.notices.error(error.to_string()),
        Ok(_) if piece == *before => {}
        Ok(selected) => {
            state.push_undo(Some(UndoAction::RestorePiece(before, words)));
            state.timeline.set_piece(Arc::new(piece));
            if let Some(id) = selected {
                let place = state.timeline.piece.index_of(id);
                state.timeline.select(place);
                note_selected(state);
            }
            update_playing(state, services);
        }
    }
}

/// Shows another state of the piece; what plays goes on with it.
pub(super) fn restore(state: &mut AppState, services: &mut Services, piece: Arc<Piece>) {
    state.timeline.set_piece(piece);
    update_playing(state, services);
}

fn add(state: &mut AppState, services: &mut Services, source: TimelineSource) {
    let Some(melody) = melody(state, source) else {
        state
            .notices
            .info("Select a melody on the map first; I then adds it to the timeline");
        return;
    };
    let place = state.timeline.selected().map_or(usize::MAX, |at| at + 1);
    insert_melody(state, services, place, melody);
}

/// Inserts a melody before the block at a place, or at the end.
pub(super) fn insert(
    state: &mut AppState,
    services: &mut Services,
    place: usize,
    source: TimelineSource,
) {
    if let Some(melody) = melody(state, source) {
        insert_melody(state, services, place, melody);
    }
}

fn insert_melody(state: &mut AppState, services: &mut Services, place: usize, melody: KeptMelody) {
    let name = melody.name.clone();
    let blocks = state.timeline.piece.len();
    let words = format!("add {name} to the timeline");
    edit(state, services, words, |piece| {
        piece.insert(place, Arc::new(melody)).map(Some)
    });
    if state.timeline.piece.len() == blocks {
        return;
    }
    // Several are added from a list, which stays.
    if !state.timeline.shown {
        let bars = state.timeline.piece.bars();
        let text = format!("{name} was added to the timeline, which has {bars} bars now");
        state.notices.info(text);
    }
}

/// The melody of a source, with where it comes from.
pub(super) fn melody(state: &AppState, source: TimelineSource) -> Option<KeptMelody> {
    match source {
        TimelineSource::Shown => state.shown().map(|entry| state.kept_melody_of(entry)),
        TimelineSource::Melody(id) => {
            let entry = state.melodies.get(id)?;
            Some(state.kept_melody_of(entry))
        }
        TimelineSource::Kept(number) => Some(state.kept_melodies.get(number)?.stored.clone()),
        TimelineSource::Block(id) => {
            let piece = &state.timeline.piece;
            let block = piece.blocks().get(piece.index_of(id)?)?;
            Some((**block.source()).clone())
        }
        TimelineSource::Heard(number) => {
            let stored = &state.history.get(number)?.stored;
            Some(KeptMelody {
                name: state.kept_melodies.name_of(stored).to_owned(),
                ..stored.clone()
            })
        }
    }
}

fn note_selected(state: &mut AppState) {
    let last = state.playback.last_request().map_or(0, |last| last.tag);
    state.timeline.note_selected(last);
}

fn stop(state: &mut AppState, services: &mut Services) {
    services.player.stop();
    state.playback.playhead = services.player.playhead();
}

/// Plays from the selected block on, or from the first one.
pub(super) fn play_selected(state: &mut AppState, services: &mut Services) {
    let place = state.timeline.selected().unwrap_or(0);
    play(state, services, place, None);
}

/// Goes on at the same place of the piece after it was changed, if it plays.
fn update_playing(state: &mut AppState, services: &mut Services) {
    let Some(playing) = state.playing_block() else {
        return;
    };
    let piece = &state.timeline.piece;
    if piece.is_empty() {
        return stop(state, services);
    }
    let place = piece.index_of(playing.id).or(state.timeline.selected());
    let place = place.unwrap_or(0);
    let at = (playing.start, playing.step.max(0.0) as usize + 1);
    play(state, services, place, Some(at));
}

/// Plays the blocks of the loop from one of them on, or all if it is outside the loop. If it goes on, `at` has the step at which
/// the block started in what plays, and the step in the block that comes next.
fn play(state: &mut AppState, services: &mut Services, place: usize, at: Option<(usize, usize)>) {
    let piece = Arc::clone(&state.timeline.piece);
    let ends = piece.loop_ends();
    let is_outside = piece
        .loop_range()
        .is_some_and(|range| !range.contains(&place));
    let ignores_loop = match at {
        None => is_outside,
        // A loop that was set since is entered.
        Some(_) => is_outside && state.timeline.ignored_loop() == ends,
    };
    let (first, blocks) = match ignores_loop {
        true => (0, piece.blocks()),
        false => piece.looped(),
    };
    let inside = place
        .checked_sub(first)
        .filter(|index| *index < blocks.len());
    let index = inside.unwrap_or(0);
    let joined = Arc::new(Piece::joined(blocks));
    let steps = joined.steps();
    let mut starts = Vec::with_capacity(blocks.len());
    let mut next = 0;
    for block in blocks {
        starts.push(next);
        next += block.steps();
    }
    let Some(start) = starts.get(index).copied() else {
        return;
    };
    let start = match at {
        None => StartPosition {
            step: start,
            loop_offset: start,
            loop_length: STEPS_PER_BAR,
            play_once: false,
        },
        Some((before, passed)) => StartPosition {
            step: (start + passed) % steps,
            // As far as the block has moved.
            loop_offset: (start + steps - before % steps) % steps,
            loop_length: usize::MAX,
            play_once: false,
        },
    };
    let sequence = blocks
        .iter()
        .map(|block| (block.source().identity.id, Arc::clone(block.original())));
    let request = PlayRequest {
        tag: 0,
        melody: joined,
        id: None,
        generation: None,
        sequence: sequence.collect(),
        kept_melodies: blocks
            .iter()
            .map(|block| (**block.source()).clone())
            .collect(),
        steps_per_melody: 0,
        starts: starts.clone(),
        start,
    };
    state.probes.cancel();
    send(state, services, request);
    if let Some(tag) = state.playback.last_request().map(|request| request.tag) {
        let blocks = blocks.iter().map(|block| block.id()).collect();
        state.timeline.note_played(PlayedPiece {
            tag,
            blocks,
            starts,
            ignored_loop: ends.filter(|_| ignores_loop),
        });
    }
}
