"use strict";
(function () {
  const model = JSON.parse(document.getElementById("model").textContent);
  const at = (name, index) => document.getElementById(name + "-" + index);
  const form = document.getElementById("inputs");
  const total = document.getElementById("total");
  const message = document.getElementById("message");

  // One decimal with a true minus sign.
  function written(value) {
    const text = Math.abs(value).toFixed(1);
    return (value < 0 && Number(text) !== 0 ? "\u2212" : "") + text;
  }

  function percent(p) {
    if (p < 0.001) return "<0.1%";
    if (p > 0.999) return ">99.9%";
    return (100 * p).toFixed(1) + "%";
  }

  // What a restricted cubic spline adds to the straight effect.
  function bends(spline, value) {
    const knots = spline.knots, k = knots.length;
    const first = knots[0], before = knots[k - 2], last = knots[k - 1];
    const cube = (knot) => Math.pow(Math.max(value - knot, 0), 3);
    return spline.coefficients.reduce((sum, coefficient, j) => {
      const bend = cube(knots[j]) - cube(before) * (last - knots[j]) / (last - before)
        + cube(last) * (before - knots[j]) / (last - before);
      return sum + coefficient * bend / Math.pow(last - first, 2);
    }, 0);
  }

  // What one input adds, or null while it is empty or no number.
  function read(variable, index) {
    const input = at("value", index);
    if (variable.levels.length > 0) {
      const level = input.value === "" ? undefined : variable.levels[Number(input.value)];
      return level ? { sum: level.coefficient, points: level.points, outside: false } : null;
    }
    const value = input.valueAsNumber;
    if (!Number.isFinite(value)) return null;
    const range = variable.range, spline = variable.spline;
    const outside = range !== null && (value < range.lower || value > range.upper);
    if (spline !== null) {
      const sum = variable.coefficient * value + bends(spline, value);
      return { sum, points: spline.points_per_unit * (sum - spline.least_effect), outside };
    }
    return {
      sum: variable.coefficient * value,
      points: variable.points ? variable.points[0] + variable.points[1] * (value - range.lower) : null,
      outside,
    };
  }

  function update() {
    let sum = model.intercept, points = 0, complete = true, outside = false;
    model.variables.forEach((variable, index) => {
      const part = read(variable, index);
      at("points", index).textContent = part && part.points !== null ? written(part.points) : "\u2013";
      const warning = part && part.outside ? "Outside the axis: the model was not made for such a value." : "";
      if (at("warning", index).textContent !== warning) at("warning", index).textContent = warning;
      if (part === null) { complete = false; return; }
      sum += part.sum;
      points = part.points === null || points === null ? null : points + part.points;
      outside = outside || part.outside;
    });
    message.className = outside && complete ? "alert" : "";
    if (!complete) {
      total.textContent = "\u2013";
      model.outcomes.forEach((_, index) => { at("probability", index).textContent = "\u2013"; });
      message.textContent = "Fill in every value.";
      return;
    }
    const all = model.outcomes.map(({ baseline }) =>
      baseline === null ? 1 / (1 + Math.exp(-sum)) : Math.pow(baseline, Math.exp(sum)));
    const p = all[0];
    total.textContent = points === null ? "\u2013" : written(points);
    all.forEach((one, index) => { at("probability", index).textContent = percent(one); });
    let text = "";
    if (model.cutoff !== null) {
      text = (p >= model.cutoff ? "At or above" : "Below") + " the study's cut-off of " + percent(model.cutoff) + ".";
    }
    if (outside) text = "A value lies outside its axis: do not trust this number. " + text;
    message.textContent = text;
  }

  model.variables.forEach((variable, index) => {
    const input = at("value", index), slider = at("slider", index);
    input.addEventListener("input", () => {
      if (slider && Number.isFinite(input.valueAsNumber)) slider.value = input.value;
      update();
    });
    if (slider) {
      slider.addEventListener("input", () => { input.value = slider.value; update(); });
    }
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update, 0));
  update();
}());
