// Colours that the colour-blind can tell apart (Okabe and Ito), on a light ground and on a dark one.
const CLASSES = {
  light: [[224, 130, 0], [0, 114, 178], [0, 140, 100], [190, 90, 150]],
  dark: [[240, 164, 60], [86, 180, 233], [60, 200, 150], [222, 150, 190]],
};
const GROUND = { light: [251, 251, 249], dark: [30, 33, 37] };

const query = matchMedia("(prefers-color-scheme: dark)");
const listeners = [];
query.addEventListener("change", () => listeners.forEach((listener) => listener()));

export const theme = () => (query.matches ? "dark" : "light");
export const onTheme = (listener) => listeners.push(listener);
export const classColour = (k) => CLASSES[theme()][k % 4];
export const ground = () => GROUND[theme()];
export const css = ([r, g, b], alpha = 1) => `rgb(${r} ${g} ${b} / ${alpha})`;
/// A colour of the style sheet.
export const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const mix = (colour, share, into, at) => {
  const back = ground();
  for (let i = 0; i < 3; i++) into[at + i] = back[i] + (colour[i] - back[i]) * share;
  into[at + 3] = 255;
};

/// A numbers' picture: blue above 0, orange below, as strong as they are large.
export function signed(values, scale, image) {
  const [minus, plus] = [classColour(0), classColour(1)];
  for (let i = 0; i < values.length; i++) {
    const share = Math.min(1, Math.abs(values[i]) / scale);
    mix(values[i] < 0 ? minus : plus, 0.9 * share, image.data, 4 * i);
  }
}

/// Classes, as strong as they are sure.
export function shaded(classes, sure, image) {
  const colours = [0, 1, 2, 3].map(classColour);
  for (let i = 0; i < classes.length; i++) mix(colours[classes[i] % 4], 0.08 + 0.62 * (sure[i] / 255), image.data, 4 * i);
}
