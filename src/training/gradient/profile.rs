//! The time of a step's matrix products alone: the lower bound of a training step.

use std::time::{Duration, Instant};

use super::weight_layout::WeightLayout;
use crate::model::cpu::{Matrix, Update};
use crate::model::{MatmulFormat, MusicVaeConfig};

/// A product `[rows, inner] x [inner, columns]`, repeated `times` with the same right factor.
struct Shape {
    rows: usize,
    inner: usize,
    columns: usize,
    times: usize,
}

/// The time that all matrix products of one gradient take on one thread, and their multiplications and additions.
///
/// The products are those of one gradient on `batch` melodies: per LSTM layer one recurrent product per
/// step in each direction of time, one for the kernel's gradient, and the same for its inputs where those are not
/// look-ups; per dense layer one forward and two backward.
#[must_use]
pub fn matrix_products_only(
    config: &MusicVaeConfig,
    batch: usize,
    matmul: MatmulFormat,
) -> (Duration, f64) {
    let shapes = shapes(&WeightLayout::new(config), batch);
    let flop = shapes
        .iter()
        .map(|s| 2.0 * (s.rows * s.inner * s.columns * s.times) as f64)
        .sum();
    let mut buffers: Vec<_> = shapes
        .iter()
        .map(|s| {
            let filled = |count: usize| vec![0.5_f32; count];
            (
                filled(s.rows * s.inner),
                filled(s.inner * s.columns),
                filled(s.rows * s.columns),
            )
        })
        .collect();
    let began = Instant::now();
    for (shape, (left, right, out)) in shapes.iter().zip(&mut buffers) {
        let right = Matrix::new(right, shape.inner, shape.columns);
        let right = matmul.prepare(right);
        for _ in 0..shape.times {
            let left = Matrix::new(left, shape.rows, shape.inner);
            right.multiply(out, Update::Replace, left);
        }
    }
    (began.elapsed(), flop)
}

fn shapes(layout: &WeightLayout, batch: usize) -> Vec<Shape> {
    let steps = layout.config.steps;
    let mut shapes = Vec::new();
    let mut add = |rows, inner, columns, times| {
        shapes.push(Shape {
            rows,
            inner,
            columns,
            times,
        });
    };
    // The first layer of each half sees tokens: its inputs are look-ups.
    let encoder = layout.encoder.iter().enumerate();
    let layers = encoder
        .flat_map(|(index, pair)| pair.iter().map(move |slot| (index, slot)))
        .chain(layout.decoder.iter().enumerate());
    for (index, slot) in layers {
        let (units, columns) = (slot.units, 4 * slot.units);
        add(batch, units, columns, steps);
        add(batch, columns, units, steps);
        add(units, steps * batch, columns, 1);
        if index > 0 {
            add(steps * batch, slot.input.inputs, columns, 1);
            add(steps * batch, columns, slot.input.inputs, 1);
            add(slot.input.inputs, steps * batch, columns, 1);
        }
    }
    let once = [&layout.mu, &layout.sigma, &layout.initial_state];
    let first = &layout.decoder[0];
    let denses = once
        .map(|slot| (batch, slot.inputs, slot.outputs))
        .into_iter()
        .chain([
            (batch, layout.config.latent_size, 4 * first.units),
            (steps * batch, layout.output.inputs, layout.output.outputs),
        ]);
    for (rows, inputs, outputs) in denses {
        add(rows, inputs, outputs, 1);
        add(rows, outputs, inputs, 1);
        add(inputs, rows, outputs, 1);
    }
    shapes
}
