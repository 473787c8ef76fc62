//! Tests of the exporter: dialogs, and the work after their answers.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use super::*;
use crate::melody::{Melody, Tokens};

/// Dialogs that return the answers sent to them and store the requests. Without an answer they panic.
struct ChannelDialogs {
    answers: Mutex<Receiver<DialogAnswer>>,
    requests: Mutex<Vec<DialogRequest>>,
}

impl FileDialogs for ChannelDialogs {
    fn ask(&self, request: &DialogRequest, _guard: DialogGuard) -> DialogAnswer {
        self.requests.lock().unwrap().push(request.clone());
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.recv().expect("an answer")
    }
}

struct ExporterTest {
    exporter: Exporter,
    dialogs: Arc<ChannelDialogs>,
    answers: Sender<DialogAnswer>,
}

impl ExporterTest {
    fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        let dialogs = Arc::new(ChannelDialogs {
            answers: Mutex::new(receiver),
            requests: Mutex::default(),
        });
        let exporter = Exporter::new(Arc::clone(&dialogs) as _, Arc::new(|_| ()));
        Self {
            exporter,
            dialogs,
            answers: sender,
        }
    }

    /// The next event, without chosen folders.
    fn event(&self) -> FileEvent {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            match self.exporter.poll() {
                Some(FileEvent::FolderChosen { .. }) => {}
                Some(event) => return event,
                None => std::thread::sleep(Duration::from_millis(1)),
            }
            assert!(Instant::now() < deadline, "no event");
        }
    }

    fn export_to(&self, path: &Path, may_replace: bool) -> FileEvent {
        let path = path.to_path_buf();
        let chosen = ChosenPath { path, may_replace };
        self.answers.send(DialogAnswer::Chosen(chosen)).unwrap();
        self.exporter.export(job(), None);
        self.event()
    }
}

fn job() -> ExportJob {
    let melody = Melody::from_tokens(Tokens::new(vec![41; 32]).unwrap());
    ExportJob {
        items: vec![ExportItem {
            melody: Arc::new(melody),
            name: "a".to_owned(),
            text: "b".to_owned(),
            stem: "c".to_owned(),
        }],
        grouping: ExportGrouping::Folder,
        options: MidiWriteOptions::default(),
    }
}

#[test]
fn a_file_whose_final_name_nobody_confirmed_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let existing_file = folder.path().join("idea.mid");
    std::fs::write(&existing_file, "mine").unwrap();
    let test = ExporterTest::new();
    // Some systems' dialogs confirm a name without its ending.
    let event = test.export_to(&folder.path().join("idea"), true);
    let FileEvent::Refused(_, refused) = event else {
        panic!("it is there already");
    };
    assert_eq!(std::fs::read(&existing_file).unwrap(), b"mine");
    let refused = Arc::new(refused);
    test.exporter
        .write_refused(Arc::clone(&refused), OnExisting::Number);
    let FileEvent::Written(text) = test.event() else {
        panic!("the number is free");
    };
    let expected = format!("Written to {} as idea_2.mid", folder.path().display());
    assert_eq!(text, expected);
    assert_eq!(std::fs::read(&existing_file).unwrap(), b"mine");
    // The name itself was confirmed.
    assert!(matches!(
        test.export_to(&existing_file, true),
        FileEvent::Written(_)
    ));
    assert_ne!(std::fs::read(&existing_file).unwrap(), b"mine");
}

#[test]
fn one_dialog_is_open_at_a_time() {
    let test = ExporterTest::new();
    test.exporter.choose_model(None);
    test.exporter.choose_song(None);
    let FileEvent::Info(text) = test.event() else {
        panic!("the second dialog is refused");
    };
    assert_eq!(text, "a file dialog is already open; answer it first");
    test.answers.send(DialogAnswer::path("a model")).unwrap();
    assert!(matches!(test.event(), FileEvent::Model(path) if path == Path::new("a model")));
    test.answers.send(DialogAnswer::path("a song")).unwrap();
    test.exporter.choose_song(None);
    assert!(matches!(test.event(), FileEvent::SongChosen(_)));
    assert_eq!(test.dialogs.requests.lock().unwrap().len(), 2);
}

#[test]
fn a_dialog_begins_where_the_last_one_ended_if_that_still_exists() {
    let folder = tempfile::tempdir().unwrap();
    let test = ExporterTest::new();
    for last_folder in [folder.path(), &folder.path().join("gone")] {
        test.answers.send(DialogAnswer::path("x/idea")).unwrap();
        test.exporter.choose_song(last_folder.to_str());
        assert!(matches!(test.event(), FileEvent::SongChosen(_)));
    }
    let requests = test.dialogs.requests.lock().unwrap();
    let folders: Vec<_> = requests
        .iter()
        .map(|request| request.folder.as_deref())
        .collect();
    assert_eq!(folders, [Some(folder.path()), None]);
    let file = DialogPurpose::SaveMidi {
        suggestion: String::new(),
    };
    let path = Path::new("x/idea.mid");
    assert_eq!(file.folder_of(path).as_deref(), Some(Path::new("x")));
    let folder = DialogPurpose::ExportFolder.folder_of(Path::new("x"));
    assert_eq!(folder.as_deref(), Some(Path::new("x")));
}

#[test]
fn a_thread_that_panics_says_so_and_the_next_export_works() {
    let folder = tempfile::tempdir().unwrap();
    let mut test = ExporterTest::new();
    let (sender, receiver) = mpsc::channel();
    // Drops the old sender, so that no answer can come any more.
    test.answers = sender;
    test.exporter.export(job(), None);
    let FileEvent::Failed(text) = test.event() else {
        panic!("the dialog panics");
    };
    assert!(
        text.starts_with("the export stopped unexpectedly (an answer"),
        "{text}"
    );
    let lock = &test.dialogs.answers;
    *lock.lock().unwrap_or_else(PoisonError::into_inner) = receiver;
    let event = test.export_to(&folder.path().join("idea"), false);
    assert!(matches!(event, FileEvent::Written(_)));

    let failure_event = |reason: &str| FileEvent::Song {
        request: 7,
        result: Err(reason.to_owned()),
    };
    test.exporter
        .spawn(failure_event, |_, _| panic!("a strange song"));
    let FileEvent::Song { request, result } = test.event() else {
        panic!("the failure is an answer to the request");
    };
    assert_eq!(
        (request, result.err().as_deref()),
        (7, Some("a strange song"))
    );
}
