//! The list of similar melodies: opened, turned over, closed.

use crate::ui::command::SimilarCommand;
use crate::ui::state::AppState;

pub(super) fn apply(state: &mut AppState, command: SimilarCommand) {
    match command {
        SimilarCommand::Find(id) => {
            if state.library.get(id).is_some() {
                let (title, generation) = (state.title(id), state.library.generation());
                state.similar.ask(id, title, generation);
            }
        }
        SimilarCommand::By(by) => state.similar.by = by,
        SimilarCommand::Point(id) => state.similar.pointed = id,
        SimilarCommand::Close => state.similar.close(),
    }
}
