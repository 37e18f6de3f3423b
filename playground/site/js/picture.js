// What the network answers, and the samples.
import { classColour, css, ground, shaded, variable } from "./colours.js";

const canvas = document.getElementById("picture");
const context = canvas.getContext("2d");
const field = document.createElement("canvas");

export class Picture {
  /// `pick` gets the nearest training sample; `draw` a place, when points are drawn.
  constructor(pick, draw) {
    Object.assign(this, { run: null, drawing: false, sample: null, test: false });
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      const { x: [left, right], y: [bottom, top] } = this.run.view;
      const place = [left + x * (right - left), top - y * (top - bottom)];
      if (this.drawing) draw(place); else pick(this.nearest(x, y));
    });
  }

  show(run, drawing) {
    Object.assign(this, { run, drawing, sample: null });
    const legend = document.getElementById("legend");
    legend.replaceChildren();
    const names = run.classes > 0 ? run.targets : [];
    names.forEach((name, k) => {
      const item = document.createElement("span");
      const swatch = document.createElement("i");
      swatch.className = "swatch";
      swatch.style.background = css(classColour(k));
      item.append(swatch, name);
      legend.append(item);
    });
    const axes = document.createElement("span");
    axes.textContent = `across ${run.axes[0]}, up ${run.axes[1]}`;
    legend.append(axes);
  }

  /// From 0 to 1, from the left and from the top.
  spot(points, n) {
    const { x: [left, right], y: [bottom, top] } = this.run.view;
    return [(points[3 * n] - left) / (right - left), (top - points[3 * n + 1]) / (top - bottom)];
  }

  nearest(x, y) {
    let [best, least] = [0, Infinity];
    for (let n = 0; n < this.run.train.length / 3; n++) {
      const [px, py] = this.spot(this.run.train, n);
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < least) [best, least] = [n, distance];
    }
    return best;
  }

  draw({ surface, neurons }, units) {
    const ratio = devicePixelRatio || 1;
    const size = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== size || canvas.height !== height) Object.assign(canvas, { width: size, height });
    if (this.run.line) this.curve(neurons, units); else this.plane(surface);
    if (this.test) this.points(this.run.test, true, ratio);
    this.points(this.run.train, false, ratio);
  }

  plane(surface) {
    const cells = surface.length / 2, side = Math.sqrt(cells);
    Object.assign(field, { width: side, height: side });
    const pencil = field.getContext("2d");
    const image = pencil.createImageData(side, side);
    shaded(surface.subarray(0, cells), surface.subarray(cells), image);
    pencil.putImageData(image, 0, 0);
    context.imageSmoothingQuality = "high";
    context.drawImage(field, 0, 0, canvas.width, canvas.height);
  }

  curve(neurons, units) {
    context.fillStyle = css(ground());
    context.fillRect(0, 0, canvas.width, canvas.height);
    const cells = neurons.length / units;
    const { y: [bottom, top] } = this.run.view;
    context.lineWidth = 3 * (devicePixelRatio || 1);
    this.run.layers.at(-1).units > 1 ? null : (context.strokeStyle = variable("--ink"));
    for (let k = 0; k < this.run.layers.at(-1).units; k++) {
      const values = neurons.subarray((units - this.run.layers.at(-1).units + k) * cells);
      if (this.run.layers.at(-1).units > 1) context.strokeStyle = css(classColour(k));
      context.beginPath();
      for (let i = 0; i < cells; i++) {
        context.lineTo(((i + 0.5) / cells) * canvas.width, ((top - values[i]) / (top - bottom)) * canvas.height);
      }
      context.stroke();
    }
  }

  points(points, hollow, ratio) {
    const dense = points.length > 1500;
    const radius = (dense ? 2.6 : 3.8) * ratio;
    context.lineWidth = 1.1 * ratio;
    for (let n = 0; n < points.length / 3; n++) {
      const [x, y] = this.spot(points, n);
      const colour = css(this.run.classes > 0 ? classColour(points[3 * n + 2]) : classColour(1));
      context.beginPath();
      outline(this.run.classes > 2 ? points[3 * n + 2] % 4 : 0, x * canvas.width, y * canvas.height, radius);
      context.fillStyle = hollow ? css(ground(), 0.6) : colour;
      context.strokeStyle = hollow ? colour : css(ground());
      context.fill();
      context.stroke();
    }
    if (!hollow && this.sample !== null) {
      const [x, y] = this.spot(points, this.sample);
      context.strokeStyle = variable("--ink");
      context.lineWidth = 2.5 * ratio;
      context.beginPath();
      context.arc(x * canvas.width, y * canvas.height, 3 * radius, 0, 7);
      context.stroke();
    }
  }
}

/// Circles, squares, triangles and diamonds, so that more than two classes differ not by colour alone.
function outline(shape, x, y, r) {
  if (shape === 0) return context.arc(x, y, r, 0, 7);
  const corners = [[], [[-1, -1], [1, -1], [1, 1], [-1, 1]], [[0, -1.3], [1.2, 0.9], [-1.2, 0.9]], [[0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]]];
  corners[shape].forEach(([dx, dy]) => context.lineTo(x + 0.9 * r * dx, y + 0.9 * r * dy));
  context.closePath();
}
