//! Letters of blocks, which are their automatic labels: A, A', B.
//!
//! Blocks that sound the same have the same letter. Blocks that differ only by transposition share a letter, and each further
//! transposition adds a prime: A, A', A''. A block keeps its letter as long as it is in the piece, wherever it is moved and whatever
//! is inserted before it. A new melody gets the letter after the last one in use. A block with a user label has no letter, and no
//! other block gets that label as its letter.

use std::collections::HashMap;

use super::block::Block;
use crate::melody::{Tokens, transposition_key};

/// The label of each block: that given by the user, or its letter.
pub(super) fn labels(blocks: &[Block]) -> Vec<String> {
    let label = |block: &Block| block.user_label().unwrap_or(block.letter()).to_owned();
    blocks.iter().map(label).collect()
}

/// Sets the letter of the block at an index, after it was inserted or transposed. It keeps a letter that no other melody has.
pub(super) fn assign_letter(blocks: &mut [Block], index: usize) {
    let letter = letter_for(blocks, index).unwrap_or_default();
    if let Some(block) = blocks.get_mut(index) {
        block.set_letter(letter);
    }
}

/// Updates the letters after the label of the block at an index was set: a block with a user label has no letter, and the other blocks
/// whose letter is that label get new ones.
pub(super) fn update_letters(blocks: &mut [Block], index: usize) {
    assign_letter(blocks, index);
    let user_label = blocks.get(index).and_then(Block::user_label);
    let Some(user_label) = user_label.map(str::to_owned) else {
        return;
    };
    let mut indices = Vec::new();
    for (other, block) in blocks.iter_mut().enumerate() {
        if other != index && block.letter() == user_label {
            block.set_letter(String::new());
            indices.push(other);
        }
    }
    for index in indices {
        assign_letter(blocks, index);
    }
}

/// Keeps the letters read from a file as far as they agree with each other, and assigns the letters of the other blocks.
pub(super) fn restore_letters(blocks: &mut [Block]) {
    let mut tokens_by_letter: HashMap<String, Tokens> = HashMap::new();
    let mut letter_by_tokens: HashMap<Tokens, String> = HashMap::new();
    let mut key_by_base: HashMap<String, Vec<u8>> = HashMap::new();
    let mut base_by_key: HashMap<Vec<u8>, String> = HashMap::new();
    let user_labels: Vec<String> = blocks
        .iter()
        .filter_map(|block| block.user_label().map(str::to_owned))
        .collect();
    for block in blocks.iter_mut() {
        let (tokens, key) = (heard_tokens(block), key(block));
        let letter = block.letter().to_owned();
        let base = base(&letter).to_owned();
        let is_valid = block.user_label().is_none()
            && letter_index(&base).is_some()
            && !user_labels.contains(&letter)
            && tokens_by_letter
                .get(&letter)
                .is_none_or(|other| *other == tokens)
            && letter_by_tokens
                .get(&tokens)
                .is_none_or(|other| *other == letter)
            && key_by_base.get(&base).is_none_or(|other| *other == key)
            && base_by_key.get(&key).is_none_or(|other| *other == base);
        if is_valid {
            tokens_by_letter.insert(letter.clone(), tokens.clone());
            letter_by_tokens.insert(tokens, letter);
            key_by_base.insert(base.clone(), key.clone());
            base_by_key.insert(key, base);
        } else {
            block.set_letter(String::new());
        }
    }
    for index in 0..blocks.len() {
        if blocks[index].letter().is_empty() {
            assign_letter(blocks, index);
        }
    }
}

/// The letter of the block at an index, from the other blocks; `None` if it has a user label.
fn letter_for(blocks: &[Block], index: usize) -> Option<String> {
    let block = blocks.get(index)?;
    if block.user_label().is_some() {
        return None;
    }
    let others: Vec<&Block> = blocks
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != index)
        .map(|(_, block)| block)
        .collect();
    let with_letter = || others.iter().filter(|other| !other.letter().is_empty());
    let tokens = heard_tokens(block);
    if let Some(same) = with_letter().find(|other| heard_tokens(other) == tokens) {
        return Some(same.letter().to_owned());
    }
    let is_free = |letter: &str| {
        let mut others = others.iter();
        others.all(|other| other.letter() != letter && other.user_label() != Some(letter))
    };
    if !block.letter().is_empty() && is_free(block.letter()) {
        return Some(block.letter().to_owned());
    }
    let key = key(block);
    if let Some(transposed) = with_letter().find(|other| self::key(other) == key) {
        let mut letter = base(transposed.letter()).to_owned();
        while !is_free(&letter) {
            letter.push('\'');
        }
        return Some(letter);
    }
    let indices = with_letter().filter_map(|other| letter_index(base(other.letter())));
    let first_index = indices.max().map_or(0, |last| last + 1);
    (first_index..).map(letters).find(|letter| is_free(letter))
}

/// One repeat of a block as it sounds: canonical tokens, transposed.
fn heard_tokens(block: &Block) -> Tokens {
    block.melody().tokens().canonical()
}

/// Identifies the melody of a block in all transpositions.
fn key(block: &Block) -> Vec<u8> {
    transposition_key(block.melody().tokens())
}

/// A letter without its primes.
fn base(letter: &str) -> &str {
    letter.trim_end_matches('\'')
}

/// The letters of an index: A to Z, then AA, AB and so on.
fn letters(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => last.to_string(),
        rest => letters(rest - 1) + &last.to_string(),
    }
}

/// The inverse of [`letters`]; `None` for other texts, and beyond three letters.
fn letter_index(text: &str) -> Option<usize> {
    let is_letters =
        (1..=3).contains(&text.len()) && text.bytes().all(|letter| letter.is_ascii_uppercase());
    let append = |index: usize, letter: u8| 26 * index + usize::from(letter - b'A') + 1;
    is_letters.then(|| text.bytes().fold(0, append) - 1)
}

#[cfg(test)]
mod tests {
    use super::{letter_index, letters};

    #[test]
    fn letters_after_z_are_two() {
        let indices = [0, 1, 25, 26, 27, 51, 52, 701, 702];
        let labels = indices.map(letters);
        assert_eq!(labels, ["A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
        assert_eq!(labels.map(|text| letter_index(&text)), indices.map(Some));
        for other in ["", "a", "A1", "Ä", "ABCD"] {
            assert_eq!(letter_index(other), None, "{other}");
        }
    }
}
