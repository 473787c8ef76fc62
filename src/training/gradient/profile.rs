//! The time of a step's matrix products alone: the lower bound of a training step.

use std::time::{Duration, Instant};

use super::weight_layout::WeightLayout;
use crate::model::cpu::{Matrix, Update};
use crate::model::{MatmulFormat, MusicVaeConfig};

/// A product `[rows, inner] x [inner, columns]`, repeated with the same right operand.
struct ProductShape {
    rows: usize,
    inner: usize,
    columns: usize,
    repetitions: usize,
}

/// Time that all matrix products of one gradient take on one thread, and their number of multiplications and additions.
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
    let shapes = product_shapes(&WeightLayout::new(config), batch);
    let operations = shapes
        .iter()
        .map(|s| 2.0 * (s.rows * s.inner * s.columns * s.repetitions) as f64)
        .sum();
    let mut buffers: Vec<_> = shapes
        .iter()
        .map(|s| {
            let buffer = |count: usize| vec![0.5_f32; count];
            (
                buffer(s.rows * s.inner),
                buffer(s.inner * s.columns),
                buffer(s.rows * s.columns),
            )
        })
        .collect();
    let start = Instant::now();
    for (shape, (left, right, out)) in shapes.iter().zip(&mut buffers) {
        let right = Matrix::new(right, shape.inner, shape.columns);
        let right = matmul.prepare(right);
        for _ in 0..shape.repetitions {
            let left = Matrix::new(left, shape.rows, shape.inner);
            right.multiply(out, Update::Replace, left);
        }
    }
    (start.elapsed(), operations)
}

/// The products of one gradient, as [`matrix_products_only`] lists them.
fn product_shapes(layout: &WeightLayout, batch: usize) -> Vec<ProductShape> {
    let steps = layout.config.steps;
    let mut shapes = Vec::new();
    let mut add_product = |rows, inner, columns, repetitions| {
        shapes.push(ProductShape {
            rows,
            inner,
            columns,
            repetitions,
        });
    };
    // The first layer of encoder and decoder reads tokens: its inputs are look-ups.
    let encoder = layout.encoder.iter().enumerate();
    let layers = encoder
        .flat_map(|(index, pair)| pair.iter().map(move |layer| (index, layer)))
        .chain(layout.decoder.iter().enumerate());
    for (index, layer) in layers {
        let (units, columns) = (layer.units, 4 * layer.units);
        add_product(batch, units, columns, steps);
        add_product(batch, columns, units, steps);
        add_product(units, steps * batch, columns, 1);
        if index > 0 {
            add_product(steps * batch, layer.input.inputs, columns, 1);
            add_product(steps * batch, columns, layer.input.inputs, 1);
            add_product(layer.input.inputs, steps * batch, columns, 1);
        }
    }
    let dense_layers = [&layout.mu, &layout.sigma, &layout.initial_state];
    let first_decoder_layer = &layout.decoder[0];
    let products = dense_layers
        .map(|layer| (batch, layer.inputs, layer.outputs))
        .into_iter()
        .chain([
            (
                batch,
                layout.config.latent_size,
                4 * first_decoder_layer.units,
            ),
            (steps * batch, layout.output.inputs, layout.output.outputs),
        ]);
    for (rows, inputs, outputs) in products {
        add_product(rows, inputs, outputs, 1);
        add_product(rows, outputs, inputs, 1);
        add_product(inputs, rows, outputs, 1);
    }
    shapes
}
