//! What the user should know. A notice never blocks anything.

use std::sync::Arc;

use super::super::export::Refused;

/// How loud a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something went well, or is worth knowing.
    Note,
    /// Something went wrong.
    Trouble,
}

/// What a notice offers to do about it.
#[derive(Clone, Debug)]
pub enum NoticeAction {
    /// Write the files over those that are there.
    Replace(Arc<Refused>),
    /// Try again to save the kept melodies that could not be saved.
    SaveUnsaved,
}

/// One sentence for the user.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its number.
    pub id: u64,
    /// How loud.
    pub kind: NoticeKind,
    /// The sentence.
    pub text: String,
    /// When it came, seconds of the window's clock; `None` until first drawn.
    pub born: Option<f64>,
    /// How long it stays if it is a note without an action, seconds.
    pub seconds: f64,
    /// A way out.
    pub action: Option<NoticeAction>,
}

/// The notices on screen, newest last.
#[derive(Default)]
pub struct Notices {
    list: Vec<Notice>,
    last_id: u64,
}

/// Errors are written to stand inside a line; here they begin one. The name of a file keeps its letters.
fn sentence_case(text: &str) -> String {
    let first_word = text.split_whitespace().next().unwrap_or_default();
    if first_word.contains('.') {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// More than this at once is noise; the oldest go.
const MOST: usize = 4;
/// How long a note without an action stays, seconds.
const NOTE_SECONDS: f64 = 6.0;
/// The same of a note that names files, seconds: there is more to read, and the eye is elsewhere.
const FILES_SECONDS: f64 = 12.0;

impl Notices {
    /// Something worth knowing.
    pub fn note(&mut self, text: impl Into<String>) {
        self.push(NoticeKind::Note, text.into(), None);
    }

    /// Where files are now.
    pub fn files(&mut self, text: impl Into<String>) {
        self.note(text);
        if let Some(notice) = self.list.last_mut() {
            notice.seconds = FILES_SECONDS;
        }
    }

    /// Something that went wrong.
    pub fn trouble(&mut self, text: impl Into<String>) {
        self.push(NoticeKind::Trouble, text.into(), None);
    }

    pub(in crate::ui) fn push(
        &mut self,
        kind: NoticeKind,
        text: String,
        action: Option<NoticeAction>,
    ) {
        let text = sentence_case(&text);
        // The same sentence twice says nothing new.
        self.list.retain(|notice| notice.text != text);
        self.last_id += 1;
        self.list.push(Notice {
            id: self.last_id,
            kind,
            text,
            born: None,
            seconds: NOTE_SECONDS,
            action,
        });
        // One that asks something stays until it is answered.
        let quiet = self.list.iter().filter(|notice| notice.action.is_none());
        if quiet.count() > MOST
            && let Some(oldest) = self.list.iter().position(|notice| notice.action.is_none())
        {
            self.list.remove(oldest);
        }
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.list.iter()
    }

    /// Puts one away, and hands it back.
    pub fn dismiss(&mut self, id: u64) -> Option<Notice> {
        let index = self.list.iter().position(|notice| notice.id == id)?;
        Some(self.list.remove(index))
    }

    /// Removes the notices whose action is of no more use.
    pub(in crate::ui) fn retain(&mut self, useful: impl Fn(&NoticeAction) -> bool) {
        self.list
            .retain(|notice| notice.action.as_ref().is_none_or(&useful));
    }

    /// Lets notes fade after a while; trouble stays until it is put away.
    pub fn age(&mut self, now: f64) {
        for notice in &mut self.list {
            notice.born.get_or_insert(now);
        }
        self.list.retain(|notice| {
            notice.kind == NoticeKind::Trouble
                || notice.action.is_some()
                || notice.born.is_none_or(|born| now - born < notice.seconds)
        });
    }

    /// Whether any notice will fade by itself.
    pub fn fading(&self) -> bool {
        self.list
            .iter()
            .any(|notice| notice.kind == NoticeKind::Note && notice.action.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::export::Refused;

    #[test]
    fn a_question_is_not_pushed_off_by_other_notices() {
        let mut notices = Notices::default();
        let question = NoticeAction::Replace(Arc::new(Refused::nothing()));
        notices.push(
            NoticeKind::Trouble,
            "a.mid is already there".to_owned(),
            Some(question),
        );
        for number in 0..20 {
            notices.note(format!("note {number}"));
        }
        let texts: Vec<&str> = notices.iter().map(|notice| notice.text.as_str()).collect();
        assert_eq!(texts.len(), MOST + 1);
        assert!(texts[0].starts_with("a.mid is already there") || texts[0].starts_with("A.mid"));
        assert_eq!(texts[MOST], "Note 19");
    }

    #[test]
    fn where_files_are_stays_twice_as_long_as_other_notes() {
        let mut notices = Notices::default();
        notices.files("Written to a as b.mid");
        notices.note("something else");
        let count_at = |notices: &mut Notices, now| {
            notices.age(now);
            notices.iter().count()
        };
        assert_eq!(count_at(&mut notices, 100.0), 2);
        assert_eq!(count_at(&mut notices, 106.5), 1);
        assert_eq!(count_at(&mut notices, 111.5), 1);
        assert_eq!(count_at(&mut notices, 112.5), 0);
    }
}
