// The settings, which are those of the address, and the fields that change them.
const words = (name) => name.replaceAll("_", " ");
const MADE = ["xor", "spirals", "four_spirals", "moons", "circles", "checkerboard", "blobs", "sines", "step"];

/// The fields of each group: key, label, kind and what it takes.
const FIELDS = {
  "problem-fields": [
    ["problem", "problem", "select", "problems"],
    ["samples", "samples", "number", { min: 4, max: 5000, step: 1 }],
    ["noise", "noise", "number", { min: 0, max: 1, step: 0.05 }],
    ["test", "share of test", "number", { min: 0, max: 0.9, step: 0.1 }],
    ["seed", "seed", "number", { min: 0, step: 1 }],
  ],
  "training-fields": [
    ["loss", "loss", "select", "losses"],
    ["optimizer", "optimizer", "select", "optimizers"],
    ["rate", "learning rate η", "number", { min: 0, step: "any" }],
    ["schedule", "schedule", "select", "schedules"],
    ["period", "schedule's epochs", "number", { min: 1, step: 1 }],
    ["batch", "batch size (0: all)", "number", { min: 0, step: 1 }],
    ["l2", "L2 penalty λ", "number", { min: 0, step: "any" }],
    ["dropout", "dropout", "number", { min: 0, max: 0.9, step: 0.05 }],
  ],
};

export class Settings {
  constructor(address) { this.pairs = new URLSearchParams(address.replace(/^#/, "")); }
  get(key) { return this.pairs.get(key) ?? ""; }
  list(key) { return this.get(key).split(".").filter(Boolean); }
  /// The address with some keys set anew, before the first epoch.
  with(changes) {
    const pairs = new URLSearchParams(this.pairs);
    pairs.set("epoch", "0");
    for (const [key, value] of Object.entries(changes)) pairs.set(key, value);
    return pairs.toString();
  }
}

/// Fills the groups once; `change` gets the keys that a field sets.
export function controls(choices, change) {
  const inputs = {};
  for (const [group, fields] of Object.entries(FIELDS)) {
    for (const [key, label, kind, of] of fields) {
      const element = document.createElement(kind === "select" ? "select" : "input");
      element.id = `set-${key}`;
      if (kind === "number") Object.assign(element, { type: "number", inputMode: "decimal", ...of });
      else if (of !== "losses") options(element, choices[of]);
      element.addEventListener("change", () => {
        if (!element.checkValidity() || element.value === "") return element.reportValidity();
        change(key === "problem" ? problem(element.value) : { [key]: element.value });
      });
      const row = document.createElement("label");
      row.append(label, element);
      document.getElementById(group).append(row);
      inputs[key] = element;
    }
  }
  return function show(settings, run) {
    options(inputs.loss, run.classes > 0 ? choices.lossesOfClasses : choices.lossesOfValues);
    for (const [key, element] of Object.entries(inputs)) element.value = settings.get(key);
    const made = MADE.includes(settings.get("problem"));
    inputs.samples.disabled = inputs.noise.disabled = !made;
    inputs.period.disabled = settings.get("schedule") === "constant";
  };
}

/// Another problem gets its own loss and, where there are none, data to begin with.
function problem(name) {
  const data = {
    drawn: "-1_-1_0*-1.2_-0.8_0*-0.8_-1.3_0*1_1_1*1.2_0.7_1*0.8_1.3_1",
    table: "height,weight,kind\n20,3,cat\n25,4,cat\n23,5,cat\n28,5,cat\n24,4,cat\n45,20,dog\n60,30,dog\n50,24,dog\n55,28,dog\n40,15,dog\n",
  };
  const test = { drawn: "0", table: "0.2" }[name] ?? "0.5";
  return { problem: name, loss: "", test, data: data[name] ?? "" };
}

function options(select, names) {
  if (select.dataset.names === names.join()) return;
  select.dataset.names = names.join();
  select.replaceChildren(...names.map((name) => new Option(words(name), name)));
}
