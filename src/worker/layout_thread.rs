//! The thread that lays maps out, so that neither the window nor the model ever waits for it.
//!
//! It holds the last finished layout, to place melodies that come later. A newer request makes an older one pointless:
//! that one stops at its next look. Nothing here decodes or draws.

use std::sync::Arc;
use std::time::Instant;

use super::Repaint;
use super::latest_request::{LatestRequestThread, RequestReporter};
use crate::embedding::Placement;
use crate::latent::LatentPoint;
use crate::sweep::{
    Layout, LayoutQuality, MelodyEntry, MelodyId, Observer, Phase, Progress, SweepLayout, SweepPlan,
};

/// Reports that may wait; pictures beyond are left out, results wait for server.
const REPORTS_WAITING: usize = 8;

/// A melody that is placed on a map without having been laid out.
#[derive(Clone, Debug)]
pub struct AddedMelody {
    /// The melody.
    pub entry: MelodyEntry,
    /// Its latent point.
    pub latent: LatentPoint,
}

/// A map to make.
pub struct LayoutRequest {
    /// What near shall mean.
    pub layout: Layout,
    /// The sweep.
    pub plan: Arc<SweepPlan>,
    /// The melodies to lay out.
    pub entries: Vec<MelodyEntry>,
    /// Where the window shows them in the latent layout, in the same order.
    pub latent_places: Vec<[f64; 2]>,
    /// Melodies to place on the finished map.
    pub later: Vec<AddedMelody>,
}

/// What the layout_thread has to say. Positions are in the order of the request, all layouts about as large as the plan's map.
pub enum LayoutReport {
    /// How the map looks so far.
    Preview(Vec<[f64; 2]>),
    /// The share done of laying the map out, or of measuring it.
    Progress(Phase, f32),
    /// The finished map, and what more melodies are placed on.
    Finished(Vec<[f64; 2]>, Arc<FinishedLayout>),
    /// Places for melodies that were not laid out.
    Placed(Vec<(MelodyId, Placement)>),
    /// The quality of the finished map.
    Measured(Box<LayoutQuality>),
    /// The map could not be made, and why: a sentence for the user.
    Failed(String),
}

enum LayoutMessage {
    Map(LayoutRequest),
    /// Take up a map that was finished earlier.
    Resume(Arc<FinishedLayout>, Vec<AddedMelody>),
    Place(Vec<AddedMelody>),
}

/// A handle on the thread; dropping it stops the thread.
pub struct LayoutThread(LatestRequestThread<LayoutMessage, LayoutReport>);

impl LayoutThread {
    /// Starts the thread. It sleeps until the first request.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(repaint: Repaint) -> std::io::Result<Self> {
        let mut server = LayoutServer { last: None };
        let serve = move |number, message, reporter: &RequestReporter<LayoutReport>| {
            server.serve(number, message, reporter)
        };
        let stopped = |panic| {
            LayoutReport::Failed(format!(
                "the map could not be laid out ({panic}); choose its layout again, or another one"
            ))
        };
        LatestRequestThread::start("maps", REPORTS_WAITING, repaint, serve, stopped).map(Self)
    }

    /// Asks for a map; an unfinished one is given up. Returns the number of its reports.
    pub fn lay_out(&mut self, request: LayoutRequest) -> u64 {
        self.0.request(LayoutMessage::Map(request))
    }

    /// Takes up a map that was finished earlier, and asks for places on it.
    pub fn resume(&mut self, map: Arc<FinishedLayout>, later: Vec<AddedMelody>) {
        self.0.request(LayoutMessage::Resume(map, later));
    }

    /// Asks for places on the last map that was asked for.
    pub fn place(&mut self, later: Vec<AddedMelody>) {
        self.0.extend(LayoutMessage::Place(later));
    }

    /// Tells the thread to end, without waiting for it.
    pub fn close(&mut self) {
        self.0.close();
    }

    /// Ends the thread, and waits for it until the deadline at most.
    pub fn join(&mut self, deadline: Instant) {
        self.0.join(deadline);
    }

    /// Gives up whatever is under way, from any thread.
    pub fn stopper(&self) -> impl Fn() + Send + Sync + use<> {
        self.0.stopper()
    }

    /// Gives up whatever is under way.
    pub fn stop(&mut self) {
        self.0.stop();
    }

    /// The next report on the newest map, if there is one. Never waits.
    pub fn poll(&mut self) -> Option<LayoutReport> {
        self.0.poll()
    }
}

/// The thread's side.
struct LayoutServer {
    /// The map that melodies are placed on, and the number of its request.
    last: Option<(u64, Arc<FinishedLayout>)>,
}

/// A finished map, to place more melodies on.
pub struct FinishedLayout {
    plan: Arc<SweepPlan>,
    layout: SweepLayout,
    frame: Frame,
}

impl LayoutServer {
    fn serve(
        &mut self,
        number: u64,
        message: LayoutMessage,
        reporter: &RequestReporter<LayoutReport>,
    ) {
        match message {
            LayoutMessage::Resume(map, later) => {
                self.last = Some((number, map));
                self.place(number, &later, reporter);
            }
            LayoutMessage::Map(request) if reporter.is_current(number) => {
                self.map(number, request, reporter)
            }
            LayoutMessage::Place(later) => self.place(number, &later, reporter),
            LayoutMessage::Map(_) => {}
        }
    }

    fn map(
        &mut self,
        number: u64,
        request: LayoutRequest,
        reporter: &RequestReporter<LayoutReport>,
    ) {
        self.last = None;
        let LayoutRequest {
            layout,
            plan,
            entries,
            latent_places,
            later,
        } = request;
        let mut watch = Watch {
            number,
            reporter,
            plan: &plan,
            gone: false,
        };
        let made = SweepLayout::lay_out(layout, &plan, &entries, &mut watch);
        // Only a request that is not wanted any more comes to nothing.
        let Ok(made) = made else { return };
        let (positions, frame) = if layout == Layout::Latent {
            (latent_places, Frame::WHOLE)
        } else {
            let frame = Frame::of(&made.positions, &plan);
            (frame.all(&made.positions), frame)
        };
        let map = Arc::new(FinishedLayout {
            plan: Arc::clone(&plan),
            layout: made,
            frame,
        });
        let finished = LayoutReport::Finished(positions.clone(), Arc::clone(&map));
        reporter.send(number, finished);
        self.last = Some((number, Arc::clone(&map)));
        self.place(number, &later, reporter);
        let mut watch = Watch {
            number,
            reporter,
            plan: &plan,
            gone: false,
        };
        let quality = map
            .layout
            .quality_of(&positions, &plan, &entries, &mut watch);
        if let Ok(quality) = quality {
            reporter.send(number, LayoutReport::Measured(Box::new(quality)));
        }
    }

    fn place(&self, number: u64, later: &[AddedMelody], reporter: &RequestReporter<LayoutReport>) {
        let Some((_, map)) = self.last.as_ref().filter(|(last, _)| *last == number) else {
            return;
        };
        if later.is_empty() {
            return;
        }
        let places = later
            .iter()
            .take_while(|_| reporter.is_current(number))
            .filter_map(|AddedMelody { entry, latent }| {
                let placed =
                    map.layout
                        .place(&map.plan, latent, &entry.melody, &entry.attributes)?;
                Some((entry.id, map.frame.placed(placed)))
            })
            .collect();
        reporter.send(number, LayoutReport::Placed(places));
    }
}

/// Passes progress and pictures on to the window, as long as they are wanted.
struct Watch<'a> {
    number: u64,
    reporter: &'a RequestReporter<LayoutReport>,
    plan: &'a SweepPlan,
    /// Whether the window is gone.
    gone: bool,
}

impl Watch<'_> {
    /// A window that is behind gets later progress and a later preview.
    fn offer(&mut self, report: LayoutReport) {
        self.gone |= !self.reporter.try_send(self.number, report);
    }
}

impl Observer for Watch<'_> {
    fn progress(&mut self, progress: Progress) {
        let share = progress.share() as f32;
        self.offer(LayoutReport::Progress(progress.phase, share));
    }

    fn preview(&mut self, positions: &[[f64; 2]]) {
        let preview = Frame::of(positions, self.plan).all(positions);
        self.offer(LayoutReport::Preview(preview));
    }

    fn cancelled(&self) -> bool {
        self.gone || !self.reporter.is_current(self.number)
    }
}

/// Brings every layout to about the size of the plan's own map, so that one can turn into another.
#[derive(Clone, Copy)]
struct Frame {
    middle: [f64; 2],
    factor: f64,
}

impl Frame {
    const WHOLE: Self = Self {
        middle: [0.0; 2],
        factor: 1.0,
    };

    fn of(positions: &[[f64; 2]], plan: &SweepPlan) -> Self {
        let (middle, size) = size(positions);
        let (_, wanted) = size_or_one(&plan.map.points);
        Self {
            middle,
            factor: if size > 0.0 { wanted / size } else { 1.0 },
        }
    }

    fn all(&self, positions: &[[f64; 2]]) -> Vec<[f64; 2]> {
        positions.iter().map(|at| self.one(*at)).collect()
    }

    fn one(&self, at: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|axis| (at[axis] - self.middle[axis]) * self.factor)
    }

    fn placed(&self, placed: Placement) -> Placement {
        Placement {
            position: self.one(placed.position),
            error: placed.error * self.factor,
            ..placed
        }
    }
}

/// Mean, and root mean square distance from it.
fn size(positions: &[[f64; 2]]) -> ([f64; 2], f64) {
    let count = positions.len().max(1) as f64;
    let middle = [0, 1].map(|axis| positions.iter().map(|p| p[axis]).sum::<f64>() / count);
    let square: f64 = positions
        .iter()
        .map(|p| (p[0] - middle[0]).powi(2) + (p[1] - middle[1]).powi(2))
        .sum();
    (middle, (square / count).sqrt())
}

fn size_or_one(positions: &[[f64; 2]]) -> ([f64; 2], f64) {
    let (middle, size) = size(positions);
    (middle, if size > 0.0 { size } else { 1.0 })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::time::{Duration, Instant};

    use super::*;
    use crate::sweep::testing::FakeDecoder;
    use crate::sweep::{RunOptions, SweepConfig, Unobserved, run};

    fn request(layout: Layout) -> LayoutRequest {
        let config = SweepConfig {
            regions: 20,
            samples: 20,
            ..SweepConfig::default()
        };
        let sweep = run(
            &config,
            &RunOptions::default(),
            &mut FakeDecoder::new(24),
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
            layout,
            latent_places: entries.iter().map(|entry| entry.position).collect(),
            plan: sweep.plan,
            later: vec![AddedMelody { entry, latent }],
            entries,
        }
    }

    fn until_measured(layout_thread: &mut LayoutThread) -> Vec<LayoutReport> {
        let mut reports = Vec::new();
        let patience = Instant::now() + Duration::from_secs(60);
        while Instant::now() < patience {
            if let Some(report) = layout_thread.poll() {
                let last = matches!(report, LayoutReport::Measured(_));
                reports.push(report);
                if last {
                    return reports;
                }
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("no map came");
    }

    #[test]
    fn every_layout_shows_pictures_a_map_places_and_a_quality() {
        let mut layout_thread = LayoutThread::start(Arc::new(|| {})).unwrap();
        for layout in Layout::ALL {
            layout_thread.lay_out(request(layout));
            let reports = until_measured(&mut layout_thread);
            let sizes: Vec<usize> = reports
                .iter()
                .filter_map(|report| match report {
                    LayoutReport::Preview(at) | LayoutReport::Finished(at, _) => Some(at.len()),
                    _ => None,
                })
                .collect();
            assert!(
                !sizes.is_empty() && sizes.iter().all(|size| *size == 420),
                "{layout}"
            );
            assert!(
                reports.iter().any(
                    |report| matches!(report, LayoutReport::Placed(places) if places.len() == 1)
                )
            );
            let Some(LayoutReport::Measured(quality)) = reports.last() else {
                unreachable!()
            };
            assert_eq!((quality.layout, quality.points), (layout, 420));
        }
    }

    #[test]
    fn a_newer_request_makes_an_older_one_silent() {
        let mut layout_thread = LayoutThread::start(Arc::new(|| {})).unwrap();
        layout_thread.lay_out(request(Layout::Sound));
        layout_thread.lay_out(request(Layout::AXES));
        let reports = until_measured(&mut layout_thread);
        let Some(LayoutReport::Measured(quality)) = reports.last() else {
            unreachable!()
        };
        assert_eq!(quality.layout, Layout::AXES);
        layout_thread.stop();
        assert!(layout_thread.poll().is_none());
    }
}
