//! Tests of the state of kept melodies.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use super::*;

fn melody(region: u32, marked: bool) -> KeptMelody {
    KeptMelody {
        marked,
        ..KeptMelody::for_test(region)
    }
}

fn entries(numbers: &[u32]) -> Vec<LibraryEntry> {
    numbers
        .iter()
        .map(|number| LibraryEntry {
            number: u64::from(*number),
            melody: melody(*number, *number == 2),
        })
        .collect()
}

fn names(kept_melodies: &KeptMelodies) -> Vec<&str> {
    kept_melodies.iter().map(KeptEntry::name).collect()
}

#[test]
fn another_window_s_changes_leave_unsaved_melodies_and_the_ones_that_play() {
    let mut kept_melodies = KeptMelodies::default();
    kept_melodies.show(&entries(&[1, 2]));
    let playing = Arc::clone(&kept_melodies.get(1).unwrap().melody);
    assert!(kept_melodies.keep_unsaved(melody(9, true)));
    assert!(!kept_melodies.keep_unsaved(melody(9, true)));
    kept_melodies.show(&entries(&[1, 3]));
    let shown = ["Region 1, centre", "Region 3, centre", "Region 9, centre"];
    assert_eq!(names(&kept_melodies), shown);
    assert!(Arc::ptr_eq(&kept_melodies.get(1).unwrap().melody, &playing));
    // The mark of the removed one is gone, that of the unsaved one is not.
    assert_eq!(
        kept_melodies.marked().iter().collect::<Vec<_>>(),
        [&u64::MAX]
    );
    // Once saved, it is there once, under its number.
    kept_melodies.show(&entries(&[1, 3, 9]));
    assert_eq!(names(&kept_melodies), shown);
    assert_eq!(kept_melodies.unsaved().count(), 0);
    assert!(kept_melodies.marked().is_empty());
}

#[test]
fn a_submitted_change_counts_before_it_is_answered_but_is_not_shown() {
    let mut kept_melodies = KeptMelodies::default();
    let keep = LibraryChange::Keep {
        melody: Box::new(melody(1, false)),
        number: None,
    };
    let identity = melody(1, false).identity;
    kept_melodies.record_submitted(1, &keep);
    assert!(kept_melodies.will_be_kept(&identity) && kept_melodies.is_empty());
    kept_melodies.record_submitted(2, &LibraryChange::Remove(Box::new(identity.clone())));
    assert!(!kept_melodies.will_be_kept(&identity));
    kept_melodies.show(&entries(&[1]));
    kept_melodies.forget_completed(1);
    assert!(!kept_melodies.will_be_kept(&identity) && kept_melodies.len() == 1);
    kept_melodies.forget_completed(2);
    assert!(kept_melodies.will_be_kept(&identity));
}

#[test]
fn a_melody_moved_behind_the_last_shown_one_stays_before_the_hidden_ones_that_follow_it() {
    let mut kept_melodies = KeptMelodies::default();
    let mut listed = entries(&[1, 2, 3, 4, 5]);
    for (entry, stars) in listed.iter_mut().zip([3, 0, 3, 0, 0]) {
        entry.melody.annotations.stars = stars;
    }
    kept_melodies.show(&listed);
    assert_eq!(kept_melodies.number_after_move(5), None);
    kept_melodies.set_view(TrayView {
        stars: 1,
        ..TrayView::default()
    });
    let shown: Vec<u64> = kept_melodies
        .shown_entries()
        .map(|kept| kept.number)
        .collect();
    assert_eq!(shown, [1, 3]);
    assert_eq!(kept_melodies.number_after_move(1), Some(3));
    assert_eq!(kept_melodies.number_after_move(2), Some(4));
}
