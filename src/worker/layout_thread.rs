//! The thread that lays out maps, and places later melodies on the last finished layout.

use std::sync::Arc;

use super::layout_scale::LayoutScale;
use super::reporter::Repaint;
use super::request_thread::{RequestReporter, RequestThread};
use crate::embedding::Placement;
use crate::latent::LatentPoint;
use crate::sweep::{
    AxisScale, LayoutKind, LayoutQuality, MelodyEntry, MelodyId, Observer, Phase, Progress,
    SweepLayout, SweepObserver, SweepPlan,
};

/// Maximum number of waiting reports. With a full queue, previews and progress are dropped, and results wait.
const MAX_REPORTS: usize = 8;

/// A melody to place on a finished layout.
#[derive(Clone, Debug)]
pub struct AddedMelody {
    /// The melody.
    pub entry: MelodyEntry,
    /// Its latent point.
    pub latent: LatentPoint,
}

/// A layout to compute.
pub struct LayoutRequest {
    /// The kind of layout.
    pub kind: LayoutKind,
    /// The sweep.
    pub plan: Arc<SweepPlan>,
    /// The melodies.
    pub entries: Vec<MelodyEntry>,
    /// Their positions in the latent layout, in the same order.
    pub latent_positions: Vec<[f64; 2]>,
    /// Melodies to place on the finished layout.
    pub added: Vec<AddedMelody>,
    /// Whether no previews are reported, because the melodies have the positions of this layout already and it is only needed to
    /// place more melodies.
    pub without_previews: bool,
}

/// A report of the thread. Positions are in the order of the request; all layouts are scaled to about the size of the plan's map.
pub enum LayoutReport {
    /// The positions so far.
    Preview(Vec<[f64; 2]>),
    /// Progress of a phase, 0 to 1.
    Progress(Phase, f32),
    /// The final positions, and the layout to place more melodies on.
    Finished(Vec<[f64; 2]>, Arc<FinishedLayout>),
    /// Positions of added melodies.
    Placed(Vec<(MelodyId, Placement)>),
    /// The quality of the finished layout.
    Measured(Box<LayoutQuality>),
    /// The layout failed; a sentence for the user.
    Failed(String),
}

/// A message to the thread.
pub enum LayoutMessage {
    /// Compute a layout.
    LayOut(LayoutRequest),
    /// Place melodies on an earlier layout.
    Resume(Arc<FinishedLayout>, Vec<AddedMelody>),
    /// Place melodies on the current layout.
    Place(Vec<AddedMelody>),
}

type LayoutReporter = RequestReporter<LayoutMessage, LayoutReport>;

/// A handle on the thread; dropping it ends the thread.
pub type LayoutThread = RequestThread<LayoutMessage, LayoutReport>;

impl LayoutThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn start(repaint: Repaint) -> std::io::Result<Self> {
        let mut server = LayoutServer { current: None };
        let serve = move |number, message, reporter: &LayoutReporter| {
            server.serve(number, message, reporter);
        };
        let panic_report = |panic| {
            LayoutReport::Failed(format!(
                "the map could not be laid out ({panic}); choose its layout again, or another one"
            ))
        };
        Self::spawn("maps", MAX_REPORTS, repaint, serve, panic_report)
    }

    /// Requests a layout; an unfinished one is abandoned. Returns the number of its reports.
    pub fn lay_out(&mut self, request: LayoutRequest) -> u64 {
        self.request(LayoutMessage::LayOut(request))
    }

    /// Requests positions on a layout that was finished earlier.
    pub fn resume(&mut self, layout: Arc<FinishedLayout>, added: Vec<AddedMelody>) {
        self.request(LayoutMessage::Resume(layout, added));
    }

    /// Requests positions on the last requested layout.
    pub fn place(&mut self, added: Vec<AddedMelody>) {
        self.extend(LayoutMessage::Place(added));
    }
}

/// A finished layout, to place more melodies on.
pub struct FinishedLayout {
    plan: Arc<SweepPlan>,
    layout: SweepLayout,
    scale: LayoutScale,
}

impl FinishedLayout {
    /// The scales of the axes from left to right and upwards, if the layout has axes.
    #[must_use]
    pub fn axes(&self) -> Option<[AxisScale; 2]> {
        let [x, y] = self.layout.axes()?;
        Some([self.scale.axis(0, x), self.scale.axis(1, y)])
    }
}

/// State of the thread.
struct LayoutServer {
    /// The layout that melodies are placed on, and the number of its request.
    current: Option<(u64, Arc<FinishedLayout>)>,
}

impl LayoutServer {
    fn serve(&mut self, number: u64, message: LayoutMessage, reporter: &LayoutReporter) {
        match message {
            LayoutMessage::Resume(layout, added) => {
                self.current = Some((number, layout));
                self.place(number, &added, reporter);
            }
            LayoutMessage::LayOut(request) if reporter.is_current(number) => {
                self.lay_out(number, request, reporter);
            }
            LayoutMessage::Place(added) => self.place(number, &added, reporter),
            LayoutMessage::LayOut(_) => {}
        }
    }

    fn lay_out(&mut self, number: u64, request: LayoutRequest, reporter: &LayoutReporter) {
        self.current = None;
        let LayoutRequest {
            kind,
            plan,
            entries,
            latent_positions,
            added,
            without_previews,
        } = request;
        let mut observer = LayoutObserver {
            number,
            reporter,
            plan: &plan,
            without_previews,
            placing_server: None,
            window_closed: false,
        };
        // The only error is that the request is no longer current.
        let Ok(layout) = SweepLayout::lay_out(kind, &plan, &entries, &mut observer) else {
            return;
        };
        let (positions, scale) = if kind == LayoutKind::Latent {
            (latent_positions, LayoutScale::IDENTITY)
        } else {
            let scale = LayoutScale::new(&layout.positions, &plan);
            (scale.positions(&layout.positions), scale)
        };
        let finished = Arc::new(FinishedLayout {
            plan: Arc::clone(&plan),
            layout,
            scale,
        });
        let report = LayoutReport::Finished(positions.clone(), Arc::clone(&finished));
        reporter.send(number, report);
        self.current = Some((number, Arc::clone(&finished)));
        self.place(number, &added, reporter);
        let layout = &finished.layout;
        // Measuring may take seconds; melodies that are added meanwhile are placed during it.
        observer.placing_server = Some(self);
        if let Ok(quality) = layout.quality_of(&positions, &plan, &entries, &mut observer) {
            reporter.send(number, LayoutReport::Measured(Box::new(quality)));
        }
    }

    fn place(&self, number: u64, added: &[AddedMelody], reporter: &LayoutReporter) {
        let Some((_, current)) = self
            .current
            .as_ref()
            .filter(|(layout_number, _)| *layout_number == number)
        else {
            return;
        };
        if added.is_empty() {
            return;
        }
        let FinishedLayout {
            plan,
            layout,
            scale,
        } = &**current;
        let placements = added
            .iter()
            .take_while(|_| reporter.is_current(number))
            .filter_map(|AddedMelody { entry, latent }| {
                let placement = layout.place(plan, latent, &entry.melody, &entry.attributes)?;
                Some((entry.id, scale.placement(placement)))
            })
            .collect();
        reporter.send(number, LayoutReport::Placed(placements));
    }
}

/// Reports progress and previews while the request is current.
struct LayoutObserver<'a> {
    number: u64,
    reporter: &'a LayoutReporter,
    plan: &'a SweepPlan,
    without_previews: bool,
    /// The server that places added melodies during the measurement; `None` until the layout is finished.
    placing_server: Option<&'a LayoutServer>,
    window_closed: bool,
}

impl LayoutObserver<'_> {
    fn report(&mut self, report: LayoutReport) {
        self.window_closed |= !self.reporter.try_send(self.number, report);
    }
}

impl SweepObserver for LayoutObserver<'_> {
    fn preview(&mut self, positions: &[[f64; 2]]) {
        if self.without_previews {
            return;
        }
        let scale = LayoutScale::new(positions, self.plan);
        self.report(LayoutReport::Preview(scale.positions(positions)));
    }
}

impl Observer for LayoutObserver<'_> {
    fn progress(&mut self, progress: Progress) {
        while let Some(server) = self.placing_server
            && let Some(message) = self.reporter.next_addition(self.number)
        {
            if let LayoutMessage::Place(added) = message {
                server.place(self.number, &added, self.reporter);
            }
        }
        let fraction = progress.fraction() as f32;
        self.report(LayoutReport::Progress(progress.phase, fraction));
    }

    fn cancelled(&self) -> bool {
        self.window_closed || !self.reporter.is_current(self.number)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::time::{Duration, Instant};

    use super::*;
    use crate::sweep::testing::FakeModel;
    use crate::sweep::{RunOptions, SweepConfig, Unobserved, run};

    fn request(kind: LayoutKind) -> LayoutRequest {
        let config = SweepConfig {
            regions: 20,
            samples: 20,
            ..SweepConfig::default()
        };
        let sweep = run(
            &config,
            &RunOptions::default(),
            &mut FakeModel::new(24),
            &mut Unobserved,
        )
        .unwrap();
        let entries: Vec<MelodyEntry> = sweep
            .centres
            .iter()
            .chain(&sweep.samples)
            .cloned()
            .collect();
        let entry = entries[5].clone();
        let latent = sweep.plan.latent(entry.id).unwrap();
        LayoutRequest {
            kind,
            latent_positions: entries.iter().map(|entry| entry.position).collect(),
            plan: sweep.plan,
            added: vec![AddedMelody { entry, latent }],
            entries,
            without_previews: false,
        }
    }

    fn until_measured(layout_thread: &mut LayoutThread) -> Vec<LayoutReport> {
        let mut reports = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Some(report) = layout_thread.poll() {
                let is_last = matches!(report, LayoutReport::Measured(_));
                reports.push(report);
                if is_last {
                    return reports;
                }
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("no layout was finished");
    }

    #[test]
    fn every_layout_reports_previews_positions_placements_and_quality() {
        let mut layout_thread = LayoutThread::start(Arc::new(|_| {})).unwrap();
        for kind in LayoutKind::ALL {
            layout_thread.lay_out(request(kind));
            let reports = until_measured(&mut layout_thread);
            let sizes: Vec<usize> = reports
                .iter()
                .filter_map(|report| match report {
                    LayoutReport::Preview(positions) | LayoutReport::Finished(positions, _) => {
                        Some(positions.len())
                    }
                    _ => None,
                })
                .collect();
            assert!(
                !sizes.is_empty() && sizes.iter().all(|size| *size == 420),
                "{kind}"
            );
            assert!(reports.iter().any(
                |report| matches!(report, LayoutReport::Placed(placements) if placements.len() == 1)
            ));
            let Some(LayoutReport::Measured(quality)) = reports.last() else {
                unreachable!()
            };
            assert_eq!((quality.kind, quality.points), (kind, 420));
        }
    }

    #[test]
    fn a_newer_request_replaces_an_older_one() {
        let mut layout_thread = LayoutThread::start(Arc::new(|_| {})).unwrap();
        layout_thread.lay_out(request(LayoutKind::MelodyDistance));
        layout_thread.lay_out(request(LayoutKind::DEFAULT_AXES));
        let reports = until_measured(&mut layout_thread);
        let Some(LayoutReport::Measured(quality)) = reports.last() else {
            unreachable!()
        };
        assert_eq!(quality.kind, LayoutKind::DEFAULT_AXES);
        layout_thread.cancel();
        assert!(layout_thread.poll().is_none());
    }
}
