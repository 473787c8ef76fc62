//! The tray of kept melodies: names, stars, tags, order, marks, and actions on the marked ones.

use std::sync::Arc;

use super::kept_melodies::{execute, keep_with_stars, removal_action};
use super::play::{TurnMelody, play_in_turn};
use crate::session::library::{KeptEdit, MAX_NAME_LETTERS, MAX_STARS};
use crate::ui::command::TrayCommand;
use crate::ui::services::Services;
use crate::ui::state::{AppState, KeptEntry, ReversibleAction};
use crate::wording::count_with_noun;

/// Maximum number of tags of a melody, and of letters of each tag.
const MAX_TAGS: usize = 32;
const MAX_TAG_LETTERS: usize = 60;

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: TrayCommand) {
    match command {
        TrayCommand::EditName(number) => edit_name(state, number),
        TrayCommand::EditCurrentName => match state.current_kept().map(|kept| kept.number) {
            Some(number) => edit_name(state, Some(number)),
            None => state
                .notices
                .info("Keep a melody first; F2 then renames it"),
        },
        TrayCommand::Rename(number, name) => rename(state, services, number, &name),
        TrayCommand::SetStars(number, stars) => {
            edit(
                state,
                services,
                number,
                KeptEdit::Stars(stars.min(MAX_STARS)),
            );
        }
        TrayCommand::StarCurrent(stars) => star_current(state, services, stars.min(MAX_STARS)),
        TrayCommand::SetTags(number, tags) => set_tags(state, services, number, tags),
        TrayCommand::Move(number, before) => move_before(state, services, number, before),
        TrayCommand::SetView(view) => {
            if *state.kept_melodies.view() != view {
                state.push_tray_view_undo();
                state.kept_melodies.set_view(view);
            }
        }
        TrayCommand::MarkTo(number) => mark_to(state, services, number),
        TrayCommand::MarkShown => {
            let numbers = state
                .kept_melodies
                .shown_entries()
                .map(|kept| kept.number)
                .collect();
            set_marks(state, services, numbers, true);
        }
        TrayCommand::UnmarkAll => unmark_all(state, services),
        TrayCommand::PlayMarked => play_marked(state, services),
        TrayCommand::RemoveMarked => remove_marked(state, services),
    }
}

/// Opens the name field of a melody. Shows the tray, and removes its filter if that hides the melody.
fn edit_name(state: &mut AppState, number: Option<u64>) {
    state.tray.renaming = number.filter(|number| state.kept_melodies.get(*number).is_some());
    let Some(number) = state.tray.renaming else {
        return;
    };
    state.history.shown = false;
    state.timeline.shown = false;
    state.settings.bottom_panel = true;
    if !state
        .kept_melodies
        .shown_entries()
        .any(|kept| kept.number == number)
    {
        state.push_tray_view_undo();
        let view = state.kept_melodies.view().unfiltered();
        state.kept_melodies.set_view(view);
    }
}

/// Edits a kept melody, unless that changes nothing.
fn edit(state: &mut AppState, services: &mut Services, number: u64, edit: KeptEdit) {
    let Some(kept) = state.kept_melodies.get(number) else {
        return;
    };
    if edit.with_value_of(&state.kept_melodies.as_submitted(kept)) != edit {
        let identity = Box::new(kept.stored.identity.clone());
        let action = ReversibleAction::EditKept(identity, edit);
        execute(state, services, vec![action], None);
    }
}

/// Renames a melody. Line ends and tabulators become spaces; a name that is too long is refused, not cut.
fn rename(state: &mut AppState, services: &mut Services, number: u64, name: &str) {
    state.tray.renaming = None;
    let name = one_line(name);
    if name.is_empty() {
        return;
    }
    if name.chars().count() > MAX_NAME_LETTERS {
        state.notices.info(format!(
            "A name has at most {MAX_NAME_LETTERS} letters; the melody was not renamed"
        ));
        return;
    }
    edit(state, services, number, KeptEdit::Name(name));
}

/// A text without line ends and other control characters, trimmed.
fn one_line(text: &str) -> String {
    let without_control = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars()
        .map(without_control)
        .collect::<String>()
        .trim()
        .to_owned()
}

fn star_current(state: &mut AppState, services: &mut Services, stars: u8) {
    if let Some(number) = state.current_kept().map(|kept| kept.number) {
        edit(state, services, number, KeptEdit::Stars(stars));
    } else if stars > 0 && !keep_with_stars(state, services, stars) {
        state
            .notices
            .info("Select a melody first; 1 to 5 then keep it with so many stars");
    }
}

/// Gives a melody tags, each once and in their order.
fn set_tags(state: &mut AppState, services: &mut Services, number: u64, tags: Vec<String>) {
    let mut unique_tags: Vec<String> = Vec::new();
    for tag in tags.iter().map(|tag| one_line(tag)) {
        if !tag.is_empty() && !unique_tags.contains(&tag) {
            unique_tags.push(tag);
        }
    }
    if unique_tags.len() > MAX_TAGS
        || unique_tags
            .iter()
            .any(|tag| tag.chars().count() > MAX_TAG_LETTERS)
    {
        state.notices.info(format!(
            "A melody has at most {MAX_TAGS} tags of {MAX_TAG_LETTERS} letters; they were not changed"
        ));
        return;
    }
    edit(state, services, number, KeptEdit::Tags(unique_tags));
}

/// Moves a melody. If no sort key is left between its neighbours, all melodies get new ones.
fn move_before(state: &mut AppState, services: &mut Services, number: u64, before: Option<u64>) {
    let kept_melodies = &state.kept_melodies;
    let Some(kept) = kept_melodies.get(number).filter(|kept| kept.saved) else {
        return;
    };
    if before == Some(number) {
        return;
    }
    let move_to = |kept: &KeptEntry, sort_key: f64| {
        let identity = Box::new(kept.stored.identity.clone());
        ReversibleAction::EditKept(identity, KeptEdit::SortKey(Some(sort_key)))
    };
    let description = format!("move {}", kept_melodies.label(kept));
    let actions = match kept_melodies.sort_key_before(number, before) {
        Some(sort_key) => vec![move_to(kept, sort_key)],
        None => {
            let order = kept_melodies.order_after_move(number, before);
            // Negative, and so less than the number of any melody, so that melodies that are kept later come after them.
            let offset = order.len() as f64;
            let indexed = order.into_iter().enumerate();
            indexed
                .map(|(index, kept)| move_to(kept, index as f64 - offset))
                .collect()
        }
    };
    execute(state, services, actions, Some(description));
}

/// Marks the melodies from the one that was marked last to this one, both included.
fn mark_to(state: &mut AppState, services: &mut Services, number: u64) {
    let order: Vec<u64> = state
        .kept_melodies
        .shown_entries()
        .map(|kept| kept.number)
        .collect();
    let position_of = |number: u64| order.iter().position(|other| *other == number);
    let Some(end) = position_of(number) else {
        return;
    };
    let begin = state.tray.mark_anchor.and_then(position_of).unwrap_or(end);
    let range = order[begin.min(end)..=begin.max(end)].to_vec();
    set_marks(state, services, range, true);
    if state.tray.mark_anchor.is_none() {
        state.tray.mark_anchor = Some(number);
    }
}

fn unmark_all(state: &mut AppState, services: &mut Services) {
    let all = state.kept_melodies.iter().map(|kept| kept.number);
    let marked = all
        .filter(|number| state.kept_melodies.will_be_marked(*number))
        .collect();
    set_marks(state, services, marked, false);
    state.tray.mark_anchor = None;
}

fn set_marks(state: &mut AppState, services: &mut Services, numbers: Vec<u64>, marked: bool) {
    let is_changed = |number: &u64| state.kept_melodies.will_be_marked(*number) != marked;
    let changed: Vec<u64> = numbers.into_iter().filter(is_changed).collect();
    let verb = if marked { "mark" } else { "unmark" };
    let description = format!("{verb} {}", count_with_noun(changed.len(), "melody"));
    let mark = |number| ReversibleAction::SetMarked(number, marked);
    let actions = changed.into_iter().map(mark).collect();
    execute(state, services, actions, Some(description));
}

/// The marked melodies in the order of the tray.
fn marked(state: &AppState) -> Vec<&KeptEntry> {
    if state.kept_melodies.marked().is_empty() {
        return Vec::new();
    }
    state.kept_melodies.to_export()
}

fn play_marked(state: &mut AppState, services: &mut Services) {
    let melodies: Vec<TurnMelody> = marked(state)
        .into_iter()
        .map(|kept| TurnMelody {
            id: kept.stored.identity.id,
            melody: Arc::clone(&kept.melody),
            stored: kept.stored.clone(),
        })
        .collect();
    play_in_turn(state, services, melodies, None);
}

fn remove_marked(state: &mut AppState, services: &mut Services) {
    let removals = marked(state)
        .into_iter()
        .filter_map(|kept| removal_action(state, kept));
    let actions: Vec<ReversibleAction> = removals.collect();
    let description = format!("remove {}", count_with_noun(actions.len(), "melody"));
    execute(state, services, actions, Some(description));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_without_spaces_around_it() {
        assert_eq!(one_line(" bridge\n\tidea\u{7f} "), "bridge  idea");
        assert_eq!(one_line(" \r\n "), "");
    }
}
