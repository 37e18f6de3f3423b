// The page: settings make a run, a run makes pictures.
import { onTheme } from "./colours.js";
import { Settings, controls } from "./controls.js";
import { engine } from "./engine.js";
import { drawLosses } from "./losses.js";
import { NetworkPicture, gridOf } from "./network.js";
import { NeuronPanel } from "./neuron.js";
import { Picture } from "./picture.js";

const $ = (id) => document.getElementById(id);
const SURFACE = 96, BETWEEN_FRAMES = 33; // cells a side, milliseconds

let settings, run, frame = null, playing = false, dirty = false, asking = false, asked = 0;
let opened = null, drawClass = 1, beats = [], said = 0, turn = 0;
let show, network, picture, panel;

function fail(error) {
  $("error").hidden = !error;
  $("error").textContent = error ? String(error.message ?? error) : "";
}
const say = (text) => { $("live").textContent = text; };
/// What a control does: errors are shown, not lost.
const guarded = (action) => async (...given) => {
  try { await action(...given); } catch (error) { fail(error); }
};

/// Begins the run that an address describes; it plays on if one was playing.
async function open(address) {
  const goOn = playing;
  settings = new Settings(address);
  draw(settings.get("problem"));
  try {
    run = await engine("open", { address });
  } catch (error) {
    // What can be mended stays on the page.
    setPlaying(false);
    history.replaceState(null, "", `#${address}`);
    if (run) show(settings, run);
    throw error;
  }
  fail(null);
  const epoch = settings.get("epoch");
  settings = new Settings(run.address);
  history.replaceState(null, "", `#${settings.with({ epoch: epoch || "0" })}`);
  show(settings, run);
  network.show(settings, run);
  picture.show(run, settings.get("problem") === "drawn");
  beats = [];
  close();
  setPlaying(Number(epoch) > 0 || goOn);
  if (goOn && !(Number(epoch) > 0)) await engine("play", { speed: Number($("speed").value) });
  dirty = true;
}

const change = guarded((changes) => open(settings.with(changes)));

function setPlaying(value) {
  playing = value;
  turn++;
  $("play").textContent = playing ? "⏸ pause" : "▶ play";
  if (!playing) dirty = true;
}

/// The tools of data of one's own.
function draw(problem) {
  $("draw-tools").hidden = problem !== "drawn";
  $("table-tools").hidden = problem !== "table";
  if (problem === "table") $("text").value = settings.get("data");
}

function figures() {
  const last = frame.history.subarray(frame.history.length - 5);
  const number = (x) => (Number.isFinite(x) ? (x !== 0 && x < 1e-3 ? x.toExponential(2) : x.toFixed(4)) : "–");
  $("epoch").textContent = frame.epoch.toLocaleString("en");
  $("train-loss").textContent = number(last[1]);
  $("test-loss").textContent = number(last[2]);
  const percent = (x) => `${(100 * x).toFixed(1)} %`;
  $("accuracy").textContent = Number.isFinite(last[3]) ? percent(Number.isFinite(last[4]) ? last[4] : last[3]) : "–";
  const now = performance.now();
  beats.push([now, frame.epoch]);
  while (beats.length > 2 && now - beats[0][0] > 1500) beats.shift();
  const pace = (1000 * (frame.epoch - beats[0][1])) / (now - beats[0][0]);
  $("pace").textContent = playing && Number.isFinite(pace) ? Math.max(0, Math.round(pace)).toLocaleString("en") : "–";
  return `Epoch ${frame.epoch}, training loss ${number(last[1])}, test loss ${number(last[2])}, accuracy ${$("accuracy").textContent}`;
}

/// What is done when the run stands: its name, its address, and what a screen reader says.
async function standing(text) {
  const { address, fingerprint } = await engine("name");
  $("fingerprint").textContent = fingerprint;
  history.replaceState(null, "", `#${address}`);
  network.describe();
  say(text);
  if (opened) await inspect(opened.layer, opened.unit, opened.sample, false);
}

async function refresh() {
  asking = true;
  dirty = false;
  try {
    const [beginning, before] = [run, turn];
    const answer = await engine("frame", { neurons: run.line ? 96 : gridOf(), surface: run.line ? 2 : SURFACE });
    if (run !== beginning) { dirty = true; return; }
    frame = answer;
    // Unless it was played only after the picture was asked for.
    if (playing && !frame.playing && turn === before) setPlaying(false);
    network.draw(frame);
    picture.draw(frame, network.units.length);
    drawLosses(frame.history, $("log").checked);
    const text = figures();
    if (frame.ended) fail(`The run has ended: ${frame.ended}`);
    if (!playing && !frame.playing) await standing(text);
    else if (performance.now() - said > 10000) { said = performance.now(); say(text); }
  } catch (error) {
    fail(error);
  } finally {
    asking = false;
  }
}

function beat(now) {
  requestAnimationFrame(beat);
  if (!run || asking || !(playing || dirty) || now - asked < BETWEEN_FRAMES) return;
  asked = now;
  refresh();
}

const inspect = async (layer, unit, sample, focus) => {
  const found = await engine("inspect", { layer, unit, sample });
  opened = { layer, unit, sample };
  picture.sample = sample;
  network.mark(layer, unit);
  panel.show(found, run.samples.train, network.units.find((u) => u.layer === layer && u.index === unit).label, focus);
  if (frame) picture.draw(frame, network.units.length);
};

function close() {
  opened = null;
  if (picture) picture.sample = null;
  network?.mark(-2, 0);
  $("neuron").hidden = true;
  if (frame) dirty = true;
}

const move = (call) => guarded(async () => {
  if (!run) return;
  fail(null);
  setPlaying(false);
  await engine(call, { epochs: Number($("stride").value) });
  dirty = true;
});
const step = move("step"), back = move("back");
const play = guarded(async () => {
  if (!run) return;
  fail(null);
  setPlaying(!playing);
  beats = [];
  await engine(playing ? "play" : "pause", { speed: Number($("speed").value) });
});

const points = () => settings.get("data").split("*").filter(Boolean);
const addPoint = ([x, y]) => change({ data: [...points(), `${x.toFixed(2)}_${y.toFixed(2)}_${drawClass}`].join("*") });

function tools() {
  $("play").onclick = play;
  $("step").onclick = step;
  $("back").onclick = back;
  $("reset").onclick = () => { setPlaying(false); change({}); };
  $("speed").onchange = guarded(async () => { if (playing) await engine("play", { speed: Number($("speed").value) }); });
  $("log").onchange = $("show-test").onchange = () => { picture.test = $("show-test").checked; dirty = true; };
  $("check").onclick = guarded(async () => {
    $("check-result").textContent = "…";
    try { $("check-result").textContent = `✓ ${await engine("check")}`; } catch (error) { $("check-result").textContent = `✗ ${error.message}`; }
  });
  $("copy").onclick = guarded(async () => {
    await navigator.clipboard.writeText(location.href);
    $("copied").textContent = "copied";
  });
  for (const button of document.querySelectorAll("[data-save]")) {
    button.onclick = guarded(async () => {
      const what = button.dataset.save;
      const file = new Blob([await engine("save", { what })]);
      const link = Object.assign(document.createElement("a"), {
        href: URL.createObjectURL(file), download: { model: "playground.safetensors", rust: "playground.rs", c: "playground.h" }[what],
      });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }
  $("undo").onclick = () => points().length > 2 && change({ data: points().slice(0, -1).join("*") });
  $("clear").onclick = () => change({ data: "-1_-1_0*1_1_1" });
  for (let k = 0; k < 4; k++) {
    const label = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "class", value: k, checked: k === drawClass });
    radio.onchange = () => { drawClass = k; };
    label.append(radio, ` class ${k}`);
    $("draw-classes").append(label);
  }
  $("add").onclick = () => [$("draw-x"), $("draw-y")].every((field) => field.reportValidity()) && addPoint([$("draw-x").valueAsNumber, $("draw-y").valueAsNumber]);
  $("use-text").onclick = () => change({ data: $("text").value });
  $("file").onchange = guarded(async () => { if ($("file").files[0]) await change({ data: await $("file").files[0].text() }); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const onButton = event.target.closest("button");
    const key = { " ": onButton ? null : play, ArrowRight: step, ArrowLeft: back, r: () => $("reset").click() }[event.key];
    if (key) { event.preventDefault(); key(); }
  });
  addEventListener("hashchange", guarded(() => { if (location.hash.slice(1) !== settings.pairs.toString()) return open(location.hash); }));
  addEventListener("resize", () => { dirty = true; });
  onTheme(() => { if (run) { picture.show(run, picture.drawing); dirty = true; } });
}

async function begin() {
  const choices = await engine("choices");
  show = controls(choices, change);
  network = new NetworkPicture(choices, change, guarded((layer, unit) => inspect(layer, unit, opened?.sample ?? 0, true)));
  picture = new Picture(
    guarded(async (sample) => {
      if (opened) await inspect(opened.layer, opened.unit, sample, false);
      else await inspect(run.layers.length - 1, 0, sample, false);
    }),
    addPoint,
  );
  panel = new NeuronPanel(guarded((layer, unit, sample) => inspect(layer, unit, sample, false)), close);
  tools();
  requestAnimationFrame(beat);
  if (location.hash.length < 2) return open(choices.address);
  try {
    await open(location.hash);
  } catch (error) {
    // A link that cannot be followed is said, and the page works all the same.
    await open(choices.address);
    throw error;
  }
}

begin().catch(fail);
if ("serviceWorker" in navigator) navigator.serviceWorker.register("sw.js").catch(() => {});
