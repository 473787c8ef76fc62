//! A shard of a study: a fraction of its parts, to be decoded on one machine.

use std::ops::Range;
use std::str::FromStr;

/// Shard number `index` of `count`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// The single shard of a study that is not divided.
    #[must_use]
    pub fn undivided() -> Self {
        Self { index: 1, count: 1 }
    }

    /// Shard number `index` of `count`, counted from 1; `None` if there is no such shard.
    #[must_use]
    pub fn new(index: usize, count: usize) -> Option<Self> {
        (1..=count)
            .contains(&index)
            .then_some(Self { index, count })
    }

    /// Number of shards.
    #[must_use]
    pub fn count(self) -> usize {
        self.count
    }

    /// Numbers of the shards, of `count` in total, that have at least one of `parts`, where the study has `total` parts.
    #[must_use]
    pub fn containing(parts: &[usize], total: usize, count: usize) -> Vec<usize> {
        let shards = (1..=count).map(|index| Self { index, count });
        let has_some = |shard: &Self| parts.iter().any(|part| shard.range(total).contains(part));
        shards.filter(has_some).map(|shard| shard.index).collect()
    }

    /// The parts of this shard, where the study has `total` parts.
    #[must_use]
    pub fn range(self, total: usize) -> Range<usize> {
        (self.index - 1) * total / self.count..self.index * total / self.count
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || format!("{text:?} is no shard; write 2/8 for the second of eight");
        let (index, count) = text.split_once('/').ok_or_else(invalid)?;
        let (index, count) = (
            index.trim().parse().map_err(|_| invalid())?,
            count.trim().parse().map_err(|_| invalid())?,
        );
        Self::new(index, count).ok_or_else(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_cover_every_part_once() {
        for parts in [1, 7, 16, 4_096] {
            for count in [1, 3, 4, 50] {
                let covered: Vec<usize> = (1..=count)
                    .flat_map(|index| Shard { index, count }.range(parts))
                    .collect();
                assert_eq!(covered, (0..parts).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn missing_parts_are_named_by_the_shards_that_have_them() {
        // Shards of 7 parts: 0 1, 2 3 4, 5 6.
        assert_eq!(Shard::containing(&[0, 6], 7, 3), [1, 3]);
        assert_eq!(Shard::containing(&[2, 3], 7, 3), [2]);
        assert!(Shard::containing(&[], 7, 3).is_empty());
    }

    #[test]
    fn a_shard_is_written_as_a_fraction() {
        assert_eq!("2/8".parse(), Ok(Shard { index: 2, count: 8 }));
        for invalid in ["0/4", "5/4", "3", "a/b", "1/0", ""] {
            assert!(invalid.parse::<Shard>().is_err(), "{invalid}");
        }
    }
}
