//! The timeline: changing its blocks, each change a step to undo, and playing them.

use std::sync::Arc;

use super::play::send;
use crate::melody::STEPS_PER_BAR;
use crate::playback::StartPosition;
use crate::session::library::KeptMelody;
use crate::session::piece::{Piece, PieceError};
use crate::ui::command::{TimelineCommand, TimelineSource};
use crate::ui::services::Services;
use crate::ui::state::{AppState, PlayRequest, PlayedPiece, ReversibleAction};

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: TimelineCommand) {
    match command {
        TimelineCommand::Show(shown) => {
            state.timeline.shown = shown;
            state.history.shown &= !shown;
        }
        TimelineCommand::Add(source) => add(state, services, source),
        TimelineCommand::SelectBlock(index) => {
            state.timeline.select(index);
            note_selected(state);
        }
        TimelineCommand::PlayStop if state.playing_block().is_some() => stop(state, services),
        TimelineCommand::PlayStop => play_selected(state, services),
        TimelineCommand::PlayFrom(index) => {
            state.timeline.select(Some(index));
            play(state, services, index, None);
        }
        command => change_piece(state, services, &command),
    }
}

/// Executes a command that changes existing blocks.
fn change_piece(state: &mut AppState, services: &mut Services, command: &TimelineCommand) {
    let labels = state.timeline.piece.labels();
    let label = |index: usize| labels.get(index).cloned().unwrap_or_default();
    let description = match command {
        TimelineCommand::Remove(index) => format!("remove {} from the timeline", label(*index)),
        TimelineCommand::Move(from, _) => format!("move {} in the timeline", label(*from)),
        TimelineCommand::Duplicate(index) => format!("duplicate {}", label(*index)),
        TimelineCommand::SetRepeats(index, repeats) => {
            format!("play {} ×{repeats}", label(*index))
        }
        TimelineCommand::Transpose(index, by) => format!("transpose {} to {by:+}", label(*index)),
        TimelineCommand::Rename(index, _) => format!("rename {}", label(*index)),
        _ => "loop in the timeline".to_owned(),
    };
    edit(state, services, description, |piece| match command {
        TimelineCommand::Remove(index) => {
            piece.remove(*index)?;
            // The block after it is selected, so that pressing Delete again removes that.
            let next = (*index).min(piece.len().saturating_sub(1));
            Ok(piece.blocks().get(next).map(|block| block.id()))
        }
        TimelineCommand::Move(from, to) => piece.move_to(*from, *to).map(|()| None),
        TimelineCommand::Duplicate(index) => piece.duplicate(*index).map(Some),
        TimelineCommand::SetRepeats(index, repeats) => {
            piece.set_repeats(*index, *repeats).map(|()| None)
        }
        TimelineCommand::Transpose(index, by) => piece.transpose(*index, *by).map(|()| None),
        TimelineCommand::Rename(index, label) => {
            piece.rename(*index, label.as_deref()).map(|()| None)
        }
        TimelineCommand::SetLoop(range) => piece.set_loop(*range).map(|()| None),
        _ => Ok(None),
    });
}

/// Changes the piece as one undo step with this description. `change` returns the id of the block to select, if the selection
/// changes.
pub(super) fn edit(
    state: &mut AppState,
    services: &mut Services,
    description: String,
    change: impl FnOnce(&mut Piece) -> Result<Option<u64>, PieceError>,
) {
    let before = Arc::clone(&state.timeline.piece);
    let mut piece = (*before).clone();
    match change(&mut piece) {
        Err(error) => state.notices.error(error.to_string()),
        Ok(_) if piece == *before => {}
        Ok(selected) => {
            state.push_undo(Some(ReversibleAction::RestorePiece(before, description)));
            state.timeline.set_piece(Arc::new(piece));
            if let Some(id) = selected {
                let index = state.timeline.piece.index_of(id);
                state.timeline.select(index);
                note_selected(state);
            }
            update_playing(state, services);
        }
    }
}

/// Shows another state of the piece. If the piece plays, playing continues with the new state.
pub(super) fn restore(state: &mut AppState, services: &mut Services, piece: Arc<Piece>) {
    state.timeline.set_piece(piece);
    update_playing(state, services);
}

fn add(state: &mut AppState, services: &mut Services, source: TimelineSource) {
    let Some(melody) = source_melody(state, source) else {
        state
            .notices
            .info("Select a melody on the map first; I then adds it to the timeline");
        return;
    };
    let index = state.timeline.selected().map_or(usize::MAX, |at| at + 1);
    insert_melody(state, services, index, melody);
}

/// Inserts a melody before the block at `index`, or at the end.
pub(super) fn insert(
    state: &mut AppState,
    services: &mut Services,
    index: usize,
    source: TimelineSource,
) {
    if let Some(melody) = source_melody(state, source) {
        insert_melody(state, services, index, melody);
    }
}

fn insert_melody(state: &mut AppState, services: &mut Services, index: usize, melody: KeptMelody) {
    let name = melody.name.clone();
    let blocks = state.timeline.piece.len();
    let description = format!("add {name} to the timeline");
    edit(state, services, description, |piece| {
        piece.insert(index, Arc::new(melody)).map(Some)
    });
    if state.timeline.piece.len() == blocks {
        return;
    }
    // With the timeline in view, its new block says enough.
    if !state.timeline.shown {
        let bars = state.timeline.piece.bars();
        let text = format!("{name} was added to the timeline, which has {bars} bars now");
        state.notices.info(text);
    }
}

/// The melody of a source, with its provenance; `None` if the source does not exist.
pub(super) fn source_melody(state: &AppState, source: TimelineSource) -> Option<KeptMelody> {
    match source {
        TimelineSource::Shown => state
            .inspector_melody()
            .map(|entry| state.kept_melody_of(entry)),
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
    state.timeline.record_selection(last);
}

fn stop(state: &mut AppState, services: &mut Services) {
    services.player.stop();
    state.playback.playhead = services.player.playhead();
}

/// Plays from the selected block on, or from the first one.
pub(super) fn play_selected(state: &mut AppState, services: &mut Services) {
    let index = state.timeline.selected().unwrap_or(0);
    play(state, services, index, None);
}

/// Continues at the same place of the piece after it was changed, if it plays.
fn update_playing(state: &mut AppState, services: &mut Services) {
    let Some(playing) = state.playing_block() else {
        return;
    };
    let piece = &state.timeline.piece;
    if piece.is_empty() {
        return stop(state, services);
    }
    let index = piece.index_of(playing.id).or(state.timeline.selected());
    let index = index.unwrap_or(0);
    let resume_at = (playing.start, playing.step.max(0.0) as usize + 1);
    play(state, services, index, Some(resume_at));
}

/// Plays from the block at `index` on: the blocks of the loop, or all of them if it is outside the loop. To continue inside the
/// block, `resume_at` is the step at which it starts in the melody that plays, and the next step within the block.
fn play(
    state: &mut AppState,
    services: &mut Services,
    index: usize,
    resume_at: Option<(usize, usize)>,
) {
    let piece = Arc::clone(&state.timeline.piece);
    let ends = piece.loop_ends();
    let is_outside = piece
        .loop_range()
        .is_some_and(|range| !range.contains(&index));
    let ignores_loop = match resume_at {
        None => is_outside,
        // A loop that was set since is entered.
        Some(_) => is_outside && state.timeline.ignored_loop() == ends,
    };
    let (first, blocks) = match ignores_loop {
        true => (0, piece.blocks()),
        false => piece.looped_blocks(),
    };
    let looped_index = index
        .checked_sub(first)
        .filter(|index| *index < blocks.len());
    let index = looped_index.unwrap_or(0);
    let joined = Arc::new(Piece::joined(blocks));
    let steps = joined.steps();
    let mut starts = Vec::with_capacity(blocks.len());
    let mut next_start = 0;
    for block in blocks {
        starts.push(next_start);
        next_start += block.steps();
    }
    let Some(start) = starts.get(index).copied() else {
        return;
    };
    let start = match resume_at {
        None => StartPosition {
            step: start,
            loop_offset: start,
            loop_length: STEPS_PER_BAR,
            play_once: false,
        },
        Some((old_start, passed_steps)) => StartPosition {
            step: (start + passed_steps) % steps,
            // The distance by which the block has moved.
            loop_offset: (start + steps - old_start % steps) % steps,
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
        start_steps: starts.clone(),
        start,
    };
    state.probes.cancel();
    send(state, services, request);
    if let Some(tag) = state.playback.last_request().map(|request| request.tag) {
        let blocks = blocks.iter().map(|block| block.id()).collect();
        state.timeline.record_played(PlayedPiece {
            tag,
            blocks,
            starts,
            ignored_loop: ends.filter(|_| ignores_loop),
        });
    }
}
