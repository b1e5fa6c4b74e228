import { get, type IncomingMessage } from "node:http";

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** Whether the reply came to its proper end. */
  readonly complete: boolean;
}

/** GETs exactly this path: nothing is normalised, nothing added, nothing decompressed. */
export function request(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { hostname, port, origin } = new URL(url);
  return new Promise((resolve, reject) => {
    get({ hostname, port, path: url.slice(origin.length), headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => {});
      response.on("close", () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks),
          complete: response.complete,
        }),
      );
    }).on("error", reject);
  });
}
