import { spawn } from "node:child_process";
import dgram from "node:dgram";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { tmpdir } from "node:os";
import zlib from "node:zlib";
import { builtApp } from "@spoor/test-harness";
import { maskText } from "./canonical.ts";
import type { PortKey, RecordedRequest, RecordedResponse } from "./corpus.ts";
import { decodeMessage } from "./messages.ts";

/** Where each port of the recording is now. */
export type PortMap = Readonly<Partial<Record<PortKey, number>>>;

const HOST = "127.0.0.1";
/** The ports that recorded command lines name. */
const RECORDED_PORTS: Readonly<Partial<Record<PortKey, number>>> = {
  collectorGrpc: 14250,
  queryHttp: 16686,
  admin: 14269,
  agentAdmin: 14271,
  agentHttp: 5778,
  agentCompact: 6831,
};
const TIMEOUT_MS = 20_000;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Sends recorded requests to running daemons and gives the answers in the form of the recording. */
export class Exchange {
  readonly #ports: PortMap;
  readonly #sessions = new Map<number, http2.ClientHttp2Session>();

  constructor(ports: PortMap) {
    this.#ports = ports;
  }

  close(): void {
    for (const session of this.#sessions.values()) session.destroy();
    this.#sessions.clear();
  }

  async send(request: RecordedRequest, requestBase64?: string): Promise<RecordedResponse> {
    let body = requestBase64 === undefined ? Buffer.alloc(0) : Buffer.from(requestBase64, "base64");
    if (request.fill) body = Buffer.concat([body, Buffer.alloc(request.fill.count, request.fill.byte)]);
    const answer: Mutable<RecordedResponse> = await this.#dispatch(request, body);
    if (request.extract === "metricNames" && answer.text) {
      const types = answer.text.split("\n").filter((line) => line.startsWith("# TYPE jaeger_"));
      answer.text = JSON.stringify([...new Set(types.map((line) => line.slice(7)))].sort());
    }
    if (request.extract === "keys" && answer.text)
      answer.text = JSON.stringify(Object.keys(JSON.parse(answer.text)).sort());
    if (request.extract === "statusOnly") {
      delete answer.text;
      delete answer.bodyBase64;
      delete answer.html;
    }
    return answer;
  }

  #dispatch(request: RecordedRequest, body: Buffer): Promise<RecordedResponse> {
    if (request.transport === "cli") return this.#cli(request);
    const port = this.#ports[request.port];
    if (port === undefined) return Promise.resolve({ error: `no port ${request.port}` });
    if (request.transport === "http") return sendHttp(port, request, body);
    if (request.transport === "grpc") return this.#grpc(port, request, body);
    if (request.transport === "udp") return sendUdp(port, body);
    return sendTcp(port, request, body);
  }

  #session(port: number): http2.ClientHttp2Session {
    const known = this.#sessions.get(port);
    if (known && !known.closed && !known.destroyed) return known;
    const session = http2.connect(`http://${HOST}:${port}`);
    session.on("error", () => {}).setMaxListeners(0);
    this.#sessions.set(port, session);
    return session;
  }

  #grpc(port: number, request: RecordedRequest, body: Buffer): Promise<RecordedResponse> {
    return new Promise((resolve) => {
      const stream = this.#session(port).request({
        ":method": request.method ?? "POST",
        ":path": request.path,
        "content-type": "application/grpc",
        te: "trailers",
        "user-agent": "golden/1",
        ...request.headers,
      });
      let headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
      let trailers: http2.IncomingHttpHeaders = {};
      const chunks: Buffer[] = [];
      let settled = false;
      const settle = () => {
        if (settled) return;
        settled = true;
        resolve(grpcAnswer(request, headers, trailers, Buffer.concat(chunks), stream.rstCode));
      };
      stream.on("response", (received) => {
        headers = received;
      });
      stream.on("trailers", (received) => {
        trailers = received;
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("close", settle).on("error", () => {});
      stream.on("end", () => setTimeout(settle, 5));
      stream.setTimeout(TIMEOUT_MS, () => stream.close());
      const prefix = Buffer.alloc(5);
      prefix[0] = request.compressed ? 1 : 0;
      prefix.writeUInt32BE(body.length, 1);
      stream.end(request.rawFraming ? body : Buffer.concat([prefix, body]));
    });
  }

  /** A recorded argument with the port where that daemon is now. */
  #movePort(arg: string): string {
    for (const [name, port] of Object.entries(RECORDED_PORTS))
      if (arg.endsWith(`:${port}`)) return arg.replace(`:${port}`, `:${this.#ports[name as PortKey] ?? port}`);
    return arg;
  }

  /** `status` without an address asks the admin port of its own kind of daemon. */
  #statusPort(request: RecordedRequest): Readonly<Record<string, string>> {
    if (request.args?.join() !== "status") return {};
    const port = request.bin === "agent" ? this.#ports.agentAdmin : this.#ports.admin;
    return { STATUS_HTTP_HOST_PORT: `:${port}` };
  }

  #cli(request: RecordedRequest): Promise<RecordedResponse> {
    return new Promise((resolve) => {
      const args = (request.args ?? []).map((arg) => this.#movePort(arg));
      const child = spawn(process.execPath, [builtApp(request.bin ?? ""), ...args], {
        env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), ...this.#statusPort(request), ...request.env },
        cwd: tmpdir(),
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      const timer = setTimeout(() => child.kill("SIGKILL"), request.timeoutMs ?? 15_000);
      child.on("close", (exit) => {
        clearTimeout(timer);
        resolve({ exit, stdout: maskText(stdout), stderr: maskText(stderr) });
      });
    });
  }
}

function grpcAnswer(
  request: RecordedRequest,
  headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader,
  trailers: http2.IncomingHttpHeaders,
  body: Buffer,
  rstCode: number | undefined,
): RecordedResponse {
  const all = { ...headers, ...trailers };
  const contentType = headers["content-type"];
  const status = all["grpc-status"];
  const details = all["grpc-status-details-bin"];
  const messages = splitFrames(body);
  const type = request.responseType;
  return {
    ...(headers[":status"] === undefined ? {} : { httpStatus: headers[":status"] }),
    ...(contentType === undefined ? {} : { contentType }),
    code: status === undefined ? null : Number(status),
    message: decodeURIComponent(String(all["grpc-message"] ?? "")),
    ...(details === undefined ? {} : { detailsBase64: String(details) }),
    ...(rstCode ? { rstCode } : {}),
    messagesBase64: messages.map((message) => message.toString("base64")),
    ...(type === undefined ? {} : { json: messages.map((message) => decodeMessage(type, message)) }),
    ...(status === undefined && contentType !== undefined && !contentType.includes("grpc")
      ? { text: body.toString("utf8") }
      : {}),
  };
}

function splitFrames(body: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at + 5 <= body.length; ) {
    const length = body.readUInt32BE(at + 1);
    const message = body.subarray(at + 5, at + 5 + length);
    messages.push(body[at] === 1 ? zlib.gunzipSync(message) : message);
    at += 5 + length;
  }
  return messages;
}

const NOT_COMPARED: ReadonlySet<string> = new Set([
  "date",
  "content-length",
  "connection",
  "keep-alive",
  "transfer-encoding",
]);

export function sendHttp(port: number, request: Pick<RecordedRequest, "method" | "path" | "headers">, body: Buffer) {
  return new Promise<RecordedResponse>((resolve) => {
    const headers: Record<string, string> = { ...request.headers };
    const sent = http.request(
      { host: HOST, port, method: request.method, path: request.path, headers, agent: false },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on("data", (chunk: Buffer) => chunks.push(chunk));
        reply.on("aborted", () => resolve({ status: reply.statusCode, aborted: true }));
        reply.on("end", () => resolve(httpAnswer(reply, Buffer.concat(chunks))));
      },
    );
    sent.on("error", (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }));
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error("timeout")));
    const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    if (body.length > 0 && !names.has("content-length") && !names.has("transfer-encoding"))
      sent.setHeader("Content-Length", body.length);
    sent.end(body.length > 0 ? body : undefined);
  });
}

function httpAnswer(reply: http.IncomingMessage, received: Buffer): RecordedResponse {
  const body = reply.headers["content-encoding"] === "gzip" ? zlib.gunzipSync(received) : received;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.headers))
    if (!NOT_COMPARED.has(name)) headers[name] = Array.isArray(value) ? value.join(", ") : (value ?? "");
  if (headers.traceresponse !== undefined) headers.traceresponse = "<present>";
  const contentType = headers["content-type"] ?? "";
  const answer = { status: reply.statusCode, headers };
  if (contentType.includes("text/html") && body.length > 400) return { ...answer, html: true };
  const text = body.toString("utf8");
  if (/protobuf|octet-stream|grpc/.test(contentType) || !Buffer.from(text, "utf8").equals(body))
    return { ...answer, bodyBase64: body.toString("base64") };
  return { ...answer, text };
}

function sendUdp(port: number, body: Buffer): Promise<RecordedResponse> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket("udp4");
    socket.send(body, port, HOST, (error) => {
      socket.close();
      const answer = error ? { error: (error as NodeJS.ErrnoException).code ?? error.message } : { sent: body.length };
      // Large datagrams one after the other overrun the default socket buffer.
      setTimeout(() => resolve(answer), body.length > 8000 ? 40 : 2);
    });
  });
}

function sendTcp(port: number, request: RecordedRequest, body: Buffer): Promise<RecordedResponse> {
  return new Promise((resolve) => {
    const socket = net.connect(port, HOST);
    const chunks: Buffer[] = [];
    const finish = () => {
      socket.destroy();
      const text = Buffer.concat(chunks).toString("latin1");
      resolve({ text: text.replace(/^Date: .*\r\n/gim, "").replace(/^Traceresponse: .*\r\n/gim, "") });
    };
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", finish).on("error", finish).on("close", finish);
    socket.write(body);
    setTimeout(finish, request.waitMs ?? 800);
  });
}
