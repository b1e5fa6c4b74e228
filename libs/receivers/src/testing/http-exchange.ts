import * as http from "node:http";
import { connect } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>> | undefined;
  readonly body?: Uint8Array | undefined;
  /** Holds connections open; without one, each request has its own. */
  readonly agent?: http.Agent | undefined;
}

/** One request, unless an agent is given on a connection of its own. */
export function exchange(port: number, { method, path, headers, body, agent }: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method, path, headers, agent: agent ?? false };
    const request = http.request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const found: Record<string, string> = {};
        for (const [name, value] of Object.entries(response.headers)) found[name] = String(value);
        resolve({ status: response.statusCode ?? 0, headers: found, body: Buffer.concat(chunks) });
      });
    });
    request.on("error", reject);
    if (body !== undefined && body.length > 0) request.setHeader("Content-Length", body.length);
    request.end(body);
  });
}

/** Raw bytes on a connection of its own; resolves with what came back when the server closes, or as `isDone` says. */
export function exchangeRaw(
  port: number,
  bytes: Uint8Array,
  isDone: (text: string) => boolean = () => false,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const finish = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (isDone(text)) finish();
    });
    socket.on("close", finish);
    socket.on("error", finish);
    socket.write(bytes);
  });
}
