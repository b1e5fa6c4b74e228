import { readFileSync } from "node:fs";
import https from "node:https";
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { eventually } from "./query-client.ts";

/** What a client has of TLS: where the authorities are, and its own certificate. */
export interface ClientIdentity {
  /** Read anew for each connection. */
  readonly caFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

const raw = (bytes: Buffer): Buffer => bytes;
const DEADLINE_MS = 20_000;

/** A channel of grpc-js, the client that most applications in Node have. */
export function grpcChannel(port: number, { caFile, cert, key }: ClientIdentity): Client {
  return new Client(`localhost:${port}`, credentials.createSsl(readFileSync(caFile), key, cert));
}

/** One call on a channel; rejects with grpc-js's error. */
export function grpcCall(channel: Client, path: string, message: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + DEADLINE_MS;
    channel.makeUnaryRequest(path, raw, raw, message, { deadline }, (error: ServiceError | null, reply?: Buffer) =>
      error === null ? resolve(reply ?? Buffer.alloc(0)) : reject(error),
    );
  });
}

/** One call on a connection of its own. */
export async function grpcCallAnew(port: number, identity: ClientIdentity, path: string, message: Buffer) {
  const channel = grpcChannel(port, identity);
  try {
    return await grpcCall(channel, path, message);
  } finally {
    channel.close();
  }
}

/** One HTTP request on a connection of its own; resolves with the status and the answer. */
export function httpsRequest(
  url: string,
  { caFile, cert, key }: ClientIdentity,
  post?: { readonly type: string; readonly body: Buffer },
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const request = https.request(
      url,
      {
        ...{ agent: false, ca: readFileSync(caFile), cert, key, timeout: DEADLINE_MS },
        ...(post === undefined ? {} : { method: "POST", headers: { "content-type": post.type } }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }));
      },
    );
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", reject);
    request.end(post?.body);
  });
}

/** Somebody who makes one call after the other until stopped. */
export class Caller {
  readonly name: string;
  readonly failures: string[] = [];
  readonly #running: Promise<void>;
  #calls = 0;
  #stopped = false;

  constructor(name: string, call: () => Promise<unknown>) {
    this.name = name;
    this.#running = this.#run(call);
  }

  get calls(): number {
    return this.#calls;
  }

  /** Resolves when a call that began after this moment is over. */
  async turn(): Promise<void> {
    const before = this.#calls;
    await eventually(
      async () => this.#calls,
      (calls) => calls >= before + 2,
      60_000,
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(call: () => Promise<unknown>): Promise<void> {
    while (!this.#stopped) {
      try {
        await call();
      } catch (error) {
        this.failures.push(`${new Date().toISOString()} ${this.name}: ${String(error)}`);
      }
      this.#calls++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
