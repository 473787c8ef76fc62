//! Messages to the user, shown over the map. They never block the window.

use std::path::PathBuf;
use std::sync::Arc;

use crate::ui::export::RefusedFiles;
use crate::ui::recording::RecordingHandle;
use crate::wording::sentence_case;

/// Severity of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something went well, or is worth knowing.
    Info,
    /// Something went wrong.
    Error,
}

/// An action that a notice offers.
#[derive(Clone, Debug)]
pub enum NoticeAction {
    /// Write the files over those that are there.
    Replace(Arc<RefusedFiles>),
    /// Cancel a recording that is under way.
    CancelRecording(RecordingHandle),
    /// Try again to save the kept melodies that could not be saved.
    SaveUnsaved,
    /// Open the fine-tuned model of this file.
    OpenFineTuned(PathBuf),
    /// Show the card of the feature *Learn*.
    ShowLearning,
}

/// One sentence for the user.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its number.
    pub id: u64,
    /// Its severity.
    pub kind: NoticeKind,
    /// The sentence.
    pub text: String,
    /// When it was first drawn, seconds of the window's clock.
    pub shown_at: Option<f64>,
    /// Whether it is about the files of one export.
    pub is_about_files: bool,
    /// The action that it offers.
    pub action: Option<NoticeAction>,
}

/// The notices on screen, newest last.
#[derive(Default)]
pub struct Notices {
    list: Vec<Notice>,
    last_id: u64,
}

/// Notices without an action shown at once; the oldest are removed.
const MAX_SHOWN: usize = 4;
/// How long information is shown, seconds.
const INFO_SECONDS: f64 = 6.0;
/// How long information with the names of files is shown, seconds: there is more to read.
const FILES_SECONDS: f64 = 12.0;

impl Notices {
    /// Adds information.
    pub fn info(&mut self, text: impl Into<String>) {
        self.push(NoticeKind::Info, text.into(), None);
    }

    /// Adds information with the names of files. Each export has its own, also when the text is the same.
    pub fn info_about_files(&mut self, text: impl Into<String>) {
        self.info(text);
        if let Some(notice) = self.list.last_mut() {
            notice.is_about_files = true;
        }
    }

    /// Adds an error.
    pub fn error(&mut self, text: impl Into<String>) {
        self.push(NoticeKind::Error, text.into(), None);
    }

    pub(in crate::ui) fn push(
        &mut self,
        kind: NoticeKind,
        text: String,
        action: Option<NoticeAction>,
    ) {
        let text = sentence_case(&text);
        // A repeated notice replaces the first. A question is about files of its own, and so is a note on written files.
        if action.is_none() {
            self.list
                .retain(|notice| notice.text != text || notice.is_about_files);
        }
        self.last_id += 1;
        self.list.push(Notice {
            id: self.last_id,
            kind,
            text,
            shown_at: None,
            is_about_files: action.is_some(),
            action,
        });
        // One with an action stays until it is dismissed.
        let without_action = self.list.iter().filter(|notice| notice.action.is_none());
        if without_action.count() > MAX_SHOWN
            && let Some(oldest) = self.list.iter().position(|notice| notice.action.is_none())
        {
            self.list.remove(oldest);
        }
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.list.iter()
    }

    /// Removes a notice and returns it.
    pub fn dismiss(&mut self, id: u64) -> Option<Notice> {
        let index = self.list.iter().position(|notice| notice.id == id)?;
        Some(self.list.remove(index))
    }

    /// Removes the notices whose action is no longer possible.
    pub(in crate::ui) fn retain(&mut self, possible: impl Fn(&NoticeAction) -> bool) {
        self.list
            .retain(|notice| notice.action.as_ref().is_none_or(&possible));
    }

    /// Removes the errors whose text starts with `beginning`, for a problem that is over.
    pub(in crate::ui) fn remove_errors(&mut self, beginning: &str) {
        self.list.retain(|notice| {
            notice.kind != NoticeKind::Error || !notice.text.starts_with(beginning)
        });
    }

    /// Removes information that was shown long enough; errors stay until dismissed.
    pub fn remove_expired(&mut self, now: f64) {
        for notice in &mut self.list {
            notice.shown_at.get_or_insert(now);
        }
        self.list.retain(|notice| {
            let seconds = if notice.is_about_files {
                FILES_SECONDS
            } else {
                INFO_SECONDS
            };
            notice.kind == NoticeKind::Error
                || notice.action.is_some()
                || notice
                    .shown_at
                    .is_none_or(|shown_at| now - shown_at < seconds)
        });
    }

    /// Whether any notice will expire.
    pub fn any_expiring(&self) -> bool {
        self.list
            .iter()
            .any(|notice| notice.kind == NoticeKind::Info && notice.action.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::export::RefusedFiles;

    #[test]
    fn a_question_is_not_pushed_off_by_other_notices() {
        let mut notices = Notices::default();
        let question = NoticeAction::Replace(Arc::new(RefusedFiles::default()));
        notices.push(
            NoticeKind::Error,
            "a.mid is already there".to_owned(),
            Some(question),
        );
        for number in 0..20 {
            notices.info(format!("note {number}"));
        }
        let texts: Vec<&str> = notices.iter().map(|notice| notice.text.as_str()).collect();
        assert_eq!(texts.len(), MAX_SHOWN + 1);
        assert!(texts[0].starts_with("a.mid is already there") || texts[0].starts_with("A.mid"));
        assert_eq!(texts[MAX_SHOWN], "Note 19");
    }

    #[test]
    fn each_export_has_its_own_notice_and_other_notices_are_not_repeated() {
        let mut notices = Notices::default();
        for _ in 0..2 {
            notices.info_about_files("Written to a as b.mid");
            notices.info("something else");
            let question = NoticeAction::Replace(Arc::new(RefusedFiles::default()));
            let text = "b.mid is already there".to_owned();
            notices.push(NoticeKind::Error, text, Some(question));
        }
        assert_eq!(notices.iter().count(), 5);
    }

    #[test]
    fn where_files_are_stays_twice_as_long_as_other_notes() {
        let mut notices = Notices::default();
        notices.info_about_files("Written to a as b.mid");
        notices.info("something else");
        let count_at = |notices: &mut Notices, now| {
            notices.remove_expired(now);
            notices.iter().count()
        };
        assert_eq!(count_at(&mut notices, 100.0), 2);
        assert_eq!(count_at(&mut notices, 106.5), 1);
        assert_eq!(count_at(&mut notices, 111.5), 1);
        assert_eq!(count_at(&mut notices, 112.5), 0);
    }
}
