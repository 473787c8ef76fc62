//! Sessions of many melodies: saving one whole, saving a change of it, opening it as a file and in the window, and the memory that takes.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tunescape::attributes::AttributeRow;
use tunescape::melody::{Melody, Tokens};
use tunescape::session::library::{Annotations, KeptMelody, MelodyIdentity};
use tunescape::session::session_file::{
    HeardMelody, SessionChange, SessionFile, StoredMap, StoredModel, SweptMelodies,
};
use tunescape::sweep::{LayoutKind, MelodyEntry, MelodyId, SweepConfig, SweepPlan};
use tunescape::ui::SessionOptions;
use tunescape::worker::SessionPaths;

use crate::window::Setup;
use crate::window::fake_model::FakeModel;
use crate::{CHILD, peak_bytes};

/// Regions, and samples of each: the default sweep, and one of a hundred thousand melodies.
const SIZES: [(u32, u32); 2] = [(100, 64), (100, 1_000)];
/// Dimensions of the default model.
const LATENT: usize = 256;
/// A session of the first size is open in the window after this, seconds.
const GOAL: f64 = 1.0;

/// A map of melodies of which no two are the same.
fn map(regions: u32, samples: u32) -> StoredMap {
    let config = SweepConfig {
        regions,
        samples,
        ..SweepConfig::default()
    };
    let plan = Arc::new(SweepPlan::new(&config, LATENT).unwrap());
    let centres = (0..regions).map(|region| MelodyId::Centre { region });
    let entries = centres.chain(plan.sample_ids()).enumerate();
    let entries: Vec<MelodyEntry> = entries
        .map(|(index, id)| {
            let note = |step: usize| match step % 4 {
                0 => 20 + ((index >> step.min(24)) % 60) as u8,
                _ => 0,
            };
            let tokens = Tokens::new((0..32).map(note).collect()).unwrap();
            let melody = Melody::from_tokens(tokens);
            MelodyEntry {
                id,
                attributes: AttributeRow::measure(&melody),
                melody: Arc::new(melody),
                position: [(index as f64).sin(), (index as f64 * 0.7).cos()],
            }
        })
        .collect();
    StoredMap {
        number: 1,
        model: StoredModel {
            name: "Toy model".to_owned(),
            weights_hash: "0123456789ab".to_owned(),
            latent_size: LATENT,
            steps: 32,
            path: None,
        },
        plan,
        swept: SweptMelodies {
            layout: LayoutKind::MelodyDistance,
            entries,
        },
        sets: Vec::new(),
        view: String::new(),
    }
}

fn seconds(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64()
}

/// A melody that was just heard: what is written while a person listens.
fn heard(entry: &MelodyEntry) -> SessionChange {
    let identity = MelodyIdentity {
        weights_hash: "0123456789ab".to_owned(),
        seed: 99,
        id: entry.id,
        tokens: entry.melody.tokens().clone(),
    };
    SessionChange::AppendHeard(vec![HeardMelody {
        number: 1,
        map: Some(1),
        melody: KeptMelody {
            identity,
            name: entry.id.to_string(),
            latent: None,
            app_version: String::new(),
            marked: false,
            kept_at_ms: 0,
            annotations: Annotations::default(),
        },
    }])
}

/// Prints the table.
pub fn print() {
    println!(
        "\n{:<22} {:>6} {:>8} {:>10} {:>10} {:>10} {:>8}",
        "session", "MB", "save s", "change ms", "read s", "window s", "peak MB"
    );
    for (regions, samples) in SIZES {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.tunescape");
        let map = map(regions, samples);
        let (melodies, first) = (map.swept.entries.len(), map.swept.entries[0].clone());
        let changes = [
            SessionChange::SetView("{}".to_owned()),
            SessionChange::PutMap(Box::new(map)),
        ];
        let saved = seconds(|| SessionFile::write_new(&path, &changes, false).unwrap());
        let size = path.metadata().unwrap().len() as f64;
        let mut opened = None;
        let read = seconds(|| opened = Some(SessionFile::open(&path).unwrap()));
        let mut file = opened.take().unwrap().file;
        let change = seconds(|| file.apply(&[heard(&first)]).unwrap());
        drop(file);
        // In a process of its own, as a person opens it; the best of three.
        let runs = (0..3).map(|_| {
            let output = Command::new(std::env::current_exe().unwrap())
                .env(CHILD, &path)
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            let text = String::from_utf8(output.stdout).unwrap();
            let (seconds, peak) = text.trim().split_once(' ').unwrap();
            (
                seconds.parse::<f64>().unwrap(),
                peak.parse::<f64>().unwrap(),
            )
        });
        let (window, peak) = runs.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        println!(
            "{:<22} {:>6.1} {saved:>8.2} {:>10.1} {read:>10.2} {window:>10.2} {:>8.0}",
            format!("{melodies} melodies"),
            size / 1e6,
            change * 1e3,
            peak / 1e6
        );
        assert!(melodies > 10_000 || window < GOAL, "{window} s");
    }
}

/// Opens the session in a window and prints how long it took until its map was shown, and the peak memory.
pub fn open_in_window(path: &Path) {
    let started = Instant::now();
    let folder = path.parent().unwrap();
    let paths = SessionPaths {
        folder: folder.join("sessions"),
        list: folder.join("sessions.json"),
    };
    let setup = Setup {
        session: Some(SessionOptions {
            paths,
            file: Some(path.to_owned()),
        }),
        ..Setup::new(FakeModel::busy(), 1)
    };
    let mut window = setup.open();
    let is_shown = |window: &crate::window::Window| {
        let state = window.state();
        !state.session.opening && state.maps.shown.is_some() && state.melodies.decoded_count() > 0
    };
    while !is_shown(&window) {
        window.harness.run_steps(1);
        std::thread::sleep(Duration::from_millis(1));
    }
    window.harness.run_steps(1);
    println!("{} {}", started.elapsed().as_secs_f64(), peak_bytes());
}
