//! What other programs make of our files, in Python: pandas and pyarrow read a study, matplotlib draws the notebook's figures,
//! music21 reads a score.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::command::{succeeds, with_tiny_model};
use crate::harness::{Missing, needs, tests};
use crate::tune::tune;

tests![
    the_notebook_draws_the_figures_of_a_study,
    the_study_table_has_what_embedding_atlas_reads,
    a_score_has_the_notes_of_the_midi_file,
];

/// Runs Python code in a folder, if Python has these packages.
fn python(folder: &Path, packages: &[&str], arguments: &[&str]) -> Result<Output, Missing> {
    let import = format!("import {}", packages.join(", "));
    let program = std::env::var("TUNESCAPE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&program).args(["-c", &import]).output();
    if !found.is_ok_and(|found| found.status.success()) {
        return Err(needs(format_args!("Python with {}", packages.join(", "))));
    }
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    Ok(command.env("MPLBACKEND", "Agg").output().unwrap())
}

/// What the code printed; it has to succeed.
fn printed(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A small study.
fn study(folder: &Path) -> PathBuf {
    let out = folder.join("study");
    let arguments = ["study", "--regions", "12", "--samples", "8", "--quiet"];
    let arguments = [&arguments[..], &["--out", out.to_str().unwrap()]].concat();
    succeeds(&with_tiny_model(&arguments));
    out
}

fn the_notebook_draws_the_figures_of_a_study() -> Result<(), Missing> {
    let folder = tempfile::tempdir().unwrap();
    let packages = ["pandas", "pyarrow", "matplotlib"];
    python(folder.path(), &packages, &["-c", ""])?;
    let study = study(folder.path());
    let notebook = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/study_notebook.py");
    let arguments = [notebook, study.to_str().unwrap(), "contour"];
    let text = printed(&python(folder.path(), &packages, &arguments)?);
    assert!(text.contains("r000_s00"), "{text}");
    for name in ["correlations.png", "map.png", "groups.png"] {
        let image = std::fs::read(folder.path().join(name)).unwrap();
        assert!(image.starts_with(b"\x89PNG"), "{name}");
    }
    Ok(())
}

/// Its command line is given `--x map_x --y map_y`: both have to be numbers without gaps, and the rest of the columns numbers
/// or texts.
fn the_study_table_has_what_embedding_atlas_reads() -> Result<(), Missing> {
    let folder = tempfile::tempdir().unwrap();
    python(folder.path(), &["pandas", "pyarrow"], &["-c", ""])?;
    let study = study(folder.path());
    let code = "
import json, sys
import pandas as pd
table = pd.read_parquet(sys.argv[1] + '/study.parquet')
same = pd.read_parquet(sys.argv[1] + '/attributes.parquet')
assert table.map_x.dtype == 'float64' and table.map_y.notna().all()
assert table.id.is_unique and len(table) == 96
assert (table.contour.fillna(-1) == same.contour.fillna(-1)).all()
assert (table.note_count == same.notes).all()
counted = table.notes.str.count(',') + (table.notes != '')
assert (counted == table.note_count).all()
print(json.dumps({name: str(kind) for name, kind in table.dtypes.items()}))
print(table.id[9], table.file[9])
";
    let arguments = ["-c", code, study.to_str().unwrap()];
    let text = printed(&python(folder.path(), &["pandas", "pyarrow"], &arguments)?);
    assert!(
        text.contains("r001_s01 melodies/region_001_sample_01.mid"),
        "{text}"
    );
    Ok(())
}

fn a_score_has_the_notes_of_the_midi_file() -> Result<(), Missing> {
    let folder = tempfile::tempdir().unwrap();
    python(folder.path(), &["music21"], &["-c", ""])?;
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("tune.mid"), tune("Lead")).unwrap();
    let (song, score) = (path("tune.mid"), path("tune.musicxml"));
    let chords = ["--chords", "C Am7", "--tempo", "96"];
    succeeds(&[&["render", &song, "--out", &score], &chords[..]].concat());
    let code = "
import sys
import music21
score = music21.converter.parse(sys.argv[1])
part = score.parts[0]
print([(note.pitch.midi, float(note.getOffsetInHierarchy(part)), float(note.quarterLength)) for note in part.flatten().notes if not note.isChord])
print([measure.duration.quarterLength for measure in part.getElementsByClass('Measure')])
print([mark.number for mark in part.flatten().getElementsByClass('MetronomeMark')])
print([chord.figure for chord in part.flatten().getElementsByClass('ChordSymbol')])
";
    let text = printed(&python(folder.path(), &["music21"], &["-c", code, &score])?);
    let lines: Vec<&str> = text.lines().collect();
    let quarter = |k: u32| format!("({}, {}.0, 1.0)", 60 + 2 * k, k);
    let notes: Vec<String> = (0..8).map(quarter).collect();
    assert_eq!(lines[0], format!("[{}]", notes.join(", ")));
    assert_eq!(lines[1], "[4.0, 4.0]");
    assert!(["[96]", "[96.0]"].contains(&lines[2]), "{}", lines[2]);
    assert_eq!(lines[3], "['C', 'Am7']");
    Ok(())
}
