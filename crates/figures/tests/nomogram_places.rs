//! The places of a nomogram's axes are where its lines are drawn.

use radiome_figures::Theme;
use radiome_figures::figure::nomogram::{Nomogram, NomogramAxis, NomogramTick, nomogram, places};
use radiome_figures::scene::{Element, Outline};

fn axis(name: &str, categorical: bool, ticks: &[(&str, f64)]) -> NomogramAxis {
    let tick = |&(label, points): &(&str, f64)| NomogramTick {
        label: label.to_owned(),
        points,
    };
    NomogramAxis {
        name: name.to_owned(),
        categorical,
        ticks: ticks.iter().map(tick).collect(),
    }
}

#[test]
fn each_place_has_the_line_of_its_axis() {
    let data = Nomogram {
        name: "Nomogram".to_owned(),
        max_points: 100.0,
        variables: vec![
            axis("Rad-score", false, &[("-1", 10.0), ("2", 90.0)]),
            axis(
                "Site",
                true,
                &[("arm", 20.0), ("leg", 22.0), ("trunk", 60.0)],
            ),
        ],
        max_total_points: 150.0,
        outcomes: vec![axis("Probability", false, &[("0.1", 15.0), ("0.9", 120.0)])],
    };
    let theme = Theme::default();
    let scene = nomogram(&data, &theme);
    let places = places(&data, &theme).unwrap();
    let mut lines = Vec::new();
    for (at, element) in scene.flattened() {
        if let Element::Shape(shape) = element
            && let Outline::Polyline(points) = &shape.outline
            && let [(x0, y0), (x1, y1)] = points.as_slice()
            && y0 == y1
        {
            lines.push((at.0 + x0, at.0 + x1, at.1 + y0));
        }
    }
    let drawn = |start: f64, end: f64, y: f64| {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(
            (lines.iter()).any(|&(x0, x1, line)| near(x0, start) && near(x1, end) && near(line, y)),
            "no line from {start} to {end} at {y}: {lines:?}"
        );
    };
    let at = |points: f64| places.start + points * places.point;
    let total = |points: f64| places.start + points * places.total_point;
    drawn(at(0.0), at(100.0), places.points);
    drawn(at(10.0), at(90.0), places.variables[0]);
    drawn(at(20.0), at(60.0), places.variables[1]);
    assert!((total(150.0) - places.end).abs() < 1e-9);
    drawn(total(15.0), total(120.0), places.outcomes[0]);
    assert!(places.points < places.variables[0] && places.variables[1] < places.total_points);
}
