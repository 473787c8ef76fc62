//! Actions on the history of what was heard.

/// Actions on the history of what was heard. Its entries are identified by their numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum HistoryCommand {
    /// Play the entry before (-1) or after (1) the current one: the one that was heard or replayed last.
    Step(i32),
    /// Play the entry that was heard before the current one, or return to that (A/B).
    Compare,
    /// Play an entry again.
    Play(u64),
    /// Keep the melody of an entry, or remove it if it is kept.
    ToggleKept(u64),
    /// Show the history in place of the kept melodies, or these again.
    Show(bool),
    /// Search the entries.
    Search(String),
}
