//! A quadtree over points of the plane, for the Barnes-Hut approximation of repulsion (Barnes and Hut 1986).

use std::ops::Range;

use rayon::prelude::*;

use crate::multiversion::multiversion;
use crate::progress::{ProgressFn, par_map};

/// Maximum number of points of a leaf, unless more fall into one cell of the grid.
const MAX_LEAF_POINTS: usize = 6;
/// Points whose repulsion is computed together.
const GROUP_SIZE: usize = 8;
/// Bits per axis of the grid that points are sorted by.
const GRID_BITS: u32 = 20;
/// Fewest points of a node whose quarters are built in parallel.
const MIN_PARALLEL_POINTS: usize = 2_048;
/// Approximate operations for the repulsion on one point.
const REPULSION_COST: usize = 4_096;

/// A square of the plane that contains points.
#[derive(Clone, Copy)]
struct Node {
    centre_of_mass: [f64; 2],
    /// Number of its points.
    mass: f64,
    /// Square of the side of the node's square.
    side_square: f64,
    /// Index of the node after all descendants of this one.
    next_node: u32,
    /// Index of its first point in the tree's order.
    first_point: u32,
    /// Number of points if the node is a leaf, else 0.
    leaf_points: u32,
}

/// The tree. The nodes are stored depth first, so traversal needs no stack.
pub(super) struct Quadtree {
    nodes: Vec<Node>,
    /// Indices of the points in the caller's list, in Morton order.
    order: Vec<u32>,
    /// The points in that order.
    sorted: Vec<[f64; 2]>,
}

/// Repulsion of one point by all others.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Repulsion {
    /// Sum of q² (y - y'), where q = 1 / (1 + |y - y'|²).
    pub(super) force: [f64; 2],
    /// Sum of q.
    pub(super) weight: f64,
}

impl Quadtree {
    pub(super) fn new(points: &[[f64; 2]]) -> Self {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for point in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let side = (high[0] - low[0]).max(high[1] - low[1]).max(1e-12) * (1.0 + 1e-9);
        let cells = f64::from(1_u32 << GRID_BITS);
        let cell = |x: f64| ((x / side * cells) as u64).min((1 << GRID_BITS) - 1);
        let mut keyed: Vec<(u64, u32)> = points
            .par_iter()
            .enumerate()
            .map(|(i, p)| {
                let (x, y) = (cell(p[0] - low[0]), cell(p[1] - low[1]));
                (spread_bits(x) | spread_bits(y) << 1, i as u32)
            })
            .collect();
        keyed.par_sort_unstable();
        let order: Vec<u32> = keyed.iter().map(|(_, i)| *i).collect();
        let sorted: Vec<[f64; 2]> = order.iter().map(|i| points[*i as usize]).collect();
        let codes: Vec<u64> = keyed.into_iter().map(|(code, _)| code).collect();
        let builder = TreeBuilder {
            codes: &codes,
            sorted: &sorted,
        };
        let nodes = match codes.len() {
            0 => Vec::new(),
            count => builder.subtree(0..count, GRID_BITS, side),
        };
        Self {
            nodes,
            order,
            sorted,
        }
    }

    /// The repulsion of every point, in the caller's order. A square whose side over its distance is below `theta` acts as one
    /// point.
    pub(super) fn repulsions<E>(
        &self,
        theta: f64,
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Vec<Repulsion>, E> {
        let opening_factor = 1.0 / (theta * theta);
        let groups = self.sorted.len().div_ceil(GROUP_SIZE);
        let sums = par_map(groups, GROUP_SIZE * REPULSION_COST, progress, |group| {
            let mut sums = GroupSums::default();
            add_repulsions(self, group * GROUP_SIZE, opening_factor, &mut sums);
            sums
        })?;
        let mut repulsions = vec![Repulsion::default(); self.sorted.len()];
        for (order, sums) in self.order.chunks(GROUP_SIZE).zip(sums) {
            for (lane, index) in order.iter().enumerate() {
                repulsions[*index as usize] = Repulsion {
                    force: [sums.x[lane], sums.y[lane]],
                    // Each point was counted once with itself, in its leaf.
                    weight: sums.weight[lane] - 1.0,
                };
            }
        }
        Ok(repulsions)
    }
}

/// Builds the nodes of a tree from its points in Morton order.
struct TreeBuilder<'a> {
    codes: &'a [u64],
    sorted: &'a [[f64; 2]],
}

impl TreeBuilder<'_> {
    /// The node of these points, which share all bits above `level`, and its descendants; `next_node` is counted from the node.
    fn subtree(&self, points: Range<usize>, level: u32, side: f64) -> Vec<Node> {
        if points.len() < MIN_PARALLEL_POINTS || level == 0 {
            let mut nodes = Vec::with_capacity(points.len());
            self.add_node(&mut nodes, points, level, side);
            return nodes;
        }
        let quarters: Vec<Vec<Node>> = self
            .quarters(&points, level)
            .into_par_iter()
            .map(|quarter| self.subtree(quarter, level - 1, side / 2.0))
            .collect();
        let mut nodes = vec![Node::new(&points, side)];
        let mut sum = [0.0; 2];
        for quarter in quarters {
            let offset = nodes.len() as u32;
            sum = add_moment(sum, &quarter[0]);
            nodes.extend(quarter.into_iter().map(|node| Node {
                next_node: node.next_node + offset,
                ..node
            }));
        }
        let next_node = nodes.len() as u32;
        nodes[0].finish(sum, next_node);
        nodes
    }

    /// As [`TreeBuilder::subtree`], on one thread, appended to `nodes`.
    fn add_node(&self, nodes: &mut Vec<Node>, points: Range<usize>, level: u32, side: f64) {
        let index = nodes.len();
        let is_leaf = points.len() <= MAX_LEAF_POINTS || level == 0;
        nodes.push(Node::new(&points, side));
        let mut sum = [0.0; 2];
        if is_leaf {
            nodes[index].leaf_points = points.len() as u32;
            for point in &self.sorted[points] {
                sum[0] += point[0];
                sum[1] += point[1];
            }
        } else {
            for quarter in self.quarters(&points, level) {
                let child = nodes.len();
                self.add_node(nodes, quarter, level - 1, side / 2.0);
                sum = add_moment(sum, &nodes[child]);
            }
        }
        let next_node = nodes.len() as u32;
        nodes[index].finish(sum, next_node);
    }

    /// The points of each quarter of a node that has some.
    fn quarters(&self, points: &Range<usize>, level: u32) -> Vec<Range<usize>> {
        let shift = 2 * (level - 1);
        let mut begin = points.start;
        let mut quarters = Vec::with_capacity(4);
        for quarter in 0..4 {
            let rest = &self.codes[begin..points.end];
            let end = begin + rest.partition_point(|code| (code >> shift) & 3 <= quarter);
            if end > begin {
                quarters.push(begin..end);
            }
            begin = end;
        }
        quarters
    }
}

impl Node {
    /// A node whose centre of mass and next node are not set yet.
    fn new(points: &Range<usize>, side: f64) -> Self {
        Self {
            centre_of_mass: [0.0; 2],
            mass: points.len() as f64,
            side_square: side * side,
            next_node: 0,
            first_point: points.start as u32,
            leaf_points: 0,
        }
    }

    /// Sets the centre of mass from the sum of the points, and the node after the descendants.
    fn finish(&mut self, sum: [f64; 2], next_node: u32) {
        self.centre_of_mass = sum.map(|x| x / self.mass);
        self.next_node = next_node;
    }
}

fn add_moment(sum: [f64; 2], node: &Node) -> [f64; 2] {
    [
        sum[0] + node.centre_of_mass[0] * node.mass,
        sum[1] + node.centre_of_mass[1] * node.mass,
    ]
}

/// The sums of [`Repulsion`] for the points of a group.
#[derive(Clone, Copy, Default)]
struct GroupSums {
    x: [f64; GROUP_SIZE],
    y: [f64; GROUP_SIZE],
    weight: [f64; GROUP_SIZE],
}

multiversion! {
    /// Adds the repulsion of the points from `first_point` on by all points, themselves included.
    fn add_repulsions(tree: &Quadtree, first_point: usize, opening_factor: f64, sums: &mut GroupSums) = add_group
}

/// The points of a group, neighbours in Morton order, share one traversal of the tree: a square acts as one point only if it does
/// so for the nearest point of their bounding box.
#[inline(always)]
fn add_group(tree: &Quadtree, first_point: usize, opening_factor: f64, sums: &mut GroupSums) {
    let points = &tree.sorted[first_point..tree.sorted.len().min(first_point + GROUP_SIZE)];
    let (mut xs, mut ys) = ([0.0; GROUP_SIZE], [0.0; GROUP_SIZE]);
    for lane in 0..GROUP_SIZE {
        // Lanes without a point repeat the last one.
        [xs[lane], ys[lane]] = points[lane.min(points.len() - 1)];
    }
    let (mut low, mut high) = ([xs[0], ys[0]], [xs[0], ys[0]]);
    for lane in 1..GROUP_SIZE {
        low = [low[0].min(xs[lane]), low[1].min(ys[lane])];
        high = [high[0].max(xs[lane]), high[1].max(ys[lane])];
    }
    let mut local_sums = *sums;
    let mut index = 0;
    while let Some(node) = tree.nodes.get(index) {
        let distance_outside = |axis: usize| {
            let centre = node.centre_of_mass[axis];
            (low[axis] - centre).max(centre - high[axis]).max(0.0)
        };
        let (x, y) = (distance_outside(0), distance_outside(1));
        if node.side_square * opening_factor < x * x + y * y {
            add_body(&mut local_sums, (&xs, &ys), node.centre_of_mass, node.mass);
            index = node.next_node as usize;
        } else if node.leaf_points > 0 {
            for other in &tree.sorted[node.first_point as usize..][..node.leaf_points as usize] {
                add_body(&mut local_sums, (&xs, &ys), *other, 1.0);
            }
            index = node.next_node as usize;
        } else {
            index += 1;
        }
    }
    *sums = local_sums;
}

/// Adds the repulsion by a body of this mass at a position.
#[inline(always)]
fn add_body(
    sums: &mut GroupSums,
    (xs, ys): (&[f64; GROUP_SIZE], &[f64; GROUP_SIZE]),
    position: [f64; 2],
    mass: f64,
) {
    for lane in 0..GROUP_SIZE {
        let (x, y) = (xs[lane] - position[0], ys[lane] - position[1]);
        let q = 1.0 / (1.0 + (x * x + y * y));
        let weight = mass * q;
        sums.weight[lane] += weight;
        let strength = weight * q;
        sums.x[lane] += strength * x;
        sums.y[lane] += strength * y;
    }
}

/// Inserts a zero between any two bits.
fn spread_bits(x: u64) -> u64 {
    let mut x = x & 0xffff_ffff;
    x = (x | x << 16) & 0x0000_ffff_0000_ffff;
    x = (x | x << 8) & 0x00ff_00ff_00ff_00ff;
    x = (x | x << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    x = (x | x << 2) & 0x3333_3333_3333_3333;
    (x | x << 1) & 0x5555_5555_5555_5555
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::no_progress;

    fn direct_sum(points: &[[f64; 2]], i: usize) -> Repulsion {
        let mut sum = Repulsion::default();
        for (j, other) in points.iter().enumerate() {
            if i != j {
                let (x, y) = (points[i][0] - other[0], points[i][1] - other[1]);
                let q = 1.0 / (1.0 + x * x + y * y);
                sum.weight += q;
                sum.force[0] += q * q * x;
                sum.force[1] += q * q * y;
            }
        }
        sum
    }

    #[test]
    fn the_tree_agrees_with_the_sum_over_all_pairs() {
        let mut points: Vec<[f64; 2]> = (0..900)
            .map(|k| {
                let k = f64::from(k);
                [
                    (k * 0.618).fract() * 40.0,
                    (k * 0.414).fract().powi(3) * 25.0,
                ]
            })
            .collect();
        // More coinciding points than a leaf holds.
        points.extend([[7.0, 7.0]; 20]);
        let tree = Quadtree::new(&points);
        let Ok(exact) = tree.repulsions(1e-9, &mut no_progress);
        let Ok(approximate) = tree.repulsions(0.5, &mut no_progress);
        for i in (0..points.len()).step_by(13) {
            let expected = direct_sum(&points, i);
            assert!((exact[i].weight - expected.weight).abs() < 1e-9 * expected.weight);
            assert!((approximate[i].weight - expected.weight).abs() < 0.02 * expected.weight);
            for axis in 0..2 {
                assert!((exact[i].force[axis] - expected.force[axis]).abs() < 1e-9);
                assert!(
                    (approximate[i].force[axis] - expected.force[axis]).abs()
                        < 0.01 * expected.weight
                );
            }
        }
        let Ok(repulsions) = Quadtree::new(&[]).repulsions(0.5, &mut no_progress);
        assert!(repulsions.is_empty());
        let Ok(one) = Quadtree::new(&[[1.0, 2.0]]).repulsions(0.5, &mut no_progress);
        assert_eq!(one[0].weight, 0.0);
    }
}
