//! A note before melodies are exported: which of them are copies. It does not block the export.

use crate::melody::Melody;
use crate::sweep::MelodyEntry;
use crate::ui::command::ExportSelection;
use crate::ui::state::{AppState, CopyCheck, MelodyCopy};
use crate::wording::{count_with_noun, sentence_case};

/// Maximum number of melodies that are named one by one.
const MAX_NAMED: usize = 3;

/// Says which of the melodies that are about to be exported are copies, if any is.
pub(super) fn notify(state: &mut AppState, selection: ExportSelection) {
    let (copies, total) = copies_of(state, selection);
    if let Some(text) = copies_text(&copies, total) {
        state.notices.info(text);
    }
}

/// Names of the copies among the melodies of a selection and what they are copies of, and the number of all.
fn copies_of(state: &AppState, selection: ExportSelection) -> (Vec<(String, MelodyCopy)>, usize) {
    let check_on_map = |entry: &MelodyEntry| {
        let copy = match state.copy_check(entry) {
            CopyCheck::Copy(copy) => Some(copy),
            CopyCheck::None | CopyCheck::NoCopy => None,
        };
        (state.title(entry.id), copy)
    };
    let checks: Vec<(String, Option<MelodyCopy>)> = match selection {
        ExportSelection::Kept => state
            .kept_melodies
            .to_export()
            .into_iter()
            .map(|kept| (kept.name().to_owned(), state.copy_of_kept(kept)))
            .collect(),
        ExportSelection::Timeline => {
            let blocks = state.timeline.piece.blocks().iter();
            blocks
                .map(|block| {
                    let source = block.source();
                    let melody = Melody::from_tokens(source.identity.tokens.clone());
                    let name = state.kept_melodies.name_of(source).to_owned();
                    (name, state.copy_of_stored(source.identity.id, &melody))
                })
                .collect()
        }
        ExportSelection::Shown => state
            .inspector_melody()
            .into_iter()
            .map(check_on_map)
            .collect(),
        ExportSelection::Selected => state
            .selection
            .all
            .iter()
            .filter_map(|id| state.melodies.get(*id))
            .map(check_on_map)
            .collect(),
        ExportSelection::Path => state
            .path
            .stops()
            .into_iter()
            .flat_map(|stops| &stops.set.entries)
            .map(check_on_map)
            .collect(),
    };
    let total = checks.len();
    let copies = checks
        .into_iter()
        .filter_map(|(name, copy)| Some((name, copy?)));
    (copies.collect(), total)
}

/// A sentence on the copies; `None` without any.
fn copies_text(copies: &[(String, MelodyCopy)], total: usize) -> Option<String> {
    let text = match copies {
        [] => return None,
        [(name, copy)] => format!("{name} is {}", copy.text()),
        _ => {
            let named: Vec<String> = copies
                .iter()
                .take(MAX_NAMED)
                .map(|(name, copy)| format!("{name} is {}", copy.text()))
                .collect();
            let more = match copies.len().saturating_sub(MAX_NAMED) {
                0 => String::new(),
                count => format!(" And {count} more."),
            };
            format!(
                "{} of {} may be copies. {}.{more}",
                copies.len(),
                count_with_noun(total, "melody"),
                named.join(". ")
            )
        }
    };
    Some(sentence_case(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::CommonRun;

    #[test]
    fn one_copy_is_named_and_of_many_the_first_ones() {
        let close = |name: &str, notes| {
            let copy = MelodyCopy::Close {
                name: "John, bars 1–2".to_owned(),
                run: CommonRun { notes, of: 12 },
            };
            (name.to_owned(), copy)
        };
        assert_eq!(copies_text(&[], 3), None);
        assert_eq!(
            copies_text(&[close("Region 3", 9)], 1).unwrap_or_default(),
            "Region 3 is close to John, bars 1–2: 9 of 12 notes in a row are the same"
        );
        let many: Vec<_> = ["A", "B", "C", "D", "E"].map(|name| close(name, 9)).into();
        let text = copies_text(&many, 40).unwrap_or_default();
        assert!(
            text.starts_with("5 of 40 melodies may be copies. A is close to John"),
            "{text}"
        );
        assert!(
            text.ends_with("the same. And 2 more.") && !text.contains("D is"),
            "{text}"
        );
    }
}
