//! Time of the processor for a frame of the whole window where there is no graphics card.
//!
//! `cargo bench --bench cpu_drawing` draws the window with 6,400 samples and a melody that plays into a picture, on the
//! machine's software adapter (Mesa's llvmpipe), and prints the processor time of all threads per frame: as it is drawn on a
//! processor, as it is drawn on a graphics card, and what single layers take. Needs Linux.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

#[path = "../support/window.rs"]
#[expect(dead_code, reason = "a benchmark needs little of it")]
mod window;

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::epaint::ClippedShape;
use eframe::egui::{Context, RawInput, Rect, Shape, TextureId, vec2};
use eframe::egui_wgpu::{Renderer, RendererOptions, ScreenDescriptor};
use eframe::{egui, wgpu};
use tunescape::sweep::{MelodyId, SweepConfig};
use tunescape::ui::{App, AppOptions, Command, ScriptedDialogs, Settings};
use tunescape::worker::LibraryLocation;

use window::fake_model::FakeModel;
use window::{RecordingPlayer, opener};

const SIZE: [u32; 2] = [1440, 900];
const FRAMES: usize = 30;
/// Frames per second that are wanted while something moves, and the part of a processor while a melody plays.
const GOALS: (f64, f64) = (15.0, 0.4);

/// Draws frames of the window into a picture.
struct Screen {
    device: wgpu::Device,
    queue: wgpu::Queue,
    view: wgpu::TextureView,
    renderer: Renderer,
    ctx: Context,
    time: f64,
}

impl Screen {
    /// On the software adapter; `None` if there is none.
    fn open() -> Option<Self> {
        let instance = wgpu::Instance::default();
        let options = wgpu::RequestAdapterOptions {
            force_fallback_adapter: true,
            ..Default::default()
        };
        let adapter = pollster::block_on(instance.request_adapter(&options)).ok()?;
        println!("on {}", adapter.get_info().name);
        let request = adapter.request_device(&wgpu::DeviceDescriptor::default());
        let (device, queue) = pollster::block_on(request).ok()?;
        let format = wgpu::TextureFormat::Bgra8Unorm;
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d {
                width: SIZE[0],
                height: SIZE[1],
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        Some(Self {
            view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
            renderer: Renderer::new(&device, format, RendererOptions::default()),
            device,
            queue,
            ctx: Context::default(),
            time: 0.0,
        })
    }

    /// The shapes of the next frame.
    fn frame(&mut self, app: &mut App) -> Vec<ClippedShape> {
        self.time += 0.05;
        let size = vec2(SIZE[0] as f32, SIZE[1] as f32);
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, size)),
            time: Some(self.time),
            ..RawInput::default()
        };
        app.drain();
        let mut output = self.ctx.run_ui(input, |ui| app.draw(ui));
        for (id, deltas) in output.textures_delta.set.drain() {
            for delta in deltas {
                self.renderer
                    .update_texture(&self.device, &self.queue, id, &delta);
            }
        }
        output.shapes
    }

    fn draw(&mut self, shapes: Vec<ClippedShape>) {
        let primitives = self.ctx.tessellate(shapes, 1.0);
        let screen = ScreenDescriptor {
            size_in_pixels: SIZE,
            pixels_per_point: 1.0,
        };
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let buffers = self.renderer.update_buffers(
            &self.device,
            &self.queue,
            &mut encoder,
            &primitives,
            &screen,
        );
        let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &self.view,
                resolve_target: None,
                depth_slice: None,
                ops: wgpu::Operations::default(),
            })],
            ..Default::default()
        });
        self.renderer
            .render(&mut pass.forget_lifetime(), &primitives, &screen);
        let commands = buffers.into_iter().chain([encoder.finish()]);
        self.queue.submit(commands);
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .unwrap();
    }

    /// Milliseconds of the processor and of the clock per frame with the shapes that are kept.
    fn measure(&mut self, app: &mut App, keep: &dyn Fn(&ClippedShape) -> bool) -> (f64, f64) {
        let (mut used, mut began) = (0.0, Instant::now());
        for frame in 0..FRAMES + 3 {
            // The first ones compile shaders.
            if frame == 3 {
                (used, began) = (processor_seconds(), Instant::now());
            }
            let mut shapes = self.frame(app);
            shapes.retain(keep);
            self.draw(shapes);
        }
        let per_frame = 1e3 / FRAMES as f64;
        (
            per_frame * (processor_seconds() - used),
            per_frame * began.elapsed().as_secs_f64(),
        )
    }
}

/// Processor time of all threads so far, seconds.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.map(|tick| tick.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

fn main() {
    let Some(mut screen) = Screen::open() else {
        println!("there is no software adapter (Debian: mesa-vulkan-drivers)");
        return;
    };
    let player = RecordingPlayer::default();
    player.lock().unwrap().step = 4.5;
    let options = AppOptions {
        settings: Settings::default(),
        opener: opener(FakeModel::busy()),
        player: Box::new(player),
        dialogs: Arc::new(ScriptedDialogs {
            path: std::env::temp_dir(),
        }),
        model: None,
        file: None,
        library: LibraryLocation::Memory,
        earlier_kept: None,
        session: None,
    };
    let mut app = App::new(&screen.ctx, options);
    let config = SweepConfig::default();
    let all = (config.regions * (config.samples + 1)) as usize;
    loop {
        screen.frame(&mut app);
        let state = app.state();
        let is_swept = state.sweep.running.is_none() && state.melodies.decoded() == all;
        if is_swept && state.layout.quality.is_some() && !app.map().moving() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    app.command(Command::Select(MelodyId::Centre { region: 3 }));
    for _ in 0..40 {
        screen.frame(&mut app);
    }
    let (card, _) = screen.measure(&mut app, &|_| true);
    app.use_software_rendering();
    let is_texture = |shape: &Shape| matches!(shape, Shape::Mesh(mesh) if mesh.texture_id != TextureId::default());
    let (whole, clock) = screen.measure(&mut app, &|_| true);
    println!(
        "{all} points, a melody plays: {whole:.0} ms of the processor per frame, {clock:.0} ms of the clock; \
         drawn as on a graphics card {card:.0} ms, {:.1} times as much",
        card / whole
    );
    println!(
        "moving at {:.0} frames per second (goal {}); playing at {:.1} frames per second takes {:.0} % of a processor",
        1e3 / clock,
        GOALS.0,
        1e3 * GOALS.1 / whole,
        1e2 * GOALS.1
    );
    for (layer, keep) in [
        (
            "points",
            &(move |shape: &ClippedShape| is_texture(&shape.shape)) as &dyn Fn(&_) -> _,
        ),
        ("contours and arcs", &|shape: &ClippedShape| {
            matches!(shape.shape, Shape::Path(_))
        }),
        ("text", &|shape: &ClippedShape| {
            matches!(shape.shape, Shape::Text(_))
        }),
        ("rectangles", &|shape: &ClippedShape| {
            matches!(shape.shape, Shape::Rect(_))
        }),
        ("nothing", &|_: &ClippedShape| false),
    ] {
        let (processor, _) = screen.measure(&mut app, keep);
        println!("  {layer} alone: {processor:.0} ms");
    }
}
