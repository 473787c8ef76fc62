//! Actions on the user's taste, by which steered and explored melodies are ordered.

/// Actions on the user's taste.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TasteCommand {
    /// Order steered and explored melodies by it, or not.
    SetOn(bool),
    /// Count only what is kept and heard from now on. Kept melodies stay kept.
    Forget,
    /// Count again what was kept and heard before.
    CountAll,
}
