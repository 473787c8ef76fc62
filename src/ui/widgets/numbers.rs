//! Numbers as text, with units and the decimals of their attribute.

use crate::attributes::Attribute;
use crate::wording::noun_form;

/// A value with its unit, such as "6.5 notes/bar", "14 st" or "E5", without a trailing ".0".
pub fn with_unit(attribute: &Attribute, display_value: f64) -> String {
    format!(
        "{} {}",
        without_unit(attribute, display_value),
        short_unit(attribute)
    )
    .trim_end()
    .to_owned()
}

/// A value without its unit, such as "6.5"; a pitch as the name of its note.
pub fn without_unit(attribute: &Attribute, display_value: f64) -> String {
    let name = attribute.note_name(display_value);
    name.unwrap_or_else(|| without_zero_decimals(display_value, attribute.decimals))
}

/// The unit, abbreviated.
pub fn short_unit(attribute: &Attribute) -> &'static str {
    match attribute.unit {
        "semitones" => "st",
        "sixteenths/note" => "16ths",
        "points" | "MIDI pitch" => "",
        unit => unit,
    }
}

/// A number with a fixed number of decimals, and no minus sign before a zero.
pub fn format_number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(unsigned) if unsigned.chars().all(|c| c == '0' || c == '.') => unsigned.to_owned(),
        _ => text,
    }
}

/// A number with a fixed number of decimals, or none where they are all zero.
pub fn without_zero_decimals(value: f64, decimals: usize) -> String {
    let number = format_number(value, decimals);
    match number.split_once('.') {
        Some((integer, decimal_digits)) if decimal_digits.chars().all(|digit| digit == '0') => {
            integer.to_owned()
        }
        _ => number,
    }
}

/// A number with its noun, as in "4,608 melodies" and "1 melody"; `noun` is the singular.
pub fn grouped_with_noun(count: usize, noun: &str) -> String {
    format!("{} {}", grouped(count as u64), noun_form(count, noun))
}

/// A number with thousands separators, such as "4,608".
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A duration as minutes and seconds, such as "1:04".
pub fn minutes_seconds(seconds: f64) -> String {
    let seconds = if seconds.is_finite() {
        seconds.max(0.0).round() as u64
    } else {
        0
    };
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Remaining time, such as "12 s left" or "3 min left".
pub fn time_left(seconds: f64) -> String {
    if !seconds.is_finite() {
        String::new()
    } else if seconds < 90.0 {
        format!("{} s left", seconds.max(0.0).ceil() as u64)
    } else {
        format!("{} min left", (seconds / 60.0).round() as u64)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::attributes::attribute;

    #[test]
    fn a_value_is_written_as_a_musician_would() {
        let text = |id, shown| with_unit(attribute(id).unwrap(), shown);
        assert_eq!(text("note_density", 6.0), "6 notes/bar");
        assert_eq!(text("pitch_range", 14.0), "14 st");
        assert_eq!(text("highest_note", 76.2), "E5");
        assert_eq!(text("rests", 12.4), "12 %");
        assert_eq!(text("note_length", 2.5), "2.5 16ths");
        assert_eq!(text("syncopation", 9.0), "9");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(6400), "6,400");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn a_rounded_zero_has_no_sign() {
        assert_eq!(format_number(-0.04, 1), "0.0");
        assert_eq!(format_number(-0.4, 1), "-0.4");
    }
}
