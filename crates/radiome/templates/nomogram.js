"use strict";
(function () {
  const model = JSON.parse(document.getElementById("model").textContent);
  const at = (name, index) => document.getElementById(name + "-" + index);
  const form = document.getElementById("inputs");
  const total = document.getElementById("total");
  const message = document.getElementById("message");
  const drawing = document.querySelector("figure svg");
  let unknown = "";

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

  // Whether a number lies outside the values that the model was fitted on, or outside its axis
  // where those are not known; the sentence that says so, or nothing.
  function outsideOf(variable, value) {
    const training = variable.training, range = variable.range;
    if (training !== null) {
      return value < training[0] || value > training[1]
        ? "Outside the range of the training patients: the model was not made for such a value." : "";
    }
    return range !== null && (value < range.lower || value > range.upper)
      ? "Outside the axis: the model was not made for such a value." : "";
  }

  // What one input adds, or null while it is empty or no number.
  function read(variable, index) {
    const input = at("value", index);
    if (variable.levels.length > 0) {
      const level = input.value === "" ? undefined : variable.levels[Number(input.value)];
      return level ? { sum: level.coefficient, points: level.points, outside: "" } : null;
    }
    const value = input.valueAsNumber;
    if (!Number.isFinite(value)) return null;
    const range = variable.range, spline = variable.spline;
    const outside = outsideOf(variable, value);
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

  // Draws, for the values so far, lines from each axis up to the points, and one from the total
  // points down through the outcomes.
  function isopleth(parts, points) {
    const places = model.places;
    if (places === null || drawing === null) return;
    const old = document.getElementById("isopleth");
    if (old) old.remove();
    const svg = "http://www.w3.org/2000/svg";
    const group = document.createElementNS(svg, "g");
    group.id = "isopleth";
    const add = (name, attributes) => {
      const shape = document.createElementNS(svg, name);
      Object.entries(attributes).forEach(([key, value]) => shape.setAttribute(key, value));
      group.appendChild(shape);
    };
    const inside = (x) => Math.min(Math.max(x, places.start), places.end);
    const line = (x, from, to, kind) => {
      add("line", { x1: x, x2: x, y1: from, y2: to, class: kind });
      add("circle", { cx: x, cy: from, r: 3 });
    };
    parts.forEach((part, index) => {
      if (part === null || part.points === null) return;
      const x = inside(places.start + part.points * places.point);
      line(x, places.variables[index], places.points, "up");
    });
    if (points !== null && places.outcomes.length > 0) {
      const x = inside(places.start + points * places.total_point);
      line(x, places.total_points, places.outcomes[places.outcomes.length - 1], "down");
      places.outcomes.forEach((y) => add("circle", { cx: x, cy: y, r: 3 }));
    }
    drawing.appendChild(group);
  }

  function update() {
    let sum = model.intercept, points = 0, complete = true, outside = false;
    const parts = model.variables.map(read);
    model.variables.forEach((variable, index) => {
      const part = parts[index];
      at("points", index).textContent = part && part.points !== null ? written(part.points) : "\u2013";
      const warning = part ? part.outside : "";
      if (at("warning", index).textContent !== warning) at("warning", index).textContent = warning;
      if (part === null) { complete = false; return; }
      sum += part.sum;
      points = part.points === null || points === null ? null : points + part.points;
      outside = outside || part.outside !== "";
    });
    isopleth(parts, complete ? points : null);
    message.className = outside && complete ? "alert" : "";
    if (!complete) {
      total.textContent = "\u2013";
      model.outcomes.forEach((_, index) => {
        at("probability", index).textContent = "\u2013";
        delete at("probability", index).dataset.value;
      });
      message.textContent = unknown + "Fill in every value.";
      return;
    }
    const all = model.outcomes.map(({ baseline }) =>
      baseline === null ? 1 / (1 + Math.exp(-sum)) : Math.pow(baseline, Math.exp(sum)));
    const p = all[0];
    total.textContent = points === null ? "\u2013" : written(points);
    all.forEach((one, index) => {
      at("probability", index).textContent = percent(one);
      at("probability", index).dataset.value = String(one);
    });
    let text = "";
    if (model.cutoff !== null) {
      text = (p >= model.cutoff ? "At or above" : "Below") + " the study's cut-off of " + percent(model.cutoff) + ".";
    }
    if (outside) text = "A value lies outside what the model was made for: do not trust this number. " + text;
    message.textContent = unknown + text;
  }

  // Takes the values of the address: nomogram.html#age=61&margin=1. They stay on this machine.
  function fromAddress() {
    const missing = [];
    new URLSearchParams(window.location.hash.slice(1)).forEach((text, name) => {
      const index = model.variables.findIndex((variable) => variable.name === name);
      if (index < 0) { missing.push(name); return; }
      const variable = model.variables[index], input = at("value", index);
      if (variable.levels.length > 0) {
        const level = variable.levels.findIndex((one) => one.name === text);
        if (level < 0) { missing.push(name + " = " + text); return; }
        input.value = String(level);
      } else {
        input.value = text;
        if (!Number.isFinite(input.valueAsNumber)) { missing.push(name + " = " + text); return; }
        const slider = at("slider", index);
        if (slider) slider.value = text;
      }
    });
    unknown = missing.length > 0
      ? "The address asks for what this model does not have: " + missing.join(", ") + ". " : "";
    update();
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
  form.addEventListener("reset", () => { unknown = ""; setTimeout(update, 0); });
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
}());
