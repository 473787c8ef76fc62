//! Tests of the dialogs and of what follows from their answers.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use super::*;
use crate::melody::{Melody, Tokens};

/// Answers with what is sent to it, and remembers what it was asked. Without an answer it panics.
struct Answers {
    next: Mutex<Receiver<Answer>>,
    asked: Mutex<Vec<DialogRequest>>,
}

impl FileDialogs for Answers {
    fn ask(&self, request: &DialogRequest) -> Answer {
        self.asked.lock().unwrap().push(request.clone());
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.recv().expect("an answer")
    }
}

struct Bench {
    exporter: Exporter,
    dialogs: Arc<Answers>,
    answers: Sender<Answer>,
}

impl Bench {
    fn new() -> Self {
        let (answers, next) = mpsc::channel();
        let dialogs = Arc::new(Answers {
            next: Mutex::new(next),
            asked: Mutex::default(),
        });
        let exporter = Exporter::new(Arc::clone(&dialogs) as _, Arc::new(|| ()));
        Self {
            exporter,
            dialogs,
            answers,
        }
    }

    /// What is told next; where the user was is left out.
    fn told(&self) -> FileEvent {
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            match self.exporter.poll() {
                Some(FileEvent::Place { .. }) => {}
                Some(told) => return told,
                None => std::thread::sleep(Duration::from_millis(1)),
            }
            assert!(Instant::now() < patience, "nothing is told");
        }
    }

    fn export_to(&self, path: &Path, may_replace: bool) -> FileEvent {
        let path = path.to_path_buf();
        let chosen = Chosen { path, may_replace };
        self.answers.send(Answer::Chosen(chosen)).unwrap();
        self.exporter.export(order(), None);
        self.told()
    }
}

fn order() -> Order {
    let melody = Melody::from_tokens(Tokens::new(vec![41; 32]).unwrap());
    Order {
        items: vec![ExportItem {
            melody: Arc::new(melody),
            name: "a".to_owned(),
            text: "b".to_owned(),
            stem: "c".to_owned(),
        }],
        shape: ExportShape::Folder,
        tempo: 120.0,
    }
}

#[test]
fn a_file_whose_final_name_nobody_confirmed_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("idea.mid");
    std::fs::write(&there, "mine").unwrap();
    let bench = Bench::new();
    // Some systems' dialogs confirm a name without its ending.
    let told = bench.export_to(&folder.path().join("idea"), true);
    let FileEvent::Refused(_, refused) = told else {
        panic!("it is there already");
    };
    assert_eq!(std::fs::read(&there).unwrap(), b"mine");
    let refused = Arc::new(refused);
    bench
        .exporter
        .write_refused(Arc::clone(&refused), Existing::Number);
    let FileEvent::Written(text) = bench.told() else {
        panic!("the number is free");
    };
    let wanted = format!("Written to {} as idea_2.mid", folder.path().display());
    assert_eq!(text, wanted);
    assert_eq!(std::fs::read(&there).unwrap(), b"mine");
    // The name itself was confirmed.
    assert!(matches!(
        bench.export_to(&there, true),
        FileEvent::Written(_)
    ));
    assert_ne!(std::fs::read(&there).unwrap(), b"mine");
}

#[test]
fn one_dialog_is_open_at_a_time() {
    let bench = Bench::new();
    bench.exporter.choose_model(None);
    bench.exporter.choose_song(None);
    let FileEvent::Note(text) = bench.told() else {
        panic!("the second dialog is refused");
    };
    assert_eq!(text, "a file dialog is already open; answer it first");
    bench.answers.send(Answer::place("a model")).unwrap();
    assert!(matches!(bench.told(), FileEvent::Model(path) if path == Path::new("a model")));
    bench.answers.send(Answer::place("a song")).unwrap();
    bench.exporter.choose_song(None);
    assert!(matches!(bench.told(), FileEvent::SongChosen(_)));
    assert_eq!(bench.dialogs.asked.lock().unwrap().len(), 2);
}

#[test]
fn a_dialog_begins_where_the_last_one_ended_if_that_still_exists() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new();
    for there in [folder.path(), &folder.path().join("gone")] {
        bench.answers.send(Answer::place("x/idea")).unwrap();
        bench.exporter.choose_song(there.to_str());
        assert!(matches!(bench.told(), FileEvent::SongChosen(_)));
    }
    let asked = bench.dialogs.asked.lock().unwrap();
    let folders: Vec<_> = asked
        .iter()
        .map(|request| request.folder.as_deref())
        .collect();
    assert_eq!(folders, [Some(folder.path()), None]);
    let file = Question::SaveMidi {
        suggestion: String::new(),
    };
    let path = Path::new("x/idea.mid");
    assert_eq!(file.folder_of(path).as_deref(), Some(Path::new("x")));
    let folder = Question::ExportFolder.folder_of(Path::new("x"));
    assert_eq!(folder.as_deref(), Some(Path::new("x")));
}

#[test]
fn a_thread_that_panics_says_so_and_the_next_export_works() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new();
    let (answers, next) = mpsc::channel();
    // Nobody can answer any more.
    bench.answers = answers;
    bench.exporter.export(order(), None);
    let FileEvent::Failed(text) = bench.told() else {
        panic!("the dialog panics");
    };
    assert!(
        text.starts_with("the export stopped unexpectedly (an answer"),
        "{text}"
    );
    let lock = &bench.dialogs.next;
    *lock.lock().unwrap_or_else(PoisonError::into_inner) = next;
    let told = bench.export_to(&folder.path().join("idea"), false);
    assert!(matches!(told, FileEvent::Written(_)));

    let failed = |reason: &str| FileEvent::Song {
        request: 7,
        read: Err(reason.to_owned()),
    };
    bench
        .exporter
        .spawn(failed, |_, _| panic!("a strange song"));
    let FileEvent::Song { request, read } = bench.told() else {
        panic!("who waits for the song is told");
    };
    assert_eq!(
        (request, read.err().as_deref()),
        (7, Some("a strange song"))
    );
}
