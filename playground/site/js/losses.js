// The losses over the epochs.
import { css, ground, variable } from "./colours.js";

const canvas = document.getElementById("losses");
const context = canvas.getContext("2d");
const WIDTH = 5; // numbers a record: epoch, training loss, test loss, two accuracies

const short = (x) => (x === 0 ? "0" : Math.abs(x) >= 1e4 || Math.abs(x) < 1e-3 ? x.toExponential(0) : String(Number(x.toPrecision(2))));

export function drawLosses(history, logarithmic) {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const [across, up] = [width / ratio, height / ratio];
  context.fillStyle = css(ground());
  context.fillRect(0, 0, across, up);
  const scale = (value) => (logarithmic ? Math.log10(Math.max(value, 1e-12)) : value);
  let [least, largest] = [Infinity, -Infinity];
  for (let i = 0; i < history.length; i += WIDTH) {
    for (const value of [history[i + 1], history[i + 2]]) {
      if (!Number.isFinite(value)) continue;
      least = Math.min(least, scale(value));
      largest = Math.max(largest, scale(value));
    }
  }
  if (!logarithmic) least = Math.min(0, least);
  if (largest - least < 1e-9) [least, largest] = [least - 0.5, largest + 0.5];
  const frame = { left: 46, right: across - 8, top: 8, bottom: up - 20 };
  const last = Math.max(1, history[history.length - WIDTH]);
  const x = (epoch) => frame.left + (epoch / last) * (frame.right - frame.left);
  const y = (value) => frame.bottom - ((scale(value) - least) / (largest - least)) * (frame.bottom - frame.top);
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = variable("--soft");
  context.strokeStyle = variable("--edge");
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let tick = 0; tick <= 3; tick++) {
    const level = least + ((largest - least) * tick) / 3;
    const line = frame.bottom - ((frame.bottom - frame.top) * tick) / 3;
    context.beginPath();
    context.moveTo(frame.left, line);
    context.lineTo(frame.right, line);
    context.stroke();
    context.fillText(short(logarithmic ? 10 ** level : level), frame.left - 5, line);
  }
  context.textBaseline = "bottom";
  context.textAlign = "left";
  context.fillText("0", frame.left, up);
  context.textAlign = "right";
  context.fillText(`epoch ${last.toLocaleString("en")}`, frame.right, up);
  for (const [column, colour, dash] of [[2, "--test", [5, 4]], [1, "--ink", []]]) {
    context.strokeStyle = variable(colour);
    context.lineWidth = 1.8;
    context.setLineDash(dash);
    context.beginPath();
    for (let i = 0; i < history.length; i += WIDTH) {
      if (Number.isFinite(history[i + column])) context.lineTo(x(history[i]), y(history[i + column]));
    }
    context.stroke();
  }
  context.setLineDash([]);
}
