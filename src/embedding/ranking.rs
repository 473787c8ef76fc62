//! Ranks of points by their distance from one of them.

/// The `count` others nearest to point `i`, nearest first; of equally near ones the earlier. `distances` has one entry per point
/// and may hold squares; `order` is a workspace.
pub(super) fn nearest(distances: &[f64], i: usize, count: usize, order: &mut Vec<u32>) -> Vec<u32> {
    order.clear();
    order.extend((0..distances.len() as u32).filter(|j| *j as usize != i));
    let by_distance = |a: &u32, b: &u32| {
        distances[*a as usize]
            .total_cmp(&distances[*b as usize])
            .then(a.cmp(b))
    };
    let count = count.min(order.len());
    if count > 0 && count < order.len() {
        order.select_nth_unstable_by(count - 1, by_distance);
    }
    let mut best = order[..count].to_vec();
    best.sort_unstable_by(by_distance);
    best
}

/// The rank of `j` among all points but `i` by distance, from 1.
pub(super) fn rank(distances: &[f64], i: usize, j: usize) -> usize {
    let distance = distances[j];
    let nearer = |(other, d): (usize, &f64)| {
        other != i && other != j && (*d < distance || (*d == distance && other < j))
    };
    1 + distances.iter().enumerate().filter(|e| nearer(*e)).count()
}
