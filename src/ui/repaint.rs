//! How the threads have the window drawn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui;

use super::map::RepaintRate;
use crate::worker::{Repaint, Urgency};

/// Requests a frame: at once, but progress at an interval while the processor draws.
pub(super) fn repaint_fn(ctx: &egui::Context, draws_on_cpu: &Arc<AtomicBool>) -> Repaint {
    let (ctx, draws_on_cpu) = (ctx.clone(), Arc::clone(draws_on_cpu));
    Arc::new(move |urgency| match urgency {
        Urgency::Progress if draws_on_cpu.load(Ordering::Relaxed) => {
            ctx.request_repaint_after(RepaintRate::CPU_PROGRESS_INTERVAL);
        }
        _ => ctx.request_repaint(),
    })
}
