//! How the kept melodies are sorted, which of them are shown, and which have the same notes or names.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::kept_entry::KeptEntry;
use crate::attributes::{ATTRIBUTES, AttributeRow, attribute_index};
use crate::melody::estimate_key;

/// The order of the kept melodies in the tray. Stored by name, an attribute by its id; an unknown name is the order by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum KeptOrder {
    /// In the order they were kept, except where the user has moved them.
    #[default]
    ByHand,
    /// By name.
    Name,
    /// Most stars first.
    Stars,
    /// By key; those without a clear key last.
    Key,
    /// By an attribute (index), lowest first; empty melodies last.
    Attribute(usize),
}

impl From<KeptOrder> for String {
    fn from(order: KeptOrder) -> Self {
        let name = match order {
            KeptOrder::ByHand => "by_hand",
            KeptOrder::Name => "name",
            KeptOrder::Stars => "stars",
            KeptOrder::Key => "key",
            KeptOrder::Attribute(index) => ATTRIBUTES
                .get(index)
                .map_or("by_hand", |attribute| attribute.id),
        };
        name.to_owned()
    }
}

impl From<String> for KeptOrder {
    fn from(name: String) -> Self {
        match name.as_str() {
            "name" => Self::Name,
            "stars" => Self::Stars,
            "key" => Self::Key,
            id => attribute_index(id).map_or(Self::ByHand, Self::Attribute),
        }
    }
}

/// How the kept melodies are sorted and which of them are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrayView {
    /// Their order.
    pub order: KeptOrder,
    /// Words that the name or a tag contains.
    pub search: String,
    /// Minimum number of stars.
    pub stars: u8,
    /// A tag that the shown melodies have.
    pub tag: Option<String>,
}

impl TrayView {
    /// Whether the view may hide melodies.
    pub fn is_filtered(&self) -> bool {
        !self.search.trim().is_empty() || self.stars > 0 || self.tag.is_some()
    }

    /// The same order without anything hidden.
    #[must_use]
    pub fn unfiltered(&self) -> Self {
        Self {
            order: self.order,
            ..Self::default()
        }
    }

    fn shows(&self, kept: &KeptEntry, words: &[String]) -> bool {
        let annotations = &kept.stored.annotations;
        if annotations.stars < self.stars {
            return false;
        }
        if let Some(tag) = &self.tag
            && !annotations.tags.contains(tag)
        {
            return false;
        }
        if words.is_empty() {
            return true;
        }
        let text = format!("{} {}", kept.name(), annotations.tags.join(" ")).to_lowercase();
        words.iter().all(|word| text.contains(word))
    }
}

/// Indices of the melodies that a view shows, in its order. Those that are alike in it stay in the order by hand, and those that are
/// not saved come last in that.
pub(super) fn arrange(list: &[KeptEntry], view: &TrayView) -> Vec<usize> {
    let words: Vec<String> = view
        .search
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let shows = |index: &usize| view.shows(&list[*index], &words);
    let mut shown: Vec<usize> = (0..list.len()).filter(shows).collect();
    shown.sort_by(|a, b| compare_manual_order(&list[*a], &list[*b]));
    match view.order {
        KeptOrder::ByHand => {}
        KeptOrder::Name => shown.sort_by_cached_key(|index| list[*index].name().to_lowercase()),
        KeptOrder::Stars => {
            shown.sort_by_key(|index| std::cmp::Reverse(list[*index].stored.annotations.stars))
        }
        KeptOrder::Key => shown.sort_by_cached_key(|index| {
            let key = estimate_key(&list[*index].melody).and_then(|estimate| estimate.clear_key());
            // Those without a key behind all letters.
            key.map_or_else(|| "~".to_owned(), |key| key.to_string())
        }),
        KeptOrder::Attribute(attribute) => {
            shown.sort_by_cached_key(|index| {
                let row = AttributeRow::measure(&list[*index].melody);
                TotalOrder(row.value(attribute).unwrap_or(f64::INFINITY))
            });
        }
    }
    shown
}

fn compare_manual_order(a: &KeptEntry, b: &KeptEntry) -> Ordering {
    let sort_keys = || a.sort_key().total_cmp(&b.sort_key());
    b.saved.cmp(&a.saved).then_with(|| {
        // Numbers of unsaved melodies count down.
        if a.saved {
            sort_keys()
        } else {
            Ordering::Equal
        }
    })
}

/// A floating-point number with a total order, as a sort key.
struct TotalOrder(f64);

impl PartialEq for TotalOrder {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for TotalOrder {}

impl PartialOrd for TotalOrder {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TotalOrder {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// For each melody with the notes of another one, by number: the first other one. That of the first is the second.
pub(super) fn same_notes(list: &[KeptEntry]) -> HashMap<u64, u64> {
    let mut first: HashMap<&[u8], u64> = HashMap::with_capacity(list.len());
    let mut same = HashMap::new();
    for kept in list {
        let tokens = kept.stored.identity.tokens.as_slice();
        match first.get(tokens) {
            Some(number) => {
                same.insert(kept.number, *number);
                same.entry(*number).or_insert(kept.number);
            }
            None => {
                first.insert(tokens, kept.number);
            }
        }
    }
    same
}

/// Names that more than one has.
pub(super) fn shared_names(list: &[KeptEntry]) -> HashSet<String> {
    let mut seen = HashSet::with_capacity(list.len());
    let names = list.iter().map(|kept| kept.name().trim());
    names
        .filter(|name| !seen.insert(*name))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::melody::Tokens;
    use crate::session::library::KeptMelody;

    /// A melody with this many notes.
    fn kept(number: u64, name: &str, notes: usize, stars: u8, tags: &[&str]) -> KeptEntry {
        let mut stored = KeptMelody::for_test(number as u32);
        stored.name = name.to_owned();
        stored.annotations.stars = stars;
        stored.annotations.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let mut tokens = vec![0; 32];
        tokens[..notes].fill(41);
        stored.identity.tokens = Tokens::new(tokens).unwrap();
        KeptEntry::new(number, stored, true)
    }

    #[test]
    fn every_order_is_stored_by_its_name() {
        let attributes = (0..ATTRIBUTES.len()).map(KeptOrder::Attribute);
        let others = [
            KeptOrder::ByHand,
            KeptOrder::Name,
            KeptOrder::Stars,
            KeptOrder::Key,
        ];
        for order in others.into_iter().chain(attributes) {
            let text = serde_json::to_string(&order).unwrap();
            assert_eq!(serde_json::from_str::<KeptOrder>(&text).unwrap(), order);
        }
        let newer = serde_json::from_str::<KeptOrder>("\"tempo\"").unwrap();
        assert_eq!(newer, KeptOrder::ByHand);
    }

    fn list() -> Vec<KeptEntry> {
        vec![
            kept(1, "Bridge idea", 9, 2, &["bridge", "slow"]),
            kept(2, "apples", 3, 5, &[]),
            kept(3, "Chorus", 0, 2, &["slow"]),
            kept(4, "bridge idea", 9, 0, &[]),
        ]
    }

    fn numbers(list: &[KeptEntry], view: &TrayView) -> Vec<u64> {
        let shown = arrange(list, view).into_iter();
        shown.map(|index| list[index].number).collect()
    }

    #[test]
    fn they_are_sorted_by_name_stars_and_attribute_and_by_hand() {
        let mut list = list();
        let by = |order| TrayView {
            order,
            ..TrayView::default()
        };
        assert_eq!(numbers(&list, &by(KeptOrder::Name)), [2, 1, 4, 3]);
        assert_eq!(numbers(&list, &by(KeptOrder::Stars)), [2, 1, 3, 4]);
        // Note density: the empty one comes last.
        assert_eq!(numbers(&list, &by(KeptOrder::Attribute(0))), [2, 1, 4, 3]);
        assert_eq!(numbers(&list, &by(KeptOrder::ByHand)), [1, 2, 3, 4]);
        list[3].stored.annotations.sort_key = Some(1.5);
        assert_eq!(numbers(&list, &by(KeptOrder::ByHand)), [1, 4, 2, 3]);
    }

    #[test]
    fn words_stars_and_tags_choose_those_that_are_shown() {
        let list = list();
        let mut view = TrayView::default();
        assert!(!view.is_filtered());
        view.search = "BRIDGE sl".to_owned();
        assert_eq!(numbers(&list, &view), [1]);
        view.search = "bridge".to_owned();
        assert_eq!(numbers(&list, &view), [1, 4]);
        view.stars = 1;
        assert_eq!(numbers(&list, &view), [1]);
        let view = TrayView {
            tag: Some("slow".to_owned()),
            ..TrayView::default()
        };
        assert!(view.is_filtered());
        assert_eq!(numbers(&list, &view), [1, 3]);
        assert_eq!(numbers(&list, &view.unfiltered()), [1, 2, 3, 4]);
    }

    #[test]
    fn the_same_notes_are_found_under_any_name() {
        let list = list();
        let same = same_notes(&list);
        assert_eq!((same.get(&1), same.get(&4)), (Some(&4), Some(&1)));
        assert_eq!(same.len(), 2);
        assert!(shared_names(&list).is_empty());
        let list = vec![kept(1, "A", 1, 0, &[]), kept(2, " A", 2, 0, &[])];
        assert_eq!(shared_names(&list), HashSet::from(["A".to_owned()]));
    }
}
