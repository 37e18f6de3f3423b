// The network as a picture: a button a neuron, with its response over the plane, and a line a weight.
import { classColour, css, signed, variable } from "./colours.js";

const GRID = 32;
const words = (name) => name.replaceAll("_", " ");
const number = (x) => x.toPrecision(3);

export const gridOf = () => GRID;

export class NetworkPicture {
  /// `change` gets settings; `open` a layer and a unit.
  constructor(choices, change, open) {
    Object.assign(this, { choices, change, open, units: [], run: null, opened: null });
    this.lines = document.getElementById("lines");
    this.columns = document.getElementById("columns");
    document.getElementById("more-layers").onclick = () => this.layers((layers) => layers.push(layers.at(-1) ?? "4-tanh"));
    document.getElementById("fewer-layers").onclick = () => this.layers((layers) => layers.pop());
    new ResizeObserver(() => this.params && this.drawLines()).observe(document.getElementById("network"));
  }

  layers(edit) {
    const layers = this.settings.list("layers");
    edit(layers);
    this.change({ layers: layers.join(".") });
  }

  /// Lays the network out anew. The focus stays on what has the same id.
  show(settings, run) {
    const focus = document.activeElement?.id;
    Object.assign(this, { settings, run, units: [], params: null, places: null });
    const hidden = settings.list("layers");
    document.getElementById("layer-count").textContent = `${hidden.length} hidden ${hidden.length === 1 ? "layer" : "layers"}`;
    document.getElementById("more-layers").disabled = hidden.length >= this.choices.mostLayers;
    document.getElementById("fewer-layers").disabled = hidden.length === 0;
    const columns = [this.inputs()];
    run.layers.forEach((layer, l) => columns.push(l < hidden.length ? this.hidden(layer, l) : this.outputs(layer, l)));
    this.columns.replaceChildren(...columns);
    if (focus) document.getElementById(focus)?.focus();
  }

  column(...head) {
    const column = document.createElement("div");
    column.className = "column";
    const top = document.createElement("div");
    top.className = "head";
    top.append(...head);
    column.append(top);
    return column;
  }

  unit(id, label) {
    const button = document.createElement("button");
    button.className = "unit";
    button.id = id;
    button.setAttribute("aria-label", label);
    button.title = label;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = GRID;
    button.append(canvas);
    return button;
  }

  inputs() {
    const column = this.column("inputs");
    column.classList.add("inputs");
    const table = this.settings.get("problem") === "table";
    const chosen = this.settings.list("features");
    const offered = table ? this.run.inputs : this.choices.features.filter((name) => !this.run.line || !name.includes("y"));
    const labels = { x2: "x²", y2: "y²", xy: "x y", sinx: "sin 2x", siny: "sin 2y" };
    for (const name of offered) {
      const cell = document.createElement("div");
      cell.className = "cell";
      const label = labels[name] ?? name;
      const button = this.unit(`input-${name}`, `input ${label}`);
      const on = table || chosen.includes(name);
      if (table) button.disabled = true;
      else {
        button.setAttribute("aria-pressed", on);
        button.onclick = () => {
          const all = this.choices.features.filter((other) => (other === name ? !on : chosen.includes(other)));
          this.change({ features: all.join(".") });
        };
      }
      if (on) this.units.push({ button, layer: -1 });
      const text = document.createElement("span");
      text.textContent = label;
      cell.append(text, button);
      column.append(cell);
    }
    return column;
  }

  hidden(layer, l) {
    const edit = (change) => this.layers((layers) => {
      const [units, activation] = layers[l].split(/-(.*)/);
      layers[l] = change(Number(units), activation);
    });
    const count = document.createElement("span");
    count.className = "count";
    const button = (text, label, by) => {
      const button = document.createElement("button");
      button.textContent = text;
      button.id = `${by > 0 ? "more" : "fewer"}-units-${l}`;
      button.setAttribute("aria-label", label);
      button.disabled = layer.units + by < 1 || layer.units + by > this.choices.mostUnits;
      button.onclick = () => edit((units, activation) => `${units + by}-${activation}`);
      return button;
    };
    count.append(button("−", `one unit less in layer ${l + 1}`, -1), `${layer.units}`, button("+", `one unit more in layer ${l + 1}`, 1));
    const select = document.createElement("select");
    select.id = `activation-${l}`;
    select.setAttribute("aria-label", `activation of layer ${l + 1}`);
    select.append(...this.choices.activations.map((name) => new Option(words(name), name)));
    select.value = layer.activation;
    select.onchange = () => edit((units) => `${units}-${select.value}`);
    const column = this.column(`layer ${l + 1}`, count, select);
    for (let i = 0; i < layer.units; i++) column.append(this.neuron(l, i, `layer ${l + 1}, unit ${i + 1}`));
    return column;
  }

  outputs(layer, l) {
    const column = this.column(layer.units > 1 ? "outputs" : "output");
    for (let k = 0; k < layer.units; k++) {
      const cell = document.createElement("div");
      cell.className = "cell";
      const name = layer.units > 1 ? this.run.targets[k] : this.run.targets.at(-1);
      const text = document.createElement("span");
      text.textContent = name;
      cell.append(this.neuron(l, k, `output ${k + 1}, ${name}`), text);
      column.append(cell);
    }
    return column;
  }

  neuron(layer, index, label) {
    const button = this.unit(`unit-${layer}-${index}`, label);
    button.onclick = () => this.open(layer, index);
    this.units.push({ button, layer, index, label });
    return button;
  }

  /// Marks the neuron that is open.
  mark(layer, index) {
    for (const unit of this.units) unit.button.classList.toggle("open", unit.layer === layer && unit.index === index);
  }

  draw({ neurons, params }) {
    this.params = params;
    const cells = neurons.length / this.units.length;
    this.units.forEach(({ button }, u) => {
      const values = neurons.subarray(u * cells, (u + 1) * cells);
      let largest = 0.2;
      for (const value of values) largest = Math.max(largest, Math.abs(value));
      const context = button.firstChild.getContext("2d");
      if (this.run.line) return curve(context, values, largest);
      const image = context.createImageData(GRID, GRID);
      signed(values, largest, image);
      context.putImageData(image, 0, 0);
    });
    this.drawLines();
  }

  drawLines() {
    const box = this.columns.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (this.lines.width !== width || this.lines.height !== height) {
      Object.assign(this.lines, { width, height });
      Object.assign(this.lines.style, { width: `${box.width}px`, height: `${box.height}px` });
      this.places = null;
    }
    this.places ??= this.units.map(({ button }) => {
      const place = button.getBoundingClientRect();
      return { left: place.left - box.left, right: place.right - box.left, y: place.top - box.top + place.height / 2 };
    });
    const context = this.lines.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, box.width, box.height);
    const colours = [css(classColour(0), 0.75), css(classColour(1), 0.75)];
    let from = 0;
    for (const { inputs, units, start } of this.run.layers) {
      const to = from + inputs;
      for (let i = 0; i < units; i++) {
        for (let j = 0; j < inputs; j++) {
          const w = this.params[start + i * inputs + j];
          const [a, b] = [this.places[from + j], this.places[to + i]];
          const middle = (a.right + b.left) / 2;
          context.strokeStyle = colours[w > 0 ? 1 : 0];
          context.lineWidth = Math.min(7, 0.4 + 2 * Math.abs(w));
          context.beginPath();
          context.moveTo(a.right, a.y);
          context.bezierCurveTo(middle, a.y, middle, b.y, b.left, b.y);
          context.stroke();
        }
      }
      from = to;
    }
  }

  /// What a screen reader hears of each neuron, when the run stands.
  describe() {
    for (const { button, layer, index, label } of this.units) {
      if (layer < 0 || !this.params) continue;
      const { inputs, units, start } = this.run.layers[layer];
      const weights = Array.from(this.params.subarray(start + index * inputs, start + (index + 1) * inputs), number);
      const bias = number(this.params[start + units * inputs + index]);
      button.setAttribute("aria-label", `${label}: weights ${weights.join(", ")}; bias ${bias}`);
      button.title = `${label}\nweights ${weights.join(", ")}\nbias ${bias}`;
    }
  }
}

function curve(context, values, largest) {
  context.clearRect(0, 0, GRID, GRID);
  context.strokeStyle = variable("--edge");
  context.strokeRect(0, GRID / 2, GRID, 0);
  context.strokeStyle = css(classColour(1));
  context.lineWidth = 2;
  context.beginPath();
  values.forEach((value, i) => context.lineTo((i * GRID) / (values.length - 1), GRID / 2 - (0.42 * GRID * value) / largest));
  context.stroke();
}
