// node run.mjs CHROMIUM SITE FINGERPRINTS.csv [PICTURES]: serves the site, clicks through it, and holds what it shows to
// what natively comes out. With a folder for pictures it writes screenshots there.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { Page } from "./chromium.mjs";
import { serve } from "./serve.mjs";

const [binary, site, fingerprints, pictures] = process.argv.slice(2);
const { origin, stop } = await serve(site);
const page = await Page.open(binary);
const text = (id) => page.eval(`document.getElementById("${id}").textContent`);
const epoch = async () => Number((await text("epoch")).replaceAll(",", ""));
const hash = () => page.eval("decodeURIComponent(location.hash.slice(1))");
/// The page stands at an epoch, and its address and fingerprint say so.
const standsAt = (n) => page.until(`document.getElementById("epoch").textContent.replaceAll(",", "") === "${n}"
  && /epoch=${n}(&|$)/.test(location.hash) && document.getElementById("play").textContent.includes("play")`);
const step = async (from) => { await page.click("#step"); await standsAt(from + 1); };
const values = (selector) => page.eval(`[...document.querySelector("${selector}").options].map((option) => option.value)`);

const cases = {
  async "a link shows the run that natively comes out"() {
    for (const line of readFileSync(fingerprints, "utf8").trim().split("\n").slice(1)) {
      const [address, , unfused] = line.split(",");
      await page.go(`${origin}/#${address}`);
      await standsAt(/epoch=(\d+)/.exec(address)[1]);
      await page.until(`document.getElementById("fingerprint").textContent !== "–"`);
      assert.equal(await text("fingerprint"), unfused, address);
    }
  },

  async "play, pause, step, back, reset, and the keys for them"() {
    await page.go(`${origin}/`);
    await page.click("#play");
    await page.until(`Number(document.getElementById("epoch").textContent.replaceAll(",", "")) > 200`);
    await page.click("#play");
    await page.until(`location.hash.includes("epoch=" + document.getElementById("epoch").textContent.replaceAll(",", ""))`);
    const [at, there] = [await epoch(), await text("fingerprint")];
    await page.click("#step");
    await standsAt(at + 1);
    assert.notEqual(await text("fingerprint"), there);
    await page.click("#back");
    await standsAt(at);
    assert.equal(await text("fingerprint"), there);
    await page.set("#stride", "100");
    await page.click("#step");
    await standsAt(at + 100);
    await page.click("#back");
    await standsAt(at);
    assert.equal(await text("fingerprint"), there);
    await page.set("#stride", "1");
    await page.eval("document.activeElement.blur()");
    await page.key("ArrowRight");
    await standsAt(at + 1);
    await page.key("ArrowLeft");
    await standsAt(at);
    await page.key("r", "r");
    await standsAt(0);
    await page.set("#speed", "10");
    await page.eval("document.activeElement.blur()");
    await page.key(" ", " ");
    await page.until(`document.getElementById("play").textContent.includes("pause")`);
    await page.until(`Number(document.getElementById("epoch").textContent) > 3`);
    await page.key(" ", " ");
    await page.until(`document.getElementById("play").textContent.includes("play")`);
    assert.ok((await epoch()) < 200, "ten epochs a second");
    await page.set("#speed", "0");
  },

  async "played while a picture is on its way, it plays"() {
    for (let time = 0; time < 5; time++) {
      await page.go(`${origin}/`);
      await page.eval(`new Promise((resolve) => {
        dispatchEvent(new Event("resize"));
        requestAnimationFrame(() => requestAnimationFrame(() => { document.getElementById("play").click(); resolve(); }));
      })`);
      await page.until(`document.getElementById("epoch").textContent !== "0"`);
      assert.match(await text("play"), /pause/);
    }
  },

  async "every choice of every field trains"() {
    for (const id of ["problem", "loss", "optimizer", "schedule"]) {
      for (const value of await values(`#set-${id}`)) {
        await page.go(`${origin}/#samples=60&rate=0.001`);
        await page.set(`#set-${id}`, value);
        await page.until(`location.hash.includes("${id}=${value}&")`);
        await step(0);
        assert.equal(await page.eval(`document.getElementById("error").hidden`), true, `${id} ${value}: ${await text("error")}`);
      }
    }
    await page.go(`${origin}/#samples=60`);
    for (const [id, value] of Object.entries({ samples: "100", noise: "0.3", test: "0.3", seed: "7", rate: "0.05", batch: "8", l2: "0.01", dropout: "0.2" })) {
      await page.set(`#set-${id}`, value);
      await page.until(`location.hash.includes("${id}=${value}&")`);
    }
    await step(0);
    await page.set("#set-schedule", "cosine");
    await page.until(`!document.getElementById("set-period").disabled`);
    await page.set("#set-period", "500");
    await page.until(`location.hash.includes("period=500&")`);
    await step(0);
  },

  async "layers, units, activations and features by clicking"() {
    await page.go(`${origin}/#layers=4-tanh`);
    await page.click("#more-layers");
    await page.until(`location.hash.includes("layers=4-tanh.4-tanh&")`);
    await page.click("#more-units-1");
    await page.until(`location.hash.includes("layers=4-tanh.5-tanh&")`);
    await page.click("#fewer-units-0");
    await page.until(`location.hash.includes("layers=3-tanh.5-tanh&")`);
    for (const name of await values("#activation-1")) {
      await page.set("#activation-1", name);
      await page.until(`location.hash.includes("layers=3-tanh.5-${name}&")`);
      await step(0);
    }
    await page.click("#fewer-layers");
    await page.until(`location.hash.includes("layers=3-tanh&")`);
    await page.click("#input-x2");
    await page.until(`location.hash.includes("features=x.y.x2&")`);
    await page.click("#input-y");
    await page.until(`location.hash.includes("features=x.x2&")`);
    await step(0);
    await page.click("#fewer-layers");
    await page.until(`location.hash.includes("layers=&")`);
    await step(0);
  },

  async "a neuron is opened, for the sample that is clicked"() {
    await page.go(`${origin}/#layers=4-tanh.3-silu&epoch=20`);
    await standsAt(20);
    await page.click("#unit-1-2");
    await page.until(`!document.getElementById("neuron").hidden`);
    assert.equal(await page.eval("document.activeElement.textContent"), "layer 2, unit 3, opened");
    assert.equal(await page.eval(`document.querySelectorAll("#neuron table tr").length`), 1 + 4 + 1);
    const before = await text("neuron");
    for (const part of ["z = Σ x w + b =", "a = f(z) = silu(", "da = ∂L/∂a = Σ dz w", "dz = da · f'(z)", "finite difference"]) assert.ok(before.includes(part), part);
    const apart = await page.eval(`[...document.querySelectorAll("#neuron td:last-child")].map((cell) => Number(cell.textContent))`);
    assert.ok(apart.every((error) => error < 1e-7), apart.join());
    await page.click("#picture", [0.8, 0.2]);
    await page.until(`document.getElementById("sample").value !== "1"`);
    assert.notEqual(await text("neuron"), before);
    await page.set("#sample", "9");
    await page.until(`document.getElementById("sample").value === "9"`);
    await page.click("#step");
    await standsAt(21);
    assert.equal(await page.eval(`document.getElementById("sample").value`), "9");
    await page.eval(`document.getElementById("sample").focus()`);
    await page.key("Escape");
    await page.until(`document.getElementById("neuron").hidden`);
    await page.click("#picture", [0.3, 0.3]);
    await page.until(`!document.getElementById("neuron").hidden`);
    await page.click("#close-neuron");
    await page.until(`document.getElementById("neuron").hidden`);
  },

  async "every gradient is checked"() {
    await page.click("#check");
    await page.until(`document.getElementById("check-result").textContent.startsWith("✓")`);
    assert.match(await text("check-result"), /^✓ [0-9]+ derivatives agree with finite differences/);
  },

  async "what is saved is the run"() {
    await page.eval(`(() => { window.saved = []; const create = URL.createObjectURL; URL.createObjectURL = (blob) => { saved.push(blob); return create(blob); }; })()`);
    await page.send("Browser.setDownloadBehavior", { behavior: "deny" }).catch(() => {});
    for (const what of ["model", "rust", "c"]) await page.click(`[data-save=${what}]`);
    await page.until("saved.length === 3");
    const [model, rust, c] = await page.eval("Promise.all(saved.map((blob) => blob.text()))");
    const address = await page.eval("location.hash");
    assert.ok(model.includes('"smallnet"') && model.includes(address), "the model file names its run");
    assert.ok(rust.includes("pub fn") && rust.includes(address), "Rust");
    assert.ok(c.includes("#ifndef") && c.includes(address), "C");
  },

  async "points are drawn by hand"() {
    await page.go(`${origin}/`);
    await page.set("#set-problem", "drawn");
    await page.until(`!document.getElementById("draw-tools").hidden && location.hash.includes("problem=drawn")`);
    const points = async () => (await hash()).split("data=")[1].split("*").filter(Boolean);
    const before = (await points()).length;
    await page.click("#draw-classes input[value='2']");
    await page.click("#picture", [0.75, 0.25]);
    await page.until(`location.hash.includes("_2")`);
    const last = (await points()).at(-1).split("_").map(Number);
    assert.equal((await points()).length, before + 1);
    assert.ok(Math.abs(last[0] - 1.25) < 0.05 && Math.abs(last[1] - 1.25) < 0.05 && last[2] === 2, last.join());
    await step(0);
    await page.click("#undo");
    await page.until(`!location.hash.includes("_2")`);
    await page.set("#draw-x", "-2");
    await page.click("#add");
    await page.until(`location.hash.includes("-2.00_0.00_2")`);
    await page.click("#clear");
    await page.until(`location.hash.split("*").length === 2`);
    await step(0);
  },

  async "a table of one's own is learned, and a wrong one is explained"() {
    await page.set("#set-problem", "table");
    await page.until(`!document.getElementById("table-tools").hidden`);
    await page.eval(`document.getElementById("text").value = "a,b,c,kind\\n" + Array.from({ length: 30 }, (_, n) => [n, n * n % 7, n % 3, n < 15 ? "low" : "high"].join()).join("\\n")`);
    await page.click("#use-text");
    await page.until(`document.querySelectorAll("#columns .column:first-child .unit").length === 3`);
    await step(0);
    assert.match(await text("legend"), /high.*low/);
    const good = await text("fingerprint");
    await page.eval(`document.getElementById("text").value = "a,b\\n1"`);
    await page.click("#use-text");
    await page.until(`!document.getElementById("error").hidden`);
    assert.match(await text("error"), /table: .*Expected CSV/s);
    assert.equal(await text("fingerprint"), good);
  },

  async "a link that is wrong says so, and the page works"() {
    await page.go(`${origin}/#layers=4-tahn`);
    await page.until(`!document.getElementById("error").hidden`);
    assert.match(await text("error"), /activation: expected one of tanh/);
    await step(0);
    await page.go(`${origin}/#problem=sines&layers=4-relu&rate=1e200&epoch=10`);
    await page.until(`!document.getElementById("error").hidden`);
    assert.match(await text("error"), /The run has ended/);
  },

  async "everything has a name for a screen reader"() {
    await page.go(`${origin}/#layers=4-tanh`);
    await page.click("#unit-0-1");
    await page.until(`!document.getElementById("neuron").hidden`);
    await page.send("Accessibility.enable");
    const { nodes } = await page.send("Accessibility.getFullAXTree");
    const controls = nodes.filter(({ role }) => ["button", "combobox", "spinbutton", "checkbox", "radio", "textbox", "image"].includes(role?.value) && true);
    const nameless = controls.filter(({ name, ignored }) => !ignored && !name?.value);
    assert.deepEqual(nameless.map(({ role, properties }) => [role.value, properties]), []);
    assert.ok(controls.length > 30);
    await page.eval(`document.getElementById("unit-0-1").focus()`);
    assert.match(await page.eval(`document.activeElement.getAttribute("aria-label")`), /layer 1, unit 2: weights .*; bias/);
    await page.until(`/Epoch 0, training loss/.test(document.getElementById("live").textContent)`);
  },

  async "it fits a phone, in the dark, too"() {
    for (const width of [360, 800, 1400]) {
      await page.screen(width, 760, width === 360, width === 360);
      await page.go(`${origin}/#problem=moons&layers=6-tanh.4-tanh&rate=0.3&epoch=2000`);
      await standsAt(2000);
      assert.ok(await page.eval("document.documentElement.scrollWidth <= innerWidth"), `${width}: it scrolls sideways`);
      const back = await page.eval("getComputedStyle(document.body).backgroundColor");
      assert.equal(back, width === 360 ? "rgb(21, 23, 26)" : "rgb(251, 251, 249)");
    }
  },

  async "without a network it goes on"() {
    // Once open, and as if for the first time.
    await page.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
    await page.send("Network.clearBrowserCache");
    await page.go(`${origin}/`);
    await page.until("navigator.serviceWorker.ready.then(() => true)");
    stop();
    await page.go(`${origin}/#seed=3`);
    await step(0);
  },
};

/// The pace in the page: epochs a second, and how many of its frames came in time.
async function measure() {
  await page.screen(1400, 900, false);
  for (const address of ["", "problem=circles&loss=", "problem=four_spirals&loss=&layers=15-tanh&samples=800"]) {
    await page.go(`${origin}/#${address}`);
    await page.click("#play");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const [epochs, frames, longest] = await page.eval(`new Promise((resolve) => {
      const epoch = () => Number(document.getElementById("epoch").textContent.replaceAll(",", ""));
      const [from, begin] = [epoch(), performance.now()];
      let [frames, longest, last] = [0, 0, begin];
      requestAnimationFrame(function beat(now) {
        frames++; longest = Math.max(longest, now - last); last = now;
        if (now - begin < 3000) return requestAnimationFrame(beat);
        const seconds = (performance.now() - begin) / 1000;
        resolve([(epoch() - from) / seconds, frames / seconds, longest]);
      });
    })`);
    await page.click("#play");
    console.log(`  ${address || "as it opens"}: ${Math.round(epochs)} epochs a second, ${frames.toFixed(0)} frames a second, longest ${longest.toFixed(0)} ms`);
  }
}

async function photograph(folder) {
  const run = "problem=four_spirals&samples=800&noise=0.2&layers=10-tanh.8-tanh&loss=softmax_cross_entropy&optimizer=adam&rate=0.01&epoch=1500";
  const shots = [["light", 1440, 960, false, false], ["dark", 1440, 960, true, false], ["phone", 390, 844, false, true]];
  for (const [name, width, height, dark, mobile] of shots) {
    await page.screen(width, height, dark, mobile);
    await page.go(`${origin}/#${run}`);
    await standsAt(1500);
    if (name === "dark") { await page.click("#unit-0-2"); await page.until(`!document.getElementById("neuron").hidden`); await page.eval("scrollTo(0, 0)"); }
    await new Promise((resolve) => setTimeout(resolve, 400));
    writeFileSync(`${folder}/${name}.png`, await page.shot());
  }
}

let failed = 0;
try {
  await page.screen(1400, 900, false);
  if (pictures) await photograph(pictures);
  await measure();
  const only = process.env.ONLY ?? "";
  for (const [name, run] of Object.entries(cases).filter(([name]) => name.includes(only))) {
    page.wrong.length = 0;
    try {
      await run();
      // What fails to load without a network is what that case is about.
      if (!name.startsWith("without")) assert.deepEqual(page.wrong, [], "the console has errors");
      console.log(`ok: ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED: ${name}\n${error.stack}\n${page.wrong.join("\n")}`);
    }
  }
  const elsewhere = page.requests.filter((url) => !url.startsWith(origin) && !/^(blob|data|about):/.test(url));
  assert.deepEqual(elsewhere, [], "requests elsewhere");
} finally {
  await page.close();
  stop();
}
process.exit(failed > 0 ? 1 : 0);
