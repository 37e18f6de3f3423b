// Keeps a copy of each file, for when there is no network; with one, what is there is taken.
const KEPT = "smallnet-playground";

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const kept = await caches.open(KEPT);
  await kept.addAll(await (await fetch("files.json")).json());
  await self.skipWaiting();
})()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  event.respondWith((async () => {
    const kept = await caches.open(KEPT);
    try {
      const answer = await fetch(request);
      if (answer.ok) await kept.put(request, answer.clone());
      return answer;
    } catch (error) {
      const copy = await kept.match(request, { ignoreSearch: true });
      if (copy) return copy;
      throw error;
    }
  })());
});
