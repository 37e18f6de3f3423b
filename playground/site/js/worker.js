// Trains apart from the page, in slices short enough to answer between two of them.
import init, { Playground, choices } from "../engine/playground.js";
import { unpack } from "./unpack.js";

const SLICE = 12; // milliseconds
let run = null, playing = false, goal = 0, speed = 0, size = 1, debt = 0, last = 0;
const again = new MessageChannel();
again.port1.onmessage = () => slice();

async function load() {
  const url = new URL("../engine/engine.lzma", import.meta.url);
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  await init({ module_or_path: unpack(new Uint8Array(await answer.arrayBuffer())) });
}
const ready = load();

/// How many epochs until the goal, the speed and the slice end.
function due(now) {
  let epochs = size;
  if (goal > 0) return Math.min(epochs, goal - run.epoch());
  if (speed > 0) {
    debt = Math.min(debt + (speed * (now - last)) / 1000, speed);
    epochs = Math.min(epochs, Math.floor(debt));
    debt -= epochs;
  }
  return epochs;
}

function slice() {
  if (!run || !playing) return;
  const now = performance.now();
  const epochs = due(now);
  last = now;
  if (epochs > 0) {
    run.advance(epochs);
    const took = performance.now() - now;
    if (epochs === size) size = Math.max(1, Math.min(100000, Math.round((size * SLICE) / Math.max(took, 0.1))), 1);
  }
  if (goal > 0 && run.epoch() >= goal) { goal = 0; playing = false; }
  if (run.ended() !== undefined) playing = false;
  if (!playing) return;
  if (epochs > 0) again.port2.postMessage(0); else setTimeout(slice, 8);
}

function start(to) {
  goal = to; playing = true; debt = 0; last = performance.now();
  again.port2.postMessage(0);
}

const calls = {
  choices: () => JSON.parse(choices()),
  open({ address }) {
    const next = new Playground(address); // an error leaves the run there was
    const epoch = Playground.epoch_of(address);
    run?.free();
    run = next; playing = false; size = 1;
    if (epoch > 0) start(epoch);
    return { ...JSON.parse(run.describe()), train: run.points(false), test: run.points(true) };
  },
  play(to) { speed = to.speed; start(0); },
  pause() { playing = false; goal = 0; },
  step({ epochs }) { playing = false; run.advance(epochs); },
  back({ epochs }) { playing = false; run.back(epochs); },
  frame({ neurons, surface }) {
    return {
      epoch: run.epoch(), playing, ended: run.ended() ?? null, history: run.history(), params: run.params(),
      neurons: run.neurons(neurons), surface: run.surface(surface),
    };
  },
  inspect: ({ layer, unit, sample }) => JSON.parse(run.inspect(layer, unit, sample)),
  check: () => run.check(),
  name: () => ({ address: run.address(), fingerprint: run.fingerprint() }),
  save: ({ what }) => run[what](),
};

onmessage = async ({ data: { id, call, ...rest } }) => {
  try {
    await ready;
    if (!run && !["choices", "open"].includes(call)) throw new Error("there is no run yet");
    postMessage({ id, result: calls[call](rest) });
  } catch (error) {
    postMessage({ id, error: String(error.message ?? error) });
  }
};
