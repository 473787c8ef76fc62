//! Seeds as people type them.

use sha2::{Digest as _, Sha256};

/// Reads a seed: a whole number, or a word, which stands for the first eight bytes of its SHA-256.
///
/// # Errors
/// A sentence for an empty text and for a number that no seed can be.
pub fn parse_seed(text: &str) -> Result<u64, String> {
    let text = text.trim();
    if let Ok(seed) = text.parse() {
        return Ok(seed);
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() {
        return Err("a seed is a whole number or a word".to_owned());
    }
    if is_number(text.strip_prefix(['-', '+']).unwrap_or(text)) {
        return Err(format!(
            "a seed cannot be {text}; choose a whole number up to {}, or a word",
            u64::MAX
        ));
    }
    let hash = Sha256::digest(text);
    Ok(hash
        .iter()
        .take(8)
        .fold(0, |seed, byte| seed << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn every_whole_number_of_64_bits_is_itself() {
        for seed in [0, 99, (1 << 53) + 1, u64::MAX] {
            assert_eq!(parse_seed(&seed.to_string()).unwrap(), seed);
        }
        assert_eq!(parse_seed(" 7 ").unwrap(), 7);
    }

    #[test]
    fn a_word_is_hashed() {
        // FIPS 180-2, appendix B.1: SHA-256 of "abc" begins with ba7816bf8f01cfea.
        assert_eq!(parse_seed("abc").unwrap(), 0xba78_16bf_8f01_cfea);
    }

    #[test]
    fn a_number_that_is_no_seed_is_refused_and_not_hashed() {
        for text in [
            "-7",
            "18446744073709551616",
            "123456789012345678901234567890",
            " ",
        ] {
            assert!(parse_seed(text).is_err(), "{text}");
        }
    }
}
