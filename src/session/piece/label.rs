//! Automatic labels of blocks, from their notes: A, A', B.
//!
//! Blocks that sound the same have the same label. Blocks that differ only by transposition share a letter, and each further
//! transposition adds a prime: A, A', A''. Letters are given in order of first appearance. A block that the user labelled takes no
//! letter, and no other block gets its label automatically.

use super::block::Block;
use crate::melody::{Tokens, transposition_key};

/// Blocks with automatic labels that differ only by transposition.
struct TranspositionGroup {
    key: Vec<u8>,
    /// The distinct transpositions, as canonical tokens, in order of first appearance, and their labels.
    versions: Vec<(Tokens, String)>,
}

/// The label of each block: that given by the user, or the automatic one.
pub(super) fn labels(blocks: &[Block]) -> Vec<String> {
    let user_labels: Vec<&str> = blocks.iter().filter_map(Block::user_label).collect();
    let mut groups: Vec<TranspositionGroup> = Vec::new();
    let mut next_letter = 0;
    let label = |block: &Block| {
        if let Some(user_label) = block.user_label() {
            return user_label.to_owned();
        }
        let key = transposition_key(block.melody().tokens());
        let tokens = block.melody().tokens().canonical();
        let group_index = groups.iter().position(|group| group.key == key);
        let group_index = group_index.unwrap_or_else(|| {
            groups.push(TranspositionGroup {
                key,
                versions: Vec::new(),
            });
            groups.len() - 1
        });
        let versions = &mut groups[group_index].versions;
        if let Some((_, label)) = versions.iter().find(|(other, _)| *other == tokens) {
            return label.clone();
        }
        let new_label = match versions.last() {
            None => {
                let unused_letter = (next_letter..)
                    .find(|index| !user_labels.contains(&letters(*index).as_str()))
                    .unwrap_or(next_letter);
                next_letter = unused_letter + 1;
                letters(unused_letter)
            }
            Some((_, last)) => {
                let mut label = format!("{last}'");
                while user_labels.contains(&label.as_str()) {
                    label.push('\'');
                }
                label
            }
        };
        versions.push((tokens, new_label.clone()));
        new_label
    };
    blocks.iter().map(label).collect()
}

/// The letters of an index: A to Z, then AA, AB and so on.
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
    fn letters_after_z_are_two() {
        let labels = [0, 1, 25, 26, 27, 51, 52, 701, 702].map(letters);
        assert_eq!(labels, ["A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }
}
