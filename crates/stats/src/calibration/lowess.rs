//! Locally weighted straight lines (Cleveland, 1979).

/// Lowess without robustness steps (R's `lowess(x, y, f, iter = 0, delta)`).
///
/// `x` ascending, both finite and of one length. At each point a straight line is fitted to its
/// q = floor(f n + 1e-7) nearest neighbours (at least two), weighted by (1 - (d / h)^3)^3 with h the
/// distance of the q-th; weights are 1 within 0.001 h and 0 beyond 0.999 h. Points closer than `delta`
/// to the last fitted one are interpolated linearly. Returns the smoothed y.
#[must_use]
pub fn lowess(x: &[f64], y: &[f64], f: f64, delta: f64) -> Vec<f64> {
    let n = x.len().min(y.len());
    if n < 2 {
        return y[..n].to_vec();
    }
    let span = ((f * n as f64 + 1e-7) as usize).clamp(2, n);
    let range = x[n - 1] - x[0];
    let mut smooth = vec![0.0; n];
    let (mut left, mut right) = (0, span - 1);
    let mut last: Option<usize> = None;
    let mut i = 0;
    loop {
        // move the window to the nearest `span` points
        while right < n - 1 && x[i] - x[left] > x[right + 1] - x[i] {
            left += 1;
            right += 1;
        }
        smooth[i] = local_line(x, y, n, i, left, right, range).unwrap_or(y[i]);
        if let Some(l) = last
            && l + 1 < i
        {
            let width = x[i] - x[l];
            for j in l + 1..i {
                let share = (x[j] - x[l]) / width;
                smooth[j] = share * smooth[i] + (1.0 - share) * smooth[l];
            }
        }
        let mut done = i;
        let cut = x[i] + delta;
        let mut next = i + 1;
        while next < n && x[next] <= cut {
            if x[next] == x[done] {
                smooth[next] = smooth[done];
                done = next;
            }
            next += 1;
        }
        last = Some(done);
        i = (next.saturating_sub(1)).max(done + 1);
        if done >= n - 1 {
            return smooth;
        }
    }
}

/// Weighted line at point `i` through the points from `left` on; `None` if all weights vanish.
fn local_line(
    x: &[f64],
    y: &[f64],
    n: usize,
    i: usize,
    left: usize,
    right: usize,
    range: f64,
) -> Option<f64> {
    let at = x[i];
    let h = (at - x[left]).max(x[right] - at);
    let (h_far, h_near) = (0.999 * h, 0.001 * h);
    let mut weights: Vec<(usize, f64)> = Vec::with_capacity(right - left + 1);
    let mut total = 0.0;
    // ties of the right-most neighbour take part too
    for (j, &value) in x.iter().enumerate().take(n).skip(left) {
        let r = (value - at).abs();
        if r <= h_far {
            let w = if r <= h_near {
                1.0
            } else {
                (1.0 - (r / h).powi(3)).powi(3)
            };
            weights.push((j, w));
            total += w;
        } else if value > at {
            break;
        }
    }
    if total <= 0.0 {
        return None;
    }
    for w in &mut weights {
        w.1 /= total;
    }
    if h > 0.0 {
        let centre: f64 = weights.iter().map(|(j, w)| w * x[*j]).sum();
        let b = at - centre;
        let spread: f64 = weights
            .iter()
            .map(|(j, w)| w * (x[*j] - centre).powi(2))
            .sum();
        // enough spread for a slope
        if spread.sqrt() > 0.001 * range {
            let slope = b / spread;
            for (j, w) in &mut weights {
                *w *= slope * (x[*j] - centre) + 1.0;
            }
        }
    }
    Some(weights.iter().map(|(j, w)| w * y[*j]).sum())
}
