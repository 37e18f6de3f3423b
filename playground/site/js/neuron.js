// A neuron, opened: every number that flows through it for one sample, in the book's names.
const panel = document.getElementById("neuron");
const n = (x) => (x === 0 ? "0" : Math.abs(x) < 1e-3 || Math.abs(x) >= 1e5 ? x.toExponential(3) : x.toFixed(4));
const signed = (x) => (x < 0 ? `(${n(x)})` : n(x));
const words = (name) => name.replaceAll("_", " ");

function element(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  Object.assign(element, attributes);
  return element;
}

const formula = (text) => element("p", text, { className: "formula" });

export class NeuronPanel {
  /// `ask` opens layer, unit and sample; `close` is told when it was closed.
  constructor(ask, close) {
    Object.assign(this, { ask, close });
    panel.addEventListener("keydown", (event) => { if (event.key === "Escape") this.hide(); });
  }

  hide() {
    panel.hidden = true;
    panel.replaceChildren();
    this.close();
  }

  show(found, samples, name, focus) {
    const { layer, unit, sample } = found;
    const heading = element("h2", `${name}, opened`, { tabIndex: -1, id: "neuron-title" });
    const close = element("button", "close", { id: "close-neuron", onclick: () => this.hide() });
    const choose = element("input", undefined, { id: "sample", type: "number", min: 1, max: samples, value: sample + 1 });
    choose.onchange = () => choose.checkValidity() && this.ask(layer, unit, Number(choose.value) - 1);
    const label = element("label", "training sample ");
    label.append(choose, ` of ${samples}; or click one in the picture`);
    const tools = element("div", undefined, { className: "tools" });
    tools.append(label, close);
    const hadFocus = document.activeElement?.id;
    panel.replaceChildren(heading, tools, ...this.forward(found), ...this.backward(found), this.table(found));
    panel.hidden = false;
    if (focus) heading.focus();
    else if (["neuron-title", "sample", "close-neuron"].includes(hadFocus)) document.getElementById(hadFocus).focus();
  }

  forward({ place, target, inputs, b, z, a, activation, outputs, y, loss, loss_name: lossName }) {
    const sum = inputs.map(({ x, w }) => `${signed(x)}·${signed(w)}`).join(" + ");
    return [
      element("h3", "Forward"),
      element("p", `The sample lies at (${place.map(n).join(", ")}): ${target}.`),
      formula(`z = Σ x w + b = ${sum} + ${signed(b)} = ${n(z)}`),
      formula(`a = f(z) = ${words(activation)}(${n(z)}) = ${n(a)}`),
      formula(`L = ${words(lossName)}, of outputs ${outputs.map(n).join(", ")} and y ${y.map(n).join(", ")}: ${n(loss)}`),
    ];
  }

  backward({ uses, da, slope, dz, db, z, db_numeric: numeric }) {
    const sum = uses.map(({ dz, w }) => `${signed(dz)}·${signed(w)}`).join(" + ");
    return [
      element("h3", "Back"),
      formula(uses.length ? `da = ∂L/∂a = Σ dz w of what uses a = ${sum} = ${n(da)}` : `da = ∂L/∂a = ${n(da)}, by the loss`),
      formula(`dz = da · f'(z) = ${signed(da)} · ${signed(slope)} = ${n(dz)}, with f'(${n(z)}) = ${n(slope)}`),
      formula(`db = dz = ${n(db)}; by finite difference ${n(numeric)}`),
    ];
  }

  table({ inputs, b, db, db_numeric: dbNumeric }) {
    const table = element("table");
    table.append(element("caption", "Each weight: dw = dz · x beside (L(w+h) − L(w−h)) / 2h", { className: "hint" }));
    const row = (cells, tag) => {
      const row = element("tr");
      cells.forEach((cell, i) => row.append(element(i ? tag : "th", cell, i ? {} : { scope: tag === "th" ? "col" : "row" })));
      return row;
    };
    table.append(row(["from", "x", "w", "x w", "gradient dw", "finite difference", "they differ by"], "th"));
    for (const { name, x, w, dw, dw_numeric: numeric } of inputs) {
      table.append(row([name, n(x), n(w), n(x * w), n(dw), n(numeric), Math.abs(dw - numeric).toExponential(0)], "td"));
    }
    table.append(row(["b", "1", n(b), n(b), n(db), n(dbNumeric), Math.abs(db - dbNumeric).toExponential(0)], "td"));
    const box = element("div", undefined, { className: "scroll" });
    box.append(table);
    return box;
  }
}
