//! Test of the library under `kill -9`: every change that was reported as done is stored.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tunescape::latent::LatentPoint;
use tunescape::melody::Tokens;
use tunescape::session::library::{
    Annotations, KeptMelody, Library, LibraryChange, MelodyIdentity,
};
use tunescape::sweep::MelodyId;

/// Times that the writing process is killed.
const KILLS: u64 = 200;
/// Latest moment of a kill after the first change is begun, milliseconds.
const LATEST_MS: u64 = 100;
/// Environment variable with the path of the library, for the child process.
const CHILD_LIBRARY: &str = "TUNESCAPE_TEST_LIBRARY";
/// Environment variable with the seed of the child's changes.
const CHILD_SEED: &str = "TUNESCAPE_TEST_SEED";

fn melody(region: u32) -> KeptMelody {
    KeptMelody {
        identity: MelodyIdentity {
            weights_hash: "0123456789ab".to_owned(),
            seed: 7,
            id: MelodyId::Centre { region },
            tokens: Tokens::new(vec![41; 32]).unwrap(),
        },
        name: format!("Region {region}, centre"),
        latent: Some(LatentPoint::new(vec![region as f32; 256])),
        app_version: "0.1.0".to_owned(),
        marked: false,
        kept_at_ms: 0,
        annotations: Annotations::default(),
    }
}

fn region(identity: &MelodyIdentity) -> u32 {
    identity.id.region().unwrap()
}

fn regions(library: &Library) -> BTreeSet<u32> {
    let listing = library.list().unwrap();
    assert_eq!(listing.unreadable_count, 0);
    let mut regions = BTreeSet::new();
    for entry in &listing.entries {
        let region = region(&entry.melody.identity);
        assert_eq!(entry.melody, melody(region));
        assert!(regions.insert(region), "{region} is there twice");
    }
    regions
}

/// Writes one line in one call: a pipe takes it whole or not at all.
fn print_event(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\nlibrary {line}\n").as_bytes())
        .unwrap();
    out.flush().unwrap();
}

/// Not a test: the process that is killed.
#[test]
#[ignore = "the process that the other test starts and kills"]
fn child_keeps_and_removes_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD_LIBRARY) else {
        return;
    };
    let seed = std::env::var(CHILD_SEED).unwrap().parse().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut library = Library::open(Path::new(&path)).unwrap().library;
    let mut there = regions(&library);
    loop {
        let region = random.random_range(0..40);
        let change = if there.contains(&region) {
            print_event(&format!("begins remove {region}"));
            LibraryChange::Remove(Box::new(melody(region).identity))
        } else {
            print_event(&format!("begins keep {region}"));
            LibraryChange::Keep {
                melody: Box::new(melody(region)),
                number: None,
            }
        };
        library.apply(&change).unwrap();
        if !there.remove(&region) {
            there.insert(region);
        }
        print_event("done");
    }
}

#[test]
fn every_change_that_was_reported_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.sqlite");
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut there = BTreeSet::new();
    let (mut reported, mut in_the_middle) = (0, 0);
    for round in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("child_keeps_and_removes_until_it_is_killed")
            .env(CHILD_LIBRARY, &path)
            .env(CHILD_SEED, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| Some(line.strip_prefix("library ")?.to_owned()));
        let mut begun = Some(lines.next().expect("the child begins a change"));
        std::thread::sleep(Duration::from_micros(
            random.random_range(0..LATEST_MS * 1000),
        ));
        // SIGKILL: nothing of the child runs any more.
        child.kill().unwrap();
        child.wait().unwrap();

        // What was reported, and one change that may or may not have been made.
        for line in lines {
            if line == "done" {
                apply_change(&mut there, begun.take().as_deref().unwrap());
                reported += 1;
            } else {
                begun = Some(line);
            }
        }
        let mut or_else = there.clone();
        if let Some(begun) = &begun {
            apply_change(&mut or_else, begun);
        }
        let connection = rusqlite::Connection::open(&path).unwrap();
        let check: String = connection
            .pragma_query_value(None, "integrity_check", |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok", "round {round}");
        drop(connection);
        let opened = Library::open(&path).unwrap();
        assert_eq!(opened.damaged_copy, None, "round {round}");
        let stored = regions(&opened.library);
        assert!(
            stored == there || stored == or_else,
            "round {round}: {stored:?} instead of {there:?}, or {begun:?} after it"
        );
        in_the_middle += u32::from(begun.is_some());
        there = stored;
    }
    eprintln!("{reported} changes reported, {in_the_middle} of {KILLS} kills in the middle of one");
    assert!(
        reported > KILLS / 4,
        "the child hardly ever got to a change"
    );
}

fn apply_change(there: &mut BTreeSet<u32>, change: &str) {
    let (what, region) = change.rsplit_once(' ').unwrap();
    let region = region.parse().unwrap();
    let made = match what {
        "begins keep" => there.insert(region),
        "begins remove" => there.remove(&region),
        _ => panic!("unknown change: {change}"),
    };
    assert!(made, "{change} makes no sense");
}
