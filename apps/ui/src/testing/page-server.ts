import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

export interface PageServer {
  /** With the base path and a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a built page below a base path as the query service does, under the strictest policy that it must hold, and
 * answers the query API with what `answer` gives for a path and query: data, or a status to fail with.
 */
export async function servePage(
  dir: string,
  basePath: string,
  answer: (path: string, query: URLSearchParams) => unknown,
): Promise<PageServer> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const path = pathname.startsWith(basePath) ? pathname.slice(basePath.length) : "";
    const send = (status: number, type: string, body: string | Buffer): void => {
      response.writeHead(status, {
        "content-type": type,
        "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'self'",
        "x-content-type-options": "nosniff",
      });
      response.end(body);
    };
    const file = async (): Promise<void> => {
      if (path.startsWith("static/")) {
        send(200, TYPES[extname(path)] ?? "application/octet-stream", await readFile(join(dir, path)));
        return;
      }
      const html = await readFile(join(dir, "index.html"), "utf8");
      send(200, "text/html; charset=utf-8", html.replace('<base href="/"', `<base href="${basePath}"`));
    };
    if (!path.startsWith("api/")) {
      file().catch(() => send(404, "text/plain", "no such file"));
      return;
    }
    const data = answer(path.slice(4), searchParams);
    const failed = typeof data === "number";
    const errors = failed ? [{ code: data, msg: `failed with ${data}` }] : null;
    const body = JSON.stringify({ data: failed ? null : data, total: 0, limit: 0, offset: 0, errors });
    send(failed ? data : 200, "application/json", body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${basePath}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
