//! Tests of the feature *Learn*: a dropped folder, the run with its orders, the fine-tuned model, interrupted runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tunescape::model::{FloatFormat, Hierarchy, MusicVaeConfig, Parameters, Weights};
use tunescape::progress::Observer as _;
use tunescape::session::{FineTuneRecord, FineTuneSource, FineTunedModels, LearntMelodies};
use tunescape::training::CurvePoint;
use tunescape::ui::{Command, LearnCommand};
use tunescape::worker::{
    FineTuneEnd, FineTuneOrder, FineTuneProgress, FineTuneReport, FineTuneRun, FineTuneStage,
    FineTuner, LibraryLocation, fine_tune, summarise_source,
};

use crate::dropped_files::drop_on;
use crate::setup;
use crate::small_corpus::{tune, write_corpus};
use crate::window::Window;

/// The weights of the tiny flat model.
pub const TINY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/flat_tiny/weights.safetensors"
);

/// A fake that stays at a quarter of the run until it gets an order.
fn fake_fine_tuner() -> FineTuner {
    use tunescape::training::TrainObserver as _;
    Arc::new(|monitor| {
        let point = |examples, right| CurvePoint {
            examples,
            token_accuracy: right,
            onset_accuracy: right,
            exact: right / 2.0,
            kl_nats: 1.0,
        };
        monitor.report(FineTuneProgress {
            stage: FineTuneStage::Training,
            fraction: 0.25,
            seconds_left: 45.0,
            ..FineTuneProgress::default()
        });
        monitor.validated(&[point(0, 0.5)]);
        std::fs::write(monitor.folder().checkpoint_path(), b"checkpoint").unwrap();
        while !monitor.should_stop() {
            if monitor.cancelled() {
                return Err("cancelled".to_owned());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // The second is worse, so that the first is the best.
        monitor.validated(&[point(0, 0.5), point(64, 0.75), point(128, 0.6)]);
        std::fs::copy(TINY, monitor.folder().weights_path()).unwrap();
        Ok(())
    })
}

/// A window whose library, and so its models, are in this folder, which fine-tunes by a fake.
fn open(data: &Path) -> Window {
    let mut setup = setup();
    setup.library = LibraryLocation::File(data.join("library.sqlite"));
    setup.first_model = Some(PathBuf::from(TINY));
    let mut window = setup.open();
    window.harness.state_mut().set_fine_tuner(fake_fine_tuner());
    window.swept()
}

/// A folder for the data, and one with four melodies.
pub fn folders() -> (TempDir, PathBuf) {
    let data = tempfile::tempdir().unwrap();
    let songs = data.path().join("songs");
    write_corpus(&songs);
    (data, songs)
}

pub fn drop_songs(window: &mut Window, songs: &Path) {
    drop_on(window, &[songs]);
    window.run_until("the folder is read", |app| {
        let draft = app.state().learn.draft.as_ref();
        draft.is_some_and(|draft| draft.summary.is_some())
    });
}

fn learn_songs(window: &mut Window, songs: &Path) {
    drop_songs(window, songs);
    window.click("Learn");
    window.run_until("it learns", |app| {
        let running = app.state().learn.running.as_ref();
        running.is_some_and(|running| running.progress.start_model.is_some())
    });
}

#[test]
fn a_dropped_folder_makes_a_model_while_the_old_model_plays_and_the_new_one_opens_and_goes_back() {
    let (data, songs) = folders();
    let models = data.path().join("models");
    let mut window = open(data.path());
    drop_songs(&mut window, &songs);
    assert!(window.has("From the folder songs"));
    assert!(window.has("4 windows in 4 of 5 files"));
    assert!(window.has_containing("notes per bar"));
    // What was left out, with its name.
    assert!(window.has_containing("broken.mid"));
    // Nothing is written before the person says so.
    assert!(!models.exists());

    window.click("Learn");
    window.run_until("it learns", |app| {
        let running = app.state().learn.running.as_ref();
        running.is_some_and(|running| running.progress.start_model.is_some())
    });
    for label in ["songs learns", "25 %, 45 s left", "Notes right", "50.0 %"] {
        assert!(window.has(label), "{label}");
    }
    // The old model is there meanwhile.
    let plays = window.play_count();
    window.select(3);
    assert_eq!(window.play_count(), plays + 1);

    window.click("Pause");
    assert!(window.has("songs is paused") && window.has("Continue"));
    window.click("Continue");
    assert!(window.has("songs learns"));
    window.click("Stop learning");
    window.run_until("it is done", |app| app.state().learn.finished.is_some());
    assert!(window.has("songs has learnt your music") && window.has("75.0 %"));
    let fine_tuned = models.join("songs.safetensors");
    assert_eq!(
        std::fs::read(&fine_tuned).unwrap(),
        std::fs::read(TINY).unwrap()
    );
    assert!(!models.join("learning/songs").exists());

    window.click("Open it");
    window.run_until("the fine-tuned model is open", |app| {
        app.state().model.info().is_some()
            && app.state().sweep.weights_path.as_ref() == Some(&fine_tuned)
    });
    assert!(!window.state().learn.open);
    // One click in the menu of models leads back, and another one to it again.
    for (name, path) in [("Toy model", Path::new(TINY)), ("songs", &fine_tuned)] {
        let chip = window.state().model.info().unwrap();
        let chip = format!("{} 2 bars, {}-D", chip.name, chip.latent_size);
        window.click(&chip);
        window.click(name);
        window.run_until("the other model is open", |app| {
            app.state().model.info().is_some()
                && app.state().sweep.weights_path.as_deref() == Some(path)
        });
    }
}

#[test]
fn a_closed_window_goes_on_later_and_what_is_cancelled_leaves_nothing() {
    let (data, songs) = folders();
    let learning = data.path().join("models/learning");
    let mut window = open(data.path());
    learn_songs(&mut window, &songs);
    // A second window sees a run that is under way as such.
    let other = open(data.path());
    assert!(other.state().learn.interrupted.is_empty());
    drop(other);
    drop(window);

    let mut window = open(data.path());
    window.run_until_notice("Learning of songs was interrupted");
    window.click("Show");
    assert!(window.has_containing("was interrupted after"));
    window.click("Go on");
    window.run_until("it learns", |app| {
        let running = app.state().learn.running.as_ref();
        running.is_some_and(|running| running.progress.start_model.is_some())
    });
    window.click("Close the card");
    assert!(window.state().learn.running.is_some());
    window.command(Command::Learn(LearnCommand::Stop));
    window.run_until_notice("ongs has learnt your music");
    assert!(window.has("Open it"));

    window.command(Command::Learn(LearnCommand::Examine(songs.clone())));
    window.run_until("the folder is read", |app| {
        let draft = app.state().learn.draft.as_ref();
        draft.is_some_and(|draft| draft.summary.is_some())
    });
    // The name is taken.
    assert_eq!(window.state().learn.draft.as_ref().unwrap().name, "songs 2");
    window.command(Command::Learn(LearnCommand::SetName("songs".to_owned())));
    assert!(window.has_containing("choose another name"));
    window.command(Command::Learn(LearnCommand::Start));
    assert!(window.state().learn.running.is_none());
    window.command(Command::Learn(LearnCommand::SetName(
        "More songs".to_owned(),
    )));
    window.click("Learn");
    // The card grows when the first metrics come, so that its buttons move.
    window.run_until("it learns", |app| {
        let running = app.state().learn.running.as_ref();
        running.is_some_and(|running| running.progress.start_model.is_some())
    });
    assert!(learning.join("More songs").exists());
    window.click("Cancel");
    window.run_until("it is cancelled", |app| app.state().learn.running.is_none());
    assert!(!learning.join("More songs").exists());
    assert!(!data.path().join("models/More songs.safetensors").exists());
}

#[test]
fn a_folder_without_melodies_says_so() {
    let (data, _) = folders();
    let photos = data.path().join("photos");
    std::fs::create_dir(&photos).unwrap();
    std::fs::write(photos.join("a.txt"), "no melody").unwrap();
    let mut window = open(data.path());
    drop_songs(&mut window, &photos);
    assert!(window.has_containing("No usable two-bar window was found"));
    assert!(!window.has("Learn"));
    assert!(window.has("Choose another folder…"));
}

/// The next report that `wanted` takes.
fn wait_for<T>(run: &FineTuneRun, wanted: impl Fn(FineTuneReport) -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(300);
    while Instant::now() < deadline {
        match run.poll().and_then(&wanted) {
            Some(found) => return found,
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    panic!("no such report came");
}

#[test]
fn a_real_run_that_is_interrupted_goes_on_from_its_step_and_gives_a_model_that_opens() {
    let (data, songs) = folders();
    let models = FineTunedModels::new(data.path().join("models"));
    let start = |record: FineTuneRecord| {
        FineTuneRun::start(&models, record, Arc::new(fine_tune), Arc::new(|_| {})).unwrap()
    };
    let is_training = |report| match report {
        FineTuneReport::Progress(progress) => {
            (progress.stage == FineTuneStage::Training).then_some(())
        }
        FineTuneReport::Ended(end) => panic!("{end:?}"),
    };
    let run = start(FineTuneRecord {
        name: "Mine".to_owned(),
        source: FineTuneSource::Folder(songs),
        model: Some(PathBuf::from(TINY)),
        minutes: 60.0,
        seconds_done: 0.0,
        seed: 3,
    });
    wait_for(&run, is_training);
    run.order(FineTuneOrder::Interrupt);
    let ended = |report| match report {
        FineTuneReport::Ended(end) => Some(end),
        FineTuneReport::Progress(_) => None,
    };
    assert_eq!(wait_for(&run, ended), FineTuneEnd::Interrupted);
    drop(run);
    let checkpoint = data.path().join("models/learning/Mine/checkpoint");
    let step = |path: &Path| {
        // The header of a safetensors file is JSON, in which the metadata is JSON as text.
        let bytes = std::fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes[..2_000.min(bytes.len())]).into_owned();
        let (_, rest) = text.split_once("\\\"step\\\":").unwrap();
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().unwrap()
    };
    let before = step(&checkpoint);
    assert!(before > 0);

    let interrupted = models.interrupted_runs();
    assert_eq!(interrupted.len(), 1);
    let run = start(interrupted[0].clone());
    wait_for(&run, is_training);
    run.order(FineTuneOrder::Stop);
    let FineTuneEnd::Finished(model, _) = wait_for(&run, ended) else {
        panic!("it did not finish");
    };
    let fine_tuned = Weights::open(&model.path).unwrap();
    assert_eq!(fine_tuned.name(), "Mine");
    assert_ne!(
        fine_tuned.hash(),
        Weights::open(Path::new(TINY)).unwrap().hash()
    );
    let card = fine_tuned.provenance();
    assert!(card["step"].as_u64().unwrap() > before, "{}", card["step"]);
    let learnt_from: Vec<&String> = card["learnt_from"].as_object().unwrap().keys().collect();
    assert_eq!(
        learnt_from,
        ["a/down.mid", "a/up.mid", "b/fast.mid", "b/slow.mid"]
    );
    // The notes are in a file of their own, for the landmarks of the map.
    let melodies = LearntMelodies::path_beside(&model.path);
    let learnt = LearntMelodies::read(&melodies).unwrap().unwrap();
    assert_eq!(learnt.weights_hash, fine_tuned.hash());
    let names: Vec<&str> = learnt
        .melodies
        .iter()
        .map(|known| known.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "down, bars 1–2",
            "up, bars 1–2",
            "fast, bars 1–2",
            "slow, bars 1–2"
        ]
    );
    assert_eq!(learnt.melodies[1].melody.notes(), tune(60, true, 4).notes());
    assert_eq!(models.list(), [model]);
    assert!(models.interrupted_runs().is_empty());
}

#[test]
fn a_hierarchical_model_is_refused_with_the_reason() {
    let (data, songs) = folders();
    let config = MusicVaeConfig {
        steps: 64,
        latent_size: 8,
        encoder_layers: vec![8],
        decoder_layers: vec![8],
        hierarchy: Some(Hierarchy {
            segments: 4,
            conductor_layers: vec![8],
            segment_encoder_layers: Vec::new(),
        }),
        ..MusicVaeConfig::default()
    };
    let parameters = Parameters::initialise(&config, 1);
    let weights = Weights::new("big", config, parameters, serde_json::Value::Null).unwrap();
    let path = data.path().join("big.safetensors");
    weights.save(&path, FloatFormat::Float32).unwrap();
    let source = FineTuneSource::Folder(songs);
    let refused = summarise_source(&source, Some(&path)).unwrap_err();
    assert!(
        refused.contains("big is a hierarchical model") && refused.contains("open the default"),
        "{refused}"
    );
    // Kept melodies of another length are left out, and said to be.
    let melodies = FineTuneSource::Melodies(vec![
        ("short".to_owned(), vec![41; 32]),
        ("long".to_owned(), vec![41; 64]),
    ]);
    let found = summarise_source(&melodies, Some(Path::new(TINY))).unwrap();
    assert_eq!(found.window_count, 1);
    let said = found.notices.join("; ");
    assert!(
        said.contains("long was left out: it has 4 bars, the model 2"),
        "{said}"
    );
}
