//! Exports onto a full disk: a file system of half a megabyte in memory, which Linux lets a user mount in a name space of their
//! own. Each test runs itself there.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command as Process;

use tunescape::melody::read_midi_file;
use tunescape::playback::AudioFormat;
use tunescape::session::{ExportFile, OnExisting, write_files};
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, ExportGrouping, ExportSelection};

use crate::harness::{Missing, needs, tests};
use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};

tests![
    a_full_disk_is_told_and_nothing_is_lost_on_it,
    of_files_that_fill_the_disk_those_that_fit_are_written_and_the_others_named,
];

/// Where the small disk is, for the test inside the name space.
const DISK: &str = "TUNESCAPE_SMALL_DISK";
/// Mounts the small disk and runs the test on it; 77 if it cannot be mounted.
const SCRIPT: &str =
    r#"mount -t tmpfs -o size=512k none "$TUNESCAPE_SMALL_DISK" || exit 77; exec "$@""#;
/// A file takes at least one page of memory.
const PAGE: u64 = 4096;

fn a_full_disk_is_told_and_nothing_is_lost_on_it() -> Result<(), Missing> {
    on_small_disk("a_full_disk_is_told_and_nothing_is_lost_on_it", export_onto)
}

fn of_files_that_fill_the_disk_those_that_fit_are_written_and_the_others_named()
-> Result<(), Missing> {
    on_small_disk(
        "of_files_that_fill_the_disk_those_that_fit_are_written_and_the_others_named",
        write_files_onto,
    )
}

/// Runs a test, by its name in this file, on a small disk.
fn on_small_disk(name: &str, test: fn(&Path)) -> Result<(), Missing> {
    if let Some(disk) = std::env::var_os(DISK) {
        test(Path::new(&disk));
        return Ok(());
    }
    let disk = tempfile::tempdir().unwrap();
    let name = format!("full_disk::{name}");
    let run = Process::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT])
        .arg("sh")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &name])
        .env(DISK, disk.path())
        .output();
    let missing = "unshare of util-linux, and a system that lets users mount in a name space";
    match run {
        Ok(run) if run.status.success() => Ok(()),
        Ok(run) if String::from_utf8_lossy(&run.stdout).contains(&name) => {
            let streams =
                [run.stdout, run.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            panic!("{}", streams.join("\n"));
        }
        _ => Err(needs(missing)),
    }
}

/// The disk holds three files of 160 KiB, and the small file after the two that do not fit.
fn write_files_onto(disk: &Path) {
    let names = ["1.mid", "2.mid", "3.mid", "4.mid", "5.mid", "6.mid"];
    let mut all = names.map(|name| ExportFile {
        path: disk.join(name),
        bytes: vec![7; 160 << 10],
    });
    all[5].bytes = b"new".to_vec();
    let message = write_files(&all, OnExisting::Refuse)
        .unwrap_err()
        .to_string();
    let expected = format!(
        "4 of 6 files were written to {}, but not 4.mid, 5.mid: {} could not be written because the disk is full",
        disk.display(),
        disk.join("4.mid").display()
    );
    assert!(message.starts_with(&expected), "{message}");
    let expected = [
        ("1.mid", 160 << 10),
        ("2.mid", 160 << 10),
        ("3.mid", 160 << 10),
        ("6.mid", 3),
    ];
    assert_eq!(
        files(disk),
        expected.map(|(name, size)| (name.to_owned(), size))
    );
}

/// Writes a file that leaves so many pages of the disk free.
fn fill(filler: &Path, free: u64) {
    let mut filler = File::create(filler).unwrap();
    while filler.write_all(&[0; PAGE as usize]).is_ok() {}
    let pages = filler.metadata().unwrap().len() / PAGE;
    filler.set_len((pages - free) * PAGE).unwrap();
}

/// Names and sizes of what is in a folder, also of hidden files.
fn files(folder: &Path) -> Vec<(String, u64)> {
    let mut files: Vec<(String, u64)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, entry.metadata().unwrap().len())
        })
        .collect();
    files.sort();
    files
}

impl Window {
    /// Dismisses all notices, executes a command and waits until a notice tells what came of it.
    fn command_until_notice(&mut self, command: Command, message: &str) {
        let notices = self.state().notices.iter();
        let ids: Vec<u64> = notices.map(|notice| notice.id).collect();
        for id in ids {
            self.command(Command::Dismiss(id));
        }
        self.command(command);
        self.run_until_notice(message);
    }
}

fn export_onto(disk: &Path) {
    let folder = disk.join("ideas");
    std::fs::create_dir(&folder).unwrap();
    let setup = Setup {
        export_to: folder.clone(),
        ..Setup::new(FakeModel::busy(), 2)
    };
    let mut window = setup.open();
    window.run_until_swept();
    let some = (1..7).map(|region| MelodyId::Centre { region });
    window.command(Command::SelectMany(some.collect()));

    // Space for four of six files.
    let filler = disk.join("filler");
    fill(&filler, 4);
    let export = Command::Export(ExportSelection::Selected, ExportGrouping::Folder);
    window.command_until_notice(export.clone(), "4 of 6 files were written");
    assert!(window.has_notice("the disk is full; make room or choose another folder"));
    let written = files(&folder);
    assert_eq!(written.len(), 4, "{written:?}");
    for (name, _) in &written {
        assert!(name.ends_with(".mid"), "{written:?}");
        read_midi_file(&folder.join(name)).unwrap();
    }

    // Replacing needs space too: the old files stay as they are.
    fill(&filler, 0);
    window.command_until_notice(export.clone(), "already there");
    window.click("Replace");
    window.run_until_notice("None of 6 files was written");
    assert_eq!(files(&folder), written);

    // A recording, of which a part fits.
    fill(&filler, 8);
    let record = Command::Record(ExportSelection::Selected, AudioFormat::Wav);
    window.command_until_notice(record, "the disk is full");
    assert_eq!(files(&folder), written);

    // With space again, the same export succeeds.
    std::fs::remove_file(&filler).unwrap();
    window.command_until_notice(export, "already there");
    window.click("Replace");
    window.run_until_notice("6 files were written to");
    assert_eq!(files(&folder).len(), 6);
}
