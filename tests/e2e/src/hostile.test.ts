import dgram from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Daemon, type PortName, startDaemon } from "@spoor/test-harness";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { otlpRequest, SPANS_PER_TRACE } from "./otlp-request.ts";
import { eventually, type UiTrace } from "./query-client.ts";

const TCP_PORTS: readonly PortName[] = [
  "collectorGrpc",
  "collectorHttp",
  "zipkin",
  "otlpGrpc",
  "otlpHttp",
  "queryHttp",
  "queryGrpc",
  "admin",
  "agentHttp",
];
const UDP_PORTS: readonly PortName[] = ["agentZipkin", "agentCompact", "agentBinary"];

describe("hostile input", () => {
  const directory = mkdtempSync(join(tmpdir(), "spoor-hostile-"));
  const accepted: string[] = [];
  let daemon: Daemon;

  beforeAll(async () => {
    daemon = await startDaemon("all-in-one", {
      args: [`--embedded.directory=${directory}`],
      env: { OTEL_TRACES_SAMPLER: "always_off" },
    });
  });
  afterAll(async () => {
    await daemon?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** A good request goes through, and everything that was accepted before is still there. */
  async function expectHealthy(): Promise<void> {
    const { body, traceIds } = otlpRequest("survivor", 2);
    const reply = await post("otlpHttp", "/v1/traces", body, { "content-type": "application/json" });
    expect(reply.status).toBe(200);
    accepted.push(...traceIds);
    const read = await fetch(daemon.url("queryHttp", `/api/traces?${accepted.map((id) => `traceID=${id}`).join("&")}`));
    const { data } = (await read.json()) as { readonly data: readonly UiTrace[] };
    expect(data).toHaveLength(accepted.length);
    for (const trace of data) expect(trace.spans).toHaveLength(SPANS_PER_TRACE);
  }

  function post(port: PortName, path: string, body: string | Uint8Array, headers: Record<string, string>) {
    return fetch(daemon.url(port, path), { method: "POST", headers, body: body as RequestInit["body"] & {} });
  }

  it.each(TCP_PORTS)("survives random bytes on %s", async (port) => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => sendRaw(daemon.ports[port], noise(i, 4096))));
    await expectHealthy();
  });

  it.each(UDP_PORTS)("survives random datagrams on %s and counts them", async (port) => {
    const socket = dgram.createSocket("udp4");
    for (let i = 0; i < 200; i++)
      await new Promise((resolve) =>
        socket.send(noise(i, 1 + ((i * 37) % 1400)), daemon.ports[port], "127.0.0.1", resolve),
      );
    socket.close();
    await expectHealthy();
    const errors = await eventually(
      async () =>
        sumOf(
          await (await fetch(daemon.url("admin", "/metrics"))).text(),
          "jaeger_agent_thrift_udp_t_processor_handler_errors_total",
        ),
      (sum) => sum > 0,
    );
    expect(errors).toBeGreaterThan(0);
  });

  it("refuses a thrift list that claims more elements than there are bytes", async () => {
    // Batch{process{serviceName: "x"}, spans: list of 2^31 - 1 structs}, binary protocol.
    const bomb = Buffer.from("0c0001" + "0b000100000001" + "78" + "00" + "0f0002" + "0c" + "7fffffff", "hex");
    const reply = await post("collectorHttp", "/api/traces", bomb, { "content-type": "application/x-thrift" });
    expect(reply.status).toBe(400);
    await expectHealthy();
  });

  it("stops inflating a compressed body at its limit", async () => {
    const bomb = gzipSync(Buffer.alloc(64 << 20));
    const reply = await post("otlpHttp", "/v1/traces", bomb, {
      "content-type": "application/x-protobuf",
      "content-encoding": "gzip",
    });
    expect([400, 413]).toContain(reply.status);
    await expectHealthy();
  });

  it("refuses JSON nested beyond reason", async () => {
    const deep = `{"resourceSpans":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const reply = await post("otlpHttp", "/v1/traces", deep, { "content-type": "application/json" });
    expect(reply.status).toBe(400);
    const zipkin = await post("zipkin", "/api/v2/spans", "[".repeat(100_000), { "content-type": "application/json" });
    expect(zipkin.status).toBe(400);
    await expectHealthy();
  });

  it("refuses a span with a service name that is not UTF-8 or stores it readably, and lives on", async () => {
    const request = Buffer.from(
      "0c0001" + "0b000100000002" + "ff41" + "00" + "0f0002" + "0c" + "00000000" + "00",
      "hex",
    );
    const reply = await post("collectorHttp", "/api/traces", request, { "content-type": "application/x-thrift" });
    expect([202, 400]).toContain(reply.status);
    await expectHealthy();
  });

  it("ends connections that only trickle a header", async () => {
    const socket = net.connect(daemon.ports.otlpHttp, "127.0.0.1");
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => {});
    socket.write("POST /v1/traces HTTP/1.1\r\nHost: x\r\n");
    const timer = setInterval(() => socket.write("X-A: b\r\n"), 1000);
    await closed;
    clearInterval(timer);
    await expectHealthy();
  }, 60_000);

  it("is still the same process in the end", async () => {
    const log = daemon.output();
    expect(log).not.toMatch(/uncaught|unhandled|heap out of memory/i);
    expect(await daemon.stop()).toBe(0);
  });
});

/** Sends bytes on a fresh connection and waits until the other side closes it, two seconds at most. */
function sendRaw(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write(bytes));
    const finish = () => {
      socket.destroy();
      resolve();
    };
    socket.on("error", finish).on("close", finish);
    setTimeout(finish, 300);
  });
}

/** Bytes that look random and are the same in every run. */
function noise(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function sumOf(metrics: string, name: string): number {
  return metrics
    .split("\n")
    .filter((line) => line.startsWith(name))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
