//! Windows of the corpus: those of the test split, and those that the model was trained on.

use std::path::Path;

use tunescape::attributes::AttributeRow;
use tunescape::melody::{Melody, Tokens, TrainingWindowOptions};
use tunescape::training::{Corpus, Split};

/// Windows of two splits; none without a corpus.
#[derive(Default)]
pub struct Corpora {
    /// The windows of the test split.
    pub test: Vec<Melody>,
    /// Their attributes.
    pub test_rows: Vec<AttributeRow>,
    /// The windows of the training split.
    pub training: Vec<Tokens>,
}

impl Corpora {
    /// Reads a folder with a `split.csv`; that there is none is said.
    pub fn read(folder: &Path) -> Self {
        let table = folder.join("split.csv");
        if !table.is_file() {
            println!(
                "there is no {}: what needs windows of the corpus is left out",
                table.display()
            );
            return Self::default();
        }
        let windows = |name: &str| -> Vec<Tokens> {
            let split = Split::Named {
                table: table.clone(),
                name: name.to_owned(),
            };
            let options = TrainingWindowOptions::default();
            let corpus = Corpus::read(folder, &split, &options).unwrap();
            corpus.windows().cloned().collect()
        };
        let test: Vec<Melody> = windows("test")
            .into_iter()
            .map(Melody::from_tokens)
            .collect();
        Self {
            test_rows: test.iter().map(AttributeRow::measure).collect(),
            training: windows("train"),
            test,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.test.is_empty()
    }

    /// The tokens of the test windows.
    pub fn test_tokens(&self) -> Vec<Tokens> {
        self.test.iter().map(|m| m.tokens().clone()).collect()
    }

    /// At most `count` of the test windows that meet `fits`, evenly spaced in their order.
    pub fn sample_evenly(&self, count: usize, fits: impl Fn(&Melody) -> bool) -> Vec<Melody> {
        let fitting: Vec<&Melody> = self.test.iter().filter(|melody| fits(melody)).collect();
        let every = fitting.len() as f64 / count as f64;
        let chosen = (0..count).filter_map(|k| fitting.get((k as f64 * every) as usize));
        chosen.map(|melody| (*melody).clone()).collect()
    }
}
