//! Ranks of points by their distance from one of them.

/// The `count` points nearest to point `i` without itself, nearest first; of equally near ones the one of lower index first.
/// `distances` has one entry per point and may hold squares. Meant for a small `count`: the list is kept sorted by insertion.
pub(super) fn nearest(distances: &[f64], i: usize, count: usize) -> Vec<u32> {
    let mut best: Vec<u32> = Vec::with_capacity(count + 1);
    let mut limit = f64::INFINITY;
    for (j, distance) in distances.iter().enumerate() {
        if (*distance < limit || best.len() < count) && j != i {
            let position = best.partition_point(|other| distances[*other as usize] <= *distance);
            best.insert(position, j as u32);
            best.truncate(count);
            if let Some(last) = best.last()
                && best.len() == count
            {
                limit = distances[*last as usize];
            }
        }
    }
    best
}

/// The rank of `j` among all points but `i` by distance, from 1.
pub(super) fn rank(distances: &[f64], i: usize, j: usize) -> usize {
    let (own_distance, distance) = (distances[i], distances[j]);
    // Counted apart, so that the compiler uses vector instructions.
    let less = distances.iter().filter(|d| **d < distance).count();
    let equal = distances[..j].iter().filter(|d| **d == distance).count();
    1 + less + equal
        - usize::from(own_distance < distance)
        - usize::from(i < j && own_distance == distance)
}
