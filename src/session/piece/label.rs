//! Labels of blocks that follow from their notes: A, A', B.
//!
//! Blocks that sound the same have the same label. Those that are the same up to transposition have one letter, and each
//! transposition after the first one more prime: A, A', A''. Letters follow the order in which the melodies come. A block with a
//! label of its own takes no letter, and its label is left out among those of the others.

use super::block::Block;
use crate::melody::{Tokens, transposition_key};

/// Blocks without labels of their own that are the same up to transposition.
struct Group {
    key: Vec<u8>,
    /// The melodies that sound, in the order in which they come, and their labels.
    versions: Vec<(Tokens, String)>,
}

/// The label of each block: its own, or the one that follows from its notes.
pub(super) fn labels(blocks: &[Block]) -> Vec<String> {
    let own: Vec<&str> = blocks.iter().filter_map(Block::own_label).collect();
    let mut groups: Vec<Group> = Vec::new();
    let mut letter = 0;
    let label = |block: &Block| {
        if let Some(own) = block.own_label() {
            return own.to_owned();
        }
        let key = transposition_key(block.melody().tokens());
        let sounds = block.melody().tokens().canonical();
        let known = groups.iter().position(|group| group.key == key);
        let index = known.unwrap_or_else(|| {
            groups.push(Group {
                key,
                versions: Vec::new(),
            });
            groups.len() - 1
        });
        let versions = &mut groups[index].versions;
        if let Some((_, label)) = versions.iter().find(|(other, _)| *other == sounds) {
            return label.clone();
        }
        let next = match versions.last() {
            None => {
                let free = (letter..).find(|letter| !own.contains(&letters(*letter).as_str()));
                letter = free.unwrap_or(letter) + 1;
                letters(letter - 1)
            }
            Some((_, last)) => {
                let mut next = format!("{last}'");
                while own.contains(&next.as_str()) {
                    next.push('\'');
                }
                next
            }
        };
        versions.push((sounds, next.clone()));
        next
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
