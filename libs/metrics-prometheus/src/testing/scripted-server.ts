import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly form: URLSearchParams;
}

export interface ScriptedServer {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly SeenRequest[];
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** An HTTP server that answers as `respond` says, for what no real Prometheus does when asked; it ends with the test. */
export async function startScripted(
  respond: (response: ServerResponse, request: SeenRequest) => void,
): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    const [path = "", query = ""] = url.split("?");
    const form = new URLSearchParams(method === "POST" ? Buffer.concat(chunks).toString() : query);
    const item = { method, path: method === "POST" ? url : path, headers, form };
    seen.push(item);
    respond(response, item);
  };
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${port}`, port, seen };
}

/** What Prometheus answers with these series. */
export function matrix(result: readonly unknown[], more: object = {}): string {
  return JSON.stringify({ status: "success", data: { resultType: "matrix", result }, ...more });
}

export const ONE_SERIES = matrix([{ metric: { service_name: "a", span_name: "b" }, values: [[1.5, "2"]] }]);

export function answerWith(text: string, status = 200): (response: ServerResponse) => void {
  return (response) => response.writeHead(status, { "content-type": "application/json" }).end(text);
}
