//! The report on an imported part, for the window, the command line and scripts.

use serde::Serialize;

use super::omitted::NoteCount;
use super::timing::Timing;
use crate::melody::midi::ReadReport;
use crate::wording::{count_with_noun, singular_or_plural};

/// Maximum number of spans in another metre that are named individually.
const MAX_NAMED_SPANS: usize = 3;

/// Bars in which a part plays in a metre that does not have four quarters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MetreSpan {
    /// First of its bars in which the part plays, counted from 1.
    pub first_bar: u64,
    /// Last of these bars.
    pub last_bar: u64,
    /// Beats in a bar.
    pub numerator: u8,
    /// Note value of a beat: 4 for a quarter note, 8 for an eighth.
    pub denominator: u8,
}

/// Report on an imported part.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImportReport {
    /// Problems found by the reader of the file.
    pub file: ReadReport,
    /// Notes in excerpts, and the others by reason.
    pub notes: NoteCount,
    /// Timing and its corrections.
    pub timing: Timing,
    /// Spans of bars in other metres than four quarters.
    pub other_metres: Vec<MetreSpan>,
    /// Whether all notes are in such spans.
    pub is_all_in_other_metres: bool,
    /// Bars, counted from 1, that are short and were filled up with silence in front.
    pub pickup_bars: Vec<u64>,
    /// Whether it is on the drum channel.
    pub may_be_drums: bool,
    /// Number of excerpts listed.
    #[serde(rename = "windows")]
    pub listed_excerpts: usize,
    /// Number of excerpts, including those that are not listed.
    #[serde(rename = "all_windows")]
    pub total_excerpts: usize,
}

impl ImportReport {
    /// The report as messages for users, without capital and full stop, the most important first.
    #[must_use]
    pub fn user_messages(&self) -> Vec<String> {
        let mut messages = self.file.user_messages();
        if self.may_be_drums {
            messages.push(
                "this part is on channel 10, where General MIDI has drums: it makes sense only if a melody was put there"
                    .to_owned(),
            );
        }
        messages.extend(self.metre_message());
        match self.pickup_bars[..] {
            [] => {}
            [bar] => messages.push(format!(
                "bar {bar} is shorter than four quarters and was filled up with silence in front"
            )),
            [first, ..] => messages.push(format!(
                "{} bars are shorter than four quarters and were filled up with silence in front, the first is bar {first}",
                self.pickup_bars.len()
            )),
        }
        messages.extend(self.timing.user_message());
        messages.extend(self.notes.user_message());
        if self.total_excerpts > self.listed_excerpts {
            messages.push(format!(
                "it is long: of {} the first {} {} listed",
                count_with_noun(self.total_excerpts, "excerpt"),
                self.listed_excerpts,
                singular_or_plural(self.listed_excerpts, "is", "are")
            ));
        }
        messages
    }

    /// A message on other metres.
    fn metre_message(&self) -> Option<String> {
        let metre_text = |span: &MetreSpan| format!("{}/{}", span.numerator, span.denominator);
        let (first, others) = self.other_metres.split_first()?;
        let is_one_metre = others
            .iter()
            .all(|span| metre_text(span) == metre_text(first));
        let location = if self.is_all_in_other_metres && is_one_metre {
            format!("it is in {}", metre_text(first))
        } else {
            let mut spans: Vec<String> = self
                .other_metres
                .iter()
                .take(MAX_NAMED_SPANS)
                .map(|span| match span.last_bar == span.first_bar {
                    true => format!("bar {} is in {}", span.first_bar, metre_text(span)),
                    false => format!(
                        "bars {}–{} are in {}",
                        span.first_bar,
                        span.last_bar,
                        metre_text(span)
                    ),
                })
                .collect();
            let more = self.other_metres.len().saturating_sub(MAX_NAMED_SPANS);
            if more > 0 {
                spans.push(count_with_noun(more, "more such place"));
            }
            spans.join(", ")
        };
        Some(format!(
            "{location}; the model knows bars of four quarters only, so excerpts are cut every four quarters there"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first_bar: u64, last_bar: u64, numerator: u8, denominator: u8) -> MetreSpan {
        MetreSpan {
            first_bar,
            last_bar,
            numerator,
            denominator,
        }
    }

    #[test]
    fn other_metres_are_reported_once_with_their_bars() {
        let mut report = ImportReport {
            other_metres: vec![span(1, 16, 3, 4), span(20, 20, 6, 8)],
            ..ImportReport::default()
        };
        let advice = "; the model knows bars of four quarters only, so excerpts are cut every four quarters there";
        assert_eq!(
            report.user_messages(),
            [format!("bars 1–16 are in 3/4, bar 20 is in 6/8{advice}")]
        );
        report.other_metres.truncate(1);
        report.is_all_in_other_metres = true;
        assert_eq!(report.user_messages(), [format!("it is in 3/4{advice}")]);
    }

    #[test]
    fn an_ordinary_part_has_an_empty_report() {
        assert_eq!(ImportReport::default().user_messages(), [""; 0]);
    }
}
