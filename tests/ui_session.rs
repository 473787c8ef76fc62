//! Tests of session files in the window: what is there again after a restart, two windows, other names, and processes that are killed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stdout, reason = "the figure of many kills is asked for")]

#[path = "support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tunescape::session::library::Library;
use tunescape::session::session_file::{SessionContents, SessionFile};
use tunescape::sweep::MelodyId;
use tunescape::ui::{
    App, ChosenPath, Command, GenerateCommand, SessionCommand, SessionOptions, TrayCommand,
};
use tunescape::worker::{LibraryLocation, SessionPaths};

use window::fake_model::FakeModel;
use window::{Setup, Window};

const SAMPLES: u32 = 2;

/// A window whose settings, library and sessions are in this folder.
fn setup(folder: &Path) -> Setup {
    let paths = SessionPaths {
        folder: folder.join("sessions"),
        list: folder.join("sessions.json"),
    };
    Setup {
        library: LibraryLocation::File(folder.join("library.sqlite")),
        session: Some(SessionOptions { paths, file: None }),
        export_to: folder.join("named"),
        ..Setup::new(FakeModel::busy(), SAMPLES)
    }
}

fn is_saved(app: &App) -> bool {
    let session = &app.state().session;
    !session.opening && session.submitted > 0 && session.saved == session.submitted
}

impl Window {
    /// Opens the window of a folder and waits for the session and its map.
    fn of(folder: &Path) -> Self {
        let mut window = setup(folder).open();
        window.run_until("the session is open", |app| {
            app.state().session.file.is_some() && !app.state().session.opening
        });
        window.run_until_swept();
        window.run_until_laid_out();
        window
    }

    /// Waits until every change so far is on the disk.
    fn save(&mut self) {
        self.run_until("the explored melodies are there", |app| {
            app.state().generate.running.is_empty()
        });
        self.harness.run_steps(3);
        self.run_until("the session is saved", is_saved);
    }

    fn explore(&mut self, region: u32) {
        let id = MelodyId::Centre { region };
        self.command(Command::Generate(GenerateCommand::Explore(id)));
        self.save();
    }

    fn file(&self) -> PathBuf {
        self.state().session.file.clone().unwrap()
    }

    /// Id, tokens and position of every melody on the shown map.
    fn melodies(&self) -> Vec<(MelodyId, Vec<u8>, [u64; 2])> {
        let melodies = &self.state().melodies;
        let generated = melodies.generated_sets().flat_map(|(_, set)| &set.entries);
        let all = melodies.swept().chain(melodies.steered()).chain(generated);
        all.map(|entry| {
            let tokens = entry.melody.tokens().as_slice().to_vec();
            (entry.id, tokens, entry.position.map(f64::to_bits))
        })
        .collect()
    }
}

#[test]
fn the_session_is_there_again_as_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::of(folder.path());
    assert!(window.has_containing("Untitled"));
    window.select(3);
    window.press(Key::F);
    window.run_until_kept(1);
    window.explore(5);
    window.command(Command::SetTempo(97.5));
    window.command(Command::SetFilter(0, Some((2.0, 9.5))));
    let id = window.select(7);
    window.save();
    let before = window.melodies();
    let names = window.state().title(before.last().unwrap().0);
    assert_eq!(before.len(), 20 * 3 + 16);
    drop(window);

    let window = Window::of(folder.path());
    assert_eq!(window.melodies(), before);
    assert_eq!(window.state().title(before.last().unwrap().0), names);
    assert_eq!(window.focus(), Some(id));
    assert_eq!(window.state().filter.get(0), Some((2.0, 9.5)));
    assert_eq!(window.state().settings.tempo, 97.5);
    assert_eq!(window.recorder.lock().unwrap().tempo, 97.5);
    // Latent points of explored melodies are there too, so that they can be explored from.
    assert!(
        window
            .state()
            .melodies
            .latent(before.last().unwrap().0)
            .is_some()
    );
    assert!(window.state().can_decode());
    assert_eq!(window.state().maps().len(), 1);
}

#[test]
fn a_session_whose_model_is_missing_opens_and_plays() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.safetensors");
    std::fs::write(&model, "weights").unwrap();
    let mut first = Setup {
        first_model: Some(model.clone()),
        ..setup(folder.path())
    }
    .open();
    first.run_until_swept();
    first.run_until_laid_out();
    first.save();
    let before = first.melodies();
    drop(first);
    std::fs::remove_file(&model).unwrap();
    let mut window = setup(folder.path()).open();
    window.run_until_notice("The model of this map could not be opened");
    assert_eq!(window.melodies(), before);
    window.select(4);
    assert_eq!(window.play_count(), 1);
    assert!(!window.state().can_decode());
}

#[test]
fn a_second_window_on_a_session_is_read_only_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Window::of(folder.path());
    first.save();
    let mut second = Window::of(folder.path());
    assert_eq!(second.file(), first.file());
    let (status, sentence) = second.state().session.status();
    assert_eq!(status, "read-only");
    assert!(sentence.contains("Open in another window"), "{sentence}");
    assert!(second.has_containing("read-only"));
    second.command(Command::SetTempo(61.0));
    second.harness.run_steps(3);
    drop(second);
    first.command(Command::SetTempo(62.0));
    first.save();
    drop(first);
    assert_eq!(Window::of(folder.path()).state().settings.tempo, 62.0);
}

#[test]
fn a_session_gets_a_name_and_new_ones_leave_it_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("named")).unwrap();
    let mut window = Window::of(folder.path());
    window.command(Command::SetTempo(88.0));
    window.save();
    let untitled = window.file();
    let shift = Modifiers::COMMAND.plus(Modifiers::SHIFT);
    window.harness.key_press_modifiers(shift, Key::S);
    window.run_until_notice("The session is saved as Untitled");
    let named = window.file();
    assert_eq!(named, folder.path().join("named/Untitled.tunescape"));
    window.command(Command::SetTempo(89.0));
    window.save();
    let before = window.melodies();
    // The same name again is refused.
    let chosen = ChosenPath {
        path: untitled.clone(),
        may_replace: false,
    };
    window.command(Command::Session(SessionCommand::SaveTo(chosen)));
    window.run_until_notice("choose another name");

    window.press_ctrl(Key::N);
    window.run_until("a new session is open", |app| {
        app.state().session.file.as_ref() != Some(&named) && !app.state().session.opening
    });
    window.run_until_swept();
    assert_eq!(window.state().maps().len(), 1);
    window.run_until_laid_out();
    window.command(Command::Session(SessionCommand::Open(named.clone())));
    window.run_until("the named session is open again", |app| {
        app.state().session.file.as_ref() == Some(&named) && !app.state().session.opening
    });
    window.run_until_laid_out();
    assert_eq!(window.melodies(), before);
    assert_eq!(window.state().settings.tempo, 89.0);
    window.command(Command::Session(SessionCommand::Open(untitled)));
    window.run_until("the first session is open again", |app| {
        !app.state().session.opening && app.state().settings.tempo == 88.0
    });
}

#[test]
fn a_session_whose_file_was_deleted_is_saved_under_its_own_name_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::of(folder.path());
    window.command(Command::SetTempo(88.0));
    window.save();
    let file = window.file();
    let save_to_own_name = || {
        let chosen = ChosenPath {
            path: file.clone(),
            may_replace: false,
        };
        Command::Session(SessionCommand::SaveTo(chosen))
    };
    window.command(save_to_own_name());
    window.run_until_notice("saved in this file already");
    std::fs::remove_file(&file).unwrap();
    window.command(save_to_own_name());
    window.run_until_notice("The session is saved as");
    window.command(Command::SetTempo(91.0));
    window.save();
    assert_eq!(window.file(), file);
    let opened = SessionFile::open(&file).unwrap();
    assert!(!opened.contents.maps.is_empty());
}

#[test]
fn a_damaged_session_is_told_and_a_new_one_started() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::of(folder.path());
    window.save();
    let file = window.file();
    drop(window);
    std::fs::write(&file, "Dear diary").unwrap();
    let window = Window::of(folder.path());
    assert!(
        window.has_notice("the session is damaged") || window.has_notice("The session is damaged")
    );
    assert_ne!(window.file(), file);
    assert_eq!(std::fs::read(&file).unwrap(), b"Dear diary");
}

#[test]
fn kept_melodies_of_another_machine_come_with_the_session() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::of(folder.path());
    window.select(3);
    window.press(Key::F);
    window.run_until_kept(1);
    window.save();
    drop(window);
    // Another library, as on another machine.
    std::fs::remove_file(folder.path().join("library.sqlite")).unwrap();
    let mut window = Window::of(folder.path());
    window.run_until_kept(1);
    // Removed beside that one, it does not come back.
    window.select(3);
    window.press(Key::F);
    window.run_until_kept(0);
    window.save();
    drop(window);
    let mut window = Window::of(folder.path());
    window.run_until("the library is read", |app| {
        app.state().kept_melodies.read_count() > 0
    });
    window.harness.run_steps(5);
    assert_eq!(window.state().kept_melodies.len(), 0);
}

/// Names the folder that a child process works in, and the seed of what it does.
const CHILD: &str = "TUNESCAPE_TEST_SESSION";
/// Number of processes that are killed; 20 if it is not set.
const KILLS: &str = "TUNESCAPE_TEST_KILLS";

/// Everything in a session that a command may change, as a number, and the tempo.
fn digest(contents: &SessionContents) -> (u64, f64) {
    let mut hasher = DefaultHasher::new();
    contents.view.hash(&mut hasher);
    for map in &contents.maps {
        map.view.hash(&mut hasher);
        let sets = map.sets.iter().flat_map(|set| &set.entries);
        for entry in map.swept.entries.iter().chain(sets) {
            entry.id.hash(&mut hasher);
            entry.melody.tokens().as_slice().hash(&mut hasher);
            entry.position.map(f64::to_bits).hash(&mut hasher);
        }
    }
    for kept in contents.kept.entries.iter() {
        let added = &kept.melody.annotations;
        let place = added.sort_key.map(f64::to_bits);
        (&kept.melody.name, kept.melody.marked, place).hash(&mut hasher);
        (added.stars, &added.tags).hash(&mut hasher);
    }
    let view: serde_json::Value = serde_json::from_str(&contents.view).unwrap();
    let tempo = view["settings"]["tempo"].as_f64().unwrap();
    (hasher.finish(), tempo)
}

/// Works with the window of a folder until it is killed: a random command, and the next one once it is on the disk. The tempo
/// is the number of the command.
#[test]
fn a_window_that_works_until_it_is_killed() {
    let Some(text) = std::env::var_os(CHILD) else {
        return;
    };
    let text = text.into_string().unwrap();
    let (seed, folder) = text.split_once(' ').unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(seed.parse().unwrap());
    let mut window = Window::of(Path::new(folder));
    loop {
        let region = rng.random_range(0..20);
        let id = MelodyId::Centre { region };
        let kept: Vec<u64> = {
            let kept = window.state().kept_melodies.iter();
            kept.map(|kept| kept.number).collect()
        };
        let random = match rng.random_range(0..12) {
            7.. if !kept.is_empty() => {
                let number = kept[rng.random_range(0..kept.len())];
                Command::Tray(match rng.random_range(0..6) {
                    0 => TrayCommand::Rename(number, format!("Idea {region}")),
                    1 => TrayCommand::SetStars(number, rng.random_range(0..6)),
                    2 => TrayCommand::SetTags(number, vec![format!("tag {region}")]),
                    3 => TrayCommand::Move(number, kept.first().copied()),
                    4 => TrayCommand::MarkTo(number),
                    _ => TrayCommand::RemoveMarked,
                })
            }
            0 => Command::Select(id),
            1 => Command::ToggleSelected(id),
            2 => Command::ToggleKept,
            3 if window.state().melodies.added_count() < 400 => {
                Command::Generate(GenerateCommand::Explore(id))
            }
            4 => Command::SetFilter(1, Some((0.0, rng.random_range(1.0..40.0)))),
            5 => Command::Undo,
            _ => Command::ColourBy(rng.random_range(0..4)),
        };
        let next = window.state().settings.tempo + 0.125;
        let app = window.harness.state_mut();
        app.command(Command::SetTempo(next));
        app.command(random);
        window.save();
        let file = window.file();
        let contents = SessionFile::open(&file).unwrap().contents;
        let (digest, tempo) = digest(&contents);
        assert_eq!(tempo, window.state().settings.tempo);
        let mut out = std::io::stdout();
        writeln!(out, "\nsaved {digest} {tempo}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn after_a_kill_the_session_opens_and_at_most_the_last_command_is_missing() {
    let kills: u64 = std::env::var(KILLS).map_or(20, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    {
        let mut window = Window::of(folder.path());
        window.command(Command::SetTempo(40.0));
        window.save();
    }
    let file = folder.path().join("sessions/Untitled.tunescape");
    let (mut last, mut in_time, mut done) =
        (digest(&SessionFile::open(&file).unwrap().contents), 0, 0);
    for seed in 0..kills {
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "a_window_that_works_until_it_is_killed",
                "--nocapture",
            ])
            .env(CHILD, format!("{seed} {}", folder.path().display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, said) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((digest, tempo)) = line
                    .strip_prefix("saved ")
                    .and_then(|rest| rest.split_once(' '))
                {
                    let saved: (u64, f64) = (digest.parse().unwrap(), tempo.parse().unwrap());
                    sender.send(saved).unwrap();
                }
            }
        });
        // Some are killed while they start, the others somewhere in a command.
        if seed % 5 != 0 {
            let first = said.recv_timeout(Duration::from_secs(120)).unwrap();
            last = first;
            done += 1;
        }
        let random = ChaCha8Rng::seed_from_u64(seed).random_range(0..900);
        let until = Instant::now() + Duration::from_millis(random);
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        reader.join().unwrap();
        for saved in said.try_iter() {
            last = saved;
            done += 1;
        }
        let found = digest(&SessionFile::open(&file).unwrap().contents);
        let library = Library::open(&folder.path().join("library.sqlite")).unwrap();
        assert_eq!(library.damaged_copy, None, "{seed}: the library is damaged");
        assert_eq!(
            library.library.list().unwrap().unreadable_count,
            0,
            "{seed}"
        );
        let ahead = (found.1 - last.1) / 0.125;
        assert!(
            (0.0..=1.0).contains(&ahead),
            "{seed}: {found:?} after {last:?}"
        );
        if ahead == 0.0 && found.0 == last.0 {
            in_time += 1;
        }
        last = found;
    }
    assert!(
        done > kills && in_time > 0,
        "{done} commands, {in_time} of {kills} between commands"
    );
    println!("{kills} kills: {done} commands were saved, {in_time} kills between two commands");
    // What the last one left is a window again.
    let window = Window::of(folder.path());
    assert_eq!(window.state().settings.tempo, last.1);
}
