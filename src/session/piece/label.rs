//! Letters of blocks that follow from their notes: A, A', B.
//!
//! Blocks that sound the same have the same letter. Those that are the same up to transposition share one, and each new transposition
//! has one more prime: A, A', A''. A block keeps its letter for as long as it is in the piece, wherever it is moved and whatever is put
//! before it. A new melody takes the letter after the last one in use. A block with a label of its own has no letter, and its label is
//! left out among those of the others.

use std::collections::HashMap;

use super::block::Block;
use crate::melody::{Tokens, transposition_key};

/// The label of each block: its own, or its letter.
pub(super) fn labels(blocks: &[Block]) -> Vec<String> {
    let label = |block: &Block| block.own_label().unwrap_or(block.letter()).to_owned();
    blocks.iter().map(label).collect()
}

/// Gives the block at an index its letter after it came or was transposed; it keeps the one it has while that is of no other melody.
pub(super) fn assign(blocks: &mut [Block], index: usize) {
    let letter = letter_for(blocks, index).unwrap_or_default();
    if let Some(block) = blocks.get_mut(index) {
        block.set_letter(letter);
    }
}

/// Takes the letter of the block at an index, if it was given a label of its own, and gives others to the blocks whose letter that is.
pub(super) fn follow_own_label(blocks: &mut [Block], index: usize) {
    assign(blocks, index);
    let own = blocks.get(index).and_then(Block::own_label);
    let Some(own) = own.map(str::to_owned) else {
        return;
    };
    let mut places = Vec::new();
    for (place, block) in blocks.iter_mut().enumerate() {
        if place != index && block.letter() == own {
            block.set_letter(String::new());
            places.push(place);
        }
    }
    for place in places {
        assign(blocks, place);
    }
}

/// Keeps the letters that blocks were stored with where they fit together, and gives the other blocks theirs.
pub(super) fn restore(blocks: &mut [Block]) {
    let mut by_letter: HashMap<String, Tokens> = HashMap::new();
    let mut by_sound: HashMap<Tokens, String> = HashMap::new();
    let mut by_base: HashMap<String, Vec<u8>> = HashMap::new();
    let mut by_key: HashMap<Vec<u8>, String> = HashMap::new();
    for block in blocks.iter_mut() {
        let (sound, key) = (sound(block), key(block));
        let letter = block.letter().to_owned();
        let base = base(&letter).to_owned();
        let fits = number(&base).is_some()
            && by_letter.get(&letter).is_none_or(|other| *other == sound)
            && by_sound.get(&sound).is_none_or(|other| *other == letter)
            && by_base.get(&base).is_none_or(|other| *other == key)
            && by_key.get(&key).is_none_or(|other| *other == base)
            && block.own_label().is_none();
        if fits {
            by_letter.insert(letter.clone(), sound.clone());
            by_sound.insert(sound, letter);
            by_base.insert(base.clone(), key.clone());
            by_key.insert(key, base);
        } else {
            block.set_letter(String::new());
        }
    }
    for index in 0..blocks.len() {
        if blocks[index].letter().is_empty() {
            assign(blocks, index);
        }
    }
}

fn letter_for(blocks: &[Block], index: usize) -> Option<String> {
    let block = blocks.get(index)?;
    if block.own_label().is_some() {
        return None;
    }
    let others: Vec<&Block> = blocks
        .iter()
        .enumerate()
        .filter(|(place, _)| *place != index)
        .map(|(_, other)| other)
        .collect();
    let lettered = || others.iter().filter(|other| !other.letter().is_empty());
    let sound = sound(block);
    if let Some(same) = lettered().find(|other| self::sound(other) == sound) {
        return Some(same.letter().to_owned());
    }
    let is_free = |letter: &str| {
        let mut others = others.iter();
        others.all(|other| other.letter() != letter && other.own_label() != Some(letter))
    };
    if !block.letter().is_empty() && is_free(block.letter()) {
        return Some(block.letter().to_owned());
    }
    let key = key(block);
    if let Some(relative) = lettered().find(|other| self::key(other) == key) {
        let mut letter = base(relative.letter()).to_owned();
        while !is_free(&letter) {
            letter.push('\'');
        }
        return Some(letter);
    }
    let last = lettered().filter_map(|other| number(base(other.letter())));
    let next = last.max().map_or(0, |last| last + 1);
    (next..).map(letters).find(|letter| is_free(letter))
}

/// The melody that sounds, however its tokens write it.
fn sound(block: &Block) -> Tokens {
    block.melody().tokens().canonical()
}

/// What a melody has in common with its transpositions.
fn key(block: &Block) -> Vec<u8> {
    transposition_key(block.melody().tokens())
}

/// A letter without its primes.
fn base(letter: &str) -> &str {
    letter.trim_end_matches('\'')
}

/// A to Z, then AA, AB and so on.
fn letters(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => last.to_string(),
        rest => letters(rest - 1) + &last.to_string(),
    }
}

/// The index of [`letters`]; `None` if it is of none that a piece can have.
fn number(letters: &str) -> Option<usize> {
    let is_letters = (1..=3).contains(&letters.len())
        && letters.bytes().all(|letter| letter.is_ascii_uppercase());
    let add = |number: usize, letter: u8| 26 * number + usize::from(letter - b'A') + 1;
    is_letters.then(|| letters.bytes().fold(0, add) - 1)
}

#[cfg(test)]
mod tests {
    use super::{letters, number};

    #[test]
    fn letters_go_on_after_z_with_two() {
        let indices = [0, 1, 25, 26, 27, 51, 52, 701, 702];
        let told = indices.map(letters);
        assert_eq!(told, ["A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
        assert_eq!(told.map(|letters| number(&letters)), indices.map(Some));
        for other in ["", "a", "A1", "Ä", "ABCD"] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
