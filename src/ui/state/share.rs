//! Share texts that are being made or read.

use crate::session::share::SharedMelody;
use crate::worker::JobId;

/// Share texts: the jobs that make and read them, and what waits for the clipboard.
#[derive(Default)]
pub struct ShareState {
    /// The job that makes a text.
    pub copying: Option<JobId>,
    /// The texts that are being read.
    pub pasting: Vec<PastedMelody>,
    /// A text that the window puts on the clipboard in its next frame.
    pub clipboard: Option<String>,
    /// Whether the window has to ask for the text on the clipboard, which then comes as if Ctrl+V had been pressed.
    pub paste_requested: bool,
    /// Number of frames in which the requested text may still come.
    pub answer_frames_left: u8,
}

/// A share text that was pasted, while its melody is decoded.
pub struct PastedMelody {
    /// The job that decodes it.
    pub job: JobId,
    /// The sweep of the map that it is placed on.
    pub sweep: JobId,
    /// The contents of the text.
    pub shared: SharedMelody,
}

impl ShareState {
    /// Forgets a job that has ended. Returns whether it was one of these.
    pub(in crate::ui) fn forget_job(&mut self, job: JobId) -> bool {
        let copied = self.copying.take_if(|copying| *copying == job).is_some();
        copied || self.take_pasted(job).is_some()
    }

    /// Takes the text that a job reads.
    pub(in crate::ui) fn take_pasted(&mut self, job: JobId) -> Option<PastedMelody> {
        let index = self.pasting.iter().position(|pasted| pasted.job == job)?;
        Some(self.pasting.remove(index))
    }
}
