//! Frames of the window drawn into a picture, by the machine's software adapter.

use std::sync::Arc;

use eframe::egui::epaint::ClippedShape;
use eframe::egui::mutex::RwLock;
use eframe::egui::{Context, Event, RawInput, Rect, vec2};
use eframe::egui_wgpu::{Renderer, RendererOptions, ScreenDescriptor};
use eframe::{egui, wgpu};
use tunescape::ui::{App, PartialRedraw, PictureTarget};

/// Width and height of the picture in pixels.
pub const SIZE: [u32; 2] = [1440, 900];
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Bgra8Unorm;

/// Draws frames of the window into a picture.
pub struct Screen {
    device: wgpu::Device,
    queue: wgpu::Queue,
    texture: wgpu::Texture,
    renderer: Arc<RwLock<Renderer>>,
    pub ctx: Context,
    pub adapter: String,
    pub time: f64,
}

impl Screen {
    /// A screen on the software adapter; `None` if there is none.
    pub fn open() -> Option<Self> {
        let instance = wgpu::Instance::default();
        let options = wgpu::RequestAdapterOptions {
            force_fallback_adapter: true,
            ..Default::default()
        };
        let adapter = pollster::block_on(instance.request_adapter(&options)).ok()?;
        let request = adapter.request_device(&wgpu::DeviceDescriptor::default());
        let (device, queue) = pollster::block_on(request).ok()?;
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
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let renderer = Renderer::new(&device, FORMAT, RendererOptions::default());
        Some(Self {
            adapter: adapter.get_info().name,
            texture,
            renderer: Arc::new(RwLock::new(renderer)),
            device,
            queue,
            ctx: Context::default(),
            time: 0.0,
        })
    }

    /// Draws only what changes, from the next frame on.
    pub fn redraw_partially(&self) {
        let target = PictureTarget::new(
            self.device.clone(),
            self.queue.clone(),
            Arc::clone(&self.renderer),
            FORMAT,
        );
        let plugin = PartialRedraw::new(target.unwrap());
        self.ctx.add_plugin(plugin);
    }

    /// Runs the next frame, a twentieth of a second later, and returns its shapes.
    pub fn frame(&mut self, app: &mut App, events: Vec<Event>) -> Vec<ClippedShape> {
        self.time += 0.05;
        let size = vec2(SIZE[0] as f32, SIZE[1] as f32);
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, size)),
            time: Some(self.time),
            events,
            ..RawInput::default()
        };
        app.drain();
        let mut output = self.ctx.run_ui(input, |ui| app.draw(ui));
        let mut renderer = self.renderer.write();
        for (id, deltas) in output.textures_delta.set.drain() {
            for delta in deltas {
                renderer.update_texture(&self.device, &self.queue, id, &delta);
            }
        }
        output.shapes
    }

    /// Draws the shapes of `app` as eframe does, and waits until that is done.
    pub fn draw(&self, app: &App, shapes: Vec<ClippedShape>) {
        let visuals = &self.ctx.global_style().visuals;
        let [r, g, b, a] = eframe::App::clear_color(app, visuals).map(f64::from);
        let primitives = self.ctx.tessellate(shapes, 1.0);
        let screen = ScreenDescriptor {
            size_in_pixels: SIZE,
            pixels_per_point: 1.0,
        };
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut renderer = self.renderer.write();
        let (device, queue) = (&self.device, &self.queue);
        let buffers = renderer.update_buffers(device, queue, &mut encoder, &primitives, &screen);
        let view = self
            .texture
            .create_view(&wgpu::TextureViewDescriptor::default());
        let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                resolve_target: None,
                depth_slice: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color { r, g, b, a }),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        renderer.render(&mut pass.forget_lifetime(), &primitives, &screen);
        let commands = buffers.into_iter().chain([encoder.finish()]);
        queue.submit(commands);
        device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    }

    /// The pixels of the picture, four bytes each, row by row.
    pub fn pixels(&self) -> Vec<u8> {
        let [width, height] = SIZE;
        let row_bytes = width * 4;
        let aligned_row_bytes = row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(aligned_row_bytes * height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(aligned_row_bytes),
                    rows_per_image: None,
                },
            },
            self.texture.size(),
        );
        self.queue.submit([encoder.finish()]);
        buffer.slice(..).map_async(wgpu::MapMode::Read, |_| {});
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .unwrap();
        let mapped = buffer.slice(..).get_mapped_range().unwrap();
        let rows = mapped.chunks(aligned_row_bytes as usize);
        rows.flat_map(|bytes| &bytes[..row_bytes as usize])
            .copied()
            .collect()
    }
}
