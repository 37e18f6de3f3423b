// node run.mjs MODULE.wasm BITS.csv: holds what the module computes to the column `unfused`.
import { readFileSync } from "node:fs";

const [module, file] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(module), {});
const { runs, fingerprint } = instance.exports;
const lines = readFileSync(file, "utf8").trim().split("\n").slice(1);
let wrong = lines.length === runs() ? 0 : 1;
lines.forEach((line, run) => {
  const [name, , expected] = line.split(",");
  const found = BigInt.asUintN(64, fingerprint(run)).toString(16).padStart(16, "0");
  if (found !== expected) {
    console.log(`${name}: ${found}, expected ${expected}`);
    wrong += 1;
  }
});
console.log(`${runs()} runs, ${wrong} wrong`);
process.exit(wrong > 0 ? 1 : 0);
