//! The picture of the window: a texture that the shapes of a frame are drawn into.

use std::sync::Arc;

use eframe::egui::epaint::ClippedShape;
use eframe::egui::mutex::RwLock;
use eframe::egui::{Context, PaintCallbackInfo, Rect};
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, Renderer, ScreenDescriptor};
use eframe::wgpu;

/// Shader that copies the picture pixel by pixel. On a processor the renderer's shader, which filters and blends, takes ten times
/// as long.
const SHADER: &str = "
@group(0) @binding(0) var picture: texture_2d<f32>;

@vertex
fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let at = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(2.0 * at - 1.0, 0.0, 1.0);
}

@fragment
fn pixel(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    return textureLoad(picture, vec2<i32>(at.xy), 0);
}
";

/// The renderer and the device of the window, with which its pictures are drawn.
pub struct PictureTarget {
    device: wgpu::Device,
    queue: wgpu::Queue,
    renderer: Arc<RwLock<Renderer>>,
    format: wgpu::TextureFormat,
    pipeline: wgpu::RenderPipeline,
}

impl PictureTarget {
    /// The target of a window with this device, renderer and pixel format. `None` for a format in sRGB: reading its pixels would
    /// change their colours.
    pub fn new(
        device: wgpu::Device,
        queue: wgpu::Queue,
        renderer: Arc<RwLock<Renderer>>,
        format: wgpu::TextureFormat,
    ) -> Option<Self> {
        if format.is_srgb() {
            return None;
        }
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("picture of the window"),
            source: wgpu::ShaderSource::Wgsl(SHADER.into()),
        });
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("picture of the window"),
            layout: None,
            vertex: wgpu::VertexState {
                module: &shader,
                entry_point: Some("corner"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &shader,
                entry_point: Some("pixel"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(format.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        Some(Self {
            device,
            queue,
            renderer,
            format,
            pipeline,
        })
    }
}

/// A picture of the window.
pub struct Picture {
    view: wgpu::TextureView,
    size: [u32; 2],
    copy: CopyPicture,
}

/// Copies a picture into the window.
#[derive(Clone)]
struct CopyPicture {
    pipeline: wgpu::RenderPipeline,
    bind_group: wgpu::BindGroup,
}

impl CallbackTrait for CopyPicture {
    fn paint(
        &self,
        _info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        _resources: &CallbackResources,
    ) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.draw(0..3, 0..1);
    }
}

impl Picture {
    /// An empty picture; `size` is in pixels.
    pub fn new(target: &PictureTarget, size: [u32; 2]) -> Self {
        let texture = target.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture of the window"),
            size: wgpu::Extent3d {
                width: size[0],
                height: size[1],
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: target.format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let bind_group = target.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("picture of the window"),
            layout: &target.pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&view),
            }],
        });
        let copy = CopyPicture {
            pipeline: target.pipeline.clone(),
            bind_group,
        };
        Self { view, size, copy }
    }

    /// Draws the shapes into the picture, over a colour in gamma space.
    pub fn draw(
        &self,
        target: &PictureTarget,
        ctx: &Context,
        shapes: Vec<ClippedShape>,
        pixels_per_point: f32,
        clear_colour: [f32; 4],
    ) {
        let primitives = ctx.tessellate(shapes, pixels_per_point);
        let screen = ScreenDescriptor {
            size_in_pixels: self.size,
            pixels_per_point,
        };
        let mut encoder = target
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let (device, queue) = (&target.device, &target.queue);
        let mut renderer = target.renderer.write();
        let buffers = renderer.update_buffers(device, queue, &mut encoder, &primitives, &screen);
        let [r, g, b, a] = clear_colour.map(f64::from);
        let pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("picture of the window"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &self.view,
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
        queue.submit(buffers.into_iter().chain([encoder.finish()]));
    }

    /// The picture as a shape that fills the window.
    pub fn shape(&self, window: Rect) -> ClippedShape {
        ClippedShape::new(
            window,
            Callback::new_paint_callback(window, self.copy.clone()),
        )
    }
}
