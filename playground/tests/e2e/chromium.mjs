// A headless Chromium, driven over its own pipe, so that nothing needs to be installed beside it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
];

export class Page {
  static async open(binary) {
    const page = new Page();
    page.folder = mkdtempSync(join(tmpdir(), "playground-"));
    page.browser = spawn(binary, [...FLAGS, `--user-data-dir=${page.folder}`], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    Object.assign(page, { next: 0, waiting: new Map(), wrong: [], requests: [] });
    let text = "";
    page.browser.stdio[4].on("data", (data) => {
      const parts = (text + data).split("\0");
      text = parts.pop();
      parts.forEach((part) => page.hear(JSON.parse(part)));
    });
    const { targetId } = await page.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await page.send("Target.attachToTarget", { targetId, flatten: true });
    page.session = sessionId;
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await page.send(`${domain}.enable`);
    return page;
  }

  hear({ id, result, error, method, params }) {
    if (id) {
      const { resolve, reject } = this.waiting.get(id);
      this.waiting.delete(id);
      return error ? reject(new Error(error.message)) : resolve(result);
    }
    if (method === "Runtime.exceptionThrown") this.wrong.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === "Runtime.consoleAPICalled" && ["error", "warning"].includes(params.type)) this.wrong.push(JSON.stringify(params.args));
    if (method === "Log.entryAdded" && params.entry.level === "error") this.wrong.push(`${params.entry.text} ${params.entry.url ?? ""}`);
    if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
  }

  send(method, params = {}) {
    return new Promise((resolve, reject) => {
      this.waiting.set(++this.next, { resolve, reject });
      this.browser.stdio[3].write(`${JSON.stringify({ id: this.next, method, params, sessionId: this.session })}\0`);
    });
  }

  /// The value of an expression in the page.
  async eval(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  /// Waits until an expression is true.
  async until(expression, seconds = 30) {
    const end = Date.now() + 1000 * seconds;
    while (!(await this.eval(expression))) {
      if (Date.now() > end) throw new Error(`not in ${seconds} s: ${expression}; the page says: ${await this.eval("document.getElementById('error').textContent")}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  async go(url) {
    await this.send("Page.navigate", { url: "about:blank" });
    await this.send("Page.navigate", { url });
    await this.until("document.readyState === 'complete' && !!document.querySelector('#columns .unit')");
  }

  /// A click where a person would, so that what is covered or off the screen fails.
  async click(selector, [dx, dy] = [0.5, 0.5]) {
    const [x, y] = await this.eval(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: "center", inline: "center" });
      const box = element.getBoundingClientRect();
      return [box.left + ${dx} * box.width, box.top + ${dy} * box.height];
    })()`);
    for (const type of ["mousePressed", "mouseReleased"]) await this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
  }

  async key(key, text) {
    for (const type of ["keyDown", "keyUp"]) await this.send("Input.dispatchKeyEvent", { type, key, text: type === "keyDown" ? text : undefined, code: key === " " ? "Space" : key });
  }

  /// Sets a field as a person does: its value, and the event.
  async set(selector, value) {
    await this.eval(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      if (element.disabled) throw new Error("disabled: ${selector}");
      element.value = ${JSON.stringify(value)};
      if (element.value !== ${JSON.stringify(value)}) throw new Error("${selector} has no " + ${JSON.stringify(value)});
      element.dispatchEvent(new Event("change", { bubbles: true }));
    })()`);
  }

  async screen(width, height, dark, mobile = false) {
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: mobile ? 2 : 1, mobile });
    await this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }] });
  }

  async shot() {
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    return Buffer.from(data, "base64");
  }

  async close() {
    const gone = new Promise((resolve) => this.browser.once("exit", resolve));
    this.browser.stdio[3].write(`${JSON.stringify({ id: ++this.next, method: "Browser.close" })}\0`);
    this.waiting.set(this.next, { resolve() {}, reject() {} });
    await gone;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}
