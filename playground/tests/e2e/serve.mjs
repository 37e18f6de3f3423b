// Files of a folder on a port of this computer.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".gz": "application/gzip" };

export async function serve(folder) {
  const server = createServer(async ({ url }, answer) => {
    const path = normalize(new URL(url, "http://x").pathname);
    try {
      const file = await readFile(join(folder, path.endsWith("/") ? `${path}index.html` : path));
      answer.writeHead(200, { "content-type": TYPES[extname(path)] ?? (path.endsWith("/") ? "text/html" : "application/octet-stream") }).end(file);
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://localhost:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close(); } };
}
