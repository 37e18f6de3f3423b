// node pace.mjs SITE: epochs a second of processor time, of the engine alone, in node.
import { readFileSync } from "node:fs";

const site = process.argv[2];
const load = (path) => import(`data:text/javascript;base64,${readFileSync(`${site}/${path}`).toString("base64")}`);
const { unpack } = await load("js/unpack.js");
const { initSync, Playground } = await load("engine/playground.js");
initSync({ module: unpack(new Uint8Array(readFileSync(`${site}/engine/engine.lzma`))) });

const addresses = [
  "", "layers=4-relu", "problem=circles&layers=8-tanh", "optimizer=adam", "batch=32",
  "problem=four_spirals&loss=softmax_cross_entropy&layers=15-tanh&samples=800",
];
for (const address of addresses) {
  const run = new Playground(address);
  run.advance(500);
  const begin = process.cpuUsage();
  let [epochs, seconds] = [0, 0];
  while (seconds < 1) {
    run.advance(200);
    epochs += 200;
    const { user, system } = process.cpuUsage(begin);
    seconds = (user + system) / 1e6;
  }
  console.log(`${String(Math.round(epochs / seconds)).padStart(7)}  ${address || "as it opens: 2-4-1, tanh, 200 samples, full batch"}`);
}
