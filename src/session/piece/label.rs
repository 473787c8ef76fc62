//! Labels of blocks that follow from their notes: A, A', B.
//!
//! Blocks that sound the same have the same label. Those that are the same up to transposition have one letter, and each
//! transposition after the first one more prime: A, A', A''. Letters follow the order in which the melodies come.

use super::block::Block;
use crate::melody::{Tokens, transposition_key};

/// Blocks that are the same up to transposition.
struct Group {
    key: Vec<u8>,
    /// The melodies that sound, in the order in which they come.
    versions: Vec<Tokens>,
}

/// The label of each block: its own, or the one that follows from its notes.
pub(super) fn labels(blocks: &[Block]) -> Vec<String> {
    let mut groups: Vec<Group> = Vec::new();
    let label = |block: &Block| {
        let key = transposition_key(block.melody().tokens());
        let sounds = block.melody().tokens().canonical();
        let known = groups.iter().position(|group| group.key == key);
        let index = known.unwrap_or(groups.len());
        if known.is_none() {
            groups.push(Group {
                key,
                versions: Vec::new(),
            });
        }
        let versions = &mut groups[index].versions;
        let version = versions.iter().position(|other| *other == sounds);
        let version = version.unwrap_or_else(|| {
            versions.push(sounds);
            versions.len() - 1
        });
        match block.own_label() {
            Some(own) => own.to_owned(),
            None => letters(index) + &"'".repeat(version),
        }
    };
    blocks.iter().map(label).collect()
}

/// A to Z, then AA, AB and so on.
fn letters(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => last.to_string(),
        rest => letters(rest - 1) + &last.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn letters_go_on_after_z_with_two() {
        let told = [0, 1, 25, 26, 27, 51, 52, 701, 702].map(letters);
        assert_eq!(told, ["A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }
}
