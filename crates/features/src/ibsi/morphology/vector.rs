//! Vectors of three numbers.

pub(super) type Vector = [f64; 3];

pub(super) fn subtract(a: Vector, b: Vector) -> Vector {
    std::array::from_fn(|axis| a[axis] - b[axis])
}

pub(super) fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn cross(a: Vector, b: Vector) -> Vector {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

pub(super) fn length(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

/// The vector of length 1 along another.
pub(super) fn unit(a: Vector) -> Vector {
    let length = length(a);
    a.map(|component| component / length)
}

/// Two vectors of length 1 across a third, and across each other.
pub(super) fn across(axis: Vector) -> [Vector; 2] {
    // The grid's axis that is least along it.
    let least = if axis[0].abs() <= axis[1].abs() && axis[0].abs() <= axis[2].abs() {
        [1.0, 0.0, 0.0]
    } else if axis[1].abs() <= axis[2].abs() {
        [0.0, 1.0, 0.0]
    } else {
        [0.0, 0.0, 1.0]
    };
    let first = unit(cross(axis, least));
    [first, cross(axis, first)]
}
