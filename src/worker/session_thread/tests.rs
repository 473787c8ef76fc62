//! Tests of the thread of the session file: changes at the moment in which another session is opened or the file is lost.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Instant;

use super::*;
use crate::session::library::KeptMelody;
use crate::session::session_file::HeardMelody;

fn start(folder: &Path) -> SessionThread {
    let paths = SessionPaths {
        folder: folder.join("sessions"),
        list: folder.join("sessions.json"),
    };
    SessionThread::start(paths, None, Arc::new(|_| {})).unwrap()
}

/// Waits for a report that this function accepts.
fn wait<T>(thread: &mut SessionThread, accept: impl Fn(SessionReport) -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        match thread.poll() {
            Some(report) => {
                if let Some(accepted) = accept(report) {
                    return accepted;
                }
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
    panic!("the report did not come");
}

fn wait_until_opened(thread: &mut SessionThread) -> PathBuf {
    wait(thread, |report| match report {
        SessionReport::Opened { path, .. } => Some(path),
        _ => None,
    })
}

fn hear(number: u64) -> Vec<SessionChange> {
    vec![SessionChange::AppendHeard(vec![HeardMelody {
        number,
        map: None,
        melody: KeptMelody::for_test(1),
    }])]
}

/// Numbers of the heard melodies in a session file.
fn heard(path: &Path) -> Vec<u64> {
    let opened = SessionFile::open(path).unwrap();
    let heard = opened.contents.heard.iter();
    heard.map(|melody| melody.number).collect()
}

#[test]
fn what_the_window_changes_before_it_knows_of_another_session_is_written_to_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut thread = start(folder.path());
    let first = wait_until_opened(&mut thread);
    thread.submit(hear(1));
    thread.open_new();
    // The window has not received the report, and still shows the first session.
    thread.submit(hear(2));
    std::thread::sleep(Duration::from_millis(200));
    thread.submit(hear(3));
    let other_file = folder.path().join("other.tunescape");
    thread.save_as(other_file.clone(), false, hear(1));
    let second = wait_until_opened(&mut thread);
    let refusal = wait(&mut thread, |report| match report {
        SessionReport::NotSavedAs(text) => Some(text),
        _ => None,
    });
    assert!(refusal.contains("open it again"), "{refusal}");
    assert!(!other_file.exists());
    thread.submit(hear(4));
    drop(thread);
    assert_eq!(heard(&first), [1, 2, 3]);
    assert_eq!(heard(&second), [4]);
}

#[test]
fn a_session_whose_file_is_gone_and_cannot_be_saved_again_is_not_left_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let mut thread = start(folder.path());
    let path = wait_until_opened(&mut thread);
    // The whole folder was deleted, and something else has its name.
    let sessions = path.parent().unwrap();
    std::fs::remove_dir_all(sessions).unwrap();
    std::fs::write(sessions, b"").unwrap();
    thread.save_as(path.clone(), false, hear(1));
    wait(&mut thread, |report| {
        matches!(report, SessionReport::NotSavedAs(_)).then_some(())
    });
    thread.submit(hear(2));
    let text = wait(&mut thread, |report| match report {
        SessionReport::NotSaved(text) => Some(text),
        _ => None,
    });
    assert!(text.contains("save the session as another file"), "{text}");
    // Another session is not opened over it.
    thread.open_new();
    wait(&mut thread, |report| {
        matches!(report, SessionReport::NotOpened(_)).then_some(())
    });
    let elsewhere = folder.path().join("elsewhere.tunescape");
    thread.save_as(elsewhere.clone(), false, hear(3));
    wait(&mut thread, |report| {
        matches!(report, SessionReport::SavedAs { .. }).then_some(())
    });
    drop(thread);
    assert_eq!(heard(&elsewhere), [3]);
}

#[test]
fn without_a_folder_for_sessions_the_window_is_told_that_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    // A file is in the way.
    std::fs::write(folder.path().join("sessions"), b"").unwrap();
    let mut thread = start(folder.path());
    wait(&mut thread, |report| {
        matches!(report, SessionReport::NoSession).then_some(())
    });
}
