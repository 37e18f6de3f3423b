// The page's side of the worker: a call is a promise.
const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const waiting = new Map();
let next = 0;

worker.onmessage = ({ data: { id, result, error } }) => {
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) resolve(result); else reject(new Error(error));
};
worker.onerror = (event) => {
  const error = new Error(event.message || "the engine could not be loaded; this page needs a browser of 2023 or later");
  waiting.forEach(({ reject }) => reject(error));
  waiting.clear();
};

export const engine = (call, rest = {}) => new Promise((resolve, reject) => {
  waiting.set(++next, { resolve, reject });
  worker.postMessage({ id: next, call, ...rest });
});
