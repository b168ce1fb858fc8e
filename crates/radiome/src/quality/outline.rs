//! The edges of a contour joined to lines that are as long as they can be.

use std::collections::BTreeMap;

/// Joins edges, each given by column and row of both ends, at their ends; every edge is in one line.
/// What encloses a piece becomes one line that ends where it begins.
pub(super) fn joined(edges: &[[u32; 4]]) -> Vec<Vec<[u32; 2]>> {
    let ends = |&[x1, y1, x2, y2]: &[u32; 4]| [[x1, y1], [x2, y2]];
    let mut at: BTreeMap<[u32; 2], Vec<usize>> = BTreeMap::new();
    for (number, edge) in edges.iter().enumerate() {
        for end in ends(edge) {
            at.entry(end).or_default().push(number);
        }
    }
    let mut left = vec![true; edges.len()];
    let mut lines = Vec::new();
    for (number, edge) in edges.iter().enumerate() {
        if !left[number] {
            continue;
        }
        left[number] = false;
        let [start, mut last] = ends(edge);
        let mut line = vec![start, last];
        while let Some(&next) = at[&last].iter().find(|&&edge| left[edge]) {
            left[next] = false;
            let [one, other] = ends(&edges[next]);
            last = if one == last { other } else { one };
            line.push(last);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_become_closed_lines() {
        // A square of one voxel, and one of two beside it, in any order.
        let edges = [
            [0, 0, 1, 0],
            [5, 5, 5, 7],
            [0, 1, 1, 1],
            [0, 0, 0, 1],
            [5, 5, 6, 5],
            [1, 0, 1, 1],
            [6, 5, 6, 7],
            [5, 7, 6, 7],
        ];
        let lines = joined(&edges);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]);
        assert!(lines[1].len() == 5 && lines[1][0] == lines[1][4]);
        assert_eq!(joined(&[]), Vec::<Vec<[u32; 2]>>::new());
    }
}
