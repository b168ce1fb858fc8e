//! Lines cut at the edge of a plot, so that no file needs clip paths (and so no ids).

use crate::scene::{Bounds, Point};

/// The parts of a polyline inside `area`. A point that is not finite breaks the line.
pub(crate) fn polyline(points: &[Point], area: Bounds) -> Vec<Vec<Point>> {
    let mut runs: Vec<Vec<Point>> = Vec::new();
    for pair in points.windows(2) {
        let &[from, to] = pair else { continue };
        let Some((start, end)) = segment(from, to, area) else {
            continue;
        };
        match runs.last_mut() {
            Some(run) if run.last() == Some(&start) && start == from => run.push(end),
            _ => runs.push(vec![start, end]),
        }
    }
    runs
}

/// A point moved to the nearest place inside `area`.
pub(crate) fn into(point: Point, area: Bounds) -> Point {
    (
        point.0.max(area.left).min(area.right),
        point.1.max(area.top).min(area.bottom),
    )
}

/// Liang and Barsky (1984): the part of a segment inside a rectangle.
fn segment(from: Point, to: Point, area: Bounds) -> Option<(Point, Point)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    if !(dx.is_finite() && dy.is_finite()) {
        return None;
    }
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (step, room) in [
        (-dx, from.0 - area.left),
        (dx, area.right - from.0),
        (-dy, from.1 - area.top),
        (dy, area.bottom - from.1),
    ] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            enter = enter.max(room / step);
        } else {
            leave = leave.min(room / step);
        }
    }
    if enter > leave {
        return None;
    }
    let at = |t: f64| match t {
        0.0 => from,
        1.0 => to,
        _ => (from.0 + t * dx, from.1 + t * dy),
    };
    Some((at(enter), at(leave)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Bounds = Bounds {
        left: 0.0,
        top: 0.0,
        right: 1.0,
        bottom: 1.0,
    };

    #[test]
    fn a_line_is_cut_at_the_edges() {
        let runs = polyline(
            &[
                (-1.0, 0.5),
                (0.5, 0.5),
                (0.5, 2.0),
                (0.75, 2.0),
                (0.75, 0.0),
            ],
            UNIT,
        );
        assert_eq!(
            runs,
            vec![
                vec![(0.0, 0.5), (0.5, 0.5), (0.5, 1.0)],
                vec![(0.75, 1.0), (0.75, 0.0)]
            ]
        );
    }

    #[test]
    fn what_is_not_a_number_breaks_the_line() {
        let runs = polyline(
            &[
                (0.1, 0.1),
                (0.2, 0.2),
                (f64::NAN, 0.3),
                (0.4, 0.4),
                (0.5, 0.5),
            ],
            UNIT,
        );
        assert_eq!(
            runs,
            vec![vec![(0.1, 0.1), (0.2, 0.2)], vec![(0.4, 0.4), (0.5, 0.5)]]
        );
        assert!(polyline(&[(2.0, 2.0), (3.0, 3.0)], UNIT).is_empty());
    }
}
